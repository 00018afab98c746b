"""Forms: which act a sent one began and where; histories: a person's erasure empties what was typed into them."""

import sqlalchemy as sa
from alembic import op

from store.guards import create_guards
from store.tables import Instant

revision = "0075"
down_revision = "0074"
_COLUMNS = (
    ("actor_kind", sa.String(16)),
    ("act", sa.String(64)),
    ("page", sa.Text),
    ("reported_at", Instant),
)


def upgrade() -> None:
    for name, type_ in _COLUMNS:
        op.add_column("form_submissions", sa.Column(name, type_))
    create_guards(op.get_bind())


def downgrade() -> None:
    for name, _ in reversed(_COLUMNS):
        op.drop_column("form_submissions", name)

"""Which act a sent form began and where, so that one whose outcome was never recorded is found and reported."""

import sqlalchemy as sa
from alembic import op

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


def downgrade() -> None:
    for name, _ in reversed(_COLUMNS):
        op.drop_column("form_submissions", name)

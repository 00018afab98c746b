"""Forms name for which organisations the officer held the act's right; guards compare what an erasure leaves."""

import sqlalchemy as sa
from alembic import op

from store.guards import create_guards

revision = "0078"
down_revision = "0077"


def upgrade() -> None:
    op.add_column("form_submissions", sa.Column("organisations", sa.Text))
    create_guards(op.get_bind())


def downgrade() -> None:
    op.drop_column("form_submissions", "organisations")

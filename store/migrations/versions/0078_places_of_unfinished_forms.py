"""Forms: for which organisations the officer held the act's right, so that their auditors see an unfinished one."""

import sqlalchemy as sa
from alembic import op

revision = "0078"
down_revision = "0077"


def upgrade() -> None:
    op.add_column("form_submissions", sa.Column("organisations", sa.Text))


def downgrade() -> None:
    op.drop_column("form_submissions", "organisations")

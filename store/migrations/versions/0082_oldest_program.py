"""The database says which is the oldest program that can work with it, so that two versions run beside each other."""

import sqlalchemy as sa
from alembic import op

revision = "0082"
down_revision = "0081"
is_additive = True


def upgrade() -> None:
    op.add_column("alembic_version", sa.Column("oldest_program", sa.String(32)))


def downgrade() -> None:
    op.drop_column("alembic_version", "oldest_program")

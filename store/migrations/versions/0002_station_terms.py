"""Whose staff a station is for, and which benefits it takes."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("stations", sa.Column("employer", sa.Text(), nullable=False, server_default=""))
    op.add_column("stations", sa.Column("accepts", sa.Text(), nullable=False, server_default="[]"))

"""Who placed a station on the map where its register gives no coordinates."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("stations", sa.Column("placed_by", sa.Text(), nullable=True))

"""How large a station's room is."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("stations", sa.Column("area_m2", sa.Double(), nullable=True))

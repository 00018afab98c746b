"""Files of demand that planners uploaded on the planning pages."""

import sqlalchemy as sa
from alembic import op

from store.tables import Instant

revision = "0061"
down_revision = "0060"


def upgrade() -> None:
    op.create_table(
        "planning_demand_files",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("area", sa.String(6), nullable=False),
        sa.Column("file_name", sa.String(100), nullable=False),
        sa.Column("options", sa.Text, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("size_bytes", sa.Integer, nullable=False),
        sa.Column("stored_at", Instant, nullable=False),
        sa.UniqueConstraint("owner", "name", name="uq_planning_demand_files_owner"),
        comment="files of demand that planners uploaded, until their owners delete them",
    )
    op.create_index("ix_planning_demand_files_area", "planning_demand_files", ["area"])

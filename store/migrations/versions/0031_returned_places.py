"""Places of quotas that members gave back when they went to another organisation."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    op.create_table(
        "returned_places",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("grant_id", sa.String(40), sa.ForeignKey("grants.id"), nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("returned_on", sa.Date, nullable=False),
        comment="append-only: places of an organisation's quota that a transfer gave back; the grant goes on",
    )
    op.create_index("ix_returned_places_grant_id", "returned_places", ["grant_id"])

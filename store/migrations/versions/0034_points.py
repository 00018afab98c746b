"""What members spent points on."""

import sqlalchemy as sa
from alembic import op

from store.tables import Instant

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    op.create_table(
        "point_spendings",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("member_id", sa.String(64), nullable=False),
        sa.Column("request_key", sa.String(80), nullable=False),
        sa.Column("points", sa.BigInteger, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("spent_on", sa.Date, nullable=False),
        sa.Column("recorded_at", Instant, nullable=False),
        sa.UniqueConstraint("member_id", "request_key", name="uq_point_spendings_member_id_request_key"),
        sa.CheckConstraint("points > 0", name="ck_point_spendings_points"),
        comment="append-only: what members spent points on; the points stand in postings, under the spending's id",
    )
    op.create_index("ix_point_spendings_member_id_spent_on", "point_spendings", ["member_id", "spent_on"])

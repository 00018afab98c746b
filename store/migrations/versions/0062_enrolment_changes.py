"""Ends and corrections of enrolments in policies of mutual aid."""

import sqlalchemy as sa
from alembic import op

from store.guards import create_guards
from store.tables import Instant

revision = "0062"
down_revision = "0061"


def upgrade() -> None:
    op.create_table(
        "mutual_aid_enrolment_changes",
        sa.Column("policy_number", sa.BigInteger, sa.ForeignKey("mutual_aid_policies.number"), primary_key=True),
        sa.Column("member_id", sa.String(64), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("covered_from", sa.Date, nullable=False),
        sa.Column("covered_until", sa.Date),
        sa.Column("at", Instant, nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        comment="append-only: ends and corrections of enrolments; the last one counts",
    )  # fmt: skip
    create_guards(op.get_bind())

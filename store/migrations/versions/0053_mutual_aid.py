"""Mutual aid: policies, enrolments and claims, with the histories of policies and claims."""

import sqlalchemy as sa
from alembic import op

from store.guards import create_guards
from store.tables import Instant, SequenceNumber

revision = "0053"
down_revision = "0052"


def upgrade() -> None:
    _create_policies()
    _create_claims()
    create_guards(op.get_bind())


def _create_policies() -> None:
    op.create_table(
        "mutual_aid_policies",
        sa.Column("number", SequenceNumber, primary_key=True, autoincrement=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("organisation", sa.String(15), nullable=False),
        sa.Column("begins", sa.Date, nullable=False),
        sa.Column("ends", sa.Date, nullable=False),
        comment="policies of mutual aid as their histories leave them",
    )
    op.create_index("ix_mutual_aid_policies_organisation", "mutual_aid_policies", ["organisation"])
    _create_events("policy", "policies", "append-only: every change of a policy of mutual aid")
    op.create_table(
        "mutual_aid_enrolments",
        sa.Column("policy_number", sa.BigInteger, sa.ForeignKey("mutual_aid_policies.number"), primary_key=True),
        sa.Column("member_id", sa.String(64), primary_key=True),
        sa.Column("enrolled_on", sa.Date, nullable=False),
        sa.Column("covered_from", sa.Date, nullable=False),
        sa.Column("enrolled_at", Instant, nullable=False),
        sa.Column("enrolled_by", sa.String(64), nullable=False),
        comment="append-only: which member a policy of mutual aid covers, and from which day on",
    )  # fmt: skip
    op.create_index("ix_mutual_aid_enrolments_member_id", "mutual_aid_enrolments", ["member_id"])


def _create_claims() -> None:
    op.create_table(
        "mutual_aid_claims",
        sa.Column("number", SequenceNumber, primary_key=True, autoincrement=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("policy_number", sa.BigInteger, sa.ForeignKey("mutual_aid_policies.number"), nullable=False),
        sa.Column("organisation", sa.String(15), nullable=False),
        sa.Column("member_id", sa.String(64), nullable=False),
        sa.Column("receipt", sa.String(71)),
        sa.Column("submitted_at", Instant, nullable=False),
        sa.UniqueConstraint("receipt", name="uq_mutual_aid_claims_receipt"),
        comment="claims of mutual aid as their histories leave them",
    )  # fmt: skip
    for columns in (["organisation", "state"], ["policy_number", "member_id"], ["member_id"]):
        op.create_index(f"ix_mutual_aid_claims_{'_'.join(columns)}", "mutual_aid_claims", columns)
    _create_events("claim", "claims", "append-only: every change of a claim of mutual aid")


def _create_events(one: str, several: str, comment: str) -> None:
    op.create_table(
        f"mutual_aid_{one}_events",
        sa.Column(f"{one}_number", sa.BigInteger, sa.ForeignKey(f"mutual_aid_{several}.number"), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("act", sa.String(16), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        comment=comment,
    )  # fmt: skip

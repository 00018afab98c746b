"""Tables of mutual aid: policies, who is enrolled in them, and claims, with the histories of both."""

from sqlalchemy import BigInteger, Column, Date, ForeignKey, Index, Integer, String, Table, Text

from members.histories import build_event_table
from store import BatchedTable, Instant, SequenceNumber, metadata

mutual_aid_policies = Table(
    "mutual_aid_policies",
    metadata,
    Column("number", SequenceNumber, primary_key=True, autoincrement=True),
    Column("version", Integer, nullable=False),  # of the last event: who saw another one is refused
    Column("state", String(16), nullable=False),
    Column("organisation", String(15), nullable=False),
    Column("begins", Date, nullable=False),
    Column("ends", Date, nullable=False),
    Index("ix_mutual_aid_policies_organisation", "organisation"),
    comment="policies of mutual aid as their histories leave them",
)

mutual_aid_policy_events = build_event_table(
    "mutual_aid_policy_events",
    "policy_number",
    "mutual_aid_policies",
    "append-only: every change of a policy of mutual aid",
)

mutual_aid_enrolments = Table(
    "mutual_aid_enrolments",
    metadata,
    Column("policy_number", BigInteger, ForeignKey("mutual_aid_policies.number"), primary_key=True),
    Column("member_id", String(64), primary_key=True),
    Column("enrolled_on", Date, nullable=False),
    Column("covered_from", Date, nullable=False),  # after the waiting period of a new member
    Column("enrolled_at", Instant, nullable=False),
    Column("enrolled_by", String(64), nullable=False),
    Column("batch", BigInteger, nullable=False),  # see row_batches
    Index("ix_mutual_aid_enrolments_member_id", "member_id"),
    comment="append-only: which member a policy of mutual aid covers, and from which day on",
)

mutual_aid_enrolment_changes = Table(
    "mutual_aid_enrolment_changes",
    metadata,
    Column("policy_number", BigInteger, ForeignKey("mutual_aid_policies.number"), primary_key=True),
    Column("member_id", String(64), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),  # of the policy, which the change made
    Column("covered_from", Date, nullable=False),
    Column("covered_until", Date),  # none: to the policy's end; before covered_from: never covered
    Column("at", Instant, nullable=False),
    Column("by", String(64), nullable=False),
    Column("reason", Text, nullable=False),
    Column("batch", BigInteger, nullable=False),  # see row_batches
    comment="append-only: ends and corrections of enrolments; the last one counts",
)

ENROLMENT_BATCHES = BatchedTable(
    mutual_aid_enrolments,
    ("policy_number", "member_id", "enrolled_on", "covered_from", "enrolled_at", "enrolled_by"),
    ("policy_number", "member_id"),
    singly=True,
)
ENROLMENT_CHANGE_BATCHES = BatchedTable(
    mutual_aid_enrolment_changes,
    ("policy_number", "member_id", "version", "covered_from", "covered_until", "at", "by", "reason"),
    ("policy_number", "member_id", "version"),
    texts=frozenset({"reason"}),
    singly=True,
)

mutual_aid_claims = Table(
    "mutual_aid_claims",
    metadata,
    Column("number", SequenceNumber, primary_key=True, autoincrement=True),
    Column("version", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("policy_number", BigInteger, ForeignKey("mutual_aid_policies.number"), nullable=False),
    Column("organisation", String(15), nullable=False),  # of the member, on the day of the submission
    Column("member_id", String(64), nullable=False),
    # the digest of its number; none once the claim holds it no more
    Column("receipt", String(71), unique=True),
    Column("submitted_at", Instant, nullable=False),
    Index("ix_mutual_aid_claims_organisation_state", "organisation", "state"),
    Index("ix_mutual_aid_claims_policy_number_member_id", "policy_number", "member_id"),
    Index("ix_mutual_aid_claims_member_id", "member_id"),
    comment="claims of mutual aid as their histories leave them",
)

mutual_aid_claim_events = build_event_table(
    "mutual_aid_claim_events",
    "claim_number",
    "mutual_aid_claims",
    "append-only: every change of a claim of mutual aid",
)

"""Requests to join: the requests, codes sent, which organisation reviews, and reviews that went up."""

import sqlalchemy as sa
from alembic import op

from store.tables import Instant, SequenceNumber

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    op.create_table(
        "join_requests",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("begin_key", sa.String(64)),
        sa.Column("organisation", sa.String(15), nullable=False),
        sa.Column("via", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("begun_at", Instant, nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.Column("member_id", sa.String(64)),
        sa.Column("key_id", sa.String(16)),
        sa.Column("name", sa.Text),
        sa.Column("phone", sa.Text),
        sa.Column("id_number", sa.Text),
        sa.Column("code_digest", sa.String(64)),
        sa.Column("code_expires_at", Instant),
        sa.Column("wrong_codes", sa.Integer, nullable=False),
        sa.Column("last_call", sa.String(64)),
        sa.Column("review_cause", sa.String(16)),
        sa.Column("reviewer", sa.String(15)),
        sa.Column("review_until", Instant),
        sa.Column("ended_at", Instant),
        sa.Column("decided_by", sa.String(64)),
        sa.Column("decision_reason", sa.Text),
        sa.Column("signed_up_by", sa.String(64)),
        sa.Column("employer", sa.String(100)),
        sa.UniqueConstraint("begin_key", name="uq_join_requests_begin_key"),
        comment="requests to join; the person's data is encrypted, and deleted when the request ends",
    )
    op.create_index("ix_join_requests_member_id", "join_requests", ["member_id"])
    op.create_index("ix_join_requests_state_expires_at", "join_requests", ["state", "expires_at"])
    op.create_table(
        "join_code_sends",
        sa.Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
        sa.Column("phone_digest", sa.String(64), nullable=False),
        sa.Column("sent_at", Instant, nullable=False),
        comment="when a code was sent to a phone number (a keyed hash), for a day",
    )
    op.create_index("ix_join_code_sends_phone_digest", "join_code_sends", ["phone_digest"])
    op.create_index("ix_join_code_sends_sent_at", "join_code_sends", ["sent_at"])
    op.create_table(
        "join_review_settings",
        sa.Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
        sa.Column("organisation", sa.String(15), nullable=False),
        sa.Column("reviews", sa.Boolean, nullable=False),
        sa.Column("days", sa.Integer),
        sa.Column("officer", sa.String(64), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at", Instant, nullable=False),
        comment="append-only: which organisation reviews who joins, said by whom and when; its last row counts",
    )
    op.create_index(
        "ix_join_review_settings_organisation", "join_review_settings", ["organisation", "sequence"]
    )
    op.create_table(
        "join_escalations",
        sa.Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
        sa.Column("request_id", sa.String(32), nullable=False),
        sa.Column("from_organisation", sa.String(15), nullable=False),
        sa.Column("to_organisation", sa.String(15), nullable=False),
        sa.Column("at", Instant, nullable=False),
        comment="append-only: a review that was not done in time went one level up",
    )
    op.create_index("ix_join_escalations_request_id", "join_escalations", ["request_id"])

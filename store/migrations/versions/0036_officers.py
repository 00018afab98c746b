"""Officers with their accounts, roles and sessions, and the audit log."""

import sqlalchemy as sa
from alembic import op

from store.tables import Instant, SequenceNumber

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    op.create_table(
        "officers",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("post", sa.String(100), nullable=False),
        sa.Column("created_by", sa.String(64), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("ended_by", sa.String(64)),
        sa.Column("ended_at", Instant),
        comment="officers who may log in; an officer who left keeps the row with its end",
    )
    op.create_index("ix_officers_subject", "officers", ["subject"])
    op.create_table(
        "officer_accounts",
        sa.Column("id", SequenceNumber, primary_key=True, autoincrement=True),
        sa.Column("officer_id", sa.String(32), sa.ForeignKey("officers.id"), nullable=False),
        sa.Column("issuer", sa.Text, nullable=False),
        sa.Column("external_subject", sa.Text, nullable=False),
        sa.Column("password_hash", sa.Text),
        sa.Column("totp_secret", sa.LargeBinary),
        sa.Column("totp_confirmed_at", Instant),
        sa.Column("totp_last_step", sa.BigInteger),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("ended_at", Instant),
        comment="the ways in which an officer logs in: the union's identity provider, or a local account",
    )
    op.create_index("ix_officer_accounts_officer_id", "officer_accounts", ["officer_id"])
    op.create_index(
        "ix_officer_accounts_issuer_external_subject",
        "officer_accounts",
        ["issuer", "external_subject"],
        unique=True,
    )
    op.create_table(
        "role_assignments",
        sa.Column("id", SequenceNumber, primary_key=True, autoincrement=True),
        sa.Column("officer_id", sa.String(32), sa.ForeignKey("officers.id"), nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("organisation", sa.String(15), nullable=False),
        sa.Column("since", sa.Date, nullable=False),
        sa.Column("until", sa.Date),
        sa.Column("deputy_of", sa.String(32), sa.ForeignKey("officers.id")),
        sa.Column("assigned_by", sa.String(64), nullable=False),
        sa.Column("assigned_at", Instant, nullable=False),
        sa.Column("withdrawn_by", sa.String(64)),
        sa.Column("withdrawn_at", Instant),
        comment="who has which role for which organisation and those below it, from which day to which",
    )
    op.create_index("ix_role_assignments_officer_id", "role_assignments", ["officer_id"])
    op.create_table(
        "officer_sessions",
        sa.Column("token_digest", sa.String(64), primary_key=True),
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("officer_id", sa.String(32), sa.ForeignKey("officers.id"), nullable=False),
        sa.Column("account_id", sa.BigInteger, sa.ForeignKey("officer_accounts.id"), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("started_at", Instant, nullable=False),
        sa.Column("authenticated_at", Instant, nullable=False),
        sa.Column("seen_at", Instant, nullable=False),
        sa.Column("ended_at", Instant),
        sa.Column("end_reason", sa.String(32)),
        sa.Column("device", sa.String(100), nullable=False),
        sa.Column("provider_session", sa.Text),
        sa.Column("factors", sa.String(64), nullable=False),
        sa.UniqueConstraint("id", name="uq_officer_sessions_id"),
        comment="sessions of officers, in browsers and on consoles",
    )
    op.create_index("ix_officer_sessions_officer_id", "officer_sessions", ["officer_id"])
    op.create_index("ix_officer_sessions_provider_session", "officer_sessions", ["provider_session"])
    op.create_table(
        "audit_entries",
        sa.Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
        sa.Column("at", Instant, nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("actor_kind", sa.String(16), nullable=False),
        sa.Column("role", sa.String(32)),
        sa.Column("deputy_of", sa.String(32)),
        sa.Column("organisation", sa.String(15)),
        sa.Column("act", sa.String(64), nullable=False),
        sa.Column("object_kind", sa.String(32), nullable=False),
        sa.Column("object_id", sa.String(128), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("changes", sa.Text, nullable=False),
        sa.Column("request_id", sa.String(64)),
        sa.Column("batch", sa.BigInteger, nullable=False),
        comment="append-only: every act of an officer and every reading of personal data, sealed with the ledger",
    )
    op.create_index("ix_audit_entries_actor_at", "audit_entries", ["actor", "at"])
    op.create_index("ix_audit_entries_object_kind_object_id", "audit_entries", ["object_kind", "object_id"])
    op.create_index("ix_audit_entries_at", "audit_entries", ["at"])

"""The life of rules: versions, acts, stops, what is held, what was taken back."""

import sqlalchemy as sa
from alembic import op

from store.tables import Instant, SequenceNumber

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "rule_acts",
        sa.Column("sequence", SequenceNumber, autoincrement=True, nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("act", sa.String(length=16), nullable=False),
        sa.Column("who", sa.String(length=32), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("hash_before", sa.String(length=64), nullable=True),
        sa.Column("hash_after", sa.String(length=64), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_rule_acts")),
        comment="append-only: who did what with a rule, when and why",
    )
    op.create_index("ix_rule_acts_rule_id_sequence", "rule_acts", ["rule_id", "sequence"], unique=False)
    op.create_table(
        "rulebook",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.CheckConstraint("number = 1", name=op.f("ck_rulebook_only_one")),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_rulebook")),
        comment="one row; grows with every act, so that a runner knows in one look whether its rules are in force",
    )
    op.create_table(
        "held_events",
        sa.Column("sequence", SequenceNumber, autoincrement=True, nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("member_id", sa.String(length=64), nullable=False),
        sa.Column("event_type", sa.Text(), nullable=False),
        sa.Column("occurred_at", Instant, nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("rule_title", sa.Text(), nullable=False),
        sa.Column("rule_hash", sa.String(length=64), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("changes_known", sa.Integer(), nullable=False),
        sa.Column("act", SequenceNumber, nullable=False),
        sa.Column("held_at", Instant, nullable=False),
        sa.Column("released_at", Instant, nullable=True),
        sa.ForeignKeyConstraint(["act"], ["rule_acts.sequence"], name=op.f("fk_held_events_act")),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_held_events")),
        sa.UniqueConstraint(
            "rule_id", "source", "event_id", name=op.f("uq_held_events_rule_id_source_event_id")
        ),
        comment="events that a stopped rule would have looked at; decided when it goes on",
    )
    op.create_index("ix_held_events_member_id", "held_events", ["member_id"], unique=False)
    op.create_table(
        "rule_cuts",
        sa.Column("act", SequenceNumber, nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["act"], ["rule_acts.sequence"], name=op.f("fk_rule_cuts_act")),
        sa.PrimaryKeyConstraint("act", name=op.f("pk_rule_cuts")),
        comment="append-only: until when the versions hold that were there before the act",
    )
    op.create_table(
        "rule_stops",
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("act", SequenceNumber, nullable=False),
        sa.ForeignKeyConstraint(["act"], ["rule_acts.sequence"], name=op.f("fk_rule_stops_act")),
        sa.PrimaryKeyConstraint("rule_id", name=op.f("pk_rule_stops")),
        comment="the rules that are stopped now",
    )
    op.create_table(
        "rule_versions",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("tables", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("takes_over", sa.Boolean(), nullable=False),
        sa.Column("submitted_by", sa.String(length=32), nullable=False),
        sa.Column("submitted_at", Instant, nullable=False),
        sa.Column("decided_by", sa.String(length=32), nullable=True),
        sa.Column("decided_at", Instant, nullable=True),
        sa.Column("decided", SequenceNumber, nullable=True),
        sa.CheckConstraint(
            "state <> 'approved' OR decided_by <> submitted_by", name=op.f("ck_rule_versions_two_people")
        ),
        sa.CheckConstraint(
            "state = 'submitted' OR decided IS NOT NULL", name=op.f("ck_rule_versions_decided")
        ),
        sa.ForeignKeyConstraint(["decided"], ["rule_acts.sequence"], name=op.f("fk_rule_versions_decided")),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_rule_versions")),
        comment="what was submitted; once approved it never changes",
    )
    op.create_index("ix_rule_versions_rule_id", "rule_versions", ["rule_id"], unique=False)
    op.create_table(
        "freed_slots",
        sa.Column("limit_key", sa.Text(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("grant_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["grant_id"], ["grants.id"], name=op.f("fk_freed_slots_grant_id")),
        sa.PrimaryKeyConstraint("limit_key", "slot", "grant_id", name=op.f("pk_freed_slots")),
        comment="append-only: slots that a reversal gave back",
    )
    op.create_table(
        "reversals",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("grant_id", sa.String(length=40), nullable=False),
        sa.Column("act", SequenceNumber, nullable=False),
        sa.Column("recorded_at", Instant, nullable=False),
        sa.ForeignKeyConstraint(["act"], ["rule_acts.sequence"], name=op.f("fk_reversals_act")),
        sa.ForeignKeyConstraint(["grant_id"], ["grants.id"], name=op.f("fk_reversals_grant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reversals")),
        sa.UniqueConstraint("grant_id", name=op.f("uq_reversals_grant_id")),
        comment="append-only: grants that were taken back",
    )
    op.create_index("ix_reversals_act", "reversals", ["act"], unique=False)
    op.execute("INSERT INTO rulebook (number, epoch) VALUES (1, 0)")

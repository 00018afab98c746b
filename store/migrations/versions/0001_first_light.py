"""First light: register, members, ledger, events."""

import sqlalchemy as sa
from alembic import op

from store.tables import Instant, SequenceNumber

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "counters",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.Column("ceiling", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("ceiling IS NULL OR used <= ceiling", name=op.f("ck_counters_ceiling")),
        sa.CheckConstraint("used >= 0", name=op.f("ck_counters_used")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_counters")),
        comment="how much of every quota, budget and yearly cap is used; changed under lock, in order of key",
    )
    op.create_table(
        "dead_letters",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("faults", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("event_id", sa.Text(), nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("recorded_at", Instant, nullable=False),
        sa.Column("resolved_at", Instant, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dead_letters")),
        comment="what could not be handled, with the reason, until somebody mends and replays it",
    )
    op.create_index("ix_dead_letters_reason", "dead_letters", ["reason"], unique=False)
    op.create_table(
        "decisions",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("member_id", sa.String(length=64), nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("rule_hash", sa.String(length=64), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("event_type", sa.Text(), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("recorded_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
        comment="append-only: what every rule said of every event that it looked at",
    )
    op.create_index("ix_decisions_member_id_rule_id", "decisions", ["member_id", "rule_id"], unique=False)
    op.create_table(
        "identity_keys",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_identity_keys")),
        comment="which key made the pseudonyms; never the key itself",
    )
    op.create_table(
        "inbox",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("source", "id", name=op.f("pk_inbox")),
        comment="events already handled: what is not new here is not handled again",
    )
    op.create_table(
        "ingress",
        sa.Column("sequence", SequenceNumber, autoincrement=True, nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("accepted_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_ingress")),
        comment="accepted over HTTP, waiting for the topic or for the embedded runner",
    )
    op.create_table(
        "member_changes",
        sa.Column("sequence", SequenceNumber, autoincrement=True, nullable=False),
        sa.Column("member_id", sa.String(length=64), nullable=False),
        sa.Column("effective_at", Instant, nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("changes", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_member_changes")),
        comment="append-only: who a member is at any date is folded from these rows",
    )
    op.create_index(
        "ix_member_changes_member_id_sequence", "member_changes", ["member_id", "sequence"], unique=False
    )
    op.create_table(
        "organisations",
        sa.Column("code", sa.String(length=15), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_organisations")),
        comment="the five levels; level and parent follow from the code",
    )
    op.create_table(
        "outbox",
        sa.Column("sequence", SequenceNumber, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("recorded_at", Instant, nullable=False),
        sa.Column("published_at", Instant, nullable=True),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_outbox")),
        comment="outcomes that the world has to hear of",
    )
    op.create_index("ix_outbox_published_at_sequence", "outbox", ["published_at", "sequence"], unique=False)
    op.create_table(
        "positions",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_positions")),
        comment="how far a file was read; committed with what was read",
    )
    op.create_table(
        "postings",
        sa.Column("sequence", SequenceNumber, autoincrement=True, nullable=False),
        sa.Column("transaction_id", sa.String(length=40), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.String(length=32), nullable=False),
        sa.Column("recorded_at", Instant, nullable=False),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_postings_amount")),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_postings")),
        comment="append-only: double entry; the lines of a transaction sum to zero in each unit",
    )
    op.create_index("ix_postings_transaction_id_line", "postings", ["transaction_id", "line"], unique=True)
    op.create_table(
        "registers",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("imported_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_registers")),
        comment="one row for every register that was imported",
    )
    op.create_table(
        "grants",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("member_id", sa.String(length=64), nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.String(length=32), nullable=True),
        sa.Column("granted_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.CheckConstraint("amount_fen >= 0", name=op.f("ck_grants_amount_fen")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_grants_quantity")),
        sa.ForeignKeyConstraint(["id"], ["decisions.id"], name=op.f("fk_grants_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grants")),
        comment="append-only: what was promised to whom",
    )
    op.create_index("ix_grants_member_id", "grants", ["member_id"], unique=False)
    op.create_table(
        "stations",
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("register", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("district", sa.String(length=6), nullable=True),
        sa.Column("district_name", sa.Text(), nullable=False),
        sa.Column("hours_text", sa.Text(), nullable=False),
        sa.Column("calendar", sa.String(length=8), nullable=False),
        sa.Column("entry", sa.String(length=16), nullable=False),
        sa.Column("access", sa.String(length=16), nullable=False),
        sa.Column("facilities", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("verified_on", sa.Date(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.Column("gone_at", Instant, nullable=True),
        sa.ForeignKeyConstraint(["register"], ["registers.name"], name=op.f("fk_stations_register")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stations")),
        comment="stations as they are now",
    )
    op.create_index("ix_stations_district", "stations", ["district"], unique=False)
    op.create_index("ix_stations_register", "stations", ["register"], unique=False)
    op.create_table(
        "limit_slots",
        sa.Column("limit_key", sa.Text(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("grant_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["grant_id"], ["grants.id"], name=op.f("fk_limit_slots_grant_id")),
        sa.PrimaryKeyConstraint("limit_key", "slot", name=op.f("pk_limit_slots")),
        sa.UniqueConstraint("grant_id", name=op.f("uq_limit_slots_grant_id")),
        comment="a limit of N times is N slots, each taken once",
    )
    op.create_table(
        "station_changes",
        sa.Column("sequence", SequenceNumber, autoincrement=True, nullable=False),
        sa.Column("station_id", sa.String(length=128), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("change", sa.String(length=16), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_station_changes_station_id")),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_station_changes")),
        comment="append-only: what changed, when, and because of what",
    )
    op.create_index(
        "ix_station_changes_station_id_sequence", "station_changes", ["station_id", "sequence"], unique=False
    )

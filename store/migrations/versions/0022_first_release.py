"""The schema of the first release.

It replaces the revisions 0001 to 0022 and keeps the number of the last one: a database or a backup of
revision 0022 has this schema already. This file must not change any more; a later change is a new
revision. ``tests/store/`` compares it with the tables that the packages declare.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from store.tables import Instant, SequenceNumber

revision = "0022"
down_revision = None

schema = sa.MetaData(
    naming_convention={
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def upgrade() -> None:
    schema.create_all(op.get_bind(), checkfirst=False)
    op.execute("INSERT INTO rulebook (number, epoch) VALUES (1, 0)")


def _where(condition: str) -> dict[str, Any]:
    """Return the arguments of a partial index."""
    return {f"{dialect}_where": sa.text(condition) for dialect in ("sqlite", "postgresql")}


# Between the outside and the core

sa.Table(
    "ingress",
    schema,
    sa.Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("accepted_at", Instant, nullable=False),
    comment="accepted over HTTP, waiting for the topic or for the embedded runner",
)
sa.Table(
    "inbox",
    schema,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    comment="events already handled: what is not new here is not handled again",
)
sa.Table(
    "outbox",
    schema,
    sa.Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("id", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("data", sa.Text, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Column("published_at", Instant),
    sa.Column("offered_at", Instant),
    sa.Column("traceparent", sa.String(55)),
    sa.Index("ix_outbox_not_offered", "sequence", **_where("offered_at IS NULL")),
    sa.Index("ix_outbox_published_at_sequence", "published_at", "sequence"),
    comment="outcomes that the world has to hear of",
)
sa.Table(
    "webhook_keys",
    schema,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("fingerprint", sa.String(64), nullable=False),
    sa.CheckConstraint("number = 1", name="only_one"),
    comment="the key behind the secrets, by its fingerprint only",
)
sa.Table(
    "webhooks",
    schema,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("types", sa.Text, nullable=False),
    sa.Column("private", sa.Boolean, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("unreached", sa.Integer, nullable=False),
    sa.Column("rests_until", Instant),
    sa.CheckConstraint("state IN ('active', 'gone')", name="state"),
    comment="who is told of outcomes; secrets are kept nowhere",
)
sa.Table(
    "webhook_deliveries",
    schema,
    sa.Column("webhook_id", sa.String(16), sa.ForeignKey("webhooks.id"), primary_key=True),
    sa.Column(
        "sequence", SequenceNumber, sa.ForeignKey("outbox.sequence"), primary_key=True, autoincrement=False
    ),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("offered_at", Instant, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("next_at", Instant, nullable=False),
    sa.Column("last_at", Instant),
    sa.Column("last_status", sa.Integer),
    sa.Column("last_fault", sa.String(32)),
    sa.CheckConstraint("state IN ('waiting', 'delivered', 'given_up')", name="state"),
    sa.Index("ix_webhook_deliveries_sequence", "sequence"),
    sa.Index("ix_webhook_deliveries_webhook_id_state_key_sequence", "webhook_id", "state", "key", "sequence"),
    sa.Index("ix_webhook_deliveries_webhook_id_state_next_at", "webhook_id", "state", "next_at"),
    comment="what is to be told to whom, how often it was tried, and what came of it",
)

# Events

sa.Table(
    "dead_letters",
    schema,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("reason", sa.String(64), nullable=False),
    sa.Column("faults", sa.Text, nullable=False),
    sa.Column("source", sa.Text),
    sa.Column("event_id", sa.Text),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("text", sa.Text),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Column("resolved_at", Instant),
    sa.Column("noticed_at", Instant),
    sa.Index("ix_dead_letters_not_noticed", "id", **_where("noticed_at IS NULL")),
    sa.Index("ix_dead_letters_reason", "reason"),
    sa.Index("ix_dead_letters_waiting", "event_id", **_where("resolved_at IS NULL")),
    comment="what could not be handled, with the reason, until somebody mends and replays it",
)
sa.Table(
    "positions",
    schema,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    comment="how far a file was read; committed with what was read",
)
sa.Table(
    "journal",
    schema,
    sa.Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("member_id", sa.String(64), nullable=False),
    sa.Column("occurred_at", Instant, nullable=False),
    sa.Column("event", sa.Text, nullable=False),
    sa.Index("ix_journal_member_id", "member_id"),
    sa.Index("ix_journal_source_event_id", "source", "event_id", unique=True),
    comment="the events about members that were handled, in order: what a simulation replays",
)

# The register and what is known of stations

sa.Table(
    "registers",
    schema,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("file", sa.Text, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("imported_at", Instant, nullable=False),
    comment="one row for every register that was imported",
)
sa.Table(
    "stations",
    schema,
    sa.Column("id", sa.String(128), primary_key=True),
    sa.Column("register", sa.String(64), sa.ForeignKey("registers.name"), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("lon", sa.Double),
    sa.Column("lat", sa.Double),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("district", sa.String(6)),
    sa.Column("district_name", sa.Text, nullable=False),
    sa.Column("hours_text", sa.Text, nullable=False),
    sa.Column("calendar", sa.String(8), nullable=False),
    sa.Column("entry", sa.String(16), nullable=False),
    sa.Column("access", sa.String(16), nullable=False),
    sa.Column("facilities", sa.Text, nullable=False),
    sa.Column("phone", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("status", sa.String(32), nullable=False),
    sa.Column("verified_on", sa.Date),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("sample", sa.Boolean, nullable=False),
    sa.Column("gone_at", Instant),
    sa.Column("employer", sa.Text, nullable=False, server_default=""),
    sa.Column("accepts", sa.Text, nullable=False, server_default="[]"),
    sa.Column("placed_by", sa.Text),
    sa.Column("area_m2", sa.Double),
    sa.Index("ix_stations_district", "district"),
    sa.Index("ix_stations_register", "register"),
    comment="stations as they are now",
)
sa.Table(
    "station_changes",
    schema,
    sa.Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("station_id", sa.String(128), sa.ForeignKey("stations.id"), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("change", sa.String(16), nullable=False),
    sa.Column("before", sa.Text, nullable=False),
    sa.Column("after", sa.Text, nullable=False),
    sa.Column("cause", sa.Text, nullable=False),
    sa.Index("ix_station_changes_station_id_sequence", "station_id", "sequence"),
    comment="append-only: what changed, when, and because of what",
)
sa.Table(
    "station_inspections",
    schema,
    sa.Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("station_id", sa.String(128), sa.ForeignKey("stations.id"), nullable=False),
    sa.Column("inspected_on", sa.Date, nullable=False),
    sa.Column("meets_standard", sa.Boolean, nullable=False),
    sa.Column("missing", sa.Text, nullable=False),
    sa.Column("voice", sa.String(16), nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Index("ix_station_inspections_station_id_inspected_on", "station_id", "inspected_on"),
    comment="append-only: when somebody was there to inspect, and what was found",
)
sa.Table(
    "keeper_keys",
    schema,
    sa.Column("id", sa.String(8), primary_key=True),
    sa.Column("station_id", sa.String(128), sa.ForeignKey("stations.id"), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("revoked_at", Instant),
    sa.Index("ix_keeper_keys_station_id", "station_id"),
    comment="who may speak for a station: one key, one station",
)
sa.Table(
    "station_sayings",
    schema,
    sa.Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("station_id", sa.String(128), sa.ForeignKey("stations.id"), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("lapses_at", Instant, nullable=False),
    sa.Column("voice", sa.String(16), nullable=False),
    sa.Column("what", sa.String(16), nullable=False),
    sa.Column("who", sa.String(64), nullable=False),
    sa.Column("counts", sa.Boolean, nullable=False),
    sa.Column("facilities", sa.Text, nullable=False),
    sa.Column("first", sa.Date),
    sa.Column("last", sa.Date),
    sa.Column("hours_text", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Column("lon", sa.Double),
    sa.Column("lat", sa.Double),
    sa.Index("ix_station_sayings_event_id", "event_id"),
    sa.Index("ix_station_sayings_lapses_at", "lapses_at"),
    sa.Index("ix_station_sayings_station_id_at", "station_id", "at"),
    sa.Index("ix_station_sayings_who_at", "who", "at"),
    comment="append-only: what riders, keepers and officers said of a station",
)
sa.Table(
    "station_answers",
    schema,
    sa.Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("station_id", sa.String(128), sa.ForeignKey("stations.id"), nullable=False),
    sa.Column("report", sa.String(19), nullable=False),
    sa.Column("answer", sa.String(16), nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("keeper", sa.String(8), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Index("ix_station_answers_report", "report"),
    comment="append-only: what keepers answered to riders' reports",
)
sa.Table(
    "search_counts",
    schema,
    sa.Column("cell", sa.String(15), nullable=False),
    sa.Column("searched_on", sa.Date, nullable=False),
    sa.Column("hour", sa.SmallInteger, nullable=False, autoincrement=False),
    sa.Column("found", sa.Boolean, nullable=False),
    sa.Column("count", sa.BigInteger, nullable=False),
    sa.PrimaryKeyConstraint("searched_on", "cell", "hour", "found"),
    comment="searches for a place by coarse cell, civil date, hour of the week and outcome",
)
sa.Table(
    "use_counts",
    schema,
    sa.Column("used_on", sa.Date, primary_key=True),
    sa.Column("station_id", sa.String(128), sa.ForeignKey("stations.id"), primary_key=True),
    sa.Column("hour", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("count", sa.BigInteger, nullable=False),
    comment="how many rested at a station, by civil date and hour of the week; nothing says who",
)

# Members

sa.Table(
    "identity_keys",
    schema,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("fingerprint", sa.String(64), nullable=False),
    comment="which key made the pseudonyms; never the key itself",
)
sa.Table(
    "organisations",
    schema,
    sa.Column("code", sa.String(15), primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    comment="the five levels; level and parent follow from the code",
)
sa.Table(
    "member_changes",
    schema,
    sa.Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("member_id", sa.String(64), nullable=False),
    sa.Column("effective_at", Instant, nullable=False),
    sa.Column("type", sa.String(64), nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("changes", sa.Text, nullable=False),
    sa.Index("ix_member_changes_member_id_sequence", "member_id", "sequence"),
    comment="append-only: who a member is at any date is folded from these rows",
)
sa.Table(
    "application_steps",
    schema,
    sa.Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("member_id", sa.String(64), nullable=False),
    sa.Column("application", sa.Text, nullable=False),
    sa.Column("programme", sa.Text, nullable=False),
    sa.Column("year", sa.Integer, nullable=False),
    sa.Column("effective_at", Instant, nullable=False),
    sa.Column("type", sa.String(64), nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("stage", sa.Text),
    sa.Column("reviewer", sa.String(64)),
    sa.Column("accepted", sa.Boolean),
    sa.Column("attachments", sa.Text, nullable=False),
    sa.Column("objections", sa.Integer),
    sa.Index("ix_application_steps_member_id_sequence", "member_id", "sequence"),
    comment="append-only: how far an application has come at any date is folded from these rows",
)
sa.Table(
    "feed_links",
    schema,
    sa.Column("feed", sa.String(80), primary_key=True),
    sa.Column("theirs", sa.String(64), primary_key=True),
    sa.Column("member_id", sa.String(64), nullable=False),
    sa.Column("linked_at", Instant, nullable=False),
    sa.Index("ix_feed_links_member_id", "member_id"),
    comment="an app's id of a person, as a keyed hash, and the member that it means",
)

# Rules

sa.Table(
    "rule_acts",
    schema,
    sa.Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("rule_id", sa.Text, nullable=False),
    sa.Column("act", sa.String(16), nullable=False),
    sa.Column("who", sa.String(32), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("hash_before", sa.String(64)),
    sa.Column("hash_after", sa.String(64)),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Index("ix_rule_acts_rule_id_sequence", "rule_id", "sequence"),
    comment="append-only: who did what with a rule, when and why",
)
sa.Table(
    "rulebook",
    schema,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("epoch", sa.BigInteger, nullable=False),
    sa.CheckConstraint("number = 1", name="only_one"),
    comment="one row; grows with every act, so that a runner knows in one look whether its rules are in force",
)
sa.Table(
    "rule_versions",
    schema,
    sa.Column("hash", sa.String(64), primary_key=True),
    sa.Column("rule_id", sa.Text, nullable=False),
    sa.Column("since", sa.Date, nullable=False),
    sa.Column("until", sa.Date),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("tables", sa.Text, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("takes_over", sa.Boolean, nullable=False),
    sa.Column("submitted_by", sa.String(32), nullable=False),
    sa.Column("submitted_at", Instant, nullable=False),
    sa.Column("decided_by", sa.String(32)),
    sa.Column("decided_at", Instant),
    sa.Column("decided", SequenceNumber, sa.ForeignKey("rule_acts.sequence")),
    sa.CheckConstraint("state = 'submitted' OR decided IS NOT NULL", name="decided"),
    sa.CheckConstraint("state <> 'approved' OR decided_by <> submitted_by", name="two_people"),
    sa.Index("ix_rule_versions_rule_id", "rule_id"),
    comment="what was submitted; once approved it never changes",
)
sa.Table(
    "rule_cuts",
    schema,
    sa.Column("act", SequenceNumber, sa.ForeignKey("rule_acts.sequence"), primary_key=True),
    sa.Column("rule_id", sa.Text, nullable=False),
    sa.Column("last_day", sa.Date, nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    comment="append-only: until when the versions hold that were there before the act",
)
sa.Table(
    "rule_stops",
    schema,
    sa.Column("rule_id", sa.Text, primary_key=True),
    sa.Column("act", SequenceNumber, sa.ForeignKey("rule_acts.sequence"), nullable=False),
    comment="the rules that are stopped now",
)
sa.Table(
    "rule_contents",
    schema,
    sa.Column("hash", sa.String(64), primary_key=True),
    sa.Column("rule_id", sa.Text, nullable=False),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("tables", sa.Text, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    comment="append-only: every version of a rule that ever decided, so that its basis can be shown for ever",
)
sa.Table(
    "held_events",
    schema,
    sa.Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("rule_id", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("member_id", sa.String(64), nullable=False),
    sa.Column("event_type", sa.Text, nullable=False),
    sa.Column("occurred_at", Instant, nullable=False),
    sa.Column("occurred_on", sa.Date, nullable=False),
    sa.Column("rule_title", sa.Text, nullable=False),
    sa.Column("rule_hash", sa.String(64), nullable=False),
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("changes_known", sa.Integer, nullable=False),
    sa.Column("act", SequenceNumber, sa.ForeignKey("rule_acts.sequence"), nullable=False),
    sa.Column("held_at", Instant, nullable=False),
    sa.Column("released_at", Instant),
    sa.UniqueConstraint("rule_id", "source", "event_id"),
    sa.Index("ix_held_events_member_id", "member_id"),
    comment="events that a stopped rule would have looked at; decided when it goes on",
)

# Decisions and their bounds

sa.Table(
    "decisions",
    schema,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("member_id", sa.String(64), nullable=False),
    sa.Column("rule_id", sa.Text, nullable=False),
    sa.Column("rule_hash", sa.String(64), nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("event_type", sa.Text, nullable=False),
    sa.Column("occurred_on", sa.Date, nullable=False),
    sa.Column("outcome", sa.String(16), nullable=False),
    sa.Column("reasons", sa.Text, nullable=False),
    sa.Column("explanation", sa.Text, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Column("bounds", sa.Text),
    sa.Index("ix_decisions_member_id_rule_id", "member_id", "rule_id"),
    comment="append-only: what every rule said of every event that it looked at",
)
sa.Table(
    "counters",
    schema,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("used", sa.BigInteger, nullable=False),
    sa.Column("ceiling", sa.BigInteger),
    sa.CheckConstraint("ceiling IS NULL OR used <= ceiling", name="ceiling"),
    sa.CheckConstraint("used >= 0", name="used"),
    comment="how much of every quota, budget and yearly cap is used; changed under lock, in order of key",
)
sa.Table(
    "grants",
    schema,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("decision_id", sa.String(40), sa.ForeignKey("decisions.id"), nullable=False),
    sa.Column("part", sa.String(40), nullable=False),
    sa.Column("member_id", sa.String(64), nullable=False),
    sa.Column("rule_id", sa.Text, nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("amount_fen", sa.BigInteger, nullable=False),
    sa.Column("quantity", sa.BigInteger, nullable=False),
    sa.Column("unit", sa.String(32)),
    sa.Column("uses", sa.Integer, nullable=False),
    sa.Column("granted_on", sa.Date, nullable=False),
    sa.Column("claim_by", sa.Date),
    sa.Column("expires_on", sa.Date),
    sa.Column("redeem_at", sa.Text),
    sa.Column("takebacks", sa.Text),
    sa.CheckConstraint("amount_fen >= 0", name="amount_fen"),
    sa.CheckConstraint("quantity > 0", name="quantity"),
    sa.Index("ix_grants_decision_id", "decision_id"),
    sa.Index("ix_grants_member_id", "member_id"),
    comment="append-only: what was promised to whom",
)
sa.Table(
    "limit_slots",
    schema,
    sa.Column("limit_key", sa.Text, primary_key=True),
    sa.Column("slot", sa.Integer, primary_key=True),
    sa.Column("grant_id", sa.String(40), sa.ForeignKey("grants.id"), nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.Index("ix_limit_slots_grant_id_limit_key", "grant_id", "limit_key", unique=True),
    comment="a limit of N times is N slots, each taken once",
)
sa.Table(
    "freed_slots",
    schema,
    sa.Column("limit_key", sa.Text, primary_key=True),
    sa.Column("slot", sa.Integer, primary_key=True),
    sa.Column("grant_id", sa.String(40), sa.ForeignKey("grants.id"), primary_key=True),
    comment="append-only: slots that a reversal gave back",
)
sa.Table(
    "entries",
    schema,
    sa.Column("id", sa.String(40), sa.ForeignKey("decisions.id"), primary_key=True),
    sa.Column("rule_id", sa.Text, nullable=False),
    sa.Column("rule_hash", sa.String(64), nullable=False),
    sa.Column("member_id", sa.String(64), nullable=False),
    sa.Column("mode", sa.String(16), nullable=False),
    sa.Column("period", sa.Text, nullable=False),
    sa.Column("places_for", sa.Text, nullable=False),
    sa.Column("weight", sa.BigInteger, nullable=False),
    sa.Column("rank", sa.BigInteger),
    sa.Column("groups", sa.Text, nullable=False),
    sa.Column("entered_on", sa.Date, nullable=False),
    sa.Column("decision", sa.Text, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Column("occurred_at", Instant),
    sa.CheckConstraint("weight > 0", name="weight"),
    sa.Index("ix_entries_member_id", "member_id"),
    sa.Index("ix_entries_rule_id_period_places_for", "rule_id", "period", "places_for"),
    comment="append-only: who takes part in a draw or a ranking",
)
sa.Table(
    "waiting_list",
    schema,
    sa.Column("id", sa.String(40), sa.ForeignKey("decisions.id"), primary_key=True),
    sa.Column("rule_id", sa.Text, nullable=False),
    sa.Column("rule_hash", sa.String(64), nullable=False),
    sa.Column("member_id", sa.String(64), nullable=False),
    sa.Column("period", sa.Text, nullable=False),
    sa.Column("places_for", sa.Text, nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("waits_since", sa.Date, nullable=False),
    sa.Column("decision", sa.Text, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.CheckConstraint("position > 0", name="position"),
    sa.UniqueConstraint("rule_id", "period", "places_for", "position"),
    sa.Index("ix_waiting_list_member_id", "member_id"),
    comment="append-only: who came when all places were taken",
)

# The ledger

sa.Table(
    "transactions",
    schema,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("grant_id", sa.String(40)),
    sa.Column("act_id", sa.String(64)),
    sa.Column("occurred_on", sa.Date, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Index("ix_transactions_grant_id", "grant_id", **_where("kind <> 'promise'")),
    comment="append-only: what moved benefits between accounts; its lines are postings",
)
sa.Table(
    "postings",
    schema,
    sa.Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("transaction_id", sa.String(40), nullable=False),
    sa.Column("line", sa.Integer, nullable=False),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("unit", sa.String(32), nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.CheckConstraint("amount <> 0", name="amount"),
    sa.Index("ix_postings_transaction_id_line", "transaction_id", "line", unique=True),
    comment="append-only: double entry; the lines of a transaction sum to zero in each unit",
)
sa.Table(
    "grant_balances",
    schema,
    sa.Column("grant_id", sa.String(40), sa.ForeignKey("grants.id"), primary_key=True),
    sa.Column("unit", sa.String(32), primary_key=True),
    sa.Column("promised", sa.BigInteger, nullable=False),
    sa.Column("issued", sa.BigInteger, nullable=False),
    sa.Column("redeemed", sa.BigInteger, nullable=False),
    sa.Column("settled", sa.BigInteger, nullable=False),
    sa.Column("expired", sa.BigInteger, nullable=False),
    sa.Column("reversed", sa.BigInteger, nullable=False),
    sa.CheckConstraint("expired >= 0", name="expired"),
    sa.CheckConstraint("issued >= 0", name="issued"),
    sa.CheckConstraint("promised >= 0", name="promised"),
    sa.CheckConstraint("redeemed >= 0", name="redeemed"),
    sa.CheckConstraint("reversed >= 0", name="reversed"),
    sa.CheckConstraint("settled >= 0", name="settled"),
    comment="where each grant stands, once something happened after its promise; its lock stops double spending",
)
sa.Table(
    "account_balances",
    schema,
    sa.Column("account", sa.Text, primary_key=True),
    sa.Column("unit", sa.String(32), primary_key=True),
    sa.Column("balance", sa.BigInteger, nullable=False),
    comment="what the sealed postings of an account sum to",
)
sa.Table(
    "reversals",
    schema,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("grant_id", sa.String(40), sa.ForeignKey("grants.id"), nullable=False),
    sa.Column("act", SequenceNumber, sa.ForeignKey("rule_acts.sequence"), nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.UniqueConstraint("grant_id"),
    sa.Index("ix_reversals_act", "act"),
    comment="append-only: grants that were taken back",
)
sa.Table(
    "unsealed",
    schema,
    sa.Column("number", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("lane", sa.Integer, nullable=False),
    sa.Column("rows", sa.Text, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    comment="what was committed and waits to be sealed, a row for each batch",
)
sa.Table(
    "seals",
    schema,
    sa.Column("book", sa.Text, primary_key=True),
    sa.Column("lane", sa.Integer, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("digests", sa.Text, nullable=False),
    sa.Column("previous", sa.String(64), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.Column("sealed_at", Instant, nullable=False),
    sa.CheckConstraint("number > 0", name="number"),
    comment="append-only: hash chains over what was committed",
)
sa.Table(
    "due_slots",
    schema,
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("grant_id", sa.String(40), primary_key=True),
    sqlite_with_rowid=False,
    comment="on which day a grant is looked at next: to remind of its end, or to end it; worked off and deleted",
)

# Draws, waiting lists and claims

sa.Table(
    "draws",
    schema,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("places", sa.Text, nullable=False),
    sa.Column("rule_id", sa.Text, nullable=False),
    sa.Column("period", sa.Text, nullable=False),
    sa.Column("places_for", sa.Text, nullable=False),
    sa.Column("rule_hash", sa.String(64), nullable=False),
    sa.Column("mode", sa.String(16), nullable=False),
    sa.Column("seats", sa.Integer, nullable=False),
    sa.Column("commitment", sa.String(64)),
    sa.Column("file", sa.Text, nullable=False),
    sa.Column("act", SequenceNumber, sa.ForeignKey("rule_acts.sequence"), nullable=False),
    sa.Column("fixed_on", sa.Date, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.CheckConstraint("mode <> 'lottery' OR commitment IS NOT NULL", name="commitment"),
    sa.UniqueConstraint("places"),
    sa.Index("ix_draws_rule_id", "rule_id"),
    comment="append-only: who takes part is fixed from here on",
)
sa.Table(
    "draw_secrets",
    schema,
    sa.Column("draw_id", sa.String(40), sa.ForeignKey("draws.id"), primary_key=True),
    sa.Column("secret", sa.String(64), nullable=False),
    comment="kept from everybody until the draw, which publishes it; in no export",
)
sa.Table(
    "draw_results",
    schema,
    sa.Column("draw_id", sa.String(40), sa.ForeignKey("draws.id"), primary_key=True),
    sa.Column("file", sa.Text, nullable=False),
    sa.Column("act", SequenceNumber, sa.ForeignKey("rule_acts.sequence"), nullable=False),
    sa.Column("drawn_on", sa.Date, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    comment="append-only: in which order everybody was drawn or ranked",
)
sa.Table(
    "withdrawals",
    schema,
    sa.Column("id", sa.String(40), sa.ForeignKey("decisions.id"), primary_key=True),
    sa.Column("withdrawn_on", sa.Date, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    comment="append-only: entries and places on the waiting list that members gave up",
)
sa.Table(
    "waiting_lines",
    schema,
    sa.Column("places", sa.Text, primary_key=True),
    sa.Column("moved", sa.BigInteger, nullable=False),
    sa.CheckConstraint("moved >= 0", name="moved"),
    comment="how many left each waiting list; changed under the lock of its counter",
)
sa.Table(
    "waiting_moves",
    schema,
    sa.Column("waiting_id", sa.String(40), sa.ForeignKey("waiting_list.id"), primary_key=True),
    sa.Column("places", sa.Text, nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("how", sa.String(16), nullable=False),
    sa.Column("decision_id", sa.String(40), sa.ForeignKey("decisions.id")),
    sa.Column("moved_on", sa.Date, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.CheckConstraint("(how = 'withdrawn') = (decision_id IS NULL)", name="decision"),
    sa.Index("ix_waiting_moves_places_position", "places", "position", unique=True),
    comment="append-only: who left a waiting list, and how",
)
sa.Table(
    "claims",
    schema,
    sa.Column("decision_id", sa.String(40), sa.ForeignKey("decisions.id"), primary_key=True),
    sa.Column("claimed_on", sa.Date, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    comment="append-only: grants that had to be claimed and were",
)
sa.Table(
    "claim_slots",
    schema,
    sa.Column("decision_id", sa.String(40), sa.ForeignKey("decisions.id"), primary_key=True),
    sa.Column("claim_by", sa.Date, nullable=False),
    sa.Index("ix_claim_slots_claim_by", "claim_by"),
    comment="grants that must still be claimed; gone once they are, or have lapsed",
)
sa.Table(
    "lapses",
    schema,
    sa.Column("grant_id", sa.String(40), sa.ForeignKey("grants.id"), primary_key=True),
    sa.Column("lapsed_on", sa.Date, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    comment="append-only: grants that nobody claimed in time; all that they took is given back",
)

# Appeals, clawbacks and debts

sa.Table(
    "appeals",
    schema,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("decision_id", sa.String(40), sa.ForeignKey("decisions.id"), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("member_id", sa.String(64), nullable=False),
    sa.Column("lodged_on", sa.Date, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.CheckConstraint("number > 0", name="number"),
    sa.Index("ix_appeals_decision_id_number", "decision_id", "number", unique=True),
    sa.Index("ix_appeals_member_id", "member_id"),
    comment="append-only: who asked for a decision to be looked at again",
)
sa.Table(
    "appeal_texts",
    schema,
    sa.Column("appeal_id", sa.String(40), sa.ForeignKey("appeals.id"), primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
    comment="a member's own words: personal data, in no export, log or topic; deleted when a person is erased",
)
sa.Table(
    "appeal_answers",
    schema,
    sa.Column("appeal_id", sa.String(40), sa.ForeignKey("appeals.id"), primary_key=True),
    sa.Column("verdict", sa.String(16), nullable=False),
    sa.Column("who", sa.String(32), nullable=False),
    sa.Column("answered_on", sa.Date, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("decision_id", sa.String(40), sa.ForeignKey("decisions.id")),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.CheckConstraint("verdict = 'upheld' OR decision_id IS NULL", name="anew"),
    sa.CheckConstraint("verdict IN ('upheld', 'rejected')", name="verdict"),
    sa.Index("ix_appeal_answers_decision_id", "decision_id"),
    comment="append-only: what an officer answered, and the decision that was taken anew",
)
sa.Table(
    "takeback_types",
    schema,
    sa.Column("event_type", sa.Text, primary_key=True),
    comment="the events on which rules that ever decided take something back",
)
sa.Table(
    "clawbacks",
    schema,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("grant_id", sa.String(40), sa.ForeignKey("grants.id"), nullable=False),
    sa.Column("term", sa.Integer, nullable=False),
    sa.Column("member_id", sa.String(64), nullable=False),
    sa.Column("rule_id", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("event_type", sa.Text, nullable=False),
    sa.Column("occurred_on", sa.Date, nullable=False),
    sa.Column("share_percent", sa.Integer, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("reversed_fen", sa.BigInteger, nullable=False),
    sa.Column("owed_fen", sa.BigInteger, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.CheckConstraint("reversed_fen >= 0 AND owed_fen >= 0", name="amounts"),
    sa.Index("ix_clawbacks_grant_id_term", "grant_id", "term", unique=True),
    sa.Index("ix_clawbacks_member_id", "member_id"),
    comment="append-only: what was taken back by the rule's own terms",
)
sa.Table(
    "debt_acts",
    schema,
    sa.Column("debt_id", sa.String(40), sa.ForeignKey("clawbacks.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("amount_fen", sa.BigInteger, nullable=False),
    sa.Column("who", sa.String(32), nullable=False),
    sa.Column("acted_on", sa.Date, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("transaction_id", sa.String(64)),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.CheckConstraint("amount_fen > 0", name="amount_fen"),
    sa.CheckConstraint("kind IN ('settled', 'set_off', 'waived')", name="kind"),
    sa.CheckConstraint("(kind = 'waived') = (transaction_id IS NULL)", name="moved"),
    comment="append-only: what became of a debt; only an officer ends one",
)

# Payments by bank

sa.Table(
    "payout_batches",
    schema,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("orders", sa.Integer, nullable=False),
    sa.Column("amount_fen", sa.BigInteger, nullable=False),
    sa.Column("orders_digest", sa.String(64), nullable=False),
    sa.Column("file_digest", sa.String(64), nullable=False),
    sa.Column("terms_digest", sa.String(64), nullable=False),
    sa.Column("prepared_by", sa.String(32), nullable=False),
    sa.Column("prepared_at", Instant, nullable=False),
    sa.Column("prepared_on", sa.Date, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("decided_by", sa.String(32)),
    sa.Column("decided_at", Instant),
    sa.Column("decided_on", sa.Date),
    sa.Column("decided_reason", sa.Text),
    sa.Column("exported_at", Instant),
    sa.CheckConstraint("state = 'prepared' OR decided_by IS NOT NULL", name="decided"),
    sa.CheckConstraint("exported_at IS NULL OR state = 'released'", name="exported"),
    sa.CheckConstraint("orders > 0 AND amount_fen > 0", name="something"),
    sa.CheckConstraint("state IN ('prepared', 'released', 'cancelled')", name="state"),
    sa.CheckConstraint("state <> 'released' OR decided_by <> prepared_by", name="two_people"),
    sa.UniqueConstraint("number"),
    comment="batches of payments; once released nothing of them changes but when they were exported",
)
sa.Table(
    "payout_orders",
    schema,
    sa.Column("reference", sa.String(32), primary_key=True),
    sa.Column("batch_id", sa.String(16), sa.ForeignKey("payout_batches.id"), nullable=False),
    sa.Column("line", sa.Integer, nullable=False),
    sa.Column("grant_id", sa.String(40), sa.ForeignKey("grants.id"), nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("amount_fen", sa.BigInteger, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.CheckConstraint("amount_fen > 0", name="amount_fen"),
    sa.CheckConstraint("attempt > 0 AND line > 0", name="counted"),
    sa.CheckConstraint("state IN ('open', 'paid', 'failed', 'cancelled')", name="state"),
    sa.UniqueConstraint("batch_id", "line"),
    sa.UniqueConstraint("grant_id", "attempt"),
    sa.Index("ix_payout_orders_not_over", "grant_id", unique=True, **_where("state IN ('open', 'paid')")),
    comment="one payment of one grant; a grant has at most one that is under way or paid",
)
sa.Table(
    "payout_returns",
    schema,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("lines", sa.Integer, nullable=False),
    sa.Column("left_out", sa.Integer, nullable=False),
    sa.Column("imported_by", sa.String(32), nullable=False),
    sa.Column("imported_at", Instant, nullable=False),
    sa.Column("imported_on", sa.Date, nullable=False),
    comment="append-only: the bank's files",
)
sa.Table(
    "payout_answers",
    schema,
    sa.Column("reference", sa.String(32), sa.ForeignKey("payout_orders.reference"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("outcome", sa.String(16), nullable=False),
    sa.Column("amount_fen", sa.BigInteger, nullable=False),
    sa.Column("bank_reference", sa.String(64), nullable=False),
    sa.Column("answered_on", sa.Date, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("return_id", sa.String(64), sa.ForeignKey("payout_returns.id"), nullable=False),
    sa.Column("line", sa.Integer, nullable=False),
    sa.Column("transaction_id", sa.String(40), nullable=False),
    sa.CheckConstraint("outcome IN ('paid', 'failed')", name="outcome"),
    sa.Index("ix_payout_answers_return_id", "return_id"),
    sa.Index("ix_payout_answers_transaction_id", "transaction_id"),
    comment="append-only: what the bank said of each payment; settled means that it stands here",
)

# Vouchers

sa.Table(
    "voucher_keys",
    schema,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("fingerprint", sa.String(64), nullable=False),
    sa.CheckConstraint("number = 1", name="only_one"),
    comment="which key the codes were made with; never the key itself",
)
sa.Table(
    "vouchers",
    schema,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("grant_id", sa.String(40), sa.ForeignKey("grants.id"), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("salt", sa.String(32)),
    sa.Column("made_on", sa.Date, nullable=False),
    sa.Column("withdrawn_on", sa.Date),
    sa.CheckConstraint("number > 0", name="number"),
    sa.UniqueConstraint("grant_id", "number"),
    comment="the codes that were handed out, by keyed hash: neither codes nor what makes them stand here",
)
sa.Table(
    "member_cards",
    schema,
    sa.Column("handle", sa.String(16), primary_key=True),
    sa.Column("member_id", sa.String(64), nullable=False),
    sa.Column("salt", sa.String(32), nullable=False),
    sa.Column("made_on", sa.Date, nullable=False),
    sa.UniqueConstraint("member_id"),
    comment="the cards whose sign turns every 30 seconds",
)
sa.Table(
    "card_uses",
    schema,
    sa.Column("handle", sa.String(16), sa.ForeignKey("member_cards.handle"), primary_key=True),
    sa.Column("step", sa.BigInteger, primary_key=True),
    sa.Column("transaction_id", sa.String(64), sa.ForeignKey("transactions.id"), nullable=False),
    comment="append-only: each sign of a card counts once",
)
sa.Table(
    "merchants",
    schema,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("rules", sa.Text, nullable=False),
    sa.Column("stations", sa.Text, nullable=False),
    sa.Column("added_at", Instant, nullable=False),
    comment="who may redeem",
)
sa.Table(
    "merchant_keys",
    schema,
    sa.Column("id", sa.String(8), primary_key=True),
    sa.Column("merchant_id", sa.String(40), sa.ForeignKey("merchants.id"), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("revoked_at", Instant),
    sa.Index("ix_merchant_keys_merchant_id", "merchant_id"),
    comment="merchants' keys by their digests; the keys themselves are kept nowhere",
)
sa.Table(
    "redemptions",
    schema,
    sa.Column("id", sa.String(64), sa.ForeignKey("transactions.id"), primary_key=True),
    sa.Column("merchant_id", sa.String(40), sa.ForeignKey("merchants.id"), nullable=False),
    sa.Column("request_key", sa.String(80), nullable=False),
    sa.Column("asked", sa.String(64), nullable=False),
    sa.Column("grant_id", sa.String(40), sa.ForeignKey("grants.id"), nullable=False),
    sa.Column("station", sa.String(128)),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("unit", sa.String(32), nullable=False),
    sa.Column("worth_fen", sa.BigInteger, nullable=False),
    sa.Column("used_at", Instant, nullable=False),
    sa.Column("batch_id", sa.String(64)),
    sa.Column("left", sa.BigInteger, nullable=False),
    sa.Column("uses_left", sa.BigInteger, nullable=False),
    sa.CheckConstraint("amount > 0", name="amount"),
    sa.CheckConstraint("worth_fen >= 0", name="worth_fen"),
    sa.UniqueConstraint("merchant_id", "request_key"),
    sa.Index("ix_redemptions_grant_id", "grant_id"),
    comment="append-only: what was redeemed by whom and where; the money stands in postings",
)
sa.Table(
    "refunds",
    schema,
    sa.Column("id", sa.String(64), sa.ForeignKey("transactions.id"), primary_key=True),
    sa.Column("redemption_id", sa.String(64), sa.ForeignKey("redemptions.id"), nullable=False),
    sa.Column("merchant_id", sa.String(40), nullable=False),
    sa.Column("request_key", sa.String(80), nullable=False),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("worth_fen", sa.BigInteger, nullable=False),
    sa.Column("reusable", sa.Integer, nullable=False),
    sa.CheckConstraint("amount > 0", name="amount"),
    sa.UniqueConstraint("merchant_id", "request_key"),
    sa.Index("ix_refunds_redemption_id", "redemption_id"),
    comment="append-only: what was taken back of a redemption",
)
sa.Table(
    "redemption_batches",
    schema,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("merchant_id", sa.String(40), sa.ForeignKey("merchants.id"), nullable=False),
    sa.Column("number", sa.String(80), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("received_at", Instant, nullable=False),
    sa.Column("results", sa.Text, nullable=False),
    comment="append-only: what was used offline and handed in late",
)

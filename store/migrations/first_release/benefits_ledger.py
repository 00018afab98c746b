"""Tables of decisions, transactions, places, sums and the rulebook."""

import sqlalchemy as sa

from store.migrations.first_release.schema import schema, where
from store.tables import Instant, SequenceNumber

sa.Table(
    "account_balances",
    schema,
    sa.Column("account", sa.Text, primary_key=True),
    sa.Column("unit", sa.String(32), primary_key=True),
    sa.Column("balance", sa.BigInteger, nullable=False),
    comment="what the sealed postings of an account sum to",
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
    sa.CheckConstraint("number > 0", name="ck_seals_number"),
    comment="append-only: hash chains over what was committed",
)

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
    sa.Index("ix_transactions_grant_id", "grant_id", **where("kind <> 'promise'")),
    comment="append-only: what moved benefits between accounts; its lines are postings",
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
    sa.CheckConstraint("expired >= 0", name="ck_grant_balances_expired"),
    sa.CheckConstraint("issued >= 0", name="ck_grant_balances_issued"),
    sa.CheckConstraint("promised >= 0", name="ck_grant_balances_promised"),
    sa.CheckConstraint("redeemed >= 0", name="ck_grant_balances_redeemed"),
    sa.CheckConstraint("reversed >= 0", name="ck_grant_balances_reversed"),
    sa.CheckConstraint("settled >= 0", name="ck_grant_balances_settled"),
    comment="where each grant stands, once something happened after its promise; its lock stops double spending",
)

sa.Table(
    "counters",
    schema,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("used", sa.BigInteger, nullable=False),
    sa.Column("ceiling", sa.BigInteger),
    sa.CheckConstraint("ceiling IS NULL OR used <= ceiling", name="ck_counters_ceiling"),
    sa.CheckConstraint("used >= 0", name="ck_counters_used"),
    comment="how much of every quota, budget and yearly cap is used; changed under lock, in order of key",
)

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
    "explanation_forms",
    schema,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("content", sa.Text, nullable=False),
    comment="append-only: what explanations of decisions have in common, each once",
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
    sa.CheckConstraint("amount <> 0", name="ck_postings_amount"),
    sa.Index("ix_postings_transaction_id_line", "transaction_id", "line", unique=True),
    comment="append-only: double entry; the lines of a transaction sum to zero in each unit",
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
    sa.CheckConstraint("weight > 0", name="ck_entries_weight"),
    sa.Index("ix_entries_member_id", "member_id"),
    sa.Index("ix_entries_rule_id_period_places_for", "rule_id", "period", "places_for"),
    comment="append-only: who takes part in a draw or a ranking",
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
    sa.CheckConstraint("amount_fen >= 0", name="ck_grants_amount_fen"),
    sa.CheckConstraint("quantity > 0", name="ck_grants_quantity"),
    sa.Index("ix_grants_decision_id", "decision_id"),
    sa.Index("ix_grants_expires_on", "expires_on", "member_id", "rule_id"),
    sa.Index("ix_grants_member_id", "member_id"),
    comment="append-only: what was promised to whom",
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
    sa.Column("arrival", sa.Integer, nullable=False),
    sa.Column("waits_since", sa.Date, nullable=False),
    sa.Column("decision", sa.Text, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.CheckConstraint("position > 0", name="ck_waiting_list_position"),
    sa.UniqueConstraint(
        "rule_id",
        "period",
        "places_for",
        "position",
        name="uq_waiting_list_rule_id_period_places_for_position",
    ),
    sa.UniqueConstraint("rule_id", "period", "arrival", name="uq_waiting_list_rule_id_period_arrival"),
    sa.Index("ix_waiting_list_member_id", "member_id"),
    comment="append-only: who came when all places were taken",
)

sa.Table(
    "limit_slots",
    schema,
    sa.Column("limit_key", sa.Text, primary_key=True),
    sa.Column("slot", sa.Integer, primary_key=True),
    sa.Column("grant_id", sa.String(40), sa.ForeignKey("grants.id"), nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.Index("ix_limit_slots_grant_id_limit_key", "grant_id", "limit_key", unique=True),
    comment="a limit of N times is N slots, each taken once; a rolling one takes a slot for every grant",
)

sa.Table(
    "returned_places",
    schema,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("grant_id", sa.String(40), sa.ForeignKey("grants.id"), nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("returned_on", sa.Date, nullable=False),
    sa.Index("ix_returned_places_grant_id", "grant_id"),
    comment="append-only: places of an organisation's quota that a transfer gave back; the grant goes on",
)

sa.Table(
    "archived_sums",
    schema,
    sa.Column("month", sa.Date, primary_key=True),
    sa.Column("place", sa.Text, primary_key=True),
    sa.Column("account", sa.Text, primary_key=True),
    sa.Column("rule_id", sa.Text, primary_key=True),
    sa.Column("kind", sa.String(16), primary_key=True),
    sa.Column("occurred_on", sa.Date, primary_key=True),
    sa.Column("granted_on", sa.Date, primary_key=True),
    sa.Column("in_fen", sa.BigInteger, nullable=False),
    sa.Column("out_fen", sa.BigInteger, nullable=False),
    comment="append-only: the same sums of postings that were archived, as of the day of archiving",
)

sa.Table(
    "benefit_sums",
    schema,
    sa.Column("place", sa.Text, primary_key=True),
    sa.Column("account", sa.Text, primary_key=True),
    sa.Column("rule_id", sa.Text, primary_key=True),
    sa.Column("kind", sa.String(16), primary_key=True),
    sa.Column("occurred_on", sa.Date, primary_key=True),
    sa.Column("granted_on", sa.Date, primary_key=True),
    sa.Column("in_fen", sa.BigInteger, nullable=False),
    sa.Column("out_fen", sa.BigInteger, nullable=False),
    comment="sums of postings by account, day and the county of the member on the day of the grant; made anew each day",
)

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
    sa.CheckConstraint("number = 1", name="ck_rulebook_only_one"),
    comment="one row; grows with every act, so that a runner knows in one look whether its rules are in force",
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
    sa.UniqueConstraint("rule_id", "source", "event_id", name="uq_held_events_rule_id_source_event_id"),
    sa.Index("ix_held_events_member_id", "member_id"),
    comment="events that a stopped rule would have looked at; decided when it goes on",
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
    sa.CheckConstraint("state = 'submitted' OR decided IS NOT NULL", name="ck_rule_versions_decided"),
    sa.CheckConstraint(
        "state <> 'approved' OR decided_by <> submitted_by", name="ck_rule_versions_two_people"
    ),
    sa.Index("ix_rule_versions_rule_id", "rule_id"),
    comment="what was submitted; once approved it never changes",
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
    "reversals",
    schema,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("grant_id", sa.String(40), sa.ForeignKey("grants.id"), nullable=False, unique=True),
    sa.Column("act", SequenceNumber, sa.ForeignKey("rule_acts.sequence"), nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Index("ix_reversals_act", "act"),
    comment="append-only: grants that were taken back",
)

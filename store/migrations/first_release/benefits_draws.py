"""Tables of appeals, debts and draws."""

import sqlalchemy as sa

from store.migrations.first_release.schema import schema
from store.tables import Instant, SequenceNumber

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
    "takeback_types",
    schema,
    sa.Column("event_type", sa.Text, primary_key=True),
    comment="the events on which rules that ever decided take something back",
)

sa.Table(
    "appeals",
    schema,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("decision_id", sa.String(40), sa.ForeignKey("decisions.id"), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("member_id", sa.String(64), nullable=False),
    sa.Column("lodged_on", sa.Date, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.CheckConstraint("number > 0", name="ck_appeals_number"),
    sa.Index("ix_appeals_decision_id_number", "decision_id", "number", unique=True),
    sa.Index("ix_appeals_member_id", "member_id"),
    comment="append-only: who asked for a decision to be looked at again",
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
    sa.CheckConstraint("verdict = 'upheld' OR decision_id IS NULL", name="ck_appeal_answers_anew"),
    sa.CheckConstraint("verdict IN ('upheld', 'rejected')", name="ck_appeal_answers_verdict"),
    sa.Index("ix_appeal_answers_decision_id", "decision_id"),
    comment="append-only: what an officer answered, and the decision that was taken anew",
)

sa.Table(
    "appeal_texts",
    schema,
    sa.Column("appeal_id", sa.String(40), sa.ForeignKey("appeals.id"), primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
    comment="a member's own words: personal data, in no export, log or topic; deleted when a person is erased",
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
    sa.CheckConstraint("reversed_fen >= 0 AND owed_fen >= 0", name="ck_clawbacks_amounts"),
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
    sa.CheckConstraint("amount_fen > 0", name="ck_debt_acts_amount_fen"),
    sa.CheckConstraint("kind IN ('settled', 'set_off', 'waived')", name="ck_debt_acts_kind"),
    sa.CheckConstraint("(kind = 'waived') = (transaction_id IS NULL)", name="ck_debt_acts_moved"),
    comment="append-only: what became of a debt; only an officer ends one",
)

sa.Table(
    "waiting_lines",
    schema,
    sa.Column("places", sa.Text, primary_key=True),
    sa.Column("moved", sa.BigInteger, nullable=False),
    sa.CheckConstraint("moved >= 0", name="ck_waiting_lines_moved"),
    comment="how many left each waiting list; changed under the lock of its counter",
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
    "claims",
    schema,
    sa.Column("decision_id", sa.String(40), sa.ForeignKey("decisions.id"), primary_key=True),
    sa.Column("claimed_on", sa.Date, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    comment="append-only: grants that had to be claimed and were",
)

sa.Table(
    "draws",
    schema,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("places", sa.Text, nullable=False, unique=True),
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
    sa.CheckConstraint("mode <> 'lottery' OR commitment IS NOT NULL", name="ck_draws_commitment"),
    sa.Index("ix_draws_rule_id", "rule_id"),
    comment="append-only: who takes part is fixed from here on",
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
    "draw_secrets",
    schema,
    sa.Column("draw_id", sa.String(40), sa.ForeignKey("draws.id"), primary_key=True),
    sa.Column("secret", sa.String(64), nullable=False),
    comment="kept from everybody until the draw, which publishes it; in no export",
)

sa.Table(
    "lapses",
    schema,
    sa.Column("grant_id", sa.String(40), sa.ForeignKey("grants.id"), primary_key=True),
    sa.Column("lapsed_on", sa.Date, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    comment="append-only: grants that nobody claimed in time; all that they took is given back",
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
    sa.Column("moved_at", Instant),
    sa.CheckConstraint("(how = 'withdrawn') = (decision_id IS NULL)", name="ck_waiting_moves_decision"),
    sa.Index("ix_waiting_moves_places_position", "places", "position", unique=True),
    comment="append-only: who left a waiting list, and how",
)

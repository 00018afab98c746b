"""Draws, moves on the waiting list, claims; when an entry's event occurred."""

import sqlalchemy as sa
from alembic import op

from store.tables import Instant, SequenceNumber

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("entries", sa.Column("occurred_at", Instant, nullable=True))
    _create_draws()
    _create_moves()
    _create_claims()


def _create_draws() -> None:
    op.create_table(
        "draws",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("places", sa.Text(), nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("places_for", sa.Text(), nullable=False),
        sa.Column("rule_hash", sa.String(length=64), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("commitment", sa.String(length=64), nullable=True),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("act", SequenceNumber, nullable=False),
        sa.Column("fixed_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", Instant, nullable=False),
        sa.CheckConstraint("mode <> 'lottery' OR commitment IS NOT NULL", name=op.f("ck_draws_commitment")),
        sa.ForeignKeyConstraint(["act"], ["rule_acts.sequence"], name=op.f("fk_draws_act")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draws")),
        sa.UniqueConstraint("places", name=op.f("uq_draws_places")),
        comment="append-only: who takes part is fixed from here on",
    )
    op.create_index("ix_draws_rule_id", "draws", ["rule_id"], unique=False)
    op.create_table(
        "draw_secrets",
        sa.Column("draw_id", sa.String(length=40), nullable=False),
        sa.Column("secret", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["draw_id"], ["draws.id"], name=op.f("fk_draw_secrets_draw_id")),
        sa.PrimaryKeyConstraint("draw_id", name=op.f("pk_draw_secrets")),
        comment="kept from everybody until the draw, which publishes it; in no export",
    )
    op.create_table(
        "draw_results",
        sa.Column("draw_id", sa.String(length=40), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("act", SequenceNumber, nullable=False),
        sa.Column("drawn_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", Instant, nullable=False),
        sa.ForeignKeyConstraint(["draw_id"], ["draws.id"], name=op.f("fk_draw_results_draw_id")),
        sa.ForeignKeyConstraint(["act"], ["rule_acts.sequence"], name=op.f("fk_draw_results_act")),
        sa.PrimaryKeyConstraint("draw_id", name=op.f("pk_draw_results")),
        comment="append-only: in which order everybody was drawn or ranked",
    )


def _create_moves() -> None:
    op.create_table(
        "withdrawals",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("withdrawn_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", Instant, nullable=False),
        sa.ForeignKeyConstraint(["id"], ["decisions.id"], name=op.f("fk_withdrawals_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_withdrawals")),
        comment="append-only: entries and places on the waiting list that members gave up",
    )
    op.create_table(
        "waiting_lines",
        sa.Column("places", sa.Text(), nullable=False),
        sa.Column("moved", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("moved >= 0", name=op.f("ck_waiting_lines_moved")),
        sa.PrimaryKeyConstraint("places", name=op.f("pk_waiting_lines")),
        comment="how many left each waiting list; changed under the lock of its counter",
    )
    op.execute(
        "INSERT INTO waiting_lines (places, moved) SELECT DISTINCT rule_id || '/' || period || "
        "CASE places_for WHEN '' THEN '' ELSE '/' || places_for END, 0 FROM waiting_list"
    )
    op.create_table(
        "waiting_moves",
        sa.Column("waiting_id", sa.String(length=40), nullable=False),
        sa.Column("places", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("how", sa.String(length=16), nullable=False),
        sa.Column("decision_id", sa.String(length=40), nullable=True),
        sa.Column("moved_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", Instant, nullable=False),
        sa.CheckConstraint(
            "(how = 'withdrawn') = (decision_id IS NULL)", name=op.f("ck_waiting_moves_decision")
        ),
        sa.ForeignKeyConstraint(
            ["waiting_id"], ["waiting_list.id"], name=op.f("fk_waiting_moves_waiting_id")
        ),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name=op.f("fk_waiting_moves_decision_id")),
        sa.PrimaryKeyConstraint("waiting_id", name=op.f("pk_waiting_moves")),
        comment="append-only: who left a waiting list, and how",
    )
    op.create_index("ix_waiting_moves_places_position", "waiting_moves", ["places", "position"], unique=True)


def _create_claims() -> None:
    op.create_table(
        "claims",
        sa.Column("decision_id", sa.String(length=40), nullable=False),
        sa.Column("claimed_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", Instant, nullable=False),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name=op.f("fk_claims_decision_id")),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_claims")),
        comment="append-only: grants that had to be claimed and were",
    )
    op.create_table(
        "claim_slots",
        sa.Column("decision_id", sa.String(length=40), nullable=False),
        sa.Column("claim_by", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name=op.f("fk_claim_slots_decision_id")),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_claim_slots")),
        comment="grants that must still be claimed; gone once they are, or have lapsed",
    )
    op.create_index("ix_claim_slots_claim_by", "claim_slots", ["claim_by"], unique=False)
    op.execute(
        "INSERT INTO claim_slots (decision_id, claim_by) SELECT decision_id, MIN(claim_by) FROM grants g "
        "WHERE claim_by IS NOT NULL AND NOT EXISTS (SELECT 1 FROM reversals r WHERE r.grant_id = g.id) "
        "GROUP BY decision_id"
    )
    op.create_table(
        "lapses",
        sa.Column("grant_id", sa.String(length=40), nullable=False),
        sa.Column("lapsed_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", Instant, nullable=False),
        sa.ForeignKeyConstraint(["grant_id"], ["grants.id"], name=op.f("fk_lapses_grant_id")),
        sa.PrimaryKeyConstraint("grant_id", name=op.f("pk_lapses")),
        comment="append-only: grants that nobody claimed in time; all that they took is given back",
    )

"""Parts, terms and rolling limits of grants; entries of draws; the waiting list."""

import sqlalchemy as sa
from alembic import op

from store.tables import Instant, SequenceNumber

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _rebuild()
    else:
        _alter()
    op.create_index("ix_grants_decision_id", "grants", ["decision_id"], unique=False)
    op.create_index(
        "ix_limit_slots_grant_id_limit_key", "limit_slots", ["grant_id", "limit_key"], unique=True
    )
    _create_entries()
    _create_waiting_list()


def _alter() -> None:
    op.drop_constraint("fk_grants_id", "grants", type_="foreignkey")
    for column in (
        sa.Column("decision_id", sa.String(length=40), nullable=True),
        sa.Column("part", sa.String(length=40), nullable=True),
        sa.Column("uses", sa.Integer(), nullable=True),
        sa.Column("claim_by", sa.Date(), nullable=True),
        sa.Column("redeem_at", sa.Text(), nullable=True),
        sa.Column("takebacks", sa.Text(), nullable=True),
    ):
        op.add_column("grants", column)
    op.execute("UPDATE grants SET decision_id = id, part = '1', uses = 1")
    for name in ("decision_id", "part", "uses"):
        op.alter_column("grants", name, nullable=False)
    op.create_foreign_key(op.f("fk_grants_decision_id"), "grants", "decisions", ["decision_id"], ["id"])
    op.drop_constraint("uq_limit_slots_grant_id", "limit_slots", type_="unique")
    op.add_column("limit_slots", sa.Column("day", sa.Date(), nullable=True))
    op.execute("UPDATE limit_slots SET day = g.granted_on FROM grants g WHERE g.id = limit_slots.grant_id")
    op.alter_column("limit_slots", "day", nullable=False)


def _rebuild() -> None:
    """SQLite changes no constraint of a table: the tables and those that refer to them are made anew."""
    op.rename_table("grants", "grants_before")  # references follow
    op.drop_index("ix_grants_member_id", "grants_before")
    _create_grants()
    columns = "member_id, rule_id, kind, title, amount_fen, quantity, unit, granted_on, expires_on"
    op.execute(
        f"INSERT INTO grants (id, decision_id, part, uses, {columns}) SELECT id, id, '1', 1, {columns} FROM grants_before"
    )
    op.drop_index("ix_reversals_act", "reversals")
    for name, create, values in (
        ("limit_slots", _create_limit_slots, "limit_key, slot, grant_id"),
        ("freed_slots", _create_freed_slots, "limit_key, slot, grant_id"),
        ("reversals", _create_reversals, "id, grant_id, act, recorded_at"),
    ):
        op.rename_table(name, f"{name}_before")
        create()
        day = ", day" if name == "limit_slots" else ""
        of_grant = ", (SELECT granted_on FROM grants WHERE id = grant_id)" if day else ""
        op.execute(f"INSERT INTO {name} ({values}{day}) SELECT {values}{of_grant} FROM {name}_before")
        op.drop_table(f"{name}_before")
    op.drop_table("grants_before")


def _create_grants() -> None:
    op.create_table(
        "grants",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("decision_id", sa.String(length=40), nullable=False),
        sa.Column("part", sa.String(length=40), nullable=False),
        sa.Column("member_id", sa.String(length=64), nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.String(length=32), nullable=True),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("granted_on", sa.Date(), nullable=False),
        sa.Column("claim_by", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("redeem_at", sa.Text(), nullable=True),
        sa.Column("takebacks", sa.Text(), nullable=True),
        sa.CheckConstraint("amount_fen >= 0", name=op.f("ck_grants_amount_fen")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_grants_quantity")),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name=op.f("fk_grants_decision_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grants")),
    )
    op.create_index("ix_grants_member_id", "grants", ["member_id"], unique=False)


def _create_limit_slots() -> None:
    op.create_table(
        "limit_slots",
        sa.Column("limit_key", sa.Text(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("grant_id", sa.String(length=40), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["grant_id"], ["grants.id"], name=op.f("fk_limit_slots_grant_id")),
        sa.PrimaryKeyConstraint("limit_key", "slot", name=op.f("pk_limit_slots")),
    )


def _create_freed_slots() -> None:
    op.create_table(
        "freed_slots",
        sa.Column("limit_key", sa.Text(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("grant_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["grant_id"], ["grants.id"], name=op.f("fk_freed_slots_grant_id")),
        sa.PrimaryKeyConstraint("limit_key", "slot", "grant_id", name=op.f("pk_freed_slots")),
    )


def _create_reversals() -> None:
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
    )
    op.create_index("ix_reversals_act", "reversals", ["act"], unique=False)


def _create_entries() -> None:
    op.create_table(
        "entries",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("rule_hash", sa.String(length=64), nullable=False),
        sa.Column("member_id", sa.String(length=64), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("places_for", sa.Text(), nullable=False),
        sa.Column("weight", sa.BigInteger(), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=True),
        sa.Column("groups", sa.Text(), nullable=False),
        sa.Column("entered_on", sa.Date(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("recorded_at", Instant, nullable=False),
        sa.CheckConstraint("weight > 0", name=op.f("ck_entries_weight")),
        sa.ForeignKeyConstraint(["id"], ["decisions.id"], name=op.f("fk_entries_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entries")),
        comment="append-only: who takes part in a draw or a ranking",
    )
    op.create_index(
        "ix_entries_rule_id_period_places_for",
        "entries",
        ["rule_id", "period", "places_for"],
        unique=False,
    )
    op.create_index("ix_entries_member_id", "entries", ["member_id"], unique=False)


def _create_waiting_list() -> None:
    op.create_table(
        "waiting_list",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("rule_hash", sa.String(length=64), nullable=False),
        sa.Column("member_id", sa.String(length=64), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("places_for", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("waits_since", sa.Date(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("recorded_at", Instant, nullable=False),
        sa.CheckConstraint("position > 0", name=op.f("ck_waiting_list_position")),
        sa.ForeignKeyConstraint(["id"], ["decisions.id"], name=op.f("fk_waiting_list_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting_list")),
        sa.UniqueConstraint(
            "rule_id",
            "period",
            "places_for",
            "position",
            name=op.f("uq_waiting_list_rule_id_period_places_for_position"),
        ),
        comment="append-only: who came when all places were taken",
    )
    op.create_index("ix_waiting_list_member_id", "waiting_list", ["member_id"], unique=False)

"""Whatever is changed in whatever table of the ledger: verification finds it and names the row."""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import islice

import pytest
from sqlalchemy import Column, Connection, RowMapping, Table, select, text, update
from sqlalchemy.exc import IntegrityError

import benefits.tables
from benefits import seal_batches, verify_ledger
from store import Database, Instant
from tests.benefits.lived import LIVES
from tests.guards import lift_guards
from tools.servers.deciding import NOW

# In which life something stands in which table.
WALKED: Mapping[str, tuple[str, ...]] = {
    "moved": (
        *("decisions", "grants", "postings", "transactions", "limit_slots", "freed_slots", "reversals"),
        *("entries", "waiting_list", "rule_acts", "appeals", "appeal_answers", "counters"),
        *("grant_balances", "account_balances", "seals", "unsealed", "row_batches", "explanation_forms"),
    ),
    "drawn": (
        *("draws", "draw_results", "withdrawals", "waiting_lines", "waiting_moves", "claims"),
        *("claim_slots", "lapses", "entries"),
    ),
    "fixed": ("draws", "draw_secrets"),
    "ranked": ("draws", "draw_results", "entries"),
    "used": (
        *("vouchers", "member_cards", "card_uses", "redemptions", "refunds", "redemption_batches"),
        *("due_slots", "grants", "merchants", "merchant_keys", "merchant_key_terms", "point_spendings"),
    ),
    "paid": ("payout_batches", "payout_orders", "payout_returns", "payout_answers"),
    "owed": ("takeback_types", "clawbacks", "debt_acts", "rule_contents", "grants"),
    "ruled": ("rule_versions", "rule_cuts", "rule_stops", "held_events", "rule_acts"),
}
# What may change unseen, and why. A table's name alone: all of it.
FREE: Mapping[str, str] = {
    "benefit_sums": "made anew from the postings every day; a report says as of when, and nothing follows from it",
    "erased_rows": "tests/events/test_row_batches.py erases somebody and changes it",
    "returned_places": "tests/events/test_transfers.py changes it",
    "sessions": "which courses there are; what they grant is exported",
    "rulebook": "tells runners to look again; another number makes them look once more",
    "payout_payees": "tests/yihui/money/payouts/test_batches.py changes it: whoever it names is not paid",
    "payout_layouts": "tests/yihui/money/payouts/test_batches.py changes it: its digest stands in the batch",
    "voucher_keys": "with another fingerprint every code is refused: it fails closed",
    "appeal_texts": "a member's own words, erased with the person",
    "member_cards.made_on": "nothing follows from it",
    "vouchers.salt": "with the key, which isn't here, it shows a lost code again; gone when the person is erased",
    "card_uses.step": "that no sign counts twice; a sign is over after two minutes",
    "payout_batches.exported_at": "when the file was last written; the file itself is proved by its digest",
    "postings.sequence": "the database's own number",
    "postings.recorded_at": "when it was written; its transaction's is sealed",
    "rule_contents.recorded_at": "when it was kept",
    "unsealed.number": "gone once it is sealed",
    "unsealed.lane": "gone once it is sealed",
    "unsealed.recorded_at": "gone once it is sealed",
    "held_events.sequence": "the database's own number",
    "held_events.occurred_at": "for telling members; what is decided later reads the event itself",
    "held_events.occurred_on": "for telling members; what is decided later reads the event itself",
    "held_events.rule_title": "for telling members",
    "held_events.rule_hash": "for telling members; it is decided under what is in force then",
    "held_events.changes_known": "the decision that follows is sealed with the values that it read",
    "held_events.held_at": "when it was written",
    "held_events.released_at": "the decision that followed is sealed, and its event is taken once only",
}
# By what a row is named, where not by its key.
NAMED_BY: Mapping[str, tuple[str, ...]] = {
    "limit_slots": ("limit_key", "grant_id"),
    "freed_slots": ("limit_key", "grant_id"),
    "grant_balances": ("grant_id",),
    "account_balances": ("account",),
    "postings": ("transaction_id",),
    "payout_orders": ("reference", "batch_id"),
    "vouchers": ("digest", "grant_id"),
    "held_events": ("event_id",),
    "rule_cuts": ("rule_id",),
    "due_slots": ("grant_id",),
    "card_uses": ("handle",),
    "member_cards": ("handle",),
    "seals": ("book",),
}
_MADE_UP: Mapping[type, object] = {
    str: "made up",
    int: 7,
    bool: True,
    date: date(2030, 1, 1),
}


def _tables() -> dict[str, Table]:
    """Every table of the room."""
    found: dict[str, Table] = {}
    for module in pkgutil.iter_modules(benefits.tables.__path__):
        content = vars(importlib.import_module(f"benefits.tables.{module.name}"))
        found.update({item.name: item for item in content.values() if isinstance(item, Table)})
    return found


TABLES = _tables()


def test_every_table_is_walked_or_it_is_said_why_not() -> None:
    walked = {table for tables in WALKED.values() for table in tables}
    assert walked | (FREE.keys() & TABLES.keys()) == TABLES.keys()
    columns = {f"{name}.{column.name}" for name, table in TABLES.items() for column in table.columns}
    assert FREE.keys() <= columns | TABLES.keys()
    assert all(FREE.values())


@pytest.mark.parametrize(
    "life", ["owed", *(pytest.param(life, marks=pytest.mark.endure) for life in WALKED if life != "owed")]
)
def test_a_changed_value_is_found_and_its_row_named(life: str, database: Database) -> None:
    """Every column of a row, and of one that has nothing there; one after the other, each put back."""
    LIVES[life](database)
    if life != "moved":  # there something waits to be sealed
        with database.write() as connection:
            while seal_batches(connection, NOW).rows:
                pass
    _foreign_keys_off(database)
    with database.write() as connection:
        _without_guards(connection, WALKED[life])
        assert verify_ledger(connection).disagreements == ()
        unseen = [told for name in WALKED[life] for told in _walked(connection, TABLES[name])]
    assert unseen == []


def _walked(connection: Connection, table: Table) -> Iterator[str]:
    rows = connection.execute(select(table)).mappings().all()
    assert rows, f"{table.name} is empty: nothing is tried"
    for column in table.columns:
        if f"{table.name}.{column.name}" not in FREE:
            for row in _one_of_each(rows, column):
                bent = _bent(column, row[column.name])
                found = _said_of(connection, table, row, {column.name: bent})
                if not _is_named(table, {**row}, bent, column, found):
                    yield f"{table.name}.{column.name} {row[column.name]!r} → {bent!r}: {found}"


def _one_of_each(rows: Sequence[RowMapping], column: Column[object]) -> Iterator[RowMapping]:
    """A row with a value, and one without."""
    for is_empty in (False, True):
        kept = (
            row for row in rows if (row[column.name] is None) is is_empty and not _says_nothing(column, row)
        )
        yield from islice(kept, 1)


def _says_nothing(column: Column[object], row: RowMapping) -> bool:
    """A ceiling that a rule says is the rule's; a counter at nought is nobody's."""
    if column.table.name != "counters":
        return False
    return not row["key"].startswith("budget/") if column.name == "ceiling" else row["used"] == 0


def _bent(column: Column[object], value: object) -> object:
    """The value with one byte changed; where there is none, a made-up one."""
    match value:
        case None:
            return NOW if isinstance(column.type, Instant) else _MADE_UP[column.type.python_type]
        case bool():
            return not value
        case str():
            return value[:-1] + ("x" if value[-1] != "x" else "y") if value else "x"
        case int():
            return value ^ 1 or value + 2
        case datetime():
            return value + timedelta(seconds=1)
        case date():
            return value.replace(year=value.year + 1)
    raise AssertionError(f"{column} holds {value!r}")


def _said_of(
    connection: Connection, table: Table, row: RowMapping, change: Mapping[str, object]
) -> list[str]:
    """What verification says of a change, which is put back."""
    here = [part == row[part.name] for part in table.primary_key.columns]
    with connection.begin_nested() as attempt:
        try:
            connection.execute(update(table).where(*here).values(change))
        except IntegrityError:
            attempt.rollback()
            return ["the database refuses it"]
        found = [item.message.format_map(item.params) for item in verify_ledger(connection).disagreements]
        attempt.rollback()
    return found


def _is_named(
    table: Table, row: Mapping[str, object], bent: object, column: Column[object], found: list[str]
) -> bool:
    if found == ["the database refuses it"]:
        return True
    names = NAMED_BY.get(table.name, tuple(key.name for key in table.primary_key.columns))
    known = [str(row[name]) for name in names] + ([str(bent)] if column.name in names else [])
    return any(one in said for said in found for one in known)


def _foreign_keys_off(database: Database) -> None:
    """Somebody who means harm can switch them off."""
    if database.is_sqlite:
        with database.engine.connect() as connection:
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]


def _without_guards(connection: Connection, tables: tuple[str, ...]) -> None:
    lift_guards(connection)
    if connection.dialect.name != "postgresql":
        connection.execute(text("PRAGMA ignore_check_constraints=ON"))
        return
    checks = text(
        "SELECT conname FROM pg_constraint WHERE contype = 'c' AND conrelid = CAST(:name AS regclass)"
    )
    for table in tables:
        for name in connection.execute(checks, {"name": table}).scalars().all():
            connection.execute(text(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"'))

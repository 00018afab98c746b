"""A database with rows in it is migrated without losing or changing one of them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from store import Database, migrate_database, open_database
from store.migration import upgrade_schema
from store.tables import Instant

NOW = datetime(2026, 5, 1, tzinfo=UTC)
DAYS = (date(2026, 4, 30), date(2026, 5, 1))
FIRST, SECOND = "a" * 40, "b" * 40
Rows = list[dict[str, object]]

_DECISIONS = sa.table(
    "decisions",
    *map(sa.column, ("id", "member_id", "rule_id", "rule_hash", "source", "event_id", "event_type")),
    sa.column("occurred_on", sa.Date()),
    *map(sa.column, ("outcome", "reasons", "explanation")),
    sa.column("recorded_at", Instant()),
)
_GRANTS = sa.table(
    "grants",
    *map(sa.column, ("id", "member_id", "rule_id", "kind", "title", "amount_fen", "quantity", "unit")),
    sa.column("granted_on", sa.Date()),
    sa.column("expires_on", sa.Date()),
)
_SLOTS = sa.table("limit_slots", *map(sa.column, ("limit_key", "slot", "grant_id")))
_FREED = sa.table("freed_slots", *map(sa.column, ("limit_key", "slot", "grant_id")))
_ACTS = sa.table(
    "rule_acts",
    *map(sa.column, ("sequence", "rule_id", "act", "who")),
    sa.column("at", Instant()),
    sa.column("day", sa.Date()),
    *map(sa.column, ("reason", "detail")),
)
_REVERSALS = sa.table(
    "reversals", *map(sa.column, ("id", "grant_id", "act")), sa.column("recorded_at", Instant())
)


def _fill(connection: Connection) -> None:
    """As revision 0008 kept it: two grants, one of them taken back by an act."""
    decisions: Rows = [
        {
            "id": id, "member_id": "m-1", "rule_id": "cake", "rule_hash": "c" * 64, "source": "/s",
            "event_id": id[:3], "event_type": "member.birthday", "occurred_on": day, "outcome": "granted",
            "reasons": "[]", "explanation": "{}", "recorded_at": NOW,
        }
        for id, day in zip((FIRST, SECOND), DAYS, strict=True)
    ]  # fmt: skip
    grants: Rows = [
        {
            "id": id, "member_id": "m-1", "rule_id": "cake", "kind": "voucher", "title": "蛋糕券",
            "amount_fen": 20_000 + number, "quantity": 1 + number, "unit": "张", "granted_on": day,
            "expires_on": None if number else date(2026, 6, 30),
        }
        for number, (id, day) in enumerate(zip((FIRST, SECOND), DAYS, strict=True))
    ]  # fmt: skip
    connection.execute(sa.insert(_DECISIONS), decisions)
    connection.execute(sa.insert(_GRANTS), grants)
    slot = {"limit_key": "cake|member=m-1|2026", "slot": 1}
    connection.execute(sa.insert(_SLOTS), [{**slot, "grant_id": SECOND}])
    connection.execute(sa.insert(_FREED), [{**slot, "grant_id": FIRST}])
    act = {"sequence": 1, "rule_id": "cake", "act": "reversed", "who": "gh-1", "at": NOW, "day": DAYS[1]}
    connection.execute(sa.insert(_ACTS), [{**act, "reason": "错", "detail": "{}"}])
    reversal = {"id": "d" * 40, "grant_id": FIRST, "act": 1, "recorded_at": NOW}
    connection.execute(sa.insert(_REVERSALS), [reversal])


@pytest.fixture
def old(empty_target: str) -> Database:
    database = open_database(empty_target)
    with database.write() as connection:
        upgrade_schema(connection, "0008")
        _fill(connection)
    return database


def _rows(database: Database, statement: str) -> Sequence[tuple[object, ...]]:
    with database.read() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def test_grants_become_the_first_part_of_their_decision_and_nothing_else_changes(old: Database) -> None:
    kept = "SELECT id, member_id, rule_id, kind, title, amount_fen, quantity, unit, granted_on, expires_on FROM grants ORDER BY id"
    others = [
        "SELECT * FROM decisions ORDER BY id",
        "SELECT limit_key, slot, grant_id FROM limit_slots",
        "SELECT limit_key, slot, grant_id FROM freed_slots",
        "SELECT id, grant_id, act, recorded_at FROM reversals",
    ]
    before = [_rows(old, statement) for statement in (kept, *others)]
    assert all(before)
    with old.write() as connection:
        upgrade_schema(connection, "0009")
    assert [_rows(old, statement) for statement in (kept, *others)] == before
    added = "SELECT decision_id, part, uses, claim_by, redeem_at, takebacks FROM grants ORDER BY id"
    assert _rows(old, added) == [(id, "1", 1, None, None, None) for id in (FIRST, SECOND)]
    days = _rows(old, "SELECT s.day, g.granted_on FROM limit_slots s JOIN grants g ON g.id = s.grant_id")
    assert days and all(day == granted_on for day, granted_on in days)
    assert _rows(old, "SELECT id FROM entries") == _rows(old, "SELECT id FROM waiting_list") == []
    old.close()


@pytest.mark.parametrize(
    "broken",
    [
        "UPDATE grants SET decision_id = 'nobody'",
        "UPDATE limit_slots SET grant_id = 'nobody'",
        "UPDATE reversals SET grant_id = 'nobody'",
        "UPDATE grants SET amount_fen = -1",
    ],
)
def test_the_tables_made_anew_guard_their_rows_as_before(old: Database, broken: str) -> None:
    with old.write() as connection:
        upgrade_schema(connection, "0009")
    with pytest.raises(IntegrityError), old.write() as connection:
        connection.execute(text(broken))
    old.close()


def test_what_was_kept_long_ago_arrives_at_the_newest_revision(old: Database) -> None:
    assert migrate_database(old)
    assert _rows(old, "SELECT id, decision_id FROM grants ORDER BY id") == [(FIRST, FIRST), (SECOND, SECOND)]
    assert _rows(old, "SELECT count(*) FROM decisions") == [(2,)]
    old.close()

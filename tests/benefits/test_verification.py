"""Verification finds every planted corruption and every listed tampering: in the database, by a grant's own checks and in an export."""

from collections.abc import Callable

import pytest
from sqlalchemy import Connection, insert, select, text, update

from benefits import canonical_export_lines, verify_ledger
from benefits.tables.decisions import counters, decisions, grants, limit_slots, postings
from benefits.verification.grant import check_grant
from benefits.verification.verify import accept_export
from store import Database
from tests.benefits.exported import export_lines, offline, online
from tests.benefits.tamperings import TAMPERED_LIVES, TAMPERINGS, FoundBy, Tampering, live
from tests.benefits.test_every_byte import _foreign_keys_off, _without_guards
from tests.guards import lift_guards
from tests.tiers import ENDURES
from tools.servers.deciding import NOW, Wish, give, verified

OTHER = "f" * 40


@pytest.fixture
def ids(database: Database) -> list[str]:
    """A sound ledger: a pack out of a budget, within a quota, a cap and a limit of two; and a refusal."""
    _foreign_keys_off(database)
    limit = ("member=m-1", "2026", 2)
    pack = Wish(
        kind="item", amount_fen=300, quantity=2, unit="份", limit=limit, budget="b", quota=(9, "2026")
    )
    goods = Wish(rule="goods", amount_fen=500, caps=(("goods", 1_000),), limit=("member=m-1", "2026", 1))
    rulings = give(database, pack, pack, goods, Wish(due=False))
    found = verified(database)
    assert found.disagreements == ()
    assert (found.decisions, found.grants, found.postings, found.promised_fen) == (4, 3, 10, 1_100)
    return [ruling.id for ruling in rulings]


def _posting(id_: str, line: int) -> object:
    return (postings.c.transaction_id == id_) & (postings.c.line == line)


def _new_posting(id_: str, line: int, account: str, amount: int) -> object:
    row = {"transaction_id": id_, "line": line, "account": account, "amount": amount, "unit": "fen"}
    return insert(postings).values(**row, recorded_at=NOW)


# What is planted, given the ids of pack, pack, goods and refusal → what must be said, with what is named.
PLANTED: dict[str, tuple[Callable[[list[str]], list[object]], list[tuple[str, int | str]]]] = {
    "a changed amount": (
        lambda ids: [update(postings).where(_posting(ids[0], 2)).values(amount=301)],
        [("sums to {total}", 0), ("promises {amount_fen} fen", 0)],
    ),
    "both lines of a transaction changed alike": (
        lambda ids: [
            update(postings).where(_posting(ids[0], 1)).values(amount=-400),
            update(postings).where(_posting(ids[0], 2)).values(amount=400),
        ],
        [("promises {amount_fen} fen", 0), ("moved {moved} fen", "budget/b")],
    ),
    "fewer packs posted than promised": (
        lambda ids: [
            update(postings).where(_posting(ids[0], 3)).values(amount=-1),
            update(postings).where(_posting(ids[0], 4)).values(amount=1),
        ],
        [("promises {quantity} {unit}", 0)],
    ),
    "an extra posting": (
        lambda ids: [_new_posting(ids[0], 5, "promised/pack", 7)],
        [("sums to {total}", 0), ("promises {amount_fen} fen", 0), ("has {lines} postings", 0)],
    ),
    "an extra pair that sums to zero within a transaction": (
        lambda ids: [_new_posting(ids[0], 5, "budget/x", -7), _new_posting(ids[0], 6, "budget/x", 7)],
        [("has {lines} postings", 0), ("where it must not", 0), ("counter {key} says", "budget/x")],
    ),
    "an extra transaction that sums to zero": (
        lambda ids: [_new_posting(OTHER, 1, "budget/b", -7), _new_posting(OTHER, 2, "promised/pack", 7)],
        [
            *[("belongs to no transaction", OTHER)] * 2,
            ("moved {moved} fen", "budget/b"),
            *[("is kept at", account) for account in ("budget/b", "promised/pack")],
        ],
    ),
    "a posting moved to another budget": (
        lambda ids: [update(postings).where(_posting(ids[0], 1)).values(account="budget/c")],
        [("moved {moved} fen", "budget/b"), ("moved {moved} fen", "budget/c")],
    ),
    "a posting promised to another rule": (
        lambda ids: [update(postings).where(_posting(ids[0], 2)).values(account="promised/goods")],
        [("promises {amount_fen} fen", 0), ("where it must not", 0)],
    ),
    "a deleted grant": (
        lambda ids: [grants.delete().where(grants.c.id == ids[0])],
        [("was granted but has no grant", 0), ("belongs to no grant", 0), ("slot {slot} of {key}", "pack|member=m-1|2026")],
    ),
    "a deleted decision": (
        lambda ids: [decisions.delete().where(decisions.c.id == ids[2])],
        [("has no decision", 2), ("counter {key} says", "cap/goods/2026/m-1"), ("waits to be sealed", 2)],
    ),
    "a refusal turned into a yes": (
        lambda ids: [update(decisions).where(decisions.c.id == ids[3]).values(outcome="granted")],
        [("was granted but has no grant", 3)],
    ),
    "a grant put on another day": (
        lambda ids: [update(grants).where(grants.c.id == ids[0]).values(granted_on=NOW.date())],
        [("differ in member", 0), ("differ in day", 0)],
    ),
    "a changed budget counter": (
        lambda ids: [update(counters).where(counters.c.key == "budget/b").values(used=599)],
        [("moved {moved} fen", "budget/b"), ("counter {key} says", "budget/b")],
    ),
    "a gap in the slots": (
        lambda ids: [limit_slots.delete().where(limit_slots.c.grant_id == ids[0])],
        [("have a gap", "pack|member=m-1|2026"), ("has taken no slot", 0)],
    ),
    "a slot of another rule": (
        lambda ids: [update(limit_slots).where(limit_slots.c.grant_id == ids[2]).values(limit_key="pack2|x|2026")],
        [("slot {slot} of {key}", "pack2|x|2026")],
    ),
}  # fmt: skip


@pytest.mark.tampers
@pytest.mark.parametrize("name", PLANTED)
def test_every_planted_corruption_is_found_and_its_row_named(
    name: str, ids: list[str], database: Database
) -> None:
    plant, wanted = PLANTED[name]
    with database.write() as connection:
        lift_guards(connection)
        for statement in plant(ids):
            connection.execute(statement)  # type: ignore[call-overload]
        found = verify_ledger(connection).disagreements
    named = [(item.message, item.params.get("id") or item.params["key"]) for item in found]
    for words, row in wanted:
        where = ids[row] if isinstance(row, int) else row
        assert any(words in message and where == at for message, at in named), named
    assert len(named) == len(wanted), named
    assert all(set(_fields(item.message)) <= set(item.params) for item in found)


def _fields(message: str) -> list[str]:
    return [part.partition("}")[0] for part in message.split("{")[1:]]


def test_an_overrun_that_the_database_no_longer_guards_is_named(database: Database, ids: list[str]) -> None:
    off = "PRAGMA ignore_check_constraints=ON"
    if not database.is_sqlite:
        off = "ALTER TABLE counters DROP CONSTRAINT ck_counters_ceiling"
    with database.write() as connection:
        connection.execute(text(off))
        connection.execute(update(counters).where(counters.c.key == "budget/b").values(ceiling=599))
        overrun, unsaid = verify_ledger(connection).disagreements
    assert "above its ceiling" in overrun.message
    assert overrun.params == {"key": "budget/b", "used": "600", "ceiling": "599"}
    assert unsaid.params == {"key": "budget/b", "ceiling": "599", "expected": "—"}


@pytest.mark.tampers
def test_the_export_of_the_same_ledger_is_the_same_and_names_no_recorded_time(
    database: Database, ids: list[str]
) -> None:
    with database.write() as connection:
        before = list(canonical_export_lines(connection))
        connection.execute(update(postings).values(recorded_at=NOW.replace(year=2030)))
        assert list(canonical_export_lines(connection)) == before
        connection.execute(update(grants).where(grants.c.id == ids[0]).values(title="另一个"))
        assert len(set(before) ^ set(canonical_export_lines(connection))) == 2


# What the checks of one grant find, which its dossier shows.
IN_DOSSIERS = frozenset(
    {
        "the title of a grant", "the member of a grant", "the last day of a grant", "a decision removed",
        "a transaction removed", "a transaction added", "the amount of a posting", "a reversal removed",
        "where a grant stands", "the digests of a seal", "all seals removed", "the day of a claim",
        "the amount of a redemption", "the amount of a refund", "the points of a spending",
        "the amount of a payment", "the state of a payment", "who released a batch", "the outcome that a bank told",
        "what a member owes", "what was settled of a debt", "the queue to be sealed emptied",
        "the words of explanations", "forged words that look erased", "the text of a rule that decided",
    }
)  # fmt: skip


@pytest.mark.parametrize("life", TAMPERED_LIVES)
def test_a_tampering_is_found_in_the_database(life: str, database: Database) -> None:
    live(database, life)
    _foreign_keys_off(database)
    otherwise, hidden = {}, []
    with database.write() as connection:
        _without_guards(connection, TAMPERED_LIVES[life])
        assert online(connection) == _shown_by_grants(connection) == []
        for one in (one for one in TAMPERINGS if one.life == life):
            with connection.begin_nested() as attempt:
                assert _tamper(connection, one), f"{one.name}: nothing was changed"
                found = online(connection)
                if one.name in IN_DOSSIERS and not _shown_by_grants(connection):
                    hidden.append(one.name)
                attempt.rollback()
            if bool(found) != (one.found_by is not FoundBy.NOBODY):
                otherwise[one.name] = found
    assert (otherwise, hidden) == ({}, [])


def _shown_by_grants(connection: Connection) -> list[str]:
    """What the checks of each grant by itself find, as its dossier shows it."""
    ids = connection.execute(select(grants.c.id)).scalars().all()
    return [str(fault) for id_ in ids for fault in check_grant(connection, id_).faults]


@pytest.mark.deeper
@pytest.mark.parametrize("life", TAMPERED_LIVES if ENDURES else ["moved"])
def test_a_tampering_is_found_in_an_export_alike(life: str, till: Database) -> None:
    live(till, life)
    _foreign_keys_off(till)
    with till.write() as connection:
        _without_guards(connection, TAMPERED_LIVES[life])
        assert offline(connection) == offline(connection, seals=False) == []
        assert all(accept_export(export_lines(connection, seals=seals)) for seals in (False, True))
        tried = [one for one in TAMPERINGS if one.life == life][:: 1 if ENDURES else 4]
        assert tried
        otherwise = {one.name: said for one in tried if (said := _told_otherwise(connection, one))}
    assert otherwise == {}


def _tamper(connection: Connection, one: Tampering) -> int:
    return sum(connection.execute(text(statement)).rowcount for statement in one.statements)


def _told_otherwise(connection: Connection, one: Tampering) -> str:
    """What an export tells otherwise than listed; empty if nothing."""
    with connection.begin_nested() as attempt:
        _tamper(connection, one)
        found, exported = online(connection), offline(connection)
        plain = offline(connection, seals=False)
        attempt.rollback()
    if exported != ([] if one.found_by is FoundBy.DATABASE else found):
        return f"the export: {exported}, the database: {found}"
    return "" if bool(plain) == (one.found_by is FoundBy.ALL) else f"without seals: {plain}"

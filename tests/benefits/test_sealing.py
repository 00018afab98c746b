"""What was committed is sealed in chains that never fork, that an erased person doesn't break, and nobody else can bend."""

import json

import pytest
from sqlalchemy import Table, func, select

from benefits import explain_decisions, list_chain_heads, read_seal_gap, seal_batches
from benefits.erasure import erase_person, withdraw_all_participations
from benefits.tables.decisions import decisions, entries, waiting_list
from benefits.tables.lines import render_complete_line
from benefits.tables.transactions import seals
from benefits.verification.verify import verify_export_lines
from store import Database, unsealed
from tests.benefits.exported import changed_lines, disagreements_of, export_lines
from tests.benefits.lived import moved
from tests.crowds import at_once
from tests.tiers import ENDURES
from tests.transactions import read_in
from tools.servers.deciding import NOW, TREASURER, Wish, give, verified


def sealed(database: Database, **more: int) -> int:
    """Rows that were sealed now."""
    with database.write() as connection:
        return seal_batches(connection, NOW, **more).rows


@pytest.fixture
def ledger(database: Database) -> list[str]:
    return moved(database)


def test_every_budget_has_its_chain(database: Database, ledger: list[str]) -> None:
    with database.read() as connection:
        found = {head.book: head.number for head in list_chain_heads(connection)}
        assert read_seal_gap(connection).since == NOW
    assert found == {"budget/a": 1, "budget/b": 2, "others": 2}


def test_what_waits_is_told_and_sealing_goes_on_in_bounds(database: Database) -> None:
    for _ in range(5):
        give(database, Wish())
    sealed(database, at_most=2)
    assert verified(database).gap.batches == 3
    sealed(database, at_most=2)
    sealed(database, at_most=2)
    assert verified(database).gap.batches == 0
    assert sealed(database) == 0


@pytest.mark.both_databases
def test_sealers_side_by_side_never_fork_a_chain(database: Database) -> None:
    for _ in range(12):
        give(database, Wish(budget="a"))

    def sealer() -> None:
        for _ in range(4):
            sealed(database, at_most=1)

    at_once([sealer] * 6)
    found = verified(database)
    assert (found.disagreements, found.gap.batches) == ((), 0)
    with database.read() as connection:
        counts = select(func.count(), func.count(func.distinct(seals.c.previous))).where(
            seals.c.book == "budget/a"
        )
        number, chains = connection.execute(counts.where(seals.c.number > 1)).one()
        digests = "\n".join(connection.execute(select(seals.c.digests)).scalars()).splitlines()
    assert number == chains
    digests = [line for line in digests if not line.startswith("sealed_at ")]
    assert len(digests) == len(set(digests)), "every row is sealed once"


def test_an_erased_person_breaks_nothing(database: Database, ledger: list[str]) -> None:
    with database.write() as connection:
        read = select(decisions.c.explanation).where(decisions.c.member_id == "m-1")
        assert any('"values":' in text_ for text_ in connection.execute(read).scalars())
        assert erase_person(connection, "m-1") == 3 + 1  # the words of an appeal
        assert not any('"values":' in text_ for text_ in connection.execute(read).scalars())
        assert erase_person(connection, "m-1") == 0
    assert verified(database).disagreements == ()
    sealed(database)
    assert verified(database).disagreements == ()
    with database.read() as connection:
        lines = export_lines(connection)
        assert all(not told.conditions for told in explain_decisions(connection, "m-1"))
    assert disagreements_of(lines) == ()


@pytest.mark.parametrize(("member", "table"), [("m-6", entries), ("m-7", waiting_list)])
def test_who_takes_part_or_waits_is_erased_and_breaks_nothing(
    member: str, table: Table, database: Database, ledger: list[str]
) -> None:
    kept = select(table.c.decision).where(table.c.member_id == member)
    with database.write() as connection:
        withdraw_all_participations(connection, member, TREASURER)
        assert erase_person(connection, member) == 2
        (text_,) = connection.execute(kept).scalars()
        assert json.loads(text_)["benefits"] == []
        assert erase_person(connection, member) == 0
        lines = export_lines(connection)
    assert disagreements_of(lines) == ()
    sealed(database)
    assert verified(database).disagreements == ()


def test_an_erased_person_before_sealing_breaks_nothing_either(database: Database) -> None:
    give(database, Wish())
    with database.write() as connection:
        erase_person(connection, "m-1")
    sealed(database)
    assert verified(database).disagreements == ()


@pytest.mark.parametrize("with_seals", [True, pytest.param(False, marks=pytest.mark.endure)])
def test_one_changed_byte_in_an_export_is_found_and_its_line_named(
    with_seals: bool, database: Database, ledger: list[str]
) -> None:
    """One byte of seven, or of forty-nine, of every line, each in turn, in two ways."""
    lines = read_in(database, export_lines, seals=with_seals)
    assert disagreements_of(lines) == ()
    for number, line in enumerate(lines):
        for place in range(number % 7, len(line), 7 if ENDURES else 49):
            for bit in (1, 32):
                bent = line[:place] + bytes([line[place] ^ bit]) + line[place + 1 :]
                (first, *_) = changed_lines([*lines[:number], bent, *lines[number + 1 :]])
                assert str(number + 1) in (first.params.get("line"), first.params.get("id")), (bent, first)


def test_an_export_that_lacks_a_line_is_found(database: Database, ledger: list[str]) -> None:
    lines = read_in(database, export_lines)
    for number in range(0, len(lines), 1 if ENDURES else 4):
        assert disagreements_of([*lines[:number], *lines[number + 1 :]]), lines[number]
    assert disagreements_of([])


def test_the_export_and_the_database_count_alike(database: Database, ledger: list[str]) -> None:
    exported = verify_export_lines(read_in(database, export_lines))
    names = ("decisions", "grants", "postings", "promised_fen")
    assert [getattr(exported, name) for name in names] == [
        getattr(verified(database), name) for name in names
    ]


def test_seals_hold_pseudonyms_only(database: Database, ledger: list[str]) -> None:
    with database.read() as connection:
        for digests in connection.execute(select(seals.c.digests)).scalars():
            assert "m-1" not in digests and "active" not in digests
        for rows in connection.execute(select(unsealed.c.rows)).scalars():
            known = {"decisions", "transactions", "reversals", "rule_acts", "appeals", "row_batches"}
            assert set(json.loads(rows)) <= known


def _forged(line: bytes, old: bytes, new: bytes) -> bytes:
    """A line bent by somebody who knows how digests are made."""
    row = json.loads(line.replace(old, new, 1))
    for name in ("sha256", "whole", "explanation_digest", "decision_digest"):
        row.pop(name, None)
    return render_complete_line(row.pop("table"), row, row.pop("rest", {}), row.pop("loose", {}))


def test_a_forger_who_makes_digests_anew_is_found_by_the_seals(database: Database, ledger: list[str]) -> None:
    sealed(database)
    lines = read_in(database, export_lines, seals=True)
    assert disagreements_of(lines) == ()
    old_new = [(b'"title":"', b'"title":"x'), (b'"reason":"', b'"reason":"x'), (b'"slot":1', b'"slot":2')]
    tried = 0
    for number, line in [*enumerate(lines)][:: 1 if ENDURES else 3]:
        for old, new in old_new:
            if old in line and b'"table":"seals"' not in line:
                forged = _forged(line, old, new)
                tried += forged != line
                found = disagreements_of([*lines[:number], forged, *lines[number + 1 :]])
                assert any("sealed" in item.message for item in found), forged
    assert tried > (10 if ENDURES else 3)

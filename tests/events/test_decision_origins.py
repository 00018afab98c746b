"""Every decision has its event in inbox and journal, and follows from it under the rule's hash."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Connection, delete, select, update

from benefits import Officer, admit_and_record, seal_batches, verify_ledger
from benefits.tables.decisions import decisions, explanation_forms, grants
from events import check_decision_origins, process_batch
from events.erasure import erase_everywhere
from events.tables import journal
from members.tables import member_changes
from rules import Decision, EventFacts, RuleLibrary, evaluate_rules
from store import Database, inbox, open_database
from tests.benefits.polls import NOW, ORGANISATION, imported, poll
from tests.events.lives import ledger_of, life, rules
from tests.guards import lift_guards
from tests.tiers import budget
from tests.transactions import read_in, write_in

FACTS = {"member.status": "active", "member.organisation": ORGANISATION}
DAY = date(2026, 5, 1)


def found(database: Database, library: RuleLibrary | None = None) -> list[str]:
    check = read_in(database, check_decision_origins, library or rules(), NOW, recompute_all=True)
    return sorted({fault.short_code for fault in check.faults})


@pytest.fixture
def till(migrated_file: Path, tmp_path: Path) -> Iterator[Database]:
    """One kind of database: the check has no SQL of its own kind."""
    opened = open_database(str(shutil.copy(migrated_file, tmp_path / "till.db")))
    yield opened
    opened.close()


@pytest.fixture
def ledger(till: Database) -> Database:
    """Two members, four decisions each."""
    with till.write() as connection:
        process_batch([imported("m-0"), imported("m-1")], connection, rules(), NOW)
        process_batch([poll("m-0", "e-0"), poll("m-1", "e-1", "x")], connection, rules(), NOW)
    return till


def forge(database: Database, source: str, event: str, kind: str = "poll.completed") -> None:
    """Record a whole decision, as the ledger would, and seal it: with grant, transaction, slot and queue row."""
    facts = EventFacts(source, event, kind, NOW, DAY, "m-0", {"poll": "z"})
    made: list[tuple[EventFacts, Decision]] = [
        (facts, decision)
        for decision in evaluate_rules(replace(facts, type="poll.completed"), FACTS, rules())
        if decision.rule_id == "c-item"
    ]
    assert write_in(database, admit_and_record, made, NOW)[0].outcome == "granted"
    write_in(database, seal_batches, NOW, at_most=50)


def test_honest_decisions_follow_from_their_events(ledger: Database) -> None:
    check = read_in(ledger, check_decision_origins, rules(), NOW, recompute_all=True)
    assert (check.faults, check.recomputed, check.not_recomputable) == ([], 8, 0)


def test_a_forged_decision_verifies_by_itself_and_is_named_by_its_missing_event(ledger: Database) -> None:
    forge(ledger, "/forged", "f-1")
    assert read_in(ledger, verify_ledger).disagreements == ()
    assert found(ledger) == ["no_event"]


@pytest.mark.parametrize(("source", "kind"), [("/draws/d-1", "draw.drawn"), ("/waiting", "waiting.moved")])
def test_a_forged_place_needs_a_draw_or_a_waiting_list(ledger: Database, source: str, kind: str) -> None:
    forge(ledger, source, "f-1", kind)
    assert found(ledger) == ["no_place"]


def _event_only_in_inbox(connection: Connection) -> None:
    connection.execute(delete(journal).where(journal.c.event_id == "e-0"))


def _other_text(connection: Connection) -> None:
    text = connection.execute(select(journal.c.event).where(journal.c.event_id == "e-1")).scalar_one()
    connection.execute(
        update(journal).where(journal.c.event_id == "e-1").values(event=text.replace('"x"', '"y"'))
    )


def _other_digest(connection: Connection) -> None:
    connection.execute(update(inbox).where(inbox.c.id == "e-0").values(digest="0" * 64))


def _other_member(connection: Connection) -> None:
    connection.execute(update(decisions).where(decisions.c.event_id == "e-0").values(member_id="m-1"))


def _other_day(connection: Connection) -> None:
    connection.execute(
        update(decisions).where(decisions.c.event_id == "e-0").values(occurred_on=date(2026, 5, 2))
    )


def _refused_as_granted(connection: Connection) -> None:
    refused = (decisions.c.event_id == "e-1") & (decisions.c.outcome == "refused")
    assert connection.execute(update(decisions).where(refused).values(outcome="granted")).rowcount == 1


def _more_money(connection: Connection) -> None:
    connection.execute(update(grants).where(grants.c.kind == "cash").values(amount_fen=45_000))


def _later_end(connection: Connection) -> None:
    connection.execute(update(grants).where(grants.c.kind == "voucher").values(expires_on=date(2029, 1, 1)))


def _no_explanation(connection: Connection) -> None:
    seal_batches(connection, NOW, at_most=50)
    connection.execute(update(decisions).where(decisions.c.event_id == "e-0").values(explanation="[]"))


def _no_form(connection: Connection) -> None:
    seal_batches(connection, NOW, at_most=50)
    connection.execute(update(explanation_forms).values(content="{}"))


def _other_facts(connection: Connection) -> None:
    moved = '{"organisation": "110000001-00001", "joined_on": "2020-01-01"}'
    connection.execute(
        update(member_changes).where(member_changes.c.member_id == "m-0").values(changes=moved)
    )


@pytest.mark.parametrize(
    ("tamper", "codes"),
    [
        (_event_only_in_inbox, ["not_in_journal"]),
        (_other_text, ["other_event"]),
        (_other_digest, ["other_event"]),
        (_other_member, ["about_other"]),
        (_other_day, ["about_other"]),
        (_refused_as_granted, ["decided_otherwise"]),
        (_more_money, ["granted_otherwise"]),
        (_later_end, ["granted_otherwise"]),
        (_no_explanation, ["decided_otherwise"]),
        (_no_form, ["decided_otherwise"]),
        (_other_facts, ["not_considered"]),
    ],
)
def test_each_tampering_is_named(
    ledger: Database, tamper: Callable[[Connection], None], codes: list[str]
) -> None:
    with ledger.write() as connection:
        lift_guards(connection)
        tamper(connection)
    assert found(ledger) == codes


def test_changes_that_arrived_later_do_not_count(ledger: Database) -> None:
    with ledger.write() as connection:
        process_batch([replace_organisation("m-0")], connection, rules(), NOW)
    assert found(ledger) == []


def replace_organisation(member: str) -> object:
    from tests.benefits.polls import heard

    data = {"organisation": "110000001-00001", "joined_on": "2020-01-01"}
    return heard("member.imported", member, "2020-01-02T12:00:00", f"again-{member}", data)


def test_an_erased_member_and_a_version_that_is_not_at_hand_are_no_faults(ledger: Database) -> None:
    officer = Officer("li.min", NOW, date(2026, 12, 31), "本人申请")
    write_in(ledger, erase_everywhere, officer, "m-0")
    with ledger.read() as connection:
        check = check_decision_origins(connection, rules(), NOW, recompute_all=True)
        bare = check_decision_origins(connection, None, NOW, recompute_all=True)
    assert (check.faults, check.recomputed, check.not_recomputable) == ([], 4, 4)
    assert (bare.faults, bare.recomputed, bare.not_recomputable) == ([], 0, 8)


@pytest.mark.deeper
@pytest.mark.parametrize("seed", range(budget(4)))
def test_a_whole_life_has_no_fault(till: Database, seed: int) -> None:
    for step in life(seed, 14):
        step.do(till)
    assert ledger_of(till)
    assert found(till) == []

"""Parts, rolling limits, places by group, entries, waiting lists and other rules, in the ledger of both databases."""

import random
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from benefits import (
    Officer,
    ReversalCriteria,
    apply_reversal,
    canonical_export_lines,
    explain_decisions,
    list_member_grants,
    verify_ledger,
)
from benefits.ledger.rows import parse_stored_decision
from benefits.tables.decisions import entries
from events import InboundEvent, process_batch
from rules import RuleLibrary
from store import Database
from tests.benefits.polls import NOW, heard, imported, library, poll
from tests.transactions import read_in, write_in
from tools.servers.deciding import used

DAY = date(2026, 5, 1)


pytestmark = pytest.mark.usefixtures("sound")


def run(database: Database, rules: RuleLibrary, *items: InboundEvent) -> list[str]:
    """All items in one batch; what became of each decision."""
    with database.write() as connection:
        rulings = process_batch(items, connection, rules, NOW).rulings
    return [
        " ".join([ruling.outcome, *(reason.code for reason in ruling.reasons)])
        + (f" {ruling.position}" if ruling.position else "")
        for ruling in rulings
    ]


PARTS = """
benefit:
  - {name: cake, kind: voucher, amount_fen: 300, unit: 张, uses: 2, redeem_at: {kinds: [outdoor_station]}}
  - {kind: item, amount_fen: 40, quantity: 2, unit: 份, budget: extra}
limit: {times: 1, per: [member], every: once}
budget: main
claim: {within: P30D}
clawback: [{on: member.left, within: P1Y, text: 退会的收回}]
caps: [goods]
"""


def test_every_part_is_a_grant_of_its_own_out_of_its_own_budget(database: Database) -> None:
    assert run(database, library(pack=PARTS), imported("m-1"), poll("m-1", "p1")) == ["granted"]
    assert used(database) == {"budget/main": 300, "budget/extra": 40, "cap/goods/2026/m-1": 340}
    first, second = sorted(
        read_in(database, list_member_grants, "m-1"), key=lambda grant: grant.part, reverse=True
    )
    assert (first.part, second.part) == ("cake", "2")
    assert first.id == first.decision_id == second.decision_id != second.id
    assert (first.uses, first.redeem_at, first.claim_by) == (
        2, {"kinds": ["outdoor_station"]}, DAY + timedelta(30),
    )  # fmt: skip
    assert first.takebacks[0]["until"] == "2027-05-01"


ROLLING = """
benefit: {kind: cash, amount_fen: 100}
limit: [{times: 2, every: rolling 10 days}, {times: 9, every: calendar_year}]
"""


def test_a_rolling_limit_equals_brute_force_over_batches(database: Database) -> None:
    rules, chance, taken = library(roll=ROLLING), random.Random(5), []
    run(database, rules, imported("m-1"))
    days = [DAY + timedelta(chance.randrange(60)) for _ in range(40)]
    for start in range(0, 40, 8):
        batch = days[start : start + 8]
        outcomes = run(database, rules, *(poll("m-1", f"p{start}-{n}", day=d) for n, d in enumerate(batch)))
        for day, outcome in zip(batch, outcomes, strict=True):
            room = _has_room(taken, day, 2, 10) and len(taken) < 9
            assert (outcome == "granted") == room, (taken, day)
            if room:
                taken.append(day)


def _has_room(taken: list[date], day: date, times: int, window: int) -> bool:
    every = sorted([*taken, day])
    return all(sum(first <= d < first + timedelta(window) for d in every) <= times for first in every)


LOTTERY = """
benefit: {kind: cash, amount_fen: 100}
limit: {times: 1, per: [member], every: month}
allocate: {mode: lottery, quota: 1, every: month, entries: {from: 2026-05-01, until: 2026-05-31}, weight: "event.poll == 'x' ? 3 : 1"}
budget: prize
"""


def test_a_lottery_keeps_entries_with_all_that_a_draw_needs(database: Database) -> None:
    rules = library(draw=LOTTERY)
    said = run(
        database,
        rules,
        imported("m-1"),
        imported("m-2"),
        poll("m-1", "1", "x"),
        poll("m-1", "2"),
        poll("m-2", "3"),
    )
    assert said == ["entered", "refused entered-already", "entered"]
    with database.read() as connection:
        first, second = connection.execute(select(entries).order_by(entries.c.member_id)).all()
        [told] = explain_decisions(connection, "m-2")
        assert list_member_grants(connection, "m-1") == []
    assert (first.weight, second.weight, first.period, first.mode) == (3, 1, "2026-05", "lottery")
    assert told.outcome == "entered"
    kept = parse_stored_decision(first.decision)
    assert kept.amount_fen == 100 and kept.budgets == {"prize": 100} and kept.member == "m-1"


WAITING = """
benefit: {kind: cash, amount_fen: 100}
limit: {times: 1, per: [member], every: month}
allocate: {mode: first_come, quota: 1, every: month, waiting_list: true}
"""


DEPENDING = {
    "after": "benefit: {kind: cash, amount_fen: 100}\ndepends: [{after: first, within: P10D, else: 要先领第一项}]\n",
    "first": "benefit: {kind: cash, amount_fen: 100}\nlimit: {times: 1, every: once}\n",
}


def test_what_others_granted_is_seen_in_the_same_batch_and_in_later_ones(database: Database) -> None:
    rules = library(**DEPENDING)
    later = [poll("m-1", "2", day=DAY + timedelta(10)), poll("m-1", "3", day=DAY + timedelta(31))]
    assert run(database, rules, imported("m-1"), poll("m-1", "1")) == ["refused needs-other", "granted"]
    assert run(database, rules, *later) == [
        "granted", "refused limit-reached",
        "refused needs-other", "refused limit-reached",
    ]  # fmt: skip


def test_a_grant_that_was_taken_back_is_no_longer_asked_for(database: Database) -> None:
    rules = library(**DEPENDING)
    run(database, rules, imported("m-1"), poll("m-1", "1"))
    write_in(database, apply_reversal, Officer("officer-1", NOW, DAY, "发错了"), ReversalCriteria("first"))
    said = run(database, rules, poll("m-1", "2", day=DAY + timedelta(1)))
    assert said == ["refused needs-other", "granted"]


@pytest.mark.both_databases
def test_one_batch_or_many_leave_the_same_ledger(database: Database, till: Database) -> None:
    rules = library(pack=PARTS, roll=ROLLING, draw=LOTTERY, wait=WAITING, **DEPENDING)
    members = [f"m-{n}" for n in range(4)]
    items = [poll(m, f"{m}-{n}", "xy"[n % 2], DAY + timedelta(n * 3)) for n in range(6) for m in members]
    run(database, rules, *map(imported, members), *items)
    for item in [*map(imported, members), *items]:
        run(till, rules, item)
    with database.read() as one, till.read() as two:
        assert list(canonical_export_lines(one)) == list(canonical_export_lines(two))
        assert verify_ledger(two).disagreements == ()


@pytest.mark.parametrize(
    ("recorded", "granted"),
    [(None, True), ("2026-07-30T23:59:00+08:00", True), ("2026-07-31T00:01:00+08:00", False)],
)
def test_an_event_told_later_than_its_grace_is_refused_whenever_it_is_handled(
    database: Database, recorded: str | None, granted: bool
) -> None:
    rules = library(late="benefit: {kind: cash, amount_fen: 100}\ngrace: P90D\n")
    envelope = {"recordedtime": recorded} if recorded else {}
    told = heard("poll.completed", "m-1", "2026-05-01T12:00:00", "p", {"poll": "y"}, **envelope)
    assert run(database, rules, imported("m-1"), told) == ["granted" if granted else "refused condition"]

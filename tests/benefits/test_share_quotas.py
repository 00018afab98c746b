"""Places as a share of those who took part: counted once when entries close, and held to it by verify."""

import json
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import update

from benefits import admit_and_record, verify_ledger
from benefits.draws.collecting import QuotaPlaces, count_participants
from benefits.officer_acts import list_acts
from benefits.tables.draws import draws
from store import Database
from tests.benefits.drawing import DRAWN, ENTERED, House, house, names
from tests.benefits.polls import imported, poll
from tests.transactions import change_in, read_in, write_in
from tests.yihui.refusals import faults_of
from tools.servers.deciding import NOW, Wish, verified

RANKED = """
require: [{that: "event.poll != 'x'", else: 没有答完}]
benefit: {kind: cash, amount_fen: 100}
limit: {times: 1, per: [member], every: calendar_year}
allocate: {mode: by_rank, share: {places: 15, of: 100}, every: calendar_year, rank: "1", entries: {from: 2026-05-01, until: 2026-05-31}}
budget: prize
"""
LOTTERY = RANKED.replace("by_rank, ", "lottery, ").replace(', rank: "1"', "")


def take_part(there: House, passed: int, failed: int) -> None:
    """So many members pass and enter; others take part and fail."""
    there.enter(names(passed))
    fail(there, "f", failed)


def fail(there: House, name: str, number: int, day: date = ENTERED) -> None:
    members = [f"{name}-{n:02}" for n in range(number)]
    there.send(*map(imported, members))
    there.send(*(poll(member, f"p-{member}", "x", day) for member in members))


def test_those_who_failed_took_part_as_well(database: Database) -> None:
    there = house(database, RANKED)
    take_part(there, passed=5, failed=15)
    (ranked,) = there.rank()
    assert ranked.seats == 3 and len(there.granted()) == 3, "15 % of 20"
    content = json.loads(ranked.file)
    assert (content["seats"], content["participants"]) == (3, 20)
    (closed,) = [act for act in read_in(database, list_acts) if act.kind == "closed"]
    assert closed.detail["draws"][0]["participants"] == 20  # type: ignore[index]
    assert verified(database).disagreements == ()


def test_a_member_who_took_part_twice_counts_once(database: Database) -> None:
    there = house(database, RANKED)
    take_part(there, passed=5, failed=9)
    there.send(*(poll("f-00", f"again-{n}", "x", ENTERED) for n in range(30)))
    (ranked,) = there.rank()
    assert ranked.seats == 2, "15 % of 14 are 2.1, rounded down"


def test_a_share_of_too_few_is_refused_with_the_figures(database: Database) -> None:
    there = house(database, RANKED)
    take_part(there, passed=6, failed=0)
    assert faults_of(there.rank)[0].params["participants"] == "6"
    assert there.granted() == []


def test_who_takes_part_after_the_places_were_counted_adds_none(database: Database) -> None:
    there = house(database, LOTTERY)
    take_part(there, passed=10, failed=10)
    (fixed,) = there.fix()
    assert fixed.seats == 3
    fail(there, "l", 20)
    (drawn,) = there.draw()
    assert drawn.seats == 3 and len(there.granted()) == 3
    assert verified(database).disagreements == ()


def test_who_waits_moves_up_within_the_places_that_were_counted(database: Database) -> None:
    text = RANKED.replace('rank: "1"', 'rank: "1", waiting_list: true') + "claim: {within: P10D}\n"
    there = house(database, text)
    take_part(there, passed=10, failed=10)
    there.rank()
    fail(there, "l", 20)
    there.pass_days(DRAWN.replace(day=30))  # nobody claimed
    assert len(there.granted()) == 6, "three lapsed, three moved up; twenty who came later add no place"
    assert verified(database).disagreements == ()


@pytest.mark.tampers
@pytest.mark.parametrize("seats", [2, 4])
def test_verify_names_a_draw_with_other_places_than_its_share(database: Database, seats: int) -> None:
    there = house(database, LOTTERY)
    take_part(there, passed=10, failed=10)
    there.fix()
    change_in(database, update(draws).values(seats=seats))
    found = read_in(database, verify_ledger).disagreements
    assert any("places" in fault.message and "share" in fault.message for fault in found)


def test_another_rule_and_another_period_count_apart(database: Database) -> None:
    there = house(database, RANKED)
    take_part(there, passed=7, failed=0)
    fail(there, "o", 40, ENTERED.replace(year=2025))
    assert there.rank()[0].seats == 1, "15 % of 7; the forty took part a year before"


def test_an_application_takes_part_in_the_year_of_its_first_submission(database: Database) -> None:
    decided = [Wish(f"m-{n}", "draw", due=n > 1).decided() for n in range(3)]
    confirmed, handed_in = date(2027, 1, 8), date(2026, 12, 20)
    late = [(event, replace(one, occurred_on=confirmed, submitted_on=handed_in)) for event, one in decided]
    late = [(replace(event, occurred_on=confirmed), one) for event, one in late]
    write_in(database, admit_and_record, late, NOW)
    years = ("2026", "2027")
    assert [read_in(database, count_participants, QuotaPlaces("draw", year)) for year in years] == [3, 0]

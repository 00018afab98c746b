"""From entries to grants: fixed, drawn, granted through the one admission; the others wait and move up."""

import json
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from benefits import list_acts, list_member_grants, set_budget, verify_ledger
from benefits.draws.collecting import find_collecting_versions
from benefits.draws.drawing import draw_rule_lotteries
from benefits.draws.participation import withdraw_participation
from benefits.tables.decisions import decisions
from benefits.tables.draws import draw_secrets, waiting_moves
from rules import load_library
from rules.lottery.drawing import draw_lottery
from rules.lottery.drawing import verify_lottery as recompute
from rules.lottery.file import LotteryFaults, parse_lottery_file
from store import Database
from tests.benefits import polls
from tests.benefits.drawing import (
    COMMITTED,
    DIGITS,
    DRAWN,
    ENTERED,
    LOTTERY,
    RANKED,
    House,
    digest,
    house,
    left,
    names,
    noon,
    officer,
    order_of,
)
from tests.transactions import read_in, write_in
from tests.yihui.refusals import refused
from tools.servers.deciding import TREASURER, used

VERIFIER = Path(__file__).parents[2] / "docs" / "verify_lottery.py"


pytestmark = pytest.mark.usefixtures("sound")


def drawn_house(database: Database, members: int = 8) -> tuple[House, list[str]]:
    there = house(database, LOTTERY)
    there.enter(names(members))
    there.fix()
    (drawn,) = there.draw()
    return there, order_of(drawn)


def test_the_first_drawn_are_granted_and_the_others_wait_in_the_order_drawn(database: Database) -> None:
    there, order = drawn_house(database)
    assert sorted(order) == names(8)
    assert sorted(there.granted()) == sorted(order[:3])
    assert there.waiting() == order[3:]
    counted = used(database)
    assert (counted["quota/draw/2026"], counted["budget/prize"]) == (3, 300)
    (grant,) = read_in(database, list_member_grants, order[0])
    assert (grant.granted_on, grant.claim_by) == (DRAWN, DRAWN + timedelta(10))


def test_what_is_published_is_proved_by_the_independent_verifier(database: Database, tmp_path: Path) -> None:
    there = house(database, LOTTERY)
    there.enter(names(8))
    (fixed,) = there.fix()
    (drawn,) = there.draw()
    for name, text in (("committed.json", fixed.file), ("drawn.json", drawn.file)):
        (tmp_path / name).write_text(text, "utf-8")
        assert recompute(text).faults == ()
    run = [sys.executable, "-I", str(VERIFIER), "committed.json", "drawn.json"]
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "committed.json: ok\ndrawn.json: ok\n")
    assert json.loads(fixed.file)["commitment"] == json.loads(drawn.file)["commitment"]
    with database.read() as connection:
        assert connection.execute(select(draw_secrets)).all() == []  # it is in the file now


def test_repeating_changes_nothing(database: Database) -> None:
    there = house(database, LOTTERY)
    there.enter(names(5))
    (first,) = there.fix()
    (again,) = there.fix("cd" * 32)
    assert first.is_new and not again.is_new and first.file == again.file
    (drawn,) = there.draw()
    before = read_in(database, digest)
    (twice,) = there.draw(who="wang.li")
    assert drawn.given and twice.given is None and twice.file == drawn.file
    with database.read() as connection:
        assert digest(connection) == before
        assert [act.kind for act in list_acts(connection)] == ["committed", "drawn"]


def test_an_entry_that_arrives_after_the_entries_were_fixed_is_refused(database: Database) -> None:
    there = house(database, LOTTERY)
    there.enter(names(4))
    there.fix()
    assert there.enter(["m-99"]) == ["refused entries-closed"]
    (drawn,) = there.draw()
    assert "m-99" not in order_of(drawn)


def test_a_wrong_number_draws_nothing(database: Database) -> None:
    there = house(database, LOTTERY)
    there.enter(names(4))
    there.fix()
    versions = find_collecting_versions(there.library, "draw", "lottery", DRAWN)
    with pytest.raises(LotteryFaults), database.write() as connection:
        draw_rule_lotteries(connection, officer(DRAWN), versions, "123")
    assert there.granted() == []


def test_whoever_left_or_gave_up_is_passed_over_and_the_next_wins(database: Database) -> None:
    plain = house(database, LOTTERY)
    plain.enter(names(8))
    (fixed,) = plain.fix()
    expected = _order_by(fixed.file)
    plain.send(left(expected[0], COMMITTED))
    with database.write() as connection:
        entry = connection.execute(
            select(decisions.c.id).where(decisions.c.member_id == expected[1])
        ).scalar_one()
        assert withdraw_participation(connection, entry, expected[1], noon(COMMITTED), COMMITTED).is_new
    plain.draw()
    assert sorted(plain.granted()) == sorted(expected[2:5])
    assert plain.waiting() == expected[5:]


def _order_by(committed: str) -> list[str]:
    """What will be drawn, known to this test alone since it knows the secret."""
    file = draw_lottery(parse_lottery_file(committed), "ab" * 32, DIGITS)
    assert file.draw
    return [*(winner.pseudonym for winner in file.draw.winners), *file.draw.waiting]


def test_where_the_budget_ends_before_the_places_the_rest_waits_until_it_is_raised(
    database: Database,
) -> None:
    write_in(database, set_budget, "prize", 200, TREASURER)
    there, order = drawn_house(database)
    assert sorted(there.granted()) == sorted(order[:2])
    assert there.waiting() == order[2:]
    there.pass_days(DRAWN)
    assert len(there.granted()) == 2
    write_in(database, set_budget, "prize", 1_000, TREASURER)
    there.pass_days(DRAWN)
    assert sorted(there.granted()) == sorted(order[:3])


@pytest.mark.both_databases
def test_what_nobody_claims_goes_to_whoever_waits_longest(database: Database) -> None:
    there, order = drawn_house(database)
    for member in order[:2]:
        assert there.claim(member, DRAWN + timedelta(10))
        assert not there.claim(member, DRAWN + timedelta(30))
    there.pass_days(DRAWN + timedelta(10))
    assert len(there.granted()) == 3
    there.pass_days(DRAWN + timedelta(11))
    assert sorted(there.granted()) == sorted(order[:4])
    with database.read() as connection:
        (grant,) = list_member_grants(connection, order[3])
        assert grant.claim_by == DRAWN + timedelta(21)
        assert verify_ledger(connection).promised_fen == 400, "the lapsed one was promised, too"
        moves = connection.execute(select(waiting_moves)).all()
    assert [(move.position, move.how) for move in moves] == [(1, "granted")]
    counted = used(database)
    assert (counted["quota/draw/2026"], counted["budget/prize"]) == (3, 300)


def two_years(database: Database, text: str, before: int = 4) -> House:
    """A rule with three or two places, whose version of the next year has one; four entered, and then two more."""
    (name, later), cap = polls.texts(draw=text)
    ended = later.replace("2024-01-01}", "2024-01-01, until: 2025-12-31}").replace("2026-05", "2025-05")
    later = (
        later.replace("2024-01-01}", "2026-01-01}")
        .replace("quota: 3", "quota: 1")
        .replace("quota: 2", "quota: 1")
    )
    there = House(database, load_library([(name, ended), ("later.yaml", later), cap]))
    there.send(*map(polls.imported, names(6)))
    days = [ENTERED.replace(year=2025)] * before + [ENTERED] * (6 - before)
    there.send(
        *(polls.poll(name, name, day=day, answers=3) for name, day in zip(names(6), days, strict=True))
    )
    return there


def test_a_draw_that_is_held_late_has_the_seats_of_the_version_whose_entries_closed(
    database: Database,
) -> None:
    there = two_years(database, LOTTERY)
    assert [fixed.seats for fixed in there.fix()] == [3, 1]
    there.draw()
    granted = there.granted()
    assert [sum(one in granted for one in some) for some in (names(4), ["m-05", "m-06"])] == [3, 1]
    acts = [(act.kind, act.after) for act in read_in(database, list_acts)]
    old, new = (rule.hash for rule in there.library.versions("draw"))
    assert acts == [("committed", old), ("committed", new), ("drawn", old), ("drawn", new)]


def test_a_ranking_that_is_held_late_has_the_places_of_the_version_whose_entries_closed(
    database: Database,
) -> None:
    there = two_years(database, RANKED)
    assert [ranked.seats for ranked in there.rank()] == [2, 1]
    assert len(there.granted()) == 3


def test_entries_of_the_next_version_stay_open_while_those_before_are_drawn(database: Database) -> None:
    there = two_years(database, LOTTERY)
    assert [fixed.places for fixed in there.fix(day=date(2026, 5, 20))] == ["draw/2025"]
    assert [fixed.places for fixed in there.fix()] == ["draw/2025", "draw/2026"]


def test_a_draw_whose_own_entries_are_open_is_refused_though_those_of_an_earlier_version_closed(
    database: Database,
) -> None:
    there = two_years(database, LOTTERY, before=0)
    assert refused(there.fix, day=date(2026, 5, 20)) == ["still_open"]

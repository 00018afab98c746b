"""Waiting lists are served in their order, whatever frees a place; rankings; two officers at once; crashes."""

from datetime import date, timedelta
from functools import partial

import pytest
from sqlalchemy import event, select

from benefits import (
    Move,
    ReversalCriteria,
    Transaction,
    WaitingListPlace,
    apply_reversal,
    list_acts,
    load_decision_records,
    post_moves,
    verify_ledger,
)
from benefits.draws.participation import withdraw_participation
from benefits.model.faults import MoveRefused
from benefits.tables.decisions import grants, waiting_list
from benefits.tables.draws import waiting_moves
from store import Database
from tests.benefits.drawing import (
    COMMITTED,
    DRAWN,
    ENTERED,
    LOTTERY,
    QUEUE,
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
from tests.benefits.polls import heard, imported, library, poll
from tests.crowds import at_once
from tests.tiers import ENDURES
from tests.transactions import read_in, rows_in
from tools.servers.deciding import used

pytestmark = pytest.mark.usefixtures("sound")


def test_a_place_taken_back_goes_to_whoever_waits_and_not_to_whoever_comes_then(database: Database) -> None:
    there = house(database, QUEUE)
    assert there.enter(names(4)) == ["granted", "granted", *["waiting quota-exhausted"] * 2]
    with database.write() as connection:
        in_time = officer(ENTERED + timedelta(5))
        apply_reversal(connection, in_time, ReversalCriteria("draw", since=ENTERED, until=ENTERED))
    assert there.enter(["m-09"]) == ["waiting others-wait"]
    there.pass_days(COMMITTED)
    assert sorted(there.granted()[2:]) == ["m-03", "m-04"]
    assert used(database)["quota/draw/2026"] == 2
    assert there.waiting() == ["m-03", "m-04", "m-09"]


@pytest.mark.parametrize(
    ("kind", "expires", "ends"),
    [
        ("voucher", "param.lifetime", COMMITTED + timedelta(days=30)),
        ("voucher", "end_of_next_year", date(2027, 12, 31)),
        ("cash", "param.lifetime", None),
    ],
)
def test_times_of_parameters_hold_for_whoever_moves_up_and_cash_never_expires(
    database: Database, kind: str, expires: str, ends: date | None
) -> None:
    parametric = QUEUE.replace("P10D", "param.claim_time").replace("cash", kind) + (
        f"expires: {expires}\n"
        "clawback: [{on: member.left, within: param.lifetime, text: 离会收回}]\n"
        "parameters:\n  claim_time: {title: 领取时限, value: P10D}\n  lifetime: {title: 有效期, value: P30D}\n"
    )
    there = house(database, parametric)
    there.enter(names(3))
    there.pass_days(COMMITTED)
    (moved,) = there.granted()[2:]
    with database.read() as connection:
        days = select(grants.c.claim_by, grants.c.expires_on, grants.c.takebacks).where(
            grants.c.member_id == moved
        )
        ((claim_by, expires_on, takebacks),) = connection.execute(days)
    assert (claim_by, expires_on) == (COMMITTED + timedelta(days=10), ends)
    assert (COMMITTED + timedelta(days=30)).isoformat() in takebacks


def test_a_raised_quota_moves_the_list_and_a_lowered_one_takes_nothing_away(database: Database) -> None:
    there = house(database, QUEUE)
    there.enter(names(6))
    for quota, granted in (("quota: 1", 2), ("quota: 4", 4), ("quota: 4", 4), ("quota: 3", 4)):
        raised = House(database, library(draw=QUEUE.replace("quota: 2", quota)))
        raised.pass_days(COMMITTED - timedelta(20))
        assert len(there.granted()) == granted
    assert sorted(there.granted()) == names(4)


def test_whoever_left_or_gave_up_the_place_is_passed_over(database: Database) -> None:
    there = house(database, QUEUE)
    there.enter(names(6))
    there.send(left("m-03", ENTERED + timedelta(1)))
    with database.write() as connection:
        place = connection.execute(
            select(waiting_list.c.id).where(waiting_list.c.member_id == "m-04")
        ).scalar_one()
        with pytest.raises(MoveRefused):
            withdraw_participation(connection, place, "m-05", noon(COMMITTED), COMMITTED)
        assert withdraw_participation(connection, place, "m-04", noon(COMMITTED), COMMITTED).is_new
        assert not withdraw_participation(connection, place, "m-04", noon(COMMITTED), COMMITTED).is_new
    there.pass_days(ENTERED + timedelta(11))
    assert sorted(there.granted()[2:]) == ["m-05", "m-06"]
    moves = rows_in(database, select(waiting_moves).order_by(waiting_moves.c.position))
    assert [move.how for move in moves] == ["passed", "withdrawn", "granted", "granted"]


def test_who_left_the_list_without_a_place_may_queue_again_and_who_waits_may_not(database: Database) -> None:
    there = house(database, QUEUE)
    there.enter(names(6))
    there.send(left("m-03", ENTERED + timedelta(1)))
    there.pass_days(ENTERED + timedelta(11))
    assert sorted(there.granted()[2:]) == ["m-04", "m-05"]
    day = ENTERED + timedelta(15)
    joined = heard("member.joined", "m-03", f"{day}T09:00:00", "again", {"organisation": "370202"})
    there.send(joined)
    again = (poll(member, f"q-{member}", day=day + timedelta(1)) for member in ("m-03", "m-06"))
    assert [there.send(one) for one in again] == [
        ["waiting quota-exhausted"], ["refused waits-already"],
    ]  # fmt: skip


def test_ranks_are_granted_from_the_highest_and_equal_ones_by_the_earlier_event(database: Database) -> None:
    there = house(database, RANKED)
    ranks = {"m-01": 3, "m-02": 9, "m-03": 7, "m-04": 7}
    days = {"m-03": 12, "m-04": 11}
    there.send(*map(imported, ranks))
    for member, answers in ranks.items():
        day = ENTERED.replace(day=days.get(member, 10))
        assert there.send(poll(member, f"p-{member}", day=day, answers=answers)) == ["entered"]
    (ranked,) = there.rank()
    assert order_of(ranked) == ["m-02", "m-04", "m-03", "m-01"]
    assert sorted(there.granted()) == ["m-02", "m-04"]
    assert there.waiting() == ["m-03", "m-01"]
    (again,) = there.rank()
    assert again.given is None and again.file == ranked.file
    there.pass_days(DRAWN + timedelta(11))
    assert sorted(there.granted()) == sorted(ranks)


def test_two_officers_who_draw_at_once_do_it_once(database: Database) -> None:
    there = house(database, LOTTERY)
    there.enter(names(12))
    there.fix()
    works = [partial(there.draw, who=who) for who in ("li.min", "wang.li", "zhao.yu", "sun.hao")]
    done = [drawn.given is not None for (drawn,) in at_once(works)]
    assert sorted(done) == [False, False, False, True]
    assert len(there.granted()) == 3
    assert [act.kind for act in read_in(database, list_acts)] == ["committed", "drawn"]


@pytest.mark.deeper
@pytest.mark.both_databases
def test_runners_who_move_the_list_at_once_never_pass_the_quota(database: Database) -> None:
    there = house(database, QUEUE.replace("quota: 2", "quota: 5"))
    there.enter(names(40 if ENDURES else 20))
    day = ENTERED + timedelta(11)

    def work(number: int) -> None:
        if number % 2:
            there.pass_days(day)
        else:
            there.send(imported(f"x-{number}"), poll(f"x-{number}", f"p-x-{number}", day=ENTERED))

    at_once([partial(work, number) for number in range(6)])
    there.pass_days(day)
    granted = there.granted()
    assert len(granted) == 10 and sorted(granted)[:10] == names(10)
    assert used(database)["quota/draw/2026"] == 5


class Crash(Exception):
    pass


@pytest.mark.deeper
@pytest.mark.parametrize("step", ["draw", "pass_days"])
def test_a_crash_at_any_statement_leaves_all_or_nothing(step: str, database: Database) -> None:
    """At every statement in `make endure`, at every third in a commit's run."""
    stride = 1 if ENDURES else 3
    there = house(database, LOTTERY)
    there.enter(names(6))
    there.fix()
    if step == "pass_days":
        there.draw()
    day = DRAWN + timedelta(11)
    work = there.draw if step == "draw" else (lambda: there.pass_days(day))
    crashes = 0
    while _crashes(database, stride * crashes + 1, work):
        crashes += 1
        assert read_in(database, verify_ledger).disagreements == ()
        assert crashes < 400
    before = read_in(database, digest)
    work()
    assert read_in(database, digest) == before
    assert crashes > 15 // stride
    assert len(there.granted()) == (3 if step == "draw" else 6)


def _crashes(database: Database, at: int, work) -> bool:  # type: ignore[no-untyped-def]
    """Run it, and end it before its statement number ``at``; says whether it got so far."""
    seen = 0

    def count(*_: object) -> None:
        nonlocal seen
        seen += 1
        if seen == at:
            raise Crash

    event.listen(database.engine, "before_cursor_execute", count)
    try:
        work()
    except Crash:
        return True
    finally:
        event.remove(database.engine, "before_cursor_execute", count)
    return False


def test_what_was_claimed_in_time_can_be_handed_out_later_and_else_not(database: Database) -> None:
    there = house(database, QUEUE)
    there.enter(names(2))
    there.claim("m-01", ENTERED + timedelta(10))
    late = ENTERED + timedelta(15)
    with database.write() as connection:
        claimed, unclaimed = (
            connection.execute(select(grants.c.id).where(grants.c.member_id == member)).scalar_one()
            for member in names(2)
        )
        moves = [Move("issue", id_, 100, "promised", "issued", id_, late) for id_ in (claimed, unclaimed)]
        done, refused = post_moves(connection, moves, noon(late))
    assert isinstance(done, Transaction)
    assert isinstance(refused, MoveRefused) and refused.short_code == "lapsed"


def test_whoever_asks_why_is_told_the_place_that_he_has_by_now(database: Database) -> None:
    there = house(database, QUEUE.replace("quota: 2", "quota: 1"))
    there.enter(names(4))

    def line(member: str) -> WaitingListPlace | None:
        return read_in(database, load_decision_records, member)[0].line

    assert line("m-04") == WaitingListPlace(3, ENTERED, now=3, waiting=3)
    there.pass_days(ENTERED + timedelta(11))
    assert line("m-04") == WaitingListPlace(3, ENTERED, now=2, waiting=2)
    (waited,) = [told.line for told in read_in(database, load_decision_records, "m-02") if told.line]
    assert waited == WaitingListPlace(1, ENTERED, "granted", ENTERED + timedelta(11))

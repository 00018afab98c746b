"""A member's points: earned by rules, spent in the order of their ends, never overdrawn, apart from money."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benefits import SpendingRequest, read_points_account, spend_points, verify_ledger
from benefits.lifecycle.expiry import expire_due_grants
from benefits.model.faults import MoveRefused
from benefits.points.spending import check_spending
from benefits.tables.vouchers import point_spendings
from core.faults import FaultError
from rules import DueBenefit
from store import Database
from tests.benefits.counters import (
    DAY,
    NOON,
    VOUCHER,
    asked,
    assert_sound,
    give_code,
    granted,
    ring_up,
    take_back,
)
from tests.tiers import budget
from tests.transactions import change_in, read_in, write_in

_members = count(1)


def points(number: int, expires_on: date | None = None, title: str = "练兵积分") -> DueBenefit:
    return DueBenefit("points", title, 0, number, "分", expires_on)


def spend(
    database: Database, number: int, request: str = "r-1", member: str = "m-1", on: date = DAY
) -> object:
    wish = SpendingRequest(member, number, "电影票一张", request, on)
    return write_in(database, spend_points, wish, NOON)


def balance(database: Database, member: str = "m-1", on: date = DAY) -> int:
    return read_in(database, read_points_account, member, on).points


def test_a_repeated_request_spends_once_and_its_key_stands_for_nothing_else(database: Database) -> None:
    write_in(database, granted, points(20))
    assert [spend(database, 8).already for _ in "ab"] == [False, True]  # type: ignore[attr-defined]
    with pytest.raises(MoveRefused, match="used for something else"):
        spend(database, 9)
    assert balance(database) == 12


def test_too_few_points_are_refused_and_nothing_has_changed(database: Database) -> None:
    with database.write() as connection:
        granted(connection, points(20))
        granted(connection, points(20), member="m-2")
        granted(connection, VOUCHER)
    with pytest.raises(MoveRefused, match="the account holds 20"):
        spend(database, 21)
    with pytest.raises(MoveRefused, match="the account holds 0"):
        spend(database, 1, member="m-3")
    assert (balance(database), balance(database, "m-2")) == (20, 20)
    spend(database, 20)
    assert balance(database) == 0


def test_points_that_must_be_claimed_count_once_they_are(database: Database) -> None:
    from benefits import record_claim

    grant = write_in(database, granted, replace(points(20), claim_by=DAY + timedelta(days=9)))
    assert balance(database) == 0
    with pytest.raises(MoveRefused):
        spend(database, 1)
    write_in(database, record_claim, grant, NOON, DAY)
    spend(database, 20)


@pytest.mark.both_databases
def test_a_till_and_the_account_use_the_same_points(database: Database) -> None:
    _, code = give_code(database, points(20))
    used = ring_up(database, asked(code, amount=5))
    spend(database, 10)
    with pytest.raises(MoveRefused):
        ring_up(database, asked(code, "r-2", amount=6))
    take_back(database, used.id)
    assert balance(database) == 10
    account = read_in(database, read_points_account, "m-1", DAY)
    assert [(one.kind, one.points) for one in account.changes] == [
        ("earned", 20), ("spent", -5), ("spent", -10), ("given_back", 5),
    ]  # fmt: skip
    assert_sound(database)


@pytest.mark.parametrize(
    ("number", "purpose", "key", "codes"),
    [
        (0, "茶", "r", ["amount"]),
        (-5, "茶", "r", ["amount"]),
        (2**63, "茶", "r", ["amount"]),
        (True, "茶", "r", ["amount"]),
        (1, "　", "r", ["purpose"]),
        (1, "茶\n", "r", ["purpose"]),
        (1, "茶" * 201, "r", ["purpose"]),
        (1, "给 13812345678 充值", "r", ["personal"]),
        (1, "茶", "", ["request_key"]),
        (0, "", "x" * 81, ["amount", "purpose", "request_key"]),
    ],
)
def test_a_faulty_request_gets_all_its_faults(number: int, purpose: str, key: str, codes: list[str]) -> None:
    with pytest.raises(FaultError) as caught:
        check_spending(SpendingRequest("m-1", number, purpose, key, DAY))
    assert [fault.code.rpartition(".")[2] for fault in caught.value.faults] == codes


STEP = (
    st.tuples(st.just("earn"), st.integers(1, 6), st.none() | st.integers(0, 5))
    | st.tuples(st.just("spend"), st.integers(1, 9), st.none())
    | st.tuples(st.just("next day"), st.none(), st.none())
    | st.tuples(st.just("sweep"), st.none(), st.none())
    | st.tuples(st.just("again"), st.none(), st.none())
)


@pytest.mark.tampers
def test_the_verifier_finds_a_spending_that_its_postings_contradict(database: Database) -> None:
    write_in(database, granted, points(20))
    spend(database, 8)
    assert_sound(database)
    change_in(database, point_spendings.update().values(points=7))
    found = read_in(database, verify_ledger).disagreements
    assert [fault.params["posted"] for fault in found if "spending" in fault.message][-1:] == ["8"]


@pytest.mark.deeper
@settings(max_examples=budget(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEP, max_size=14))
def test_the_account_is_what_single_points_in_a_purse_would_be(
    database: Database, steps: list[tuple[str, int | None, int | None]]
) -> None:
    member, on = f"m-{next(_members)}", DAY
    purse: list[
        tuple[date, date, str]
    ] = []  # each single point: its last day, the day it was earned, its lot
    sum_of_changes = 0
    done: list[tuple[str, int, date]] = []
    for number, (step, amount, days) in enumerate(steps):
        if step == "earn":
            assert amount is not None
            last = None if days is None else on + timedelta(days=days)
            lot = write_in(database, granted, points(amount, last), member=member, on=on)
            purse += [(last or date.max, on, lot)] * amount
            sum_of_changes += amount
        elif step == "spend":
            assert amount is not None
            try:
                spend(database, amount, f"r-{number}", member, on)
                assert amount <= len(purse)
                purse = sorted(purse)[amount:]
                sum_of_changes -= amount
                done.append((f"r-{number}", amount, on))
            except MoveRefused:
                assert amount > len(purse)
        elif step == "again" and done:
            assert spend(database, done[-1][1], done[-1][0], member, on).already  # type: ignore[attr-defined]
        elif step == "next day":
            on += timedelta(days=1)
            purse = [point for point in purse if point[0] >= on]
        elif step == "sweep":
            write_in(database, expire_due_grants, on, NOON)
            sum_of_changes = len(purse)
        account = read_in(database, read_points_account, member, on)
        assert account.points == len(purse)
        assert [(lot.points, lot.grant_id) for lot in account.lots] == _by_lot(sorted(purse))
        assert sum(change.points for change in account.changes) == sum_of_changes
    assert_sound(database)


def _by_lot(purse: list[tuple[date, date, str]]) -> list[tuple[int, str]]:
    lots = list(dict.fromkeys(lot for _, _, lot in purse))
    return [(sum(point[2] == lot for point in purse), lot) for lot in lots]

"""What expires: reminded a week and a day before, each once, then back to the budget; by slots, in any portions."""

import json
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from benefits.lifecycle.expiry import ExpiryResult, expire_due_grants
from benefits.tables.decisions import counters
from benefits.tables.vouchers import due_slots
from benefits.vouchers.issuing import issue_voucher_code
from store import Database, outbox
from tests.benefits.counters import (
    DAY,
    KEY,
    NOON,
    THRICE,
    VOUCHER,
    asked,
    assert_sound,
    give_code,
    granted,
    ring_up,
    standing,
    take_back,
)
from tests.transactions import rows_in, value_in, write_in

LAST = date(2026, 5, 31)


def work_off(database: Database, today: date, most: int = 500) -> list[ExpiryResult]:
    done = []
    while (step := write_in(database, expire_due_grants, today, NOON, most=most)).slots:
        done.append(step)
    return done


def reminders(database: Database) -> list[tuple[int, list[dict[str, object]]]]:
    with database.read() as connection:
        told = select(outbox.c.data).where(outbox.c.type == "benefit.expiring").order_by(outbox.c.sequence)
        contents = [json.loads(text) for text in connection.execute(told).scalars()]
    return [(content["days_left"], content["left"]) for content in contents]


def in_budget(database: Database) -> int:
    return value_in(database, select(counters.c.used).where(counters.c.key == "budget/cake"))


def test_day_by_day_it_is_reminded_twice_and_then_ended_once(database: Database) -> None:
    grant = write_in(database, granted)
    for number in range(60):
        work_off(database, DAY + timedelta(days=number))
        work_off(database, DAY + timedelta(days=number))
    assert [days for days, _ in reminders(database)] == [7, 1]
    assert standing(database, grant).expired == 20_000
    assert in_budget(database) == 0
    assert_sound(database)


def test_a_job_that_slept_reminds_once_of_what_still_counts(till: Database) -> None:
    write_in(till, granted)
    work_off(till, LAST - timedelta(days=4))
    assert [days for days, _ in reminders(till)] == [4]
    work_off(till, LAST)
    assert [days for days, _ in reminders(till)] == [4, 0]
    work_off(till, LAST + timedelta(days=100))
    assert len(reminders(till)) == 2


def test_a_reminder_says_what_is_left_and_nobody_is_reminded_of_what_is_used_up(till: Database) -> None:
    for due, amount in ((VOUCHER, None), (THRICE, 5_000)):
        _, code = give_code(till, due)
        ring_up(till, asked(code, f"r-{amount}", amount))
    work_off(till, LAST - timedelta(days=7))
    assert reminders(till) == [(7, [{"amount": 15_000, "unit": "fen"}])]


def test_what_is_granted_late_ends_at_once_but_cash_never(till: Database) -> None:
    work_off(till, LAST + timedelta(days=100))
    with till.write() as connection:
        grant = granted(connection)
        cash = granted(connection, replace(VOUCHER, kind="cash", unit=None), member="m-2")
    work_off(till, LAST + timedelta(days=100))
    assert standing(till, grant).expired == 20_000
    assert standing(till, cash).promised == 20_000


def test_a_clock_that_went_back_ends_nothing_twice(till: Database) -> None:
    grant = write_in(till, granted)
    for today in (LAST + timedelta(days=1), LAST - timedelta(days=3), LAST + timedelta(days=2)):
        work_off(till, today)
    assert standing(till, grant).expired == 20_000
    assert reminders(till) == []


def test_a_clock_that_went_back_leaves_nothing_refunded_without_an_end(till: Database) -> None:
    grant, code = give_code(till)
    done = ring_up(till, asked(code))
    after = LAST + timedelta(days=40)
    work_off(till, after)
    take_back(till, done.id, amount=5_000, on=LAST - timedelta(days=10))
    assert_sound(till)
    for today in (LAST - timedelta(days=7), LAST):
        assert work_off(till, today) == []
    work_off(till, after)
    assert standing(till, grant).expired == 5_000
    assert_sound(till)


@pytest.mark.parametrize("most", [1, 7, 500])
def test_in_any_portions_the_same_is_done(till: Database, most: int) -> None:
    with till.write() as connection:
        ids = [granted(connection, member=f"m-{n}") for n in range(20)]
        for id_ in ids[::2]:
            issue_voucher_code(connection, KEY, id_, DAY, NOON)
    days = (LAST - timedelta(days=5), LAST + timedelta(days=1), LAST + timedelta(days=8))
    done = [work_off(till, day, most) for day in days]
    counts = [(sum(s.reminded for s in steps), sum(len(s.ended) for s in steps)) for steps in done]
    assert counts == [(20, 0), (0, 10), (0, 10)]
    assert rows_in(till, select(due_slots)) == []


def test_stopped_between_portions_it_goes_on_and_nobody_is_reminded_twice(till: Database) -> None:
    with till.write() as connection:
        for number in range(10):
            granted(connection, member=f"m-{number}")
    today = LAST - timedelta(days=7)

    class Stopped(Exception):
        pass

    for _ in range(3):
        write_in(till, expire_due_grants, today, NOON, most=2)
        with pytest.raises(Stopped), till.write() as connection:
            expire_due_grants(connection, today, NOON, most=2)
            raise Stopped
    work_off(till, today)
    with till.read() as connection:
        keys = connection.execute(select(outbox.c.key).where(outbox.c.type == "benefit.expiring")).scalars()
        assert Counter(keys) == {f"m-{n}": 1 for n in range(10)}

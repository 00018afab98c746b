"""Reminders: each once, outside of quiet hours, only while wanted and needed, whatever the gateway does."""

import json
import logging
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from standardwebhooks import Webhook

from benefits import admit_and_record
from benefits.lifecycle.claims import record_claim
from core.civil_time import CIVIL_TIME
from core.quiet_hours import QuietHours, parse_quiet_hours
from members import PersonalData
from members.reminders.queue import lease_reminders, record_reminder_choices
from members.reminders.tables import reminder_choices, reminders
from store import open_database
from tests.tiers import ENDURES
from tests.transactions import rows_in, write_in
from tests.yihui.services.joining_people import Clock, found_tree, joining_wiring, member_event
from tests.yihui.services.message_gateway import Gateway, open_gateway, url
from tools.servers.deciding import DAY, Wish
from yihui.bootstrap import Wiring
from yihui.services.members.erasure import erase_member_data
from yihui.services.messages.reminders import (
    ReminderRound,
    list_queued_reminders,
    queue_due_reminders,
    retry_queued_reminders,
    send_due_reminders,
)

SECRET = "whsec_" + "c2VjcmV0IG9mIHRoZSBnYXRld2F5IGhlcmU="
LAST = DAY + timedelta(days=20)
PHONE = "13800138000"
WAITING = ("waiting", "given_up")


def noon(day: date, hour: int = 12, minute: int = 0, second: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=CIVIL_TIME).astimezone(UTC)


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with open_gateway() as server:
        yield server


@pytest.fixture
def clock() -> Clock:
    return Clock(noon(LAST - timedelta(days=7)))


@pytest.fixture
def wiring(target: str, tmp_path: Path, gateway: Gateway, clock: Clock) -> Iterator[Wiring]:
    made = joining_wiring(
        target, tmp_path, clock, reminder_sender=f"sms:{url(gateway)}", reminder_sender_secret=SECRET
    )
    yield made
    made.close()


def give(
    wiring: Wiring, member: str = "m-1", expires_on: date | None = LAST, claim_by: date | None = None
) -> str:
    """A voucher; return its id."""
    facts, decision = Wish(member=member, kind="voucher").decided()
    parts = tuple(replace(one, expires_on=expires_on, claim_by=claim_by) for one in decision.benefits)
    with wiring.database.write() as connection:
        [ruling] = admit_and_record(connection, [(facts, replace(decision, benefits=parts))], wiring.now())
    assert ruling.outcome == "granted"
    return ruling.id


def know(wiring: Wiring, member: str = "m-1", phone: str = PHONE) -> None:
    assert wiring.vault is not None
    with wiring.vault_database.write() as connection:
        wiring.vault.store_persons(connection, {member: PersonalData("张三", phone)}, wiring.now())


def give_to_known(wiring: Wiring, member: str = "m-1", expires_on: date | None = LAST) -> None:
    give(wiring, member, expires_on)
    know(wiring, member)


def sent(gateway: Gateway) -> list[dict[str, object]]:
    return [json.loads(body) for _, body in gateway.got]


def states(wiring: Wiring) -> list[tuple[str, int, str]]:
    with wiring.database.read() as connection:
        rows = connection.execute(select(reminders).order_by(reminders.c.last_day, reminders.c.days_before))
        return [(row.kind, row.days_before, row.state) for row in rows]


def run(wiring: Wiring) -> ReminderRound:
    queue_due_reminders(wiring)
    return send_due_reminders(wiring, lambda: 0.5)


def test_a_voucher_is_reminded_of_a_week_and_a_day_before_its_end_and_each_once(
    wiring: Wiring, gateway: Gateway, clock: Clock
) -> None:
    give(wiring)
    give(wiring)  # of two things that end on one day there is one reminder
    know(wiring)
    clock.now -= timedelta(days=1)
    assert run(wiring) == ReminderRound()
    for days in range(9):
        clock.now = noon(LAST - timedelta(days=7) + timedelta(days=days))
        run(wiring)
        run(wiring)
    assert states(wiring) == [("benefit", 1, "sent"), ("benefit", 7, "sent")]
    first, second = sent(gateway)
    assert first["id"] != second["id"]
    headers, body = gateway.got[0]
    assert headers["webhook-id"] == first["id"]
    assert set(json.loads(body)) == {"id", "text", "at", "phone"}


def test_the_text_holds_the_day_and_nothing_about_the_member_or_the_benefit(
    wiring: Wiring, gateway: Gateway
) -> None:
    give_to_known(wiring)
    run(wiring)
    [content] = sent(gateway)
    assert LAST.isoformat() in str(content["text"])
    assert not [part for part in ("m-1", "张三", "示例", "100", PHONE) if part in str(content["text"])]


def test_an_app_gets_the_pseudonym_and_no_phone(target: str, tmp_path: Path, clock: Clock) -> None:
    with open_gateway() as gateway:
        sender = f"webhook:{url(gateway)}"
        wiring = joining_wiring(
            target, tmp_path, clock, reminder_sender=sender, reminder_sender_secret=SECRET
        )
        give(wiring)
        clock.now = noon(LAST)
        assert run(wiring).sent == 1
        [content] = sent(gateway)
        told = {"member": "m-1", "kind": "benefit", "last_day": LAST.isoformat()}
        assert told.items() <= content.items() and "phone" not in content
        wiring.close()


def test_requests_are_signed(wiring: Wiring, gateway: Gateway, clock: Clock) -> None:
    clock.now = datetime.now(UTC)  # a gateway refuses the signature of an old message
    today = clock.now.astimezone(CIVIL_TIME).date()
    give_to_known(wiring, expires_on=today)
    none = QuietHours(QuietHours().begin, QuietHours().begin)
    wiring.settings = replace(wiring.settings, quiet_hours=none)
    assert run(wiring).sent == 1
    headers, body = gateway.got[0]
    Webhook(SECRET).verify(body, headers)
    assert headers["content-type"] == "application/json"


def test_a_claim_is_reminded_of_until_it_is_made(wiring: Wiring, gateway: Gateway, clock: Clock) -> None:
    give_to_known(wiring, "m-1")
    assert run(wiring).sent == 1  # a voucher of the same last day has its own reminder
    claimed = give(wiring, "m-1", expires_on=None, claim_by=LAST)
    give(wiring, "m-2", expires_on=None, claim_by=LAST)
    know(wiring, "m-2")
    assert run(wiring).sent == 2
    clock.now = noon(LAST - timedelta(days=1))
    queue_due_reminders(wiring)
    write_in(wiring.database, record_claim, claimed, clock.now, LAST - timedelta(days=1))
    assert send_due_reminders(wiring) == ReminderRound(sent=2, dropped=1)
    assert len(gateway.got) == 5


def test_quiet_hours_that_begin_during_a_run_hold_the_rest_until_morning(
    wiring: Wiring, gateway: Gateway, clock: Clock
) -> None:
    for number in range(3):
        give_to_known(wiring, f"m-{number}")
    clock.now = noon(LAST - timedelta(days=7), 20, 59, 59)

    def strike_nine() -> None:
        clock.now = noon(LAST - timedelta(days=7), 21)

    gateway.before_answer = strike_nine
    assert run(wiring).sent == 1
    gateway.before_answer = None
    clock.now += timedelta(hours=10, minutes=59)
    assert run(wiring) == ReminderRound()
    clock.now += timedelta(minutes=1)
    assert run(wiring).sent == 2


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("21:00-08:00", ["21:00", "23:59", "00:00", "07:59"], ["08:00", "12:00", "20:59"]),
        ("12:00-14:30", ["12:00", "14:29"], ["11:59", "14:30", "00:00"]),
        ("00:00-00:00", [], ["00:00", "12:00"]),  # none at all
    ],
)
def test_quiet_hours_hold_their_begin_and_not_their_end(
    text: str, inside: list[str], outside: list[str]
) -> None:
    hours = parse_quiet_hours(text)
    assert hours is not None
    for clock, is_quiet in [*((one, True) for one in inside), *((one, False) for one in outside)]:
        at = datetime.fromisoformat(f"2026-10-03T{clock}:00+08:00")
        assert hours.holds(at) is is_quiet, clock
        assert not hours.holds(hours.find_end(at))
        assert hours.find_end(at) - at < timedelta(days=1)


def test_a_member_who_opted_out_after_the_reminder_was_stored_gets_none(
    wiring: Wiring, gateway: Gateway, clock: Clock
) -> None:
    give_to_known(wiring)
    queue_due_reminders(wiring)
    with wiring.database.write() as connection:
        assert record_reminder_choices(connection, "m-1", {"benefit": False, "claim": True}, clock.now) == 1
    assert send_due_reminders(wiring) == ReminderRound(dropped=1)
    assert gateway.got == []
    clock.now = noon(LAST - timedelta(days=1))
    with wiring.database.write() as connection:
        record_reminder_choices(connection, "m-1", {"benefit": True}, clock.now)
        rows = connection.execute(select(reminder_choices).order_by(reminder_choices.c.number)).all()
    assert [row.is_wanted for row in rows] == [False, True], "each choice stays, with its day"
    assert run(wiring).sent == 1


def test_a_failing_gateway_is_tried_again_later_and_later_under_the_same_id(
    wiring: Wiring, gateway: Gateway, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    give_to_known(wiring)
    gateway.status = 500
    assert run(wiring).failed == 1
    assert run(wiring) == ReminderRound(), "not before its time"
    [one] = list_queued_reminders(wiring, WAITING, 9)
    assert (one.last_status, one.attempts, one.next_at) == (500, 1, clock.now + timedelta(seconds=5))
    clock.now += timedelta(seconds=5)
    run(wiring)
    [one] = list_queued_reminders(wiring, WAITING, 9)
    assert one.next_at == clock.now + timedelta(seconds=15)
    gateway.status = 200
    clock.now = one.next_at
    assert run(wiring).sent == 1
    assert len({str(content["id"]) for content in sent(gateway)}) == 1
    assert not [secret for secret in (PHONE, "geheim", "张三") if secret in caplog.text]


def test_a_gateway_that_is_away_rests_and_is_not_asked_once_for_each_member(
    target: str, tmp_path: Path, clock: Clock
) -> None:
    wiring = joining_wiring(target, tmp_path, clock, reminder_sender="sms:http://127.0.0.1:1/x")
    for number in range(3):
        give_to_known(wiring, f"m-{number}")
    assert run(wiring) == ReminderRound(failed=1)
    assert run(wiring) == ReminderRound()
    clock.now += timedelta(minutes=5)
    assert run(wiring) == ReminderRound(failed=1)
    wiring.close()


def test_what_was_not_sent_until_its_last_day_is_given_up_and_can_be_retried(
    wiring: Wiring, gateway: Gateway, clock: Clock
) -> None:
    give_to_known(wiring)
    gateway.status = 503
    clock.now = noon(LAST)
    for _ in range(30):
        run(wiring)
        found = list_queued_reminders(wiring, WAITING, 9)
        if found[0].state == "given_up":
            break
        clock.now = found[0].next_at
    assert states(wiring) == [("benefit", 1, "given_up")]
    gateway.status = 204
    clock.now = noon(LAST)
    assert retry_queued_reminders(wiring) == 1
    assert run(wiring).sent == 1
    assert retry_queued_reminders(wiring) == 0


def test_without_a_phone_it_is_given_up_and_said_so(wiring: Wiring) -> None:
    give(wiring)
    assert run(wiring).failed == 1
    [one] = list_queued_reminders(wiring, WAITING, 9)
    assert (one.state, one.last_fault) == ("given_up", "no_phone")


def test_after_a_crash_during_an_attempt_the_reminder_goes_out_under_the_same_id(
    wiring: Wiring, gateway: Gateway, clock: Clock
) -> None:
    give_to_known(wiring)

    def break_off() -> float:
        raise InterruptedError

    queue_due_reminders(wiring)
    with pytest.raises(InterruptedError):  # the gateway has it, the database doesn't know yet
        send_due_reminders(wiring, break_off)
    assert send_due_reminders(wiring) == ReminderRound(), "another worker leaves the lease alone"
    clock.now += timedelta(seconds=60)
    assert send_due_reminders(wiring).sent == 1
    assert send_due_reminders(wiring) == ReminderRound()
    ids = [content["id"] for content in sent(gateway)]
    assert len(ids) == 2 and len(set(ids)) == 1, "the gateway can tell that it is the same"


@pytest.mark.both_databases
def test_two_workers_lease_different_reminders(wiring: Wiring, target: str, clock: Clock) -> None:
    for number in range(4):
        give(wiring, f"m-{number}")
    queue_due_reminders(wiring)
    other = open_database(target)
    one = write_in(wiring.database, lease_reminders, clock.now, 2)
    two = write_in(other, lease_reminders, clock.now, 9)
    other.close()
    assert len({lease.key for lease in [*one, *two]}) == 4 == len(one) + len(two)


def test_a_member_who_died_is_not_reminded(wiring: Wiring) -> None:
    found_tree(wiring)
    member_event(
        wiring, "member.joined", "m-1", "2020-01-01", organisation="370102001-00001", joined_on="2020-01-01"
    )
    member_event(wiring, "member.died", "m-1", "2026-05-02")
    give_to_known(wiring)
    assert run(wiring) == ReminderRound(dropped=1)


def test_a_member_who_was_erased_leaves_no_reminder_and_gets_none(
    wiring: Wiring, gateway: Gateway, clock: Clock
) -> None:
    give_to_known(wiring)
    queue_due_reminders(wiring)
    write_in(wiring.database, record_reminder_choices, "m-1", {"claim": False}, clock.now)
    erase_member_data(wiring, "m-1", "li.min", "本人要求")
    with wiring.database.read() as connection:
        assert connection.execute(select(reminders)).all() == []
        assert connection.execute(select(reminder_choices)).all() == []
    assert send_due_reminders(wiring) == ReminderRound()
    assert gateway.got == []


Ends = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 12), st.booleans()), max_size=6)


@pytest.mark.deeper
@settings(max_examples=100 if ENDURES else 10)
@given(ends=Ends, days=st.lists(st.integers(0, 13), max_size=6))
def test_what_is_due_is_what_a_slow_oracle_says(ends: list[tuple[int, int, bool]], days: list[int]) -> None:
    """The jobs run on some days only. What is due is looked up for each member, end and day on its own."""
    with tempfile.TemporaryDirectory() as folder:
        clock = Clock(noon(DAY))
        wiring = joining_wiring(f"{folder}/y.db", Path(folder), clock)
        expected: set[tuple[str, str, date, int]] = set()
        for member, offset, is_claim in ends:
            day = DAY + timedelta(days=offset)
            give(wiring, f"m-{member}", None if is_claim else day, day if is_claim else None)
        for number in sorted(days):
            today = DAY + timedelta(days=number)
            clock.now = noon(today)
            queue_due_reminders(wiring)
            for member, offset, is_claim in ends:
                last = DAY + timedelta(days=offset)
                left = (last - today).days
                kind = "claim" if is_claim else "benefit"
                if 0 <= left <= 7:
                    expected.add((f"m-{member}", kind, last, 1 if left <= 1 else 7))
        rows = rows_in(wiring.database, select(reminders))
        found = [(row.member_id, row.kind, row.last_day, row.days_before) for row in rows]
        assert sorted(found) == sorted(expected)
        wiring.close()

"""What was used without a network and comes late: first by time wins, and every other line is told why."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from benefits.lifecycle.expiry import OFFLINE_GRACE_DAYS, expire_due_grants
from benefits.tables.vouchers import redemptions
from benefits.vouchers.batches import (
    MAX_OFFLINE_AGE_DAYS,
    OfflineBatch,
    OfflineBatchResult,
    OfflineLineResult,
    accept_offline_batch,
    list_lost_code_uses,
)
from benefits.vouchers.issuing import issue_voucher_code
from benefits.vouchers.merchants import RedemptionPlace
from benefits.vouchers.redemption import RedemptionRequest
from rules import DueBenefit
from store import Database
from tests.benefits.counters import (
    BAKERY,
    DAY,
    KEY,
    NOON,
    THRICE,
    asked,
    assert_sound,
    give_code,
    granted,
    refusal,
    ring_up,
    set_status,
    show_card,
    standing,
)
from tests.transactions import read_in, value_in, write_in

LAST = date(2026, 5, 31)
EVENING = NOON + timedelta(hours=8)


def hand_in(
    database: Database, *lines: RedemptionRequest, number: str = "2026-05-01", now: datetime = EVENING
) -> OfflineBatchResult:
    batch = OfflineBatch(BAKERY, number, lines, tuple(range(2, len(lines) + 2)))
    return write_in(database, accept_offline_batch, KEY, batch, (now + timedelta(hours=8)).date(), now)


def told(result: OfflineBatchResult) -> list[str]:
    return [line.code or line.outcome for line in result.lines]


def test_of_two_uses_of_one_voucher_the_first_by_time_wins_whatever_their_order(database: Database) -> None:
    _, code = give_code(database)
    later = asked(code, "receipt-1", at=NOON + timedelta(minutes=5))
    earlier = asked(code, "receipt-2", at=NOON)
    result = hand_in(database, later, earlier)
    assert told(result) == ["used_before_in_file", "accepted"]
    assert result.lines[0].params["earlier"] == "receipt-2"
    assert_sound(database)


def test_the_whole_batch_again_gets_the_same_answer_and_nothing_happens(database: Database) -> None:
    _, code = give_code(database, THRICE)
    lines = [asked(code, "receipt-1", 500), asked(code[:-1], "receipt-2")]
    first = hand_in(database, *lines)
    assert told(first) == ["accepted", "code_length"]
    assert hand_in(database, *lines, now=EVENING + timedelta(days=90)) == replace(first, already=True)
    assert refusal(hand_in, database, lines[0]) == "batch_reused"
    assert value_in(database, select(func.count()).select_from(redemptions)) == 1


def test_a_line_that_came_in_another_batch_or_online_is_told_as_done(till: Database) -> None:
    _, code = give_code(till, THRICE)
    ring_up(till, asked(code, "receipt-1", 500))
    assert told(hand_in(till, asked(code, "receipt-1", 500))) == ["already"]
    assert told(hand_in(till, asked(code, "receipt-1", 501), number="2")) == ["request_reused"]


def test_what_is_in_the_ledger_stays_though_the_late_one_was_earlier(till: Database) -> None:
    _, code = give_code(till)
    ring_up(till, asked(code, "online", at=NOON + timedelta(hours=1)))
    assert told(hand_in(till, asked(code, "offline", at=NOON))) == ["used_up"]


@pytest.mark.parametrize(("days_after", "said"), [(0, "accepted"), (OFFLINE_GRACE_DAYS, "accepted"), (OFFLINE_GRACE_DAYS + 1, "too_late")])  # fmt: skip
def test_used_by_its_last_day_it_is_accepted_within_the_grace(
    database: Database, days_after: int, said: str
) -> None:
    _, code = give_code(database)
    used = datetime(2026, 5, 31, 15, 59, tzinfo=UTC)
    received = datetime(2026, 5, 31, 15, 59, tzinfo=UTC) + timedelta(days=days_after)
    today = LAST + timedelta(days=days_after)
    write_in(database, expire_due_grants, today, received)
    assert told(hand_in(database, asked(code, at=used), now=received)) == [said]
    assert_sound(database)


def test_used_after_its_last_day_it_is_refused_however_soon_it_comes(till: Database) -> None:
    _, code = give_code(till)
    used = datetime(2026, 5, 31, 16, 0, tzinfo=UTC)
    assert told(hand_in(till, asked(code, at=used), now=used)) == ["expired"]


@pytest.mark.parametrize(
    ("used", "said"),
    [
        (EVENING + timedelta(minutes=5), "accepted"),
        (EVENING + timedelta(minutes=6), "in_future"),
        (EVENING - timedelta(days=MAX_OFFLINE_AGE_DAYS), "accepted"),
        (EVENING - timedelta(days=MAX_OFFLINE_AGE_DAYS + 1), "too_old"),
    ],
)
def test_nothing_comes_from_the_future_or_from_long_ago(till: Database, used: datetime, said: str) -> None:
    with till.write() as connection:
        grant = granted(connection, on=DAY - timedelta(days=60))
        made_on = DAY - timedelta(days=60)
        code = issue_voucher_code(connection, KEY, grant, made_on, NOON).code
    assert told(hand_in(till, asked(code or "", at=used))) == [said]


@pytest.mark.both_databases
def test_every_line_is_told_by_itself_and_bad_ones_hold_up_no_others(database: Database) -> None:
    _, one = give_code(database)
    _, two = give_code(database, DueBenefit("item", "慰问品", 1_000, 3, "份", None))
    wrong = two[:-1] + ("3" if two[-1] != "3" else "4")
    result = hand_in(
        database,
        asked(one, "1", amount=0),
        asked(wrong, "2"),
        asked(two, "3", amount=2),
        asked(one, "4"),
        asked("", "5"),
        asked(two, "6", amount=2, at=NOON + timedelta(minutes=1)),
        asked(one, "", amount=5),
    )
    assert told(result) == [
        "amount", "mistyped", "accepted", "accepted", "code_length", "used_before_in_file", "request_key"
    ]  # fmt: skip
    assert (result.count("accepted"), result.count("refused")) == (2, 5)
    assert_sound(database)


def test_a_refused_line_of_a_card_leaves_nothing_behind(till: Database) -> None:
    grant = write_in(till, granted)
    set_status(till, "active", NOON - timedelta(days=90))
    text = show_card(till)
    assert told(hand_in(till, asked(text, "1", 30_000, rule_id="cake"))) == ["over_amount"]
    assert standing(till, grant).promised == 20_000


def test_an_answer_names_row_request_and_redemption(till: Database) -> None:
    _, code = give_code(till)
    (line,) = hand_in(till, asked(code, "receipt-1")).lines
    assert line == OfflineLineResult(2, "receipt-1", "accepted", line.redemption_id, "cake", 20_000, "fen")
    assert len(line.redemption_id) == 40


# --- codes that were not yet there, or were lost


def replace_code(database: Database, grant: str, on: date) -> str:
    code = write_in(database, issue_voucher_code, KEY, grant, on, NOON, anew=True).code
    assert code
    return code


def test_a_code_is_used_from_the_day_on_which_it_was_made_also_if_it_replaces_a_lost_one(
    till: Database,
) -> None:
    grant, _ = give_code(till)
    new = replace_code(till, grant, DAY + timedelta(days=3))
    now = EVENING + timedelta(days=4)
    uses = [asked(new, str(day), at=NOON + timedelta(days=day)) for day in (2, 3)]
    assert told(hand_in(till, *uses, now=now)) == ["before_code", "accepted"]


def test_a_use_of_a_lost_code_is_listed_if_said_to_be_earlier_or_refused(
    till: Database,
) -> None:
    grant, old = give_code(till, THRICE)
    assert told(hand_in(till, asked(old, "in time", 500), number="before it was lost")) == ["accepted"]
    replace_code(till, grant, DAY + timedelta(days=3))
    now = EVENING + timedelta(days=4)
    uses = [asked(old, str(day), 500, at=NOON + timedelta(days=day)) for day in (0, 2, 3, 4)]
    result = hand_in(till, *uses, now=now)
    assert told(result) == ["accepted", "accepted", "withdrawn", "withdrawn"]
    assert [line.lost_on for line in result.lines[:2]] == [DAY + timedelta(days=3)] * 2
    listed = read_in(till, list_lost_code_uses)
    assert [(use.line.request_key, use.merchant_id, use.used_at) for use in listed] == [
        ("2", "bakery", NOON + timedelta(days=2)),
        ("0", "bakery", NOON),
    ]
    assert_sound(till)


# --- a merchant that is limited to stations


@pytest.mark.parametrize(
    ("station", "said"), [(None, "station_missing"), ("east", "accepted"), ("north", "not_your_station")]
)
def test_a_merchant_limited_to_stations_names_one_of_them(
    till: Database, station: str | None, said: str
) -> None:
    _, code = give_code(till)
    limited = replace(BAKERY, stations=("east", "west"))
    place = RedemptionPlace(station, "library", "public", frozenset(), frozenset()) if station else None
    line = replace(asked(code), merchant=limited, place=place)
    assert told(hand_in(till, line)) == [said]
    assert refusal(ring_up, till, replace(line, request_key="2")) == {"accepted": "used_up"}.get(said, said)

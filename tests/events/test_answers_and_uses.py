"""``station.answered`` and ``station.used`` take effect in the register, each once. On both databases."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from events import BatchOutcome
from geo.messages import Answer
from geo.registry.diff import Register
from geo.registry.keys import issue_keeper_key
from geo.registry.reports import RIDER_SOURCE, find_report, load_recent_reports
from geo.registry.statements import live_version, load_live_summaries
from geo.registry.stations import import_stations
from geo.registry.usage_counts import delete_old_counts, has_old_counts, load_use_groups, use_counts
from geo.station import Station
from geo.usage_counts import UseGroup
from store import Database
from tests.transactions import read_in, write_in
from tools.servers.sending import NOW, Sender

Handle = Callable[..., BatchOutcome]
REGISTER = Register("历下", "总工会", "stations.csv", "0" * 64)
DOOR = Station.model_validate(
    {"id": "历下-1", "name": "泉城路驿站", "kind": "library", "lon": 117.0, "lat": 36.5, "district": "370102"}
)
OTHER = DOOR.model_copy(update={"id": "历下-2", "facilities": frozenset({"water"})})
AT = "2026-10-03T23:00:00+08:00"  # ten minutes before NOW
FIRST, SECOND = "abcd-efgh-2345-klmn", "bbcd-efgh-2345-klmn"


@pytest.fixture(autouse=True)
def register(database: Database) -> None:
    write_in(database, import_stations, REGISTER, [DOOR, OTHER], NOW, confirmed=True)


@pytest.fixture
def key(database: Database) -> str:
    return write_in(database, issue_keeper_key, "历下-1", NOW).key.id


def reported(send: Sender, number: str, reporter: str, observation: str = "locked", **data: object) -> str:
    return send(
        "station.reported", "历下-1", AT, envelope={"source": RIDER_SOURCE, "id": number},
        station="历下-1", observation=observation, reporter=reporter, **data,
    )  # fmt: skip


def answered(send: Sender, key: str, answer: str, report: str = FIRST, **data: object) -> str:
    at = "2026-10-03T23:05:00+08:00"
    return send(
        "station.answered", "历下-1", at, station="历下-1", keeper=key, report=report, answer=answer, **data
    )


def used(send: Sender, count: int, station: str = "历下-1", at: str = AT, hour: int = 143) -> str:
    return send("station.used", station, at, station=station, hour=hour, count=count)


def states(database: Database, at: datetime = NOW) -> list[str]:
    live = read_in(database, load_live_summaries, at).get("历下-1")
    return [status.state.value for status in live.statuses_at(at)] if live else []


@pytest.mark.parametrize("size", [1, 20])
def test_an_answer_stands_with_its_report_and_opens_the_door(
    handled: Handle, send: Sender, database: Database, key: str, size: int
) -> None:
    lines = [reported(send, FIRST, "a" * 16), reported(send, SECOND, "b" * 16)]
    assert handled(*lines, size=size).dead_letters == []
    assert states(database) == ["closed"]
    before = version(database)
    again = [answered(send, key, "on_it", note="来了"), answered(send, key, "open_now")]
    assert handled(*again, size=size).dead_letters == []
    assert version(database) > before  # whoever holds stations in memory reads again
    assert states(database) == []
    with database.read() as connection:
        report = find_report(connection, FIRST)
        listed = load_recent_reports(connection, "历下-1", NOW - timedelta(days=1))
    assert report is not None
    assert [(one.answer, one.note) for one in report.answers] == [
        (Answer.ON_IT, "来了"),
        (Answer.OPEN_NOW, ""),
    ]
    assert [one.number for one in listed] == [SECOND, FIRST]  # the newest first
    assert [len(one.answers) for one in listed] == [1, 2]  # that one gets in answers both


def version(database: Database) -> int:
    return read_in(database, live_version)


def test_an_answer_in_the_same_batch_as_its_report_is_heard(
    handled: Handle, send: Sender, database: Database, key: str
) -> None:
    lines = [
        reported(send, FIRST, "a" * 16, "broken", facility="饮水机"),
        reported(send, SECOND, "b" * 16, "broken", facility="water"),
        answered(send, key, "fixed"),
    ]
    assert handled(*lines).dead_letters == []
    assert states(database) == []


def test_an_answer_to_no_report_of_the_station_is_a_dead_letter(
    handled: Handle, send: Sender, database: Database, key: str
) -> None:
    elsewhere = send(
        "station.reported", "历下-2", AT, envelope={"source": RIDER_SOURCE, "id": SECOND},
        station="历下-2", observation="locked", reporter="a" * 16,
    )  # fmt: skip
    by_keeper = send(
        "station.reported", "历下-1", AT, envelope={"source": "/keepers", "id": FIRST},
        station="历下-1", observation="locked", keeper=key,
    )  # fmt: skip
    outcomes = handled(
        elsewhere, by_keeper, answered(send, key, "thanks"), answered(send, key, "thanks", SECOND)
    )
    assert [letter.reason for letter in outcomes.dead_letters] == ["unknown_report"] * 2
    assert handled(reported(send, FIRST, "a" * 16), answered(send, key, "thanks")).dead_letters == []


def test_only_a_keeper_of_the_station_answers(
    handled: Handle, send: Sender, database: Database, key: str
) -> None:
    stranger = write_in(database, issue_keeper_key, "历下-2", NOW).key.id
    outcomes = handled(reported(send, FIRST, "a" * 16), answered(send, stranger, "thanks"))
    assert [letter.reason for letter in outcomes.dead_letters] == ["unknown_keeper"]


def test_a_pin_is_kept_with_its_report(handled: Handle, send: Sender, database: Database) -> None:
    pinned = send(
        "station.reported", "历下-1", AT, envelope={"source": RIDER_SOURCE, "id": FIRST},
        station="历下-1", observation="wrong_place", reporter="a" * 16, lon=117.00123, lat=36.50321,
    )  # fmt: skip
    assert handled(pinned).dead_letters == []
    report = read_in(database, find_report, FIRST)
    assert report is not None and report.status_report.pin == (117.00123, 36.50321)


def test_uses_are_counted_once_whatever_brings_them(
    handled: Handle, send: Sender, database: Database
) -> None:
    line = used(send, 7)
    outcomes = handled(line, line, used(send, 5), used(send, 2, hour=142), used(send, 1, station="历下-9"))
    assert (outcomes.handled, outcomes.duplicates) == (3, 1)
    assert [letter.reason for letter in outcomes.dead_letters] == ["unknown_station"]
    c = use_counts.c
    with database.read() as connection:
        rows = connection.execute(select(c.station_id, c.used_on, c.hour, c.count).order_by(c.hour)).all()
        groups = list(load_use_groups(connection, date(2026, 11, 8)))
        running = list(load_use_groups(connection, date(2026, 11, 7)))
    day = date(2026, 10, 3)
    assert rows == [("历下-1", day, 142, 2), ("历下-1", day, 143, 12)]
    assert groups == [UseGroup(date(2026, 10, 1), "历下-1", "370102", 143, 12)]
    assert running == []  # a month is shown when nothing can be added to it any more
    assert version(database) == 0  # no door is another for it


def test_uses_told_of_after_a_week_are_left_out_and_old_months_forgotten(
    handled: Handle, send: Sender, database: Database
) -> None:
    assert handled(used(send, 50, at="2026-09-25T10:00:00+08:00")).handled == 1
    handled(used(send, 20))
    with database.write() as connection:
        assert [group.count for group in load_use_groups(connection, date(2026, 12, 1))] == [20]
        assert not has_old_counts(connection, use_counts, date(2028, 10, 31))
        assert has_old_counts(connection, use_counts, date(2028, 11, 1))
        assert delete_old_counts(connection, use_counts, date(2028, 11, 1)) == 1
        assert list(load_use_groups(connection, date(2028, 11, 1))) == []

"""What was said of one station, with the events that said it. On both databases."""

from datetime import timedelta

import pytest

from geo.messages import Inspected, Observation, Reported
from geo.registry.keys import issue_keeper_key
from geo.registry.reports import StationEvent, find_numbered_report, load_valid_reports
from geo.registry.statements import record_status_reports
from geo.status.statements import ReportKind
from store import Database
from tests.geo.registry.test_stations import AT, bring_in, station

KEEPERS = "/keepers"


@pytest.fixture(autouse=True)
def said(database: Database) -> None:
    bring_in(database, station("a"), station("b"))
    with database.write() as connection:
        keeper = issue_keeper_key(connection, "a", AT).key.id
        crowded = Reported(station="a", observation=Observation.CROWDED, keeper=keeper)
        missing = ("room", "微波炉", "一面镜子")
        looked = Inspected(station="a", on=AT.date(), meets_standard=False, missing=missing, keeper=keeper)
        elsewhere = Reported(station="b", observation=Observation.FINE)
        events = [
            StationEvent(KEEPERS, "one", AT, crowded),
            StationEvent(KEEPERS, "two", AT, looked),
            StationEvent(KEEPERS, "three", AT, elsewhere),
        ]
        record_status_reports(connection, events, AT)


def test_words_of_one_instant_stand_in_the_order_in_which_they_came(database: Database) -> None:
    with database.read() as connection:
        words = load_valid_reports(connection, "a", AT)
        assert [(word.number, word.status_report.what) for word in words] == [
            ("one", ReportKind.CROWDED),
            ("two", ReportKind.INSPECTED),
        ]
        assert load_valid_reports(connection, "a", AT + timedelta(days=1_000)) == []


def test_a_word_is_found_by_its_event_at_its_own_station_only(database: Database) -> None:
    with database.read() as connection:
        found = find_numbered_report(connection, "a", KEEPERS, "one")
        assert found is not None
        assert found.status_report.what is ReportKind.CROWDED
        assert find_numbered_report(connection, "b", KEEPERS, "one") is None
        assert find_numbered_report(connection, "a", "/riders", "one") is None


def test_riders_are_told_of_facilities_that_an_inspection_missed_and_of_nothing_else(
    database: Database,
) -> None:
    with database.read() as connection:
        word = find_numbered_report(connection, "a", KEEPERS, "two")
    assert word is not None
    assert word.status_report.facilities == {"microwave"}

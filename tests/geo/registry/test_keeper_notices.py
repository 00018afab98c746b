"""What was said of one station, with the events that said it. On both databases."""

from datetime import UTC, datetime, timedelta

import pytest

from geo.messages import Inspected, Observation, Reported
from geo.registry import Register, StationEvent, import_stations, issue, record_sayings
from geo.registry.keeper_notices import find_word, load_words
from geo.station import Station
from geo.status.statements import What
from store import Database

AT = datetime(2026, 10, 3, 15, 10, tzinfo=UTC)
KEEPERS = "/keepers"


@pytest.fixture(autouse=True)
def said(database: Database) -> None:
    doors = [Station.model_validate({"id": id, "name": "驿站", "kind": "library"}) for id in ("a", "b")]
    with database.write() as connection:
        import_stations(connection, Register("r", "", "r.csv", "1"), doors, AT)
        keeper = issue(connection, "a", AT).key.id
        crowded = Reported(station="a", observation=Observation.CROWDED, keeper=keeper)
        missing = ("room", "微波炉", "一面镜子")
        looked = Inspected(station="a", on=AT.date(), meets_standard=False, missing=missing, keeper=keeper)
        elsewhere = Reported(station="b", observation=Observation.FINE)
        events = [
            StationEvent(KEEPERS, "one", AT, crowded),
            StationEvent(KEEPERS, "two", AT, looked),
            StationEvent(KEEPERS, "three", AT, elsewhere),
        ]
        record_sayings(connection, events, AT)


def test_words_of_one_instant_stand_in_the_order_in_which_they_came(database: Database) -> None:
    with database.read() as connection:
        words = load_words(connection, "a", AT)
        assert [(word.number, word.saying.what) for word in words] == [
            ("one", What.CROWDED),
            ("two", What.INSPECTED),
        ]
        assert load_words(connection, "a", AT + timedelta(days=1_000)) == []


def test_a_word_is_found_by_its_event_at_its_own_station_only(database: Database) -> None:
    with database.read() as connection:
        found = find_word(connection, "a", KEEPERS, "one")
        assert found is not None
        assert found.saying.what is What.CROWDED
        assert find_word(connection, "b", KEEPERS, "one") is None
        assert find_word(connection, "a", "/riders", "one") is None


def test_riders_are_told_of_facilities_that_an_inspection_missed_and_of_nothing_else(
    database: Database,
) -> None:
    with database.read() as connection:
        word = find_word(connection, "a", KEEPERS, "two")
    assert word is not None
    assert word.saying.facilities == {"microwave"}

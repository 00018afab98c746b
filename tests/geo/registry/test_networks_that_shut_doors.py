"""One network may report only so many stations shut in a day. On both databases."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select

from geo.messages import Observation, Reported
from geo.registry.reports import StationEvent
from geo.registry.statements import record_status_reports
from geo.registry.tables import station_statements
from geo.status.statements import REPORT_TERMS
from store import Database
from tests.geo.registry.test_stations import AT, bring_in, station

MOST = REPORT_TERMS.most_shut_by_network
DAY = timedelta(days=1)
NETWORK, OTHER = "ab" * 16, "cd" * 16


@pytest.fixture(autouse=True)
def doors(database: Database) -> None:
    bring_in(database, *(station(f"s{n}") for n in range(2 * MOST)))


def reported(number: int, network: str = NETWORK, after: timedelta = timedelta(), what: str = "locked",
             station: int | None = None) -> StationEvent:  # fmt: skip
    rider = f"{network}{number:032x}"  # an address of its own each time
    place = f"s{number if station is None else station}"
    said = Reported(station=place, observation=Observation(what), reporter=rider)
    return StationEvent("/riders", f"{network}-{number}-{what}-{after}", AT + after, said)


def counted(database: Database, *portions: Sequence[StationEvent]) -> list[bool]:
    for portion in portions:
        with database.write() as connection:
            record_status_reports(connection, portion, AT)
    c = station_statements.c
    with database.read() as connection:
        return list(connection.execute(select(c.counts).order_by(c.sequence)).scalars())


@pytest.mark.both_databases
@pytest.mark.parametrize("size", [1, MOST + 2])
def test_the_eleventh_station_of_a_day_is_no_longer_believed_in_one_batch_or_many(
    database: Database, size: int
) -> None:
    events = [reported(n) for n in range(MOST + 2)]
    batches = [events[n : n + size] for n in range(0, len(events), size)]
    assert counted(database, *batches) == [True] * MOST + [False] * 2


def test_a_day_later_another_network_the_same_door_and_other_words_are_believed(database: Database) -> None:
    before = [reported(n) for n in range(MOST)]
    assert all(
        counted(
            database,
            before,
            [
                reported(MOST, OTHER),
                reported(MOST + 1, what="fine"),
                reported(MOST + 2, what="crowded"),
                reported(MOST + 3, station=0, what="closed"),
                reported(MOST + 4, after=DAY),
            ],
        )
    )

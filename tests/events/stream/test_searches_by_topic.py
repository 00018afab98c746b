"""Searches by the topic of stations' events: counted once each, as by the embedded runner."""

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from events.stream.access import StreamAccess
from geo.coverage.cells import cell_name_at
from geo.registry.usage_counts import search_counts
from store import open_database
from tests.events.stream.streaming import environment, make_topics, produce, running, wait_until_done

pytestmark = pytest.mark.needs("kafka", "postgres")

CELL = cell_name_at(117.02, 36.66, 7)


def searched(id: str, count: int) -> str:
    return json.dumps(
        {
            "specversion": "1.0",
            "id": id,
            "source": "/yihui/web",
            "type": "station.searched",
            "dataschema": "urn:yihui:station.searched:v2",
            "subject": CELL,
            "time": "2026-10-03T15:00:00Z",
            "data": {"cell": CELL, "hour": 143, "found": False, "count": count},
        }
    )


def test_a_worker_counts_each_event_once(access: StreamAccess, postgres_target: str, tmp_path: Path) -> None:
    make_topics(access)
    lines = [searched("1", 3), searched("2", 4)]
    produce(access, [*lines, *lines])
    with running(environment(access, postgres_target, tmp_path), tmp_path) as worker:
        wait_until_done(access, worker)
        assert worker.stop() == 0, worker.said()
    database = open_database(postgres_target)
    c = search_counts.c
    with database.read() as connection:
        rows = connection.execute(select(c.cell, c.searched_on, c.hour, c.found, c.count)).all()
    assert [(cell, str(day), hour, found, n) for cell, day, hour, found, n in rows] == [
        (CELL, "2026-10-03", 143, False, 7)
    ]
    database.close()

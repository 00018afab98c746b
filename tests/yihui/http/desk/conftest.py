from collections.abc import Iterator

import pytest

from tests.yihui.http.desk.officers import open_desk, plant_stations
from tests.yihui.http.neighbours import Neighbours, plant_neighbours
from tests.yihui.http.two_districts import TwoDistricts
from tools.servers.desk import Officers


@pytest.fixture(scope="module")
def union(union: TwoDistricts) -> TwoDistricts:
    """Two districts with members, requests to join and stations."""
    plant_stations(union.wiring)
    return union


@pytest.fixture(scope="module")
def neighbours(union: TwoDistricts) -> Neighbours:
    """The two districts, with something of each in every room."""
    return plant_neighbours(union)


@pytest.fixture(scope="module")
def site(union: TwoDistricts, request: pytest.FixtureRequest) -> Iterator[Officers]:
    """The desk of the union; it runs jobs for a file that says ``RUNS_JOBS``."""
    with open_desk(union.wiring, runs_jobs=getattr(request.module, "RUNS_JOBS", False)) as opened:
        yield opened

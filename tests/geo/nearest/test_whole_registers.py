"""The demo's own register and a real one: every answer equals that of looking at all stations, in both orders."""

from dataclasses import replace

import numpy as np
import pytest

from geo.nearest.query import NearestOrder
from geo.nearest.travel import Travel
from tests.geo.nearest.test_network_search import Maze
from tests.geo.nearest.whole_registers import (
    Clerk,
    Register,
    as_told,
    expected,
    expected_by_streets,
    random_query,
    read_demo,
    read_taiwan,
)
from tests.tiers import ENDURES

QUESTIONS = 100 if ENDURES else 12
STREET_QUESTIONS = 40 if ENDURES else 4


@pytest.fixture(scope="module", params=["demo", pytest.param("taiwan", marks=pytest.mark.needs("shared"))])
def register(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Register:
    return read_demo(tmp_path_factory.mktemp("demo")) if request.param == "demo" else read_taiwan()


@pytest.mark.deeper
@pytest.mark.parametrize("order", NearestOrder)
def test_each_answer_is_that_of_looking_at_every_station(register: Register, order: NearestOrder) -> None:
    rng = np.random.default_rng(1 if order is NearestOrder.DISTANCE else 2)
    for _ in range(QUESTIONS):
        query, point = random_query(rng, register, order), register.random_point(rng)
        true = expected(Clerk.at_point(register, point, query))
        assert as_told(register.index.nearest_at(*point.tolist(), query)) == true, (point.tolist(), query)
        together = register.index.nearest(np.stack((point, point)), query)
        assert [as_told(one) for one in together] == [true, true], (point.tolist(), query)


@pytest.mark.deeper
@pytest.mark.parametrize("order", NearestOrder)
def test_each_answer_by_streets_is_that_of_asking_for_every_way(
    register: Register, order: NearestOrder
) -> None:
    rng = np.random.default_rng(3 if order is NearestOrder.DISTANCE else 4)
    for _ in range(STREET_QUESTIONS):
        query, point = random_query(rng, register, order), register.random_point(rng)
        travel = query.travel or Travel.walk()
        query = replace(query, travel=travel, within_m=None, exactly=False)
        maze = Maze(travel.speed_m_per_s, islands=rng.random() < 0.5)
        found = register.index.nearest_at(*point.tolist(), query, maze)
        clerk = Clerk.at_point(register, point, query, maze)
        told, true = as_told(found), expected_by_streets(clerk)
        assert replace(told, skipped=true.skipped) == true, (point.tolist(), query)

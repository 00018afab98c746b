"""What a map shows of a crowded register, against a clerk who looks at every station in turn."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from fastapi.testclient import TestClient

from geo.hours import Schedules
from geo.nearest.filters import Filters
from geo.station import Kind, OpeningState, Station, Status
from tests.geo.nearest.brute_force import NOW, hours_will_do, passes_apart_from_hours, register, state_at
from tests.yihui.http.conftest import import_into
from yihui.bootstrap import Settings, build_wiring
from yihui.http.app import create_app

MANY = 12_000
WATER_NOW = Filters(facilities=frozenset({"water"}), open_only=True)
ROOMS = Filters(kinds=frozenset({Kind.MOTHER_ROOM}))
BOXES = {
    "the province": (114.0, 34.0, 123.0, 39.0),
    "a town": (116.9, 36.6, 117.0, 36.7),
    "a street": (117.0, 36.65, 117.004, 36.653),
    "one point": (116.9, 36.5, 116.9, 36.5),  # of the lattice: a box without width holds its edge
    "nothing": (118.0, 39.0, 119.0, 39.5),
}
ASKED = {
    "all": ("", Filters()),
    "water now": ("facility=water&open=true", WATER_NOW),
    "rooms": ("kind=mother_room", ROOMS),
}


@dataclass(frozen=True)
class Crowd:
    client: TestClient
    stations: list[Station]
    codes: list[int]  # what each door's hours say

    def in_box(self, box: tuple[float, float, float, float], asked: Filters) -> dict[str, str]:
        """By id, whether it is open: every station looked at."""
        west, south, east, north = box
        found = {}
        for one, code in zip(self.stations, self.codes, strict=True):
            assert one.lon is not None and one.lat is not None
            state = state_at(one, code)
            inside = west <= one.lon <= east and south <= one.lat <= north
            there = inside and one.status is not Status.CLOSED_FOR_GOOD
            if there and passes_apart_from_hours(one, asked) and hours_will_do(state, asked):
                found[one.id] = state.value
        return found

    def asks(self, box: tuple[float, float, float, float], filters: str, limit: int) -> dict[str, object]:
        bbox = ",".join(map(str, box))
        answer = self.client.get(f"/api/v1/stations/within?bbox={bbox}&limit={limit}&{filters}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crowd]:
    folder = tmp_path_factory.mktemp("crowd")
    wiring = build_wiring(Settings(database=str(folder / "yihui.db"), data_folder=folder), now=lambda: NOW)
    stations = register(11, MANY)
    import_into(wiring, stations)
    schedules = Schedules.compile([(one.hours_text, one.calendar) for one in stations])
    codes = schedules.states(schedules.ids, NOW).tolist()
    with TestClient(create_app(wiring)) as client:
        yield Crowd(client, stations, codes)
    wiring.database.close()


@pytest.mark.parametrize("what", ASKED)
@pytest.mark.parametrize("where", BOXES)
def test_a_map_shows_what_a_clerk_would_find(crowd: Crowd, where: str, what: str) -> None:
    filters, asked = ASKED[what]
    expected = crowd.in_box(BOXES[where], asked)
    answer = crowd.asks(BOXES[where], filters, 2_000)
    assert answer["count"] == len(expected)
    if len(expected) <= 2_000:
        assert {one["id"]: one["state"] for one in answer["stations"]} == expected  # type: ignore[attr-defined]
    counted = crowd.asks(BOXES[where], filters, 0)["cells"]
    assert sum(cell["count"] for cell in counted) == len(expected)  # type: ignore[attr-defined]
    opened = sum(state == OpeningState.OPEN for state in expected.values())
    assert sum(cell["open"] for cell in counted) == opened  # type: ignore[attr-defined]


def test_some_of_these_maps_are_full_and_some_are_empty(crowd: Crowd) -> None:
    found = {where: len(crowd.in_box(box, Filters())) for where, box in BOXES.items()}
    assert found["the province"] > 2_000 > found["a street"] > 0
    assert (found["one point"] > 0, found["nothing"]) == (True, 0)

"""A region that is kept up to date by differences against one that is fetched whole."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from shutil import copy

import numpy as np
import pytest

from geo.station import Kind, Station
from tests.front import call_each
from tests.tiers import budget
from tests.yihui.http.conftest import Clock, import_into
from tests.yihui.http.keeper_pages import app_of
from tests.yihui.offline.asking import ON_THE_PHONE
from yihui.bootstrap import Settings, Wiring, build_wiring

CELL = "/api/v1/stations/regions/117.0_36.5"
HOURS = ("", "24小时", "8:30-17:30", "周一至周五9:00-17:00", "看通知")
STEPS = budget(16)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def site(migrated_file: Path, tmp_path: Path, clock: Clock) -> Iterator[Wiring]:
    database = str(copy(migrated_file, tmp_path / "yihui.db"))
    made = build_wiring(Settings(database=database, data_folder=tmp_path), now=clock)
    yield made
    made.database.close()


def station(rng: np.random.Generator, number: int) -> Station:
    lon, lat = rng.normal((117.0, 36.7), (0.7, 0.5))  # some outside of the box
    place = {"lon": float(lon), "lat": float(lat)} if rng.random() < 0.9 else {}
    id = f"{'站😀s'[rng.integers(3)]}{number:03}"  # ids whose order differs in UTF-16
    return Station(
        id=id,
        name=f"驿站 {rng.integers(1000)}",
        kind=list(Kind)[rng.integers(3)],
        hours_text=HOURS[rng.integers(len(HOURS))],
        facilities=frozenset({"water", "toilet"}) if rng.random() < 0.5 else frozenset(),
        **place,
    )


def changed(rng: np.random.Generator, there: dict[str, Station]) -> dict[str, Station]:
    """Some go, some come, some become another."""
    left = {id: one for id, one in there.items() if rng.random() < 0.9}
    others = [station(rng, int(rng.integers(300))) for _ in range(rng.integers(0, 12))]
    return left | {one.id: one for one in others}


@pytest.mark.parametrize(
    "seed",
    [
        pytest.param(1, marks=pytest.mark.deeper),
        *(pytest.param(n, marks=pytest.mark.endure) for n in (2, 3)),
    ],
)
def test_a_difference_makes_of_the_old_what_is_sent_whole(site: Wiring, clock: Clock, seed: int) -> None:
    rng = np.random.default_rng(seed)
    there = {one.id: one for one in (station(rng, n) for n in range(200))}
    steps: list[tuple[object, object]] = []
    client = app_of(site)
    import_into(site, list(there.values()))
    held = client.get(CELL).json()
    version, first = held["version"], held
    for _ in range(STEPS):
        there = changed(rng, there)
        clock.now += timedelta(hours=int(rng.integers(0, 30)))
        import_into(site, list(there.values()))
        difference = client.get(CELL, params={"since": version}).json()
        assert difference["since"] == version
        steps.append((difference, client.get(CELL).json()))
        version = difference["version"]
    (same,) = call_each(ON_THE_PHONE, "sameAfterEach", [[first, steps]])
    assert same == [True] * STEPS


def test_a_difference_to_something_else_is_not_applied(site: Wiring) -> None:
    rng = np.random.default_rng(7)
    one, other = ([station(rng, n) for n in range(40)] for _ in range(2))
    client = app_of(site)
    import_into(site, one)
    before = client.get(CELL).json()
    import_into(site, other)
    difference = client.get(CELL, params={"since": before["version"]}).json()
    before["version"] = "0.0"
    (same,) = call_each(ON_THE_PHONE, "sameAfterEach", [[before, [(difference, None)]]])
    assert same == [True], "null, as the whole has to be fetched"

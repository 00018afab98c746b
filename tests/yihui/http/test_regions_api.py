"""What a phone takes along: the stations of a region, what has changed of them since, and which packs are kept."""

import random
from collections.abc import Sequence
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from geo.region import RegionCell
from tests.tiers import budget
from tests.yihui.http.conftest import HERE, RIDERS, STATIONS, Clock, import_into
from yihui.bootstrap import Wiring
from yihui.http.app import build_site, create_app
from yihui.http.guard.serving import LOCAL_ONLY
from yihui.http.stations.regions import EncodedRegionPack, RegionPackCache

CELL = "/api/v1/stations/regions/117.0_36.5"


def column(pack: dict[str, Any], name: str) -> list[object]:
    told = pack["stations"][name]
    return told if isinstance(told, list) else [told["values"][number] for number in told["of"]]


def test_a_region_holds_what_is_placed_in_it(filled_riders: TestClient) -> None:
    pack = filled_riders.get(CELL).json()
    placed = sorted(s.id for s in STATIONS if s.is_placed)
    assert column(pack, "id") == placed
    assert pack["since"] is None
    assert pack["box"] == [116.5, 36.0, 118.0, 37.5]
    lons = dict(zip(placed, column(pack, "lon"), strict=True))
    assert lons == {s.id: s.lon for s in STATIONS if s.is_placed}


@pytest.mark.parametrize("cell", ["117.2_36.5", "117_36", "here", "181.0_0.0", "117.0_36.5_1", "0.0_-90.5"])
def test_what_is_no_cell_is_told_with_a_remedy(filled_riders: TestClient, cell: str) -> None:
    answer = filled_riders.get(f"/api/v1/stations/regions/{cell}", headers={"Accept-Language": "en"})
    assert answer.status_code == 422
    (line,) = answer.json()["errors"]
    assert line["value"] == cell
    assert "117.0_36.5" in line["remedy"]


def test_since_a_version_only_what_has_changed_is_sent(riders: TestClient, wiring: Wiring) -> None:
    before = riders.get(CELL).json()
    moved = STATIONS[0].model_copy(update={"lon": HERE[0] + 3.0})
    renamed = STATIONS[1].model_copy(update={"name": "新名字"})
    import_into(wiring, [moved, renamed, *STATIONS[3:]])
    delta = riders.get(CELL, params={"since": before["version"]}).json()
    assert delta["since"] == before["version"] != delta["version"]
    assert column(delta, "name") == ["新名字"]
    assert delta["gone"] == ["hostile", "quancheng"]
    nothing = riders.get(CELL, params={"since": delta["version"]}).json()
    assert (column(nothing, "id"), nothing["gone"]) == ([], [])


def test_a_version_of_another_database_is_answered_with_the_whole(filled_riders: TestClient) -> None:
    pack = filled_riders.get(CELL, params={"since": "99999.0"}).json()
    assert pack["since"] is None
    assert len(column(pack, "id")) == sum(s.is_placed for s in STATIONS)


def test_a_version_that_is_none_is_refused(filled_riders: TestClient) -> None:
    assert filled_riders.get(CELL, params={"since": "yesterday"}).status_code == 422


CELLS = [RegionCell.from_id(id) for id in ("117.0_36.5", "117.5_36.5", "120.0_36.0")]
IN_QINGDAO = STATIONS[0].model_copy(update={"id": "far", "lon": 120.38, "lat": 36.07})


def register(wiring: Wiring) -> None:
    import_into(wiring, [*STATIONS, IN_QINGDAO])


def say(site: FastAPI, station: str, observation: str, address: str = "10.0.0.1") -> None:
    """Somebody says something of a door, and it is handled."""
    phone = TestClient(site, client=(address, 1))
    answer = phone.post(f"/api/v1/stations/{station}/reports", json={"observation": observation})
    assert answer.status_code == 202, answer.text
    for _ in site.state.site.wiring.runner.run_ingress():
        pass


def packs_of(wiring: Wiring) -> RegionPackCache:
    return RegionPackCache(build_site(wiring, LOCAL_ONLY))


def packs(kept: RegionPackCache, since: str | None = None) -> Sequence[EncodedRegionPack]:
    return [kept.get(cell, since) for cell in CELLS]


def test_only_the_regions_that_have_the_door_are_made_anew(wiring: Wiring) -> None:
    register(wiring)
    kept = packs_of(wiring)
    before = packs(kept)
    say(create_app(wiring, RIDERS), "quancheng", "locked")
    after = packs(kept)
    assert [old.rest is new.rest for old, new in zip(before, after, strict=True)] == [False, False, True]
    assert len({str(pack.head["version"]) for pack in after}) == 1
    assert before[2].head["version"] != after[2].head["version"]


@pytest.mark.deeper
def test_whatever_is_said_a_kept_pack_is_what_would_be_made_now(wiring: Wiring, clock: Clock) -> None:
    register(wiring)
    kept, chance = packs_of(wiring), random.Random(16)
    first, site = str(packs(kept)[0].head["version"]), create_app(wiring, RIDERS)
    for step in range(budget(12)):
        say(
            site,
            chance.choice(["quancheng", "night", "far"]),
            chance.choice(["locked", "fine"]),
            f"10.0.2.{step}",
        )
        clock.later(minutes=chance.choice([1, 90, 700]))  # some words lapse, and the day changes
        for since in (None, first):
            told = [pack.to_json(since) for pack in packs(kept, since)]
            assert told == [pack.to_json(since) for pack in packs(packs_of(wiring), since)], step

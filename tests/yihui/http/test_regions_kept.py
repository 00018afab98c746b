"""What is said of one door makes no other region's pack anew, and none is ever out of date."""

import random
from collections.abc import Sequence

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from geo.region import RegionCell
from tests.tiers import budget
from tests.yihui.http.conftest import RIDERS, STATIONS, Clock, import_into
from yihui.bootstrap import Wiring
from yihui.http.app import build_site, create_app
from yihui.http.guard.serving import LOCAL_ONLY
from yihui.http.stations.regions import EncodedRegionPack, RegionPackCache

HERE, BESIDE, FAR = (RegionCell.from_id(id) for id in ("117.0_36.5", "117.5_36.5", "120.0_36.0"))
CELLS = (HERE, BESIDE, FAR)
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

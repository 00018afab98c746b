"""/ogc as planners use it: what is told, what isn't, and how it is read by GDAL, as QGIS reads it."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import geopandas as gpd
import pytest
from fastapi.testclient import TestClient

from geo.station import Kind, Station
from tests.yihui.http.conftest import NOW, STATIONS, import_into
from tests.yihui.http.ogc.asking import GIS, Get, asking, features
from tests.yihui.http.serving import serving
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.http.app import create_app

pytestmark = pytest.mark.endure

PLACED = sorted(station.id for station in STATIONS if station.is_placed)


def wired(demo_data: Path, folder: Path) -> Wiring:
    wiring = build_wiring(Settings(database=str(folder / "yihui.db"), data_folder=demo_data), now=lambda: NOW)
    import_into(wiring, STATIONS)
    return wiring


def stations(get: Get, **asked: object) -> list[str]:
    found = get("collections/stations/items", **{"limit": "1000", **asked})
    assert found.status_code == 200, found.text
    return [feature["id"] for feature in found.json()["features"]]


@pytest.mark.parametrize(
    ("asked", "ids"),
    [
        ({"kind": "mother_room"}, ["hostile", "staff"]),
        ({"kind": "mother_room", "state": "open"}, ["staff"]),
        ({"state": "open"}, ["quancheng", "staff"]),
        ({"state": "open", "datetime": "2026-11-20T21:00:00+08:00"}, ["night", "staff"]),
        ({"sample": "true"}, ["quancheng"]),
        ({"verified_on": "2026-10-01"}, ["quancheng"]),
        ({"name": "夜间驿站"}, ["night"]),
        ({"name": "夜间"}, []),
        ({"sortby": "district,-name"}, ["quancheng", "staff", "gone", "night", "hostile"]),
        ({"sortby": "kind,-name", "limit": "2"}, ["staff", "hostile"]),
        ({"sortby": "-sample,+name", "limit": "2"}, ["quancheng", "hostile"]),
    ],
)
def test_properties_filter_and_sort(get: Get, asked: dict[str, str], ids: list[str]) -> None:
    assert stations(get, **asked) == ids


def test_only_the_properties_asked_for_are_told_and_geometry_can_be_left_out(get: Get) -> None:
    found = get("collections/stations/items", properties="name,kind", skipGeometry="true", limit=1)
    (feature,) = found.json()["features"]
    assert feature["geometry"] is None
    assert feature["properties"] == {"name": "已撤站点", "kind": "outdoor_station"}


def test_hits_are_counted_without_being_told(get: Get) -> None:
    found = get("collections/stations/items", resulttype="hits").json()
    assert (found["numberMatched"], found["numberReturned"], found["features"]) == (len(PLACED), 0, [])


def test_coverage_is_that_of_the_engine_at_that_instant(get: Get) -> None:
    """Recomputed county by county with `coverage_at`, by day and by night."""
    from geo.coverage.population import population_demand
    from geo.coverage.served import coverage_at
    from geo.formats.facts import shandong_population
    from geo.formats.outlines import load_outlines
    from geo.nearest.index import StationIndex

    outlines = load_outlines(within="370000")
    demand = population_demand(outlines, shandong_population())
    index = StationIndex.build(STATIONS)
    for at in (NOW, NOW + timedelta(hours=11)):
        share = coverage_at(demand, index, at).ground_share
        assert share is not None
        told_of = {one["id"]: one["properties"] for one in features(get, "coverage", datetime=at.isoformat())}
        assert sorted(told_of) == sorted(outlines["code"])
        for code in ("370102", "370103", "370202"):
            mine = demand.district == code
            assert told_of[code]["demand"] == demand.weight[mine].sum()
            assert told_of[code]["served"] == round(float(demand.weight[mine] @ share[mine]))
        assert told_of["370102"]["served"] > 0
    assert {told_of[code]["usable"] for code in told_of} == {0, 1}


def test_what_is_counted_of_sample_stations_says_so(get: Get, demo_data: Path, tmp_path: Path) -> None:
    real = build_wiring(Settings(database=str(tmp_path / "yihui.db"), data_folder=demo_data), now=lambda: NOW)
    import_into(real, [station.model_copy(update={"sample": False}) for station in STATIONS])
    for site, is_sample in ((get, True), (asking(real), False)):
        for collection in ("coverage", "gaps"):
            assert {one["properties"]["sample"] for one in features(site, collection)} == {is_sample}
    real.database.close()


def test_gaps_are_the_rest_of_the_demand(get: Get) -> None:
    """What is served (by exact area) and what lies in gaps (by sample points) are nearly all residents."""
    counties, gaps = features(get, "coverage"), features(get, "gaps")
    unmet = sum(one["properties"]["demand"] - one["properties"]["served"] for one in counties)
    assert sum(one["properties"]["demand"] for one in gaps) == pytest.approx(unmet, rel=2e-4)
    assert [one["properties"]["rank"] for one in gaps] == [*range(1, len(gaps) + 1)]
    assert all(one["properties"]["district_name"] for one in gaps)


def test_a_changed_register_is_read_at_once(demo_data: Path, tmp_path: Path) -> None:
    wiring = wired(demo_data, tmp_path)
    get = asking(wiring)
    assert "new" not in stations(get)
    new = Station(id="new", name="新站", kind=Kind.OUTDOOR_STATION, lon=121.0, lat=37.0, district="370602")
    import_into(wiring, [*STATIONS, new])
    assert stations(get, bbox="120.9,36.9,121.1,37.1") == ["new"]
    wiring.database.close()


def test_an_empty_register_has_collections_without_features(demo_data: Path, tmp_path: Path) -> None:
    wiring = build_wiring(
        Settings(database=str(tmp_path / "yihui.db"), data_folder=demo_data), now=lambda: NOW
    )
    get = asking(wiring)
    for collection in ("stations", "coverage", "gaps"):
        found = get(f"collections/{collection}/items").json()
        assert (found["numberMatched"], found["features"]) == (0, [])
        extent = get(f"collections/{collection}").json()["extent"]["spatial"]["bbox"]
        assert extent == [[73.0, 3.0, 136.0, 54.0]]
    wiring.database.close()


def test_a_crowd_of_gis_leaves_the_rest_of_the_site_its_threads(demo_data: Path, tmp_path: Path) -> None:
    """Sixty readers of layers that can't be made before the gate is opened, and a page meanwhile."""
    gate = threading.Event()
    gate.set()

    def now() -> datetime:
        if threading.current_thread().name.startswith(("gis", "AnyIO")):
            gate.wait(60)
        return NOW

    wiring = build_wiring(Settings(database=str(tmp_path / "yihui.db"), data_folder=demo_data), now=now)
    import_into(wiring, STATIONS)
    with TestClient(create_app(wiring, GIS)) as site:  # one loop for all, as when it is served
        assert site.get("/ogc/collections/stations/items").status_code == 200
        gate.clear()
        found: list[int] = []

        def read() -> None:
            found.append(site.get("/ogc/collections/stations/items").status_code)

        readers = [threading.Thread(target=read) for _ in range(60)]
        for reader in readers:
            reader.start()
        page: list[int] = []
        visitor = threading.Thread(target=lambda: page.append(site.get("/static/icon.svg").status_code))
        visitor.start()
        visitor.join(20)
        early, waiting = [*page], 60 - len(found)
        gate.set()
        for thread in (*readers, visitor):
            thread.join()
    wiring.database.close()
    assert early == [200], "the page waited for a GIS"
    assert waiting == 60
    assert found == [200] * 60


def test_without_the_extra_it_says_what_to_install(demo_data: Path, tmp_path: Path) -> None:
    """In a process of its own, in which geopandas can't be imported."""
    code = """
import sys
sys.modules["geopandas"] = None
from pathlib import Path
from fastapi.testclient import TestClient
from yihui.bootstrap import Settings, build_wiring
from yihui.http.app import create_app
client = TestClient(create_app(build_wiring(Settings(sys.argv[1], Path(sys.argv[2])))), "http://127.0.0.1")
for path in ("/ogc", "/ogc/collections/stations/items", "/ogc/openapi"):
    answer = client.get(path)
    print(answer.status_code, answer.headers["content-type"], answer.json()["errors"][0]["remedy"])
print(client.get("/healthz").status_code, client.get("/ogc", headers={"Accept": "text/html"}).status_code)
"""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, str(tmp_path / "x.db"), str(demo_data)],
        capture_output=True,
        text=True,
        check=True,
    )
    *refusals, others = done.stdout.splitlines()
    assert {line.split(" ", 2)[0] for line in refusals} == {"404"}
    assert all("application/problem+json" in line and "pip install 'yihui[ogc]'" in line for line in refusals)
    assert others == "200 404"


# As QGIS reads it -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def served(demo_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The site as it is served, over the register of the tests."""
    folder = tmp_path_factory.mktemp("served")
    wired(demo_data, folder).database.close()
    settings = {"YIHUI_DATA_FOLDER": str(demo_data), "YIHUI_NOW": NOW.isoformat()}
    with serving(folder, **settings) as address:
        yield f"{address}/ogc"


@pytest.fixture
def direct(monkeypatch: pytest.MonkeyPatch) -> None:
    """GDAL asks the machine itself, whatever proxy there is."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.mark.usefixtures("direct")
def test_gdal_reads_every_collection_of_the_served_site(served: str) -> None:
    """By its driver OAPIF, with pages, a box and a filter."""
    import pyogrio

    assert sorted(name for name, _ in pyogrio.list_layers(f"OAPIF:{served}")) == [
        "coverage",
        "gaps",
        "stations",
    ]
    found = gpd.read_file(f"OAPIF:{served}", layer="stations")
    assert sorted(found["id"]) == PLACED
    assert found.crs.equals("OGC:CRS84", ignore_axis_order=True)
    place = found.set_index("id").geometry["night"]
    assert (place.x, place.y) == (117.0205, 36.6684)
    boxed = pyogrio.read_dataframe(
        f"OAPIF:{served}", layer="stations", bbox=(117.0204, 36.6680, 117.02055, 36.6687)
    )
    assert boxed["id"].tolist() == ["night"]
    filtered = pyogrio.read_dataframe(f"OAPIF:{served}", layer="stations", where="kind = 'mother_room'")
    assert sorted(filtered["id"]) == ["hostile", "staff"]
    counties = pyogrio.read_dataframe(f"OAPIF:{served}", layer="coverage")
    assert len(counties) == 136
    assert counties["share"].between(0, 1).all()
    assert len(pyogrio.read_dataframe(f"OAPIF:{served}", layer="gaps")) > 100  # more than one page of them

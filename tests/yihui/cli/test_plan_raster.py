"""A GeoTIFF of people in every planning command, siting on planted towns, and demand written as H3 cells."""

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geo.coverage.cells import cells_at_points, cells_from_names
from geo.formats.facts import shandong_population
from tests.yihui.commands import Command
from tests.yihui.planted_town import NIGHT, Town
from yihui.samples.raster import COUNTY, write_sample_raster

PEOPLE = shandong_population()[COUNTY]
RASTER = ("--raster-values", "counts")


@pytest.fixture
def yihui(on_register: Command, town: Town, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setenv("YIHUI_NOW", "2026-10-08T10:00+08:00")
    return on_register


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sample_raster(tmp_path_factory.mktemp("planted") / "population.tif")


def test_without_a_word_or_with_a_wrong_one_nothing_is_done(
    yihui: Command, planted: Path, tmp_path: Path
) -> None:
    cells = tmp_path / "cells.csv"
    refused = yihui("plan", "demand", planted, "--area", COUNTY, "--to", cells)
    assert refused.code == 1 and "--raster-values" in refused.err and refused.out == ""
    wrong = yihui("plan", "demand", planted, "--raster-values", "density", "--area", COUNTY, "--to", cells)
    assert wrong.code == 1 and "--raster-values counts" in wrong.err and wrong.out == ""
    assert not cells.exists()
    assert yihui("plan", "demand", planted, "--raster-values", "people").code == 2
    assert yihui("plan", "demand", planted, *RASTER, "--raster-resolution", 4).code == 2
    assert yihui("plan", "demand", planted.with_name("none.tif"), *RASTER).code == 3


COMMANDS = [
    pytest.param(("plan", "coverage", "--radius", 1_000), id="coverage"),
    pytest.param(("plan", "compare", "--before", "now"), id="compare", marks=pytest.mark.endure),
    pytest.param(("plan", "gaps", "--at", NIGHT), id="gaps", marks=pytest.mark.endure),
    pytest.param(("plan", "sites", "-p", 1, "--grid", 5_000), id="sites", marks=pytest.mark.endure),
    pytest.param(("plan", "access"), id="access", marks=pytest.mark.endure),
]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_takes_a_raster_and_its_word(
    yihui: Command, planted: Path, command: tuple[object, ...]
) -> None:
    said = (*command, "--area", COUNTY, "--demand", planted)
    done = yihui(*said, *RASTER, "--json")
    assert done.code == 0, done.words
    told = json.dumps(json.loads(done.out))
    assert any(f"{whole}" in told for whole in (PEOPLE, f"{PEOPLE:,}")) or _holds_near(
        json.loads(done.out), PEOPLE
    )
    refused = yihui(*said)
    assert refused.code == 1 and "--raster-values" in refused.err


def _holds_near(value: object, wanted: float) -> bool:
    """Return whether a number within a person of the wanted one stands anywhere in a document."""
    if isinstance(value, dict):
        return any(_holds_near(one, wanted) for one in value.values())
    if isinstance(value, list):
        return any(_holds_near(one, wanted) for one in value)
    return isinstance(value, float) and abs(value - wanted) < 1


@pytest.mark.endure
def test_report_and_export_take_a_raster(yihui: Command, planted: Path, tmp_path: Path) -> None:
    said = ("--area", "370100", "--demand", planted, *RASTER, "--raster-resolution", 7)
    report = yihui("report", "coverage", *said, "--json")
    assert report.code == 0 and "population.tif" in report.out, report.words
    layers = tmp_path / "layers.gpkg"
    done = yihui("plan", "export", *said, "--gpkg", layers)
    assert done.code == 0 and len(gpd.read_file(layers, layer="cells")) > 10, done.words


# --- demand as H3 cells


ENDINGS = [
    "csv",
    *(pytest.param(ending, marks=pytest.mark.endure) for ending in ("gpkg", "geojson", "parquet", "CSV")),
]


@pytest.mark.parametrize("ending", ENDINGS)
def test_demand_is_written_as_cells_and_read_again(
    yihui: Command, planted: Path, tmp_path: Path, ending: str
) -> None:
    file = tmp_path / f"cells.{ending}"
    done = yihui("plan", "demand", planted, *RASTER, "--area", COUNTY, "--to", file, lang="en")
    assert done.code == 0 and "H3 cells" in done.err, done.words
    if ending.lower() == "csv":
        cells = pd.read_csv(file)
    else:
        cells = gpd.read_parquet(file) if ending == "parquet" else gpd.read_file(file)
        assert cells.crs == 4326 and cells.geometry.is_valid.all()
    assert cells["people"].sum() == pytest.approx(PEOPLE, abs=1) and cells["cell"].is_unique
    assert (cells["people"] > 0).all()
    centres = np.column_stack((cells["lon"], cells["lat"]))
    assert (cells_at_points(centres, 9) == cells_from_names(cells["cell"].tolist())).all()
    datum = ("--demand-datum", "wgs84") if ending.lower() == "csv" else ()
    again = yihui("plan", "demand", file, *datum, "--area", COUNTY, "--leave-out", "outside", "--json")
    assert json.loads(again.out)["figures"]["total"]["total"] == pytest.approx(PEOPLE, rel=0.01)


def test_cells_go_only_where_they_may(yihui: Command, planted: Path, tmp_path: Path) -> None:
    said = ("plan", "demand", planted, *RASTER, "--area", COUNTY, "--to")
    assert yihui(*said, tmp_path / "cells.shp").code == 2
    assert yihui(*said, tmp_path / "cells").code == 2
    assert yihui(*said, tmp_path / "none" / "cells.csv").code == 3
    assert yihui(*said, tmp_path / "yihui.db").code == 2
    csv = tmp_path / "people.csv"
    csv.write_text("lon,lat,people\n116.4,36.2,3\n", encoding="utf-8")
    refused = yihui("plan", "demand", csv, "--demand-datum", "wgs84", "--to", csv)
    assert refused.code == 1 and csv.read_text(encoding="utf-8").startswith("lon")

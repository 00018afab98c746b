"""A raster of people as demand: equal to a reckoning cell by cell, however its file is laid out."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.transform import Affine, from_bounds, from_origin

from core.faults import FaultError
from geo.coverage.cells import cells_at_points
from tests.tiers import ENDURES
from tests.yihui.planning.demand.rasters import (
    BOTH,
    CENSUS,
    COUNTS,
    DENSITY,
    WHOLE_SHAPE,
    read_raster,
    sum_cells_slowly,
    write_raster,
)
from yihui.planning.demand.columns import LocatedBy
from yihui.planning.demand.file import DemandFileReading
from yihui.planning.demand.request import RasterValues

# A grid over both counties, in the bounds of each CRS (west, south, east, north); no centre lies on a border.
GRIDS = {
    "EPSG:4326": (116.8812347, 36.5809871, 117.1231119, 36.7207923),
    "EPSG:4490": (116.8812347, 36.5809871, 117.1231119, 36.7207923),
    "ESRI:54009": (9_970_000.0, 4_345_000.0, 10_030_000.0, 4_365_000.0),
    "EPSG:32650": (489_000.0, 4_048_000.0, 511_500.0, 4_064_500.0),
    "EPSG:3857": (13_010_000.0, 4_380_000.0, 13_039_000.0, 4_402_000.0),
}


def residents(scale: float = 1.0, seed: int = 1) -> np.ndarray[Any, Any]:
    """Cells whose sum in both counties is near the census."""
    cells = np.random.default_rng(seed).gamma(1, 1, WHOLE_SHAPE).astype("float32")
    return np.asarray(cells * scale * BOTH / 1_250, dtype="float32")


def by_cell(reading: DemandFileReading, resolution: int) -> dict[tuple[int, str], tuple[float, float, float]]:
    demand = reading.demand
    cells = cells_at_points(demand.points, resolution).tolist()
    rows = zip(cells, demand.district.tolist(), demand.weight.tolist(), demand.points.tolist(), strict=True)
    found = {(cell, county): (weight, *point) for cell, county, weight, point in rows}
    assert len(found) == len(demand), "one point for each cell and county"
    return found


@pytest.mark.endure
@settings(max_examples=25 if ENDURES else 3, deadline=None)
@given(
    crs=st.sampled_from(sorted(GRIDS)),
    values=st.sampled_from([COUNTS, DENSITY]),
    resolution=st.sampled_from([7, 8, 9]),
    size=st.tuples(st.integers(3, 40), st.integers(3, 40)),
    south_up=st.booleans(),
    seed=st.integers(0, 1_000),
)
def test_every_sum_is_that_of_a_reckoning_cell_by_cell(
    tmp_path_factory: pytest.TempPathFactory,
    crs: str,
    values: RasterValues,
    resolution: int,
    size: tuple[int, int],
    south_up: bool,
    seed: int,
) -> None:
    chance = np.random.default_rng(seed)
    west, south, east, north = GRIDS[crs]
    transform = from_bounds(west, south, east, north, size[1], size[0])
    if south_up:
        transform = Affine(transform.a, 0, west, 0, -transform.e, south)
    cells = np.where(chance.random(size) < 0.3, 0, chance.gamma(1, 100, size))
    file = write_raster(tmp_path_factory.mktemp("raster") / "people.tif", cells, transform, crs)
    wanted = sum_cells_slowly(cells, transform, crs, values, resolution)
    options: dict[str, Any] = {"values": values, "resolution": resolution, "unit": "riders"}
    if not wanted:
        with pytest.raises(FaultError):
            read_raster(file, **options)
        return
    found = by_cell(read_raster(file, **options), resolution)
    assert found.keys() == wanted.keys()
    for key, sums in wanted.items():
        assert found[key] == pytest.approx(sums, rel=1e-5), key


LAYOUTS: dict[str, dict[str, object]] = {
    "rows": {},
    "one strip": {"blockysize": 900},
    "tiles": {"tiled": True, "blockxsize": 128, "blockysize": 64},
    "packed": {"compress": "deflate", "predictor": 2, "tiled": True, "blockxsize": 256, "blockysize": 256},
}


@pytest.mark.endure
def test_the_layout_of_a_file_changes_nothing(tmp_path: Path) -> None:
    cells = np.random.default_rng(3).poisson(3, (900, 900)).astype("int32")  # more than one window
    cells[:150], cells[450:], cells[:, :150], cells[:, 750:] = 0, 0, 0, 0  # beyond the two counties
    transform = from_origin(116.85, 36.75, 1 / 3000, 1 / 3000)
    readings = [
        read_raster(write_raster(tmp_path / f"{number}.tif", cells, transform, **layout), unit="riders")
        for number, layout in enumerate(LAYOUTS.values())
    ]
    first = readings[0].demand
    assert first.total == cells.sum() > 0
    for other in readings[1:]:
        assert np.array_equal(first.weight, other.demand.weight)
        assert np.allclose(first.points, other.demand.points, rtol=1e-12)


def test_the_census_total_of_each_county_is_kept_unless_told_not_to(tmp_path: Path) -> None:
    file = write_raster(tmp_path / "people.tif", residents(0.5))
    corrected, plain = read_raster(file, corrected=True), read_raster(file)
    for code in ("370102", "370103"):
        own = corrected.demand.district == code
        assert corrected.demand.weight[own].sum() == pytest.approx(CENSUS[code], rel=1e-12)
        share = corrected.demand.weight[own] / plain.demand.weight[own]
        assert share == pytest.approx(share[0]), "each county has one factor"
    assert corrected.raster is not None and corrected.raster.factors is not None
    assert 1.5 < corrected.raster.factors[0] <= corrected.raster.factors[1] < 2.7
    assert plain.raster is not None and plain.raster.factors is None
    assert plain.demand.total == pytest.approx(plain.raster.people) == pytest.approx(corrected.raster.people)
    assert corrected.raster.census == BOTH and not corrected.notes


@pytest.mark.endure
def test_a_raster_in_another_unit_is_neither_checked_nor_corrected(tmp_path: Path) -> None:
    reading = read_raster(
        write_raster(tmp_path / "orders.tif", np.ones(WHOLE_SHAPE)), unit="orders", corrected=True
    )
    assert reading.demand.unit == "orders" and reading.demand.total == 50 * 25
    assert reading.raster is not None and reading.raster.census is None and not reading.notes


@pytest.mark.endure
def test_a_county_without_people_gets_its_census_evenly_and_is_named(tmp_path: Path) -> None:
    cells = residents()
    cells[:, 25:] = 0  # east of 117.0: the whole of Lixia
    file = write_raster(tmp_path / "people.tif", cells)
    reading = read_raster(file, corrected=True, spacing_m=500.0)
    own = reading.demand.district == "370102"
    assert reading.demand.weight[own].sum() == CENSUS["370102"]
    assert np.ptp(reading.demand.weight[own]) <= 1 and own.sum() > 300
    (note,) = reading.notes
    assert note.code == "demand.raster_evenly" and note.value == "历下区" and note.severity == "warning"
    plain = read_raster(file)
    assert set(plain.demand.district) == {"370103"} and not plain.notes


@pytest.mark.endure
def test_a_county_beyond_the_rasters_edge_is_named_and_left_as_it_is(tmp_path: Path) -> None:
    cells = residents()[:, :35]  # ends at 117.04
    reading = read_raster(write_raster(tmp_path / "people.tif", cells), corrected=True)
    own = reading.demand.district == "370102"
    assert reading.demand.weight[~own].sum() == pytest.approx(CENSUS["370103"])
    assert reading.demand.weight[own].sum() == pytest.approx(float(cells[:, 25:].sum()), rel=1e-6)
    assert [(note.code, note.value) for note in reading.notes] == [("demand.raster_uncovered", "历下区")]


@pytest.mark.endure
@pytest.mark.parametrize("nodata", [-99999, -200, 255, float("nan")])
def test_cells_without_data_have_no_people(tmp_path: Path, nodata: float) -> None:
    cells = np.full(WHOLE_SHAPE, 100.0)
    cells[:, ::2] = nodata
    reading = read_raster(write_raster(tmp_path / "people.tif", cells, nodata=nodata), unit="riders")
    assert reading.rows == 25 * 25 and reading.demand.total == 25 * 25 * 100


@pytest.mark.endure
def test_nan_is_no_data_also_where_the_file_names_another_number(tmp_path: Path) -> None:
    cells = np.full(WHOLE_SHAPE, 100.0)
    cells[10:12] = np.nan
    reading = read_raster(write_raster(tmp_path / "people.tif", cells, nodata=-1), unit="riders")
    assert reading.demand.total == 23 * 50 * 100


@pytest.mark.endure
def test_the_bands_own_factor_is_applied(tmp_path: Path) -> None:
    cells = np.full(WHOLE_SHAPE, 50, dtype="int16")
    reading = read_raster(write_raster(tmp_path / "people.tif", cells, scale=0.1), unit="riders")
    assert reading.demand.total == pytest.approx(25 * 50 * 5)


@pytest.mark.endure
def test_people_at_sea_are_counted_and_those_just_off_the_outlines_belong(tmp_path: Path) -> None:
    cells = np.zeros((60, 60))
    cells[4, 20], cells[0, 0], cells[15, 15], cells[40, 40] = 5, 7, 11, 13
    file = write_raster(tmp_path / "people.tif", cells, from_origin(116.88, 36.72, 0.004, 0.004))
    reading = read_raster(file, unit="riders")
    assert reading.demand.total == 5 + 11, "400 m north of the outline, and inside"
    assert set(reading.demand.district) == {"370103"}
    assert [(n.code, n.value) for n in reading.notes] == [("demand.raster_astray", "1")], (
        "not the neighbour's"
    )


@pytest.mark.endure
def test_the_resolution_is_chosen_or_follows_the_level_of_the_area(tmp_path: Path) -> None:
    file = write_raster(tmp_path / "people.tif", residents())
    chosen = {resolution: read_raster(file, resolution=resolution) for resolution in (None, 7, 11)}
    told = {key: reading.raster.resolution for key, reading in chosen.items() if reading.raster}
    assert told == {None: 9, 7: 7, 11: 11}  # the region is a city
    assert len(chosen[7].demand) < len(chosen[None].demand) <= len(chosen[11].demand) == chosen[11].rows


@pytest.mark.endure
@pytest.mark.parametrize(
    "unit", ["people per km2", "persons/km²", "Population density", "人口密度（人/平方公里）"]
)
def test_a_raster_that_says_density_needs_no_word(tmp_path: Path, unit: str) -> None:
    ground_km2 = 25 * 50 * 0.16
    cells = np.full(WHOLE_SHAPE, BOTH / ground_km2)
    reading = read_raster(write_raster(tmp_path / "people.tif", cells, unit=unit), None)
    assert reading.raster is not None and reading.raster.values is DENSITY
    assert reading.by is LocatedBy.RASTER and reading.demand.unit == "people"


_SPARSE = """
import re, sys
from pathlib import Path
import numpy as np, rasterio
from rasterio.windows import Window
from tests.yihui.planning.demand.rasters import read_raster
file = Path(sys.argv[1])
transform = rasterio.transform.from_origin(100.0, 50.0, 0.0005, 0.0005)
with rasterio.open(file, "w", driver="GTiff", width=100_000, height=100_000, count=1, dtype="float32", tiled=True,
                   crs="EPSG:4326", transform=transform, SPARSE_OK=True, BIGTIFF="YES", compress="deflate") as tif:
    tif.write(np.full((1, 100, 100), 7, "float32"), window=Window(33_900, 26_650, 100, 100))
reading = read_raster(file, unit="riders")
# The peak of this program alone: what getrusage tells includes the process from which it was started.
peak_kb = re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]
print(reading.demand.total, int(peak_kb) // 1024)
"""


@pytest.mark.endure
def test_a_raster_of_40_gb_is_read_by_windows_in_a_gigabyte(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _SPARSE, str(tmp_path / "large.tif")],
        capture_output=True,
        text=True,
        check=True,
    )
    total, megabytes = map(float, done.stdout.split())
    assert total == 100 * 100 * 7
    assert megabytes < 1_000

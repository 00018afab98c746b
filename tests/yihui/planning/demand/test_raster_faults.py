"""What a raster that can't be read as demand gets: clear words, all faults of its description at once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine, from_origin

from core.faults import Fault, FaultError
from tests.yihui import refusals
from tests.yihui.planning.demand.rasters import (
    BOTH,
    CENSUS,
    COUNTS,
    DENSITY,
    WHOLE,
    WHOLE_SHAPE,
    read_raster,
    write_raster,
)
from tests.yihui.planning.demand.reading import REGION
from yihui.planning.demand.file import read_demand_content
from yihui.planning.demand.raster_file import parse_values_text
from yihui.planning.demand.request import DemandReadingForm

PEOPLE = np.full(WHOLE_SHAPE, BOTH / 1_250, dtype="float32")
GROUND_KM2 = 0.16  # of a cell, nearly

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    return lambda *args, **options: write_raster(tmp_path / "people.tif", *args, **options)


def faults_of(file: Path, *args: Any, **options: Any) -> list[Fault]:
    faults = refusals.faults_of(read_raster, file, *args, **options)
    assert all(fault.message and fault.remedy and fault.file == file.name for fault in faults)
    assert all("{" not in fault.text for fault in faults)
    return [*faults]


def codes_of(faults: list[Fault]) -> list[str]:
    return [fault.code.removeprefix("demand.") for fault in faults]


def _with(row: int, value: float) -> np.ndarray[Any, Any]:
    cells = PEOPLE.astype("float64")
    cells[row, 3] = value
    return cells


# Each with the one fault that it gets.
BAD: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "three bands": ({"cells": np.stack([PEOPLE] * 3)}, {}, "raster_bands"),
    "without CRS": ({"cells": PEOPLE, "crs": None}, {}, "raster_no_crs"),
    "without CRS, but a datum": ({"cells": PEOPLE, "crs": None}, {"demand_datum": "gcj02"}, "raster_no_crs"),
    "a CRS that isn't exact": ({"cells": PEOPLE, "crs": "EPSG:4214"}, {}, "inexact_crs"),
    "two CRS": ({"cells": PEOPLE}, {"crs": "EPSG:32650"}, "two_crs"),
    "a datum beside its CRS": ({"cells": PEOPLE}, {"demand_datum": "gcj02"}, "datum_conflict"),
    "no position": ({"cells": PEOPLE, "transform": None}, {}, "raster_nowhere"),
    "turned": ({"cells": PEOPLE, "transform": Affine(0.004, 0.001, 116.9, 0.001, -0.004, 36.7)}, {}, "raster_rotated"),
    "complex numbers": ({"cells": PEOPLE.astype("complex64")}, {}, "raster_colours"),
    "no word": ({"cells": PEOPLE}, {"values": None}, "raster_values"),
    "no word, and a unit that says nothing": ({"cells": PEOPLE, "unit": "m"}, {"values": None}, "raster_values"),
    "two units": ({"cells": PEOPLE, "unit": "people/km2", "description": "people per pixel"}, {"values": None}, "raster_values"),
    "counts that say density": ({"cells": PEOPLE, "unit": "people per km2"}, {"values": COUNTS}, "raster_values_conflict"),
    "density that says counts": ({"cells": PEOPLE, "unit": "people per cell"}, {"values": DENSITY}, "raster_values_conflict"),
    "a density said to be a count": ({"cells": PEOPLE / GROUND_KM2 * 4}, {"values": COUNTS}, "raster_off"),
    "a count said to be a density": ({"cells": PEOPLE * 0.25}, {"values": DENSITY}, "raster_off"),
    "far too many": ({"cells": PEOPLE * 1e4}, {"values": COUNTS}, "raster_off"),
    "negative": ({"cells": _with(4, -99999)}, {}, "raster_negative"),
    "infinite": ({"cells": _with(4, np.inf)}, {}, "raster_infinite"),
    "too large": ({"cells": _with(4, 1e30)}, {}, "raster_infinite"),
    "elsewhere": ({"cells": PEOPLE, "transform": from_origin(2.0, 49.0, 0.004, 0.004)}, {}, "raster_elsewhere"),
    "all zero": ({"cells": PEOPLE * 0}, {}, "raster_empty"),
    "no data at all": ({"cells": PEOPLE * 0 - 200, "nodata": -200}, {}, "raster_empty"),
    "all NaN": ({"cells": PEOPLE * np.nan}, {}, "raster_empty"),
}  # fmt: skip


@pytest.mark.endure
@pytest.mark.parametrize(("written", "said", "code"), BAD.values(), ids=[*BAD])
def test_a_bad_raster_is_refused_in_words(
    write: Write, written: dict[str, Any], said: dict[str, Any], code: str
) -> None:
    file = write(**written)
    assert [
        one.split(".")[-1] if code.endswith("_crs") else one.split(".")[0]
        for one in codes_of(faults_of(file, **said))
    ] == [code]


def test_all_faults_of_a_description_come_together(write: Write) -> None:
    file = write(np.stack([PEOPLE] * 3), transform=None, crs=None)
    assert codes_of(faults_of(file, None)) == [
        "raster_bands",
        "raster_nowhere",
        "raster_no_crs",
        "raster_values",
    ]


def test_all_faults_of_cells_come_together_with_their_number_and_the_first(write: Write) -> None:
    cells = _with(4, -99999)
    cells[5:7, 8], cells[9, 9] = -200, np.inf
    negative, infinite = faults_of(write(cells))
    assert negative.params["count"] == "3" and negative.value == "-99999"
    assert negative.params["point"] == "116.91400, 36.68200"
    assert infinite.params["count"] == "1"


@pytest.mark.endure
@pytest.mark.parametrize(("values", "other"), [(COUNTS, DENSITY), (DENSITY, COUNTS)])
def test_the_wrong_word_is_caught_by_the_census_and_the_right_one_is_named(
    tmp_path: Path, values: Any, other: Any
) -> None:
    cells = PEOPLE if values is DENSITY else PEOPLE / GROUND_KM2
    small = np.repeat(np.repeat(cells, 4, 0), 4, 1)  # cells of 0.01 km²: a hundredfold error
    small = small / 16 if values is DENSITY else small
    file = write_raster(tmp_path / "people.tif", small, WHOLE @ Affine.scale(0.25))
    (fault,) = faults_of(file, values)
    assert fault.field == "--raster-values" and fault.params["other"] == other
    assert float(fault.params["others"].replace(",", "")) == pytest.approx(BOTH, rel=0.02)
    for corrected in (True, False):
        with pytest.raises(FaultError):
            read_raster(file, values, corrected=corrected)
    assert read_raster(file, other).demand.total == pytest.approx(BOTH, rel=0.02)


PART = (slice(5, 20), slice(5, 45))  # of either county, neither of them wholly
PART_TRANSFORM = WHOLE @ Affine.translation(5, 5)


@pytest.mark.endure
def test_a_part_of_a_county_has_not_many_times_the_people_of_all_of_it(tmp_path: Path) -> None:
    density = np.repeat(np.repeat(PEOPLE[PART] / GROUND_KM2, 8, 0), 8, 1)  # cells of 0.0025 km²
    file = write_raster(tmp_path / "people.tif", density, PART_TRANSFORM @ Affine.scale(1 / 8))
    (fault,) = faults_of(file, COUNTS)
    assert (fault.field, fault.params["other"]) == ("--raster-values", DENSITY)
    assert fault.code == "demand.raster_off.other"
    assert read_raster(file, DENSITY).demand.total == pytest.approx(PEOPLE[PART].sum(), rel=0.02)


@pytest.mark.endure
def test_one_part_of_a_county_that_is_far_too_full_is_enough(tmp_path: Path) -> None:
    cells = PEOPLE[PART].copy()
    cells[2, 2] = 1000 * CENSUS["370103"]
    file = write_raster(tmp_path / "people.tif", cells, PART_TRANSFORM)
    (fault,) = faults_of(file, COUNTS)
    assert fault.code == "demand.raster_off"
    assert fault.params["census"] == f"{CENSUS['370103']:,}"
    orders = read_raster(file, COUNTS, unit="orders")
    assert [note.code for note in orders.notes] == ["demand.raster_uncovered"]


@pytest.mark.endure
@pytest.mark.parametrize(("factor", "codes"), [
    (1.0, ["demand.raster_uncovered"]),
    (1e-6, ["demand.raster_uncovered"]),
    (8.0, ["demand.raster_uncovered", "demand.raster_part_high"]),
], ids=["plausible", "sparse", "full"])  # fmt: skip
def test_counts_of_a_part_are_accepted_and_many_are_noted(
    tmp_path: Path, factor: float, codes: list[str]
) -> None:
    reading = read_raster(write_raster(tmp_path / "people.tif", PEOPLE[PART] * factor, PART_TRANSFORM))
    assert reading.demand.total == pytest.approx(float(PEOPLE[PART].sum()) * factor, rel=1e-5)
    assert [note.code for note in reading.notes] == codes


@pytest.mark.endure
@pytest.mark.parametrize("factor", [0.11, 9.0])
def test_a_raster_of_another_year_is_no_wrong_word(write: Write, factor: float) -> None:
    assert read_raster(write(PEOPLE * factor)).demand.total == pytest.approx(BOTH * factor, rel=1e-5)


@pytest.mark.endure
def test_a_palette_is_a_picture(tmp_path: Path) -> None:
    file = write_raster(tmp_path / "people.tif", np.ones(WHOLE_SHAPE, dtype="uint8"), photometric="palette")
    with rasterio.open(file, "r+") as raster:
        raster.write_colormap(1, {1: (255, 0, 0, 255)})
    assert codes_of(faults_of(file)) == ["raster_colours"]


@pytest.mark.endure
def test_a_crs_on_the_command_line_stands_for_a_missing_one(write: Write) -> None:
    reading = read_raster(write(PEOPLE, crs=None), crs="EPSG:4490")
    assert reading.crs == "EPSG:4490" and reading.demand.total == pytest.approx(BOTH, rel=1e-5)


VRT = """<VRTDataset rasterXSize="50" rasterYSize="25"><SRS>EPSG:4326</SRS>
<GeoTransform>116.9,0.004,0,36.7,0,-0.004</GeoTransform><VRTRasterBand dataType="Float32" band="1"><SimpleSource>
<SourceFilename>{file}</SourceFilename><SourceBand>1</SourceBand></SimpleSource></VRTRasterBand></VRTDataset>"""


@pytest.mark.parametrize(
    "kind",
    [
        "other file's address",
        *(
            pytest.param(kind, marks=pytest.mark.endure)
            for kind in ("empty", "text", "cut off", "header only")
        ),
    ],
)
def test_a_file_that_is_no_geotiff_is_refused_and_no_other_file_is_opened(tmp_path: Path, kind: str) -> None:
    good = write_raster(tmp_path / "good.tif", PEOPLE, compress="deflate").read_bytes()
    content = {
        "empty": b"",
        "text": "人口,经度,纬度\n".encode(),
        "cut off": good[: len(good) // 2],
        "header only": good[:8],
        "other file's address": VRT.format(file=tmp_path / "good.tif").encode(),
    }[kind]
    file = tmp_path / "people.TIF"
    file.write_bytes(content)
    assert codes_of(faults_of(file)) == ["raster_unreadable"]
    with pytest.raises(FaultError, match="raster can't be read"):
        read_demand_content(content, DemandReadingForm(file=file, raster_values=COUNTS), REGION)


@pytest.mark.endure
def test_a_missing_raster_is_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_raster(tmp_path / "none.tif")
    with pytest.raises(IsADirectoryError):
        (tmp_path / "folder.tif").mkdir()
        read_raster(tmp_path / "folder.tif")


def _write_sparse(path: Path, step: float, **layout: object) -> Path:
    size = round(0.2 / step)
    grid = {"width": size, "height": size, "transform": from_origin(116.9, 36.75, step, step), **layout}
    options = {
        "count": 1,
        "dtype": "float32",
        "crs": "EPSG:4326",
        "SPARSE_OK": True,
        "BIGTIFF": "YES",
        **grid,
    }
    with rasterio.open(path, "w", driver="GTiff", **options):
        return path


@pytest.mark.endure
def test_blocks_that_would_fill_the_memory_are_refused_before_they_are_read(tmp_path: Path) -> None:
    file = _write_sparse(tmp_path / "tile.tif", 0.00002, tiled=True, blockxsize=10_240, blockysize=10_240)
    assert codes_of(faults_of(file)) == ["raster_blocks"]


@pytest.mark.endure
def test_more_cells_than_can_be_read_are_refused_and_fewer_of_an_upload(tmp_path: Path) -> None:
    tiles = {"tiled": True, "blockxsize": 512, "blockysize": 512, "compress": "deflate"}
    fine = _write_sparse(tmp_path / "fine.tif", 0.0000025, **tiles)
    assert codes_of(faults_of(fine)) == ["raster_too_fine"]
    upload = _write_sparse(tmp_path / "upload.tif", 0.00001, **tiles)
    options = DemandReadingForm(file=upload, raster_values=COUNTS)
    assert refusals.refused(read_demand_content, upload.read_bytes(), options, REGION) == ["raster_too_fine"]


@pytest.mark.endure
@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("", None),
        ("  ", None),
        ("m", None),
        ("people per hectare", None),
        ("number of floors", None),
        ("density of people per pixel", None),  # says both
        ("People per Pixel", COUNTS),
        ("persons / cell", COUNTS),
        ("people", COUNTS),
        ("people living here in 2020", None),
        ("persons/sq km", DENSITY),
        ("inhabitants per square kilometre", DENSITY),
        ("km-2", DENSITY),
        ("人/平方千米", DENSITY),
        ("每平方公里人数", DENSITY),
    ],
)
def test_a_unit_says_counts_or_density_or_nothing(text: str, values: object) -> None:
    assert parse_values_text(text) is values

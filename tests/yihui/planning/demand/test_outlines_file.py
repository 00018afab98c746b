"""Outlines of one's own: codes and names as spreadsheets store them, and what is missing."""

import json
from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import Polygon, box

from core.faults import FaultError
from tests.yihui.refusals import faults_of
from yihui.planning.demand.outlines_file import read_outlines


def outlines(folder: Path, codes: list[object], names: list[object]) -> Path:
    shapes = [box(117 + n / 10, 36.6, 117.05 + n / 10, 36.65) for n in range(len(codes))]
    frame = gpd.GeoDataFrame({"code": pd.Series(codes), "name": pd.Series(names)}, geometry=shapes, crs=4326)
    path = folder / "outlines.gpkg"
    frame.to_file(path)
    return path


def test_a_missing_code_is_told_as_missing_and_never_called_nan(tmp_path: Path) -> None:
    with pytest.raises(FaultError) as caught:
        read_outlines(outlines(tmp_path, [370102, None, 37], ["甲", "乙", "丙"]))
    missing, wrong = caught.value.faults
    assert (missing.short_code, missing.row, missing.value) == ("missing_code", 2, "")
    assert (wrong.short_code, wrong.row, wrong.value) == ("no_code", 3, "37")
    assert "nan" not in str(caught.value)


def test_a_missing_name_is_the_code(tmp_path: Path) -> None:
    read, _ = read_outlines(outlines(tmp_path, [370102, 370103], ["甲", None]))
    assert read[["code", "name"]].values.tolist() == [["370102", "甲"], ["370103", "370103"]]


FIRST = box(117, 36, 117.1, 36.1)
BESIDE = box(117.2, 36, 117.3, 36.1)


def write(folder: Path, shapes: Sequence[Polygon | None] = (FIRST, BESIDE), **columns: list[object]) -> Path:
    path = folder / "towns.geojson"
    facts = {"区划代码": ["370102001000", "370102002000"], "人口": [3_000, 1_000], **columns}
    gpd.GeoDataFrame(facts, geometry=list(shapes), crs=4326).to_file(path)
    return path


@pytest.mark.parametrize(
    ("shapes", "columns", "codes"),
    [
        ((FIRST, BESIDE), {"区划代码": ["370102001000", "37010"]}, [("no_code", "37010")]),
        ((FIRST, BESIDE), {"区划代码": ["370102001000"] * 2}, [("repeated", "370102001000")]),
        ((FIRST, BESIDE), {"人口": [-5, "many"]}, [("wrong_people", "-5"), ("wrong_people", "many")]),
        ((FIRST, BESIDE), {"人口": ["1000.5", 12.5]}, [("wrong_people", "1000.5"), ("wrong_people", "12.5")]),
        ((box(36, 117, 36.1, 117.1), FIRST), {}, [("off_china", "36, 117")]),  # latitude first
        ((FIRST, box(5e5, 4e6, 501e3, 4001e3)), {}, [("off_china", "500000, 4e+06")]),  # metres
        ((box(36, 117, 36.1, 117.1), box(36.2, 117, 36.3, 117.1)), {}, [("mislabelled", "OGC:CRS84")]),
        ((FIRST, None), {}, [("no_geometry", "370102002000")]),
        ((FIRST, box(117.05, 36, 117.1, 36.1)), {}, [("overlap", "370102001000")]),
    ],
)
def test_outlines_at_fault_are_named_with_their_file(
    tmp_path: Path,
    shapes: tuple[Polygon | None, ...],
    columns: dict[str, list[object]],
    codes: list[tuple[str, str]],
) -> None:
    faults = faults_of(read_outlines, write(tmp_path, shapes, **columns))
    assert [(fault.short_code, fault.value) for fault in faults] == codes
    assert {fault.file for fault in faults} == {"towns.geojson"}


def test_a_file_without_codes_says_which_columns_it_has(tmp_path: Path) -> None:
    path = tmp_path / "nameless.geojson"
    gpd.GeoDataFrame({"x": [1]}, geometry=[FIRST], crs=4326).to_file(path)
    assert [(fault.short_code, fault.value) for fault in faults_of(read_outlines, path)] == [
        ("no_code_column", "x")
    ]


@pytest.mark.parametrize("people", [["3000", "1000"], ["3000.0", " 1000 "], [3000.0, 1000]])
def test_people_may_be_written_as_text(tmp_path: Path, people: list[object]) -> None:
    assert read_outlines(write(tmp_path, 人口=people))[0]["people"].tolist() == [3_000, 1_000]


def test_an_outline_that_crosses_itself_is_repaired_and_named(tmp_path: Path) -> None:
    bow = Polygon([(117.2, 36), (117.3, 36.1), (117.3, 36), (117.2, 36.1)])
    areas, notes = read_outlines(write(tmp_path, (FIRST, bow), 名称=["甲镇", "乙镇"]))
    assert areas.geometry.is_valid.all() and areas.geometry[1].area == pytest.approx(0.005)
    assert [(note.code, note.file, note.value) for note in notes] == [
        ("features.repaired", "towns.geojson", "2 乙镇")
    ]
    assert read_outlines(write(tmp_path))[1] == ()


def test_a_crs_that_nobody_knows_is_told(tmp_path: Path) -> None:
    path = write(tmp_path)
    document = json.loads(path.read_text("utf-8")) | {"crs": {"properties": {"name": "nonsense"}}}
    path.write_text(json.dumps(document), "utf-8")
    with pytest.raises(FaultError) as caught:
        read_outlines(path)
    assert caught.value.code == "crs.unknown_crs"

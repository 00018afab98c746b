"""Outlines of one's own: codes and names as spreadsheets store them, and what is missing."""

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import box

from core.faults import FaultError
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
    read = read_outlines(outlines(tmp_path, [370102, 370103], ["甲", None]))
    assert read[["code", "name"]].values.tolist() == [["370102", "甲"], ["370103", "370103"]]

"""Each argument of the five functions is refused at the door, with its name, its value and the remedy."""

from collections.abc import Callable
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.frames import access, coverage, gaps, nearest, sites
from geo.frames.demand import FrameError
from geo.frames.stations import stations_frame
from tests.geo.frames.town import AREAS, DAY, STATIONS, draw_points

HOMES, FRAME, LOTS = draw_points(4), stations_frame(STATIONS), draw_points(3, seed=10)


@pytest.mark.parametrize(
    "at", ["2026-11-20 23:00+08:00", date(2026, 11, 20), np.datetime64("2026-11-20T23:00"), pd.NaT, 5]
)
def test_what_is_no_instant_is_refused_by_all(at: object) -> None:
    asked: list[Callable[[Any], object]] = [
        lambda at: nearest(HOMES, FRAME, at=at),
        lambda at: coverage(AREAS, FRAME, at),
        lambda at: access(AREAS, FRAME, at=at),
        lambda at: gaps(AREAS, FRAME, at),
        lambda at: gaps(AREAS, FRAME, [DAY, at]),
        lambda at: sites(AREAS, LOTS, p=1, at=at),
    ]
    for ask in asked:
        with pytest.raises(ValueError, match=r"at is .*give an aware datetime"):
            ask(at)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (pd.DataFrame({"name": ["甲"]}), "a DataFrame; give a GeoDataFrame"),
        (AREAS.geometry, "a GeoSeries; give a GeoDataFrame"),
        ("stations.geojson", "a str; give a GeoDataFrame"),
        (gpd.GeoDataFrame({"name": ["甲"]}), "no active geometry"),
        (gpd.GeoDataFrame(geometry=[shapely.Point(117, 36)]), "no CRS"),
    ],
)
def test_what_is_no_frame_is_refused_under_its_own_name(given: Any, told: str) -> None:
    for name, ask in {
        "points": lambda: nearest(given, FRAME),
        "stations": lambda: nearest(HOMES, given),
        "areas": lambda: coverage(given, FRAME, DAY),
        "demand": lambda: access(given, FRAME),
        "candidates": lambda: sites(AREAS, given, p=1),
    }.items():
        with pytest.raises(ValueError, match=f"{name} (is|has) {told}"):
            ask()


@pytest.mark.parametrize("wrong", [2.5, "3", None, True, 0, -1])
def test_counts_are_whole_numbers(wrong: Any) -> None:
    with pytest.raises(ValueError, match=r"k is .*give a whole number"):
        nearest(HOMES, FRAME, wrong)
    if wrong is not None:
        with pytest.raises(ValueError, match=r"p is .*give a whole number, from 1 to 3"):
            sites(HOMES, LOTS, p=wrong)
        with pytest.raises(ValueError, match=r"nodes is .*give a whole number"):
            sites(HOMES, LOTS, p=1, nodes=wrong)
    if wrong not in (None, 0, True):
        with pytest.raises(ValueError, match=r"resolution is .*give a whole number"):
            gaps(HOMES, FRAME, DAY, resolution=wrong)


@pytest.mark.parametrize("wrong", ["500", -5, np.nan, 1e6])
def test_lengths_are_numbers_of_metres(wrong: Any) -> None:
    for ask in (
        lambda **args: coverage(AREAS, FRAME, DAY, **args),
        lambda **args: gaps(AREAS, FRAME, DAY, **args),
        lambda **args: access(AREAS, FRAME, **args),
        lambda **args: sites(AREAS, LOTS, p=1, **args),
    ):
        for name in ("radius_m", "spacing_m"):
            with pytest.raises(ValueError, match=f"{name} is .*give a number above 0 and up to"):
                ask(**{name: wrong})
    if wrong != 1e6:
        with pytest.raises(ValueError, match="within_m is"):
            nearest(HOMES, FRAME, within_m=wrong)


@pytest.mark.parametrize(
    ("decay", "told"),
    [
        ({"gaussian": 0}, "gaussian is 0; give a number above 0"),
        ({"gaussian": "x"}, "gaussian is 'x'"),
        ({"step_fn": [500]}, r"step_fn is \[500\]; give"),
        ({"step_fn": {500: "x"}}, "step_fn at 500 is 'x'"),
        ({"step_fn": {500: 0.5, 1_000: 1}}, "rises at 1000"),
        ({"gravity": (1, 2)}, r"gravity is \(1, 2\); give"),
        ({"gravity": 5}, "gravity is 5; give"),
        ({"gravity": (500, 1.5, 100)}, "alpha of gravity is 1.5; give a number .*up to 0"),
    ],
)
def test_decays_weigh_less_farther_away(decay: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        access(HOMES, FRAME, **decay)


def test_rows_and_columns_are_refused_under_the_name_of_their_frame() -> None:
    line = gpd.GeoDataFrame(geometry=[shapely.LineString([(117, 36.6), (117.1, 36.7)])], crs=4326)
    with pytest.raises(FrameError, match="1 value of candidates can't"):
        sites(HOMES, line, p=1)
    with pytest.raises(FrameError, match="1 value of points can't"):
        nearest(line, FRAME)
    with pytest.raises(ValueError, match="stations has no column 'seat'"):
        access(HOMES, FRAME, capacity="seat")
    with pytest.raises(ValueError, match="demand has no column 'seat'"):
        access(HOMES, FRAME, weight="seat")
    with pytest.raises(ValueError, match="candidates has no row with a place"):
        sites(HOMES, LOTS.iloc[:0], p=1)
    with pytest.raises(ValueError, match=r"p is 1: .*give a larger p"):
        sites(LOTS, LOTS, "lscp", p=1, radius_m=100)


def test_the_odd_geometry_is_blamed_and_a_broken_outline_is_told_as_such() -> None:
    outline = gpd.GeoDataFrame(geometry=AREAS.geometry.iloc[[0]].to_crs(HOMES.crs))
    with pytest.raises(FrameError) as refused:
        access(pd.concat([HOMES, outline]), FRAME)
    assert [fault.params["index"] for fault in refused.value.faults] == ["west"]
    broken = shapely.Polygon([(117, 36), (117.1, 36), (np.nan, 36.1), (117, 36)])
    with pytest.raises(FrameError, match=r"index east.*a vertex"):
        coverage(AREAS.set_geometry([AREAS.geometry.iloc[0], broken]), FRAME, DAY)


@pytest.mark.parametrize(
    "shape",
    [
        shapely.box(36.6, 117, 36.7, 117.1),
        shapely.box(200, 36, 200.1, 36.1),
        shapely.box(5e5, 4e6, 5e5 + 1, 4e6 + 1),
    ],
)
def test_an_outline_off_the_earth_is_refused_by_its_row(shape: shapely.Polygon) -> None:
    odd = gpd.GeoDataFrame({"n": [1]}, index=["甲"], geometry=[shape], crs=4326)
    with pytest.raises(FrameError, match=r"index 甲.*not on the Earth"):
        access(odd, FRAME)


@pytest.mark.parametrize(
    "amounts", [pd.to_datetime(["2026-11-20"]), pd.to_timedelta([1], "D"), [1 + 2j], [1e300], [-1], ["many"]]
)
def test_what_is_no_amount_is_refused_by_its_row(amounts: Any) -> None:
    home = HOMES.iloc[:1].assign(n=amounts)
    with pytest.raises(FrameError, match="no amount; give a number from 0"):
        access(home, FRAME, weight="n")


def test_a_column_that_stands_twice_is_refused() -> None:
    twice = pd.concat([FRAME, FRAME[["name"]]], axis=1)
    with pytest.raises(ValueError, match="stations has several columns of one name: name"):
        nearest(HOMES, twice)
    with pytest.raises(ValueError, match="open_only is 'no'"):
        nearest(HOMES, FRAME, at=DAY, open_only="no")  # type: ignore[arg-type]

"""What a view and its colours refuse, and what its levels say of each other."""

import math
from base64 import b64decode
from datetime import date

import geopandas as gpd
import numpy as np
import pytest
import shapely

from maps import AreaMark, ColourClasses, Labels, MapView, WeekFigures
from maps.classes import NO_DATA_COLOUR, YELLOW_TO_BLUE
from maps.outlines import area_data, area_name_points, first_level

WEEK = np.zeros((1, 168))


def test_a_week_begins_on_monday() -> None:
    with pytest.raises(ValueError, match="no Monday"):
        WeekFigures(date(2026, 9, 29), ["a"], WEEK.astype(np.int8), ["370000"], WEEK, WEEK)


@pytest.mark.parametrize("table", ["states", "share", "open"])
def test_a_table_of_another_shape_is_refused(table: str) -> None:
    tables = {"states": WEEK.astype(np.int8), "share": WEEK, "open": WEEK} | {table: WEEK[:, :167]}
    with pytest.raises(ValueError, match=f"{table} has the shape"):
        WeekFigures(date(2026, 9, 28), ["a"], codes=["370000"], **tables)


def test_the_hours_of_a_gap_are_those_of_a_week() -> None:
    with pytest.raises(ValueError, match="give \\(168,\\)"):
        AreaMark("x", shapely.box(0, 0, 1, 1), hours=np.ones(24, dtype=bool))


def test_an_area_lies_in_the_narrowest_one_above_it(view: MapView) -> None:
    data = area_data(view, Labels())
    names = data["names"]
    assert isinstance(names, list)
    parent = np.frombuffer(b64decode(data["parent"]["data"]), "<i4")  # type: ignore[index]
    above = [names[i] if i >= 0 else None for i in parent]
    hostile = names[2]
    assert above == [None, "山东省", "山东省", "济南市", "济南市", hostile]
    assert data["level_names"] == ["by province", "by city", "by county"]


def test_townships_and_communities_go_by_their_longer_codes(view: MapView) -> None:
    def frame(codes: list[str]) -> gpd.GeoDataFrame:
        shapes = [shapely.box(117, 36, 118, 37)] * len(codes)
        return view.levels[0].iloc[[0] * len(codes)].assign(code=codes, name=codes).set_geometry(shapes)

    codes = [["370102"], ["370102001", "370102002"], ["370102001001", "370102002001"]]
    levels = [frame(some).set_crs(4326, allow_override=True) for some in codes]
    assert first_level(MapView((), levels, view.at, "1 km")) == 2
    data = area_data(MapView((), levels, view.at, "1 km"), Labels())
    parent = np.frombuffer(b64decode(data["parent"]["data"]), "<i4")  # type: ignore[index]
    assert parent.tolist() == [-1, 0, 0, 1, 2]
    assert data["level_names"] == ["by county", "by township", "by community"]


def test_the_map_of_a_province_shows_counties_at_first(view: MapView) -> None:
    """Even if few townships are known; their names come last, when one is near."""
    counties = view.levels[-1]
    codes = [f"{code}001" for code in counties["code"]]
    towns = counties.assign(code=codes, name=codes)
    shown = MapView((), [*view.levels, towns], view.at, "1 km")
    assert first_level(shown) == len(view.levels) - 1
    far, near, inner = area_name_points(shown).values()
    assert [name for *_, name in near] == counties["name"].tolist()
    assert [name for *_, name in far] == view.levels[-2]["name"].tolist()
    assert [name for *_, name in inner] == codes
    of_a_county = MapView((), [counties, towns], view.at, "1 km")
    assert first_level(of_a_county) == 1
    assert area_name_points(of_a_county)["inner"] == []


def test_an_area_without_an_outline_is_left_out(view: MapView) -> None:
    counties = view.levels[-1].copy()
    counties.loc[0, "geometry"] = None
    data = area_data(MapView((), [counties], view.at, "1 km"), Labels())
    assert len(data["names"]) == len(data["outlines"]) == 2  # type: ignore[arg-type]


def test_a_value_on_a_break_belongs_to_the_class_above_it() -> None:
    classes = ColourClasses()
    assert classes.colour(math.nextafter(0.03, 0)) == YELLOW_TO_BLUE[0]
    assert classes.colour(0.03) == YELLOW_TO_BLUE[1]


def test_the_last_class_holds_its_upper_end() -> None:
    assert ColourClasses().colour(1.0) == YELLOW_TO_BLUE[-1]


@pytest.mark.parametrize("missing", [None, math.nan])
def test_a_missing_figure_has_a_colour_of_its_own(missing: float | None) -> None:
    assert ColourClasses().colour(missing) == NO_DATA_COLOUR
    assert NO_DATA_COLOUR not in YELLOW_TO_BLUE


@pytest.mark.parametrize("value", [-0.01, 1.01, math.inf])
def test_a_value_outside_of_all_classes_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="is outside"):
        ColourClasses().colour(value)


def test_breaks_must_rise_and_match_the_colours() -> None:
    with pytest.raises(ValueError, match="must rise"):
        ColourClasses(breaks=(0.0, 0.5, 0.5, 0.6, 0.8, 1.0))
    with pytest.raises(ValueError, match="not 2"):
        ColourClasses(breaks=(0.0, 1.0), colours=("#000", "#fff"))

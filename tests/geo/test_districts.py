"""Which district a point is in, near, or not in at all."""

from functools import cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from geo.districts import (
    NEAR_WITHIN_M,
    AssignmentFlag,
    District,
    DistrictLevel,
    Districts,
    area_code_prefix,
    is_code_within,
    level_of_code,
)
from tests.profile import searched

GEOD = Geod(ellps="WGS84")
SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "districts"


def frame(*areas: tuple[str, str, shapely.Geometry]) -> gpd.GeoDataFrame:
    codes, names, shapes = zip(*areas, strict=True)
    return gpd.GeoDataFrame(
        {"code": codes, "name": names, "city": "某市", "province": "某省"},
        geometry=list(shapes),
        crs="EPSG:4326",
    )


# Three squares of 0.1 degrees: two side by side, a third on top of the first; listed out of order.
SQUARES = Districts.from_frame(
    frame(
        ("370103", "北区", shapely.box(117.0, 36.1, 117.1, 36.2)),
        ("370102", "东区", shapely.box(117.1, 36.0, 117.2, 36.1)),
        ("370101", "西区", shapely.box(117.0, 36.0, 117.1, 36.1)),
    )
)


@pytest.mark.parametrize(
    ("point", "code"),
    [
        ((117.1, 36.05), "370101"),  # west | east
        ((117.05, 36.1), "370101"),  # west | north
        ((117.1, 36.1), "370101"),  # all three
        ((117.2, 36.05), "370102"),  # the outer border belongs to it too
    ],
)
def test_a_point_on_a_shared_border_belongs_to_exactly_one_district(
    point: tuple[float, float], code: str
) -> None:
    hit = SQUARES.assign(point)
    assert (hit.code[0], hit.flag[0]) == (code, AssignmentFlag.NEAR_BORDER)


@pytest.mark.parametrize(
    ("metres_east", "flag"),
    [
        (-260, AssignmentFlag.INSIDE),
        (-150, AssignmentFlag.NEAR_BORDER),
        (150, AssignmentFlag.NEAR),
        (1_990, AssignmentFlag.NEAR),
        (2_010, AssignmentFlag.NONE),
    ],
)
def test_the_coast_is_given_to_the_nearest_within_two_kilometres_and_flagged(
    metres_east: float, flag: AssignmentFlag
) -> None:
    lon, lat, _ = GEOD.fwd(117.2, 36.05, 90, metres_east)
    hit = SQUARES.assign((lon, lat))
    assert hit.flag[0] == flag
    assert hit.code[0] == (None if flag is AssignmentFlag.NONE else "370102")
    if flag is AssignmentFlag.NEAR:
        assert hit.distance_m[0] == pytest.approx(metres_east, rel=0.005)
    elif flag is AssignmentFlag.NONE:
        assert hit.distance_m[0] == np.inf


def test_a_point_off_the_coast_as_near_to_two_goes_to_the_lower_code() -> None:
    pair = Districts.from_frame(
        frame(("2", "b", shapely.box(0, 0, 1, 1)), ("1", "a", shapely.box(1, 0, 2, 1)))
    )
    assert pair.assign((1.0, -0.01)).code.tolist() == ["1"]


@searched(60)
@given(st.lists(st.tuples(st.floats(116.95, 117.25), st.floats(35.95, 36.25)), min_size=1, max_size=30))
def test_assignment_equals_asking_each_district_in_the_order_of_codes(
    points: list[tuple[float, float]],
) -> None:
    hits = SQUARES.assign(points)
    shapes = {"370101": (117.0, 36.0), "370102": (117.1, 36.0), "370103": (117.0, 36.1)}
    for point, code, flag, metres in zip(points, hits.code, hits.flag, hits.distance_m, strict=True):
        holding = [
            c
            for c, (x, y) in shapes.items()
            if shapely.box(x, y, x + 0.1, y + 0.1).covers(shapely.Point(point))
        ]
        if holding:
            assert (code, metres) == (min(holding), 0.0)
            assert flag in (AssignmentFlag.INSIDE, AssignmentFlag.NEAR_BORDER)
        else:
            assert (code is None) == (flag is AssignmentFlag.NONE) == (not metres <= NEAR_WITHIN_M)


@searched(60)
@given(st.tuples(st.floats(116.8, 117.4), st.floats(35.8, 36.4)), st.floats(0, 40_000))
def test_districts_within_a_distance_are_those_whose_signed_distance_is_no_larger(
    point: tuple[float, float], metres: float
) -> None:
    found = {district.code for district in SQUARES.find_within(point, metres)}
    codes = [district.code for district in SQUARES.districts]
    apart = SQUARES.signed_distance_m([point] * len(codes), codes)
    unsure = {code for code, by in zip(codes, apart, strict=True) if abs(by - metres) < 0.01 * metres + 1}
    assert found - unsure == {c for c, by in zip(codes, apart, strict=True) if by <= metres} - unsure


def test_points_at_the_poles_and_far_away_are_in_none() -> None:
    hits = SQUARES.assign([(0.0, 90.0), (0.0, -90.0), (180.0, 0.0)])
    assert hits.code.tolist() == [None] * 3
    assert hits.flag.tolist() == [AssignmentFlag.NONE] * 3


def test_no_points_and_no_districts_are_answered() -> None:
    assert SQUARES.assign(np.empty((0, 2))).code.shape == (0,)
    nothing = Districts.from_frame(frame(("1", "x", shapely.box(0, 0, 1, 1))).iloc[:0])
    assert nothing.assign((0.5, 0.5)).code.tolist() == [None]
    assert nothing.find_by_code("1") is None


def test_levels_and_kinship_are_read_from_codes() -> None:
    assert [level_of_code(code) for code in ("370000", "370100", "370116")] == [
        DistrictLevel.PROVINCE,
        DistrictLevel.CITY,
        DistrictLevel.DISTRICT,
    ]
    assert [area_code_prefix(code) for code in ("370000", "370100", "370116")] == ["37", "3701", "370116"]
    assert is_code_within("370116", "370100")
    assert not is_code_within("370202", "370100")


def test_outlines_in_another_crs_or_without_their_columns_are_refused() -> None:
    good = frame(("1", "x", shapely.box(0, 0, 1, 1)))
    with pytest.raises(ValueError, match=r"EPSG:3857.*WGS84"):
        Districts.from_frame(good.to_crs(3857))
    with pytest.raises(ValueError, match="lack the columns city"):
        Districts.from_frame(good.drop(columns="city"))


# Shandong ----------------------------------------------------------------------------------------


@cache
def shandong() -> tuple[Districts, gpd.GeoDataFrame]:
    read = gpd.read_file(SHARED / "shandong_district_tianditu_wgs84.geojson")
    names = {
        "district_adcode": "code",
        "district_name": "name",
        "city_name": "city",
        "province_name": "province",
    }
    outlines = read[[*names, "geometry"]].rename(columns=names)
    return Districts.from_frame(outlines), outlines


@pytest.mark.needs("shared")
def test_names_are_found_with_or_without_their_suffix_and_within_an_area() -> None:
    places, _ = shandong()
    assert (
        places.find_by_name("历下")
        == places.find_by_name("历下区")
        == (District("370102", "历下区", "济南市", "山东省"),)
    )
    assert [d.code for d in places.find_by_name("市中区")] == ["370103", "370402"]
    assert [d.code for d in places.find_by_name("市中区", within="370400")] == ["370402"]
    assert places.find_by_name("") == places.find_by_name("浦东新区") == ()


@pytest.mark.needs("shared")
def test_every_vertex_of_every_outline_has_exactly_one_district_at_a_border() -> None:
    places, outlines = shandong()
    hits = places.assign(shapely.get_coordinates(outlines.geometry.values)[::7])
    assert set(hits.flag) == {AssignmentFlag.NEAR_BORDER}


def test_the_distance_to_a_named_district_is_negative_inside_and_unknown_for_none() -> None:
    east = [GEOD.fwd(117.2, 36.05, 90, metres)[:2] for metres in (-300.0, 0.0, 400.0, 5_000.0)]
    signed_m = SQUARES.signed_distance_m([*east, (117.15, 36.05)], ["370102"] * 4 + ["999999"])
    assert signed_m[:4] == pytest.approx([-300.0, 0.0, 400.0, 5_000.0], rel=0.005, abs=0.01)
    assert np.isnan(signed_m[4])
    assert SQUARES.signed_distance_m([(117.05, 36.05)], ["370102"])[0] == pytest.approx(
        GEOD.inv(117.05, 36.05, 117.1, 36.05)[2], rel=0.005
    )
    assert np.isnan(SQUARES.signed_distance_m([(117.05, 36.05)], [None])[0])

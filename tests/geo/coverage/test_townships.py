"""Counties divided into townships and rests: each point has one part of its own county, and nothing is lost."""

from collections import Counter

import geopandas as gpd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.coverage.outlines import EQUAL_AREA
from geo.coverage.townships import (
    divide_counties,
    number_townships,
    rest_code,
    select_townships,
)
from tests.profile import searched

WEST, EAST = shapely.box(117.0, 36.0, 117.4, 36.4), shapely.box(117.4, 36.0, 117.8, 36.4)
COUNTIES = gpd.GeoDataFrame(
    {"code": ["370102", "370103"], "name": ["历下区", "市中区"], "city": "济南市", "province": "山东省"},
    geometry=[WEST, EAST],
    crs="EPSG:4326",
)


def outlines(*rows: tuple[str, str, str, shapely.Geometry]) -> gpd.GeoDataFrame:
    code, name, county, shapes = zip(*rows, strict=True) if rows else ((), (), (), ())
    return gpd.GeoDataFrame(
        {"code": list(code), "name": list(name), "county": list(county)},
        geometry=gpd.GeoSeries(list(shapes), crs="EPSG:4326"),
    )


def candidates(*rows: tuple[str, int, shapely.Geometry]) -> gpd.GeoDataFrame:
    name, level, shapes = zip(*rows, strict=True)
    columns = {"name": list(name), "code": "", "level": list(level)}
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs="EPSG:4326")


def test_a_county_is_its_townships_and_the_rest() -> None:
    half = shapely.box(117.0, 36.0, 117.2, 36.4)
    found = divide_counties(COUNTIES, outlines(("370102001", "甲镇", "370102", half)))
    assert found.parts["code"].tolist() == ["370102001", "370102REM", "370103REM"]
    assert found.parts["name"].tolist() == ["甲镇", "历下区", "市中区"]
    assert found.parts["is_rest"].tolist() == [False, True, True]
    assert found.parts["city"].tolist() == ["历下区", "历下区", "市中区"]
    assert found.covered_share == pytest.approx({"370102": 0.5, "370103": 0}, abs=0.001)
    assert found.largest_m2 == pytest.approx(
        {"370102": outlines(("", "", "", half)).to_crs(EQUAL_AREA).area[0]}, 1e-3
    )
    assert (found.township_count, found.counties_with_townships) == (1, ("370102",))


def test_the_thin_ground_between_two_drawings_of_a_border_is_no_rest() -> None:
    almost = shapely.box(117.001, 36.001, 117.399, 36.399)  # 90 m away from the county's border
    found = divide_counties(COUNTIES, outlines(("370102001", "甲镇", "370102", almost)))
    assert found.parts["code"].tolist() == ["370102001", "370103REM"]
    assert found.assign([(117.0003, 36.2), (117.2, 36.2)], ["370102", "370102"]).tolist() == ["370102001"] * 2


def test_a_township_counts_in_its_own_county_alone() -> None:
    across = shapely.box(117.3, 36.0, 117.45, 36.4)
    found = divide_counties(COUNTIES, outlines(("370102001", "甲镇", "370102", across)))
    points = [(117.35, 36.2), (117.42, 36.2), (117.42, 36.2)]
    assert found.assign(points, ["370102", "370103", "370102"]).tolist() == [
        *("370102001", "370103REM"),
        "370102001",  # near enough: the county's own outline is drawn elsewhere
    ]


def test_codes_of_ours_never_meet_those_of_the_outlines() -> None:
    square = shapely.box(117.0, 36.0, 117.1, 36.1)
    rows = [
        *[
            ("", f"镇{number:03}", "370102", shapely.affinity.translate(square, number / 1e4))
            for number in range(50)
        ],
        *(("370102001", "甲镇", "370102", square), ("370102001", "乙镇", "370102", square)),
    ]
    codes = number_townships(outlines(*rows))["code"].tolist()
    assert len(set(codes)) == 52
    assert all(code.startswith("370102") and len(code) == 9 for code in codes)
    assert codes == number_townships(outlines(*reversed(rows)))["code"].tolist() == sorted(codes)
    assert codes.count("370102001") == 1
    assert rest_code("370102") not in codes


def cell(column: int, row: int, size: float = 0.05) -> shapely.Geometry:
    return shapely.box(117 + column * size, 36 + row * size, 117 + (column + 1) * size, 36 + (row + 1) * size)


@searched(60)
@given(
    st.sets(st.tuples(st.integers(0, 15), st.integers(0, 7)), max_size=12),
    st.lists(st.tuples(st.floats(117.001, 117.799), st.floats(36.001, 36.399)), min_size=1, max_size=30),
)
def test_sums_by_county_are_kept_and_parts_agree_with_a_plain_search(
    cells: set[tuple[int, int]], points: list[tuple[float, float]]
) -> None:
    rows = [
        (
            f"3701{'02' if x < 8 else '03'}{number:03}",
            f"镇{number}",
            "370102" if x < 8 else "370103",
            cell(x, y),
        )
        for number, (x, y) in enumerate(sorted(cells), 1)
    ]
    found = divide_counties(COUNTIES, outlines(*rows))
    counties = ["370102" if lon < 117.4 else "370103" for lon, _ in points]
    codes = found.assign(points, counties).tolist()
    assert Counter(code[:6] for code in codes) == Counter(counties)
    for (lon, lat), code in zip(points, codes, strict=True):
        inside = [row[0] for row in rows if row[3].buffer(-1e-4).contains(shapely.Point(lon, lat))]
        outside = not any(row[3].buffer(1e-4).contains(shapely.Point(lon, lat)) for row in rows)
        assert not inside or code == inside[0]
        assert not outside or code.endswith("REM")
    ground = found.parts.to_crs(EQUAL_AREA).area.groupby(found.parts["county"]).sum()
    whole = COUNTIES.to_crs(EQUAL_AREA).set_index("code").area
    assert ground.tolist() == pytest.approx(whole.reindex(ground.index).tolist(), 2e-3)


def test_of_two_levels_the_larger_is_the_township() -> None:
    town, village, other = cell(0, 0, 0.1), cell(0, 0, 0.03), cell(2, 0, 0.1)
    found = select_townships(
        candidates(("村里", 9, village), ("甲镇", 8, town), ("乙镇", 9, other)), COUNTIES
    )
    assert sorted(found.townships["name"]) == ["乙镇", "甲镇"]
    assert (found.outside, found.nested) == (0, 1)


def test_a_zone_above_several_townships_is_none() -> None:
    zone = shapely.box(117.0, 36.0, 117.2, 36.1)
    found = select_townships(
        candidates(("开发区", 8, zone), ("甲镇", 8, cell(0, 0, 0.1)), ("乙镇", 8, cell(1, 0, 0.1))), COUNTIES
    )
    assert sorted(found.townships["name"]) == ["乙镇", "甲镇"]
    assert found.nested == 1


def test_an_outline_in_no_county_is_counted_and_left_out() -> None:
    rows = (
        ("甲镇", 8, cell(0, 0)),
        ("海上镇", 8, shapely.box(122, 30, 122.1, 30.1)),
        ("空镇", 8, shapely.Polygon()),
    )
    found = select_townships(candidates(*rows), COUNTIES)
    assert found.townships[["name", "county"]].to_numpy().tolist() == [["甲镇", "370102"]]
    assert found.outside == 2
    assert len(select_townships(candidates(*rows[1:]), COUNTIES).townships) == 0


def test_a_township_lies_in_the_county_that_holds_most_of_it() -> None:
    found = select_townships(candidates(("甲镇", 8, shapely.box(117.3, 36.0, 117.45, 36.1))), COUNTIES)
    assert found.townships["county"].tolist() == ["370102"]


@searched(60)
@given(
    st.lists(
        st.tuples(st.floats(117, 117.7), st.floats(36, 36.35), st.floats(0.01, 0.2), st.sampled_from([8, 9])),
        min_size=1,
        max_size=10,
    )
)
def test_no_ground_belongs_to_two_selected_townships(squares: list[tuple[float, float, float, int]]) -> None:
    rows = [(f"镇{n}", level, shapely.box(x, y, x + s, y + s)) for n, (x, y, s, level) in enumerate(squares)]
    found = select_townships(candidates(*rows), COUNTIES)
    assert len(found.townships) + found.outside + found.nested == len(rows)
    for _, inside in found.townships.to_crs(EQUAL_AREA).groupby("county"):
        shapes = list(inside.geometry)
        shared = [a.intersection(b).area for n, a in enumerate(shapes) for b in shapes[:n]]
        assert max(shared, default=0) < 1.0
    assert all(found.townships.geometry.is_valid)


def test_a_ring_that_only_crosses_itself_in_the_plane_is_divided_too() -> None:
    """A hole 1 cm from a side along a parallel: in the plane that side is straight and cuts the hole."""
    hole = [(117.03, 36.15), (117.05, 36.15), (117.04, 36.1000001)]
    ring = shapely.Polygon([(117.02, 36.1), (117.06, 36.1), (117.06, 36.2), (117.02, 36.2)], [hole])
    assert ring.is_valid
    assert not outlines(("", "", "", ring)).to_crs(EQUAL_AREA).geometry.is_valid[0]
    rows = (("370102001", "甲镇", "370102", ring), ("370102002", "乙镇", "370102", cell(0, 1, 0.1)))
    found = divide_counties(COUNTIES, outlines(*rows))
    assert found.township_count == 2
    assert all(found.parts.geometry.is_valid)
    assert select_townships(candidates(("甲镇", 8, ring)), COUNTIES).townships["county"].tolist() == [
        "370102"
    ]


def test_hundreds_of_townships_without_a_code_are_numbered_apart() -> None:
    square = shapely.box(117.0, 36.0, 117.1, 36.1)
    many = [("", f"镇{number}", "370102", square) for number in range(1_400)]
    codes = number_townships(outlines(*many))["code"].tolist()
    assert len(set(codes)) == 1_400
    assert {len(code) for code in codes} == {9}
    assert {code[6] for code in codes} == {"T", "U"}
    with pytest.raises(ValueError, match="9072"):
        number_townships(outlines(*many * 7))

"""Which datum points speak: told from their districts, never wrongly, and “can't tell” where it can't.

The districts' outlines are the generalised ones that an import has; what is true is drawn from detailed ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.crs import Points, from_wgs84
from geo.datum import Datum
from geo.datum_check import DATUM_HYPOTHESES, DatumCheck, DatumFit, Floats, check_datum
from geo.datum_findings import LocatedRow, check_each_datum, datum_faults, format_odds
from geo.districts import Districts
from tests.geo.test_districts import shandong
from tests.tiers import budget

SHARED = Path(__file__).parents[2].parent / "shared" / "data"
CHINESE = (Datum.GCJ02, Datum.BD09)


# --- a country of one district, whose border everybody knows


@dataclass(frozen=True)
class Strip:
    """District 3701A lies west of lon 117, 3701B east of it; metres by a fixed scale."""

    def signed_distance_m(self, points: Points, codes: Sequence[str | None]) -> Floats:
        east_m = (np.asarray(points)[:, 0] - 117.0) * 89_000.0
        side = np.array([{"3701A": 1.0, "3701B": -1.0}.get(code or "", np.nan) for code in codes])
        return np.asarray(east_m * side)


def along_the_border(n: int, seed: int = 0) -> tuple[Points, list[str]]:
    rng = np.random.default_rng(seed)
    points = np.column_stack((rng.uniform(116.97, 117.03, n), rng.uniform(34.0, 40.0, n)))
    return points, ["3701A" if lon < 117 else "3701B" for lon in points[:, 0]]


def claims_of(points: Points, codes: Sequence[str], datums: Sequence[Datum]) -> list[LocatedRow]:
    """The rows of a file, from its second line on."""
    rows = enumerate(zip(points.tolist(), codes, datums, strict=True), 2)
    return [LocatedRow(row, (lon, lat), code, datum) for row, ((lon, lat), code, datum) in rows]


@pytest.mark.parametrize("true", DATUM_HYPOTHESES)
def test_points_along_a_border_tell_their_datum(true: Datum) -> None:
    points, codes = along_the_border(400)
    check = check_datum(from_wgs84(points, true), codes, Strip())
    assert (check.best, check.is_sure, check.fit_of(true).inside_share) == (true, True, 1.0)
    for named in DATUM_HYPOTHESES:
        assert check.better_than(named) == (None if named == true else true)


def test_points_far_from_any_border_tell_nothing() -> None:
    points, codes = along_the_border(400)
    points[:, 0] = np.where(np.array(codes) == "3701A", 116.0, 118.0)
    check = check_datum(points, codes, Strip())
    assert not check.is_sure
    assert [check.better_than(named) for named in DATUM_HYPOTHESES] == [None, None, None]


def test_a_thousand_rows_at_one_place_count_as_one() -> None:
    points = np.tile([[117.004, 36.0]], (1_000, 1))  # 360 m outside as WGS84, inside as GCJ-02
    check = check_datum(points, ["3701A"] * 1_000, Strip())
    assert (check.compared, check.cells, check.is_sure) == (1_000, 1, False)


def test_without_stated_districts_nothing_is_compared() -> None:
    points, _ = along_the_border(10)
    check = check_datum(points, [None] * 10, Strip())
    assert (check.compared, check.is_sure, check.part) == (0, False, None)
    assert check_datum(np.empty((0, 2)), [], Strip()).compared == 0


def test_rows_without_a_point_or_a_known_district_are_left_out() -> None:
    points, codes = along_the_border(10)
    points[3] = np.nan
    check = check_datum(points, [*codes[:9], "3701C"], Strip())
    assert check.compared == 8


@pytest.mark.deeper
@settings(deadline=None, derandomize=True, max_examples=budget(40))
@given(st.integers(0, 10_000), st.sampled_from(DATUM_HYPOTHESES))
def test_the_order_of_the_rows_changes_no_figure(seed: int, true: Datum) -> None:
    points, codes = along_the_border(60, seed)
    raw, order = from_wgs84(points, true), np.random.default_rng(seed).permutation(60)
    one = check_datum(raw, codes, Strip())
    two = check_datum(raw[order], [codes[i] for i in order], Strip())
    assert one.fits == two.fits
    assert [one.odds(true, h) for h in DATUM_HYPOTHESES] == pytest.approx(
        [two.odds(true, h) for h in DATUM_HYPOTHESES]
    )


@pytest.mark.parametrize("other", CHINESE)
def test_a_stretch_of_rows_in_another_datum_is_found_and_named_by_its_rows(other: Datum) -> None:
    points, codes = along_the_border(900)
    points[600:] = from_wgs84(points[600:], other)
    claims = claims_of(points, codes, [Datum.WGS84] * 900)
    first, *strays = datum_faults(claims, check_each_datum(claims, Strip()), said=False)
    assert first.params["other"] == other.value
    assert (first.severity, first.row) == ("error", None)  # of the whole file
    assert abs(int(first.params["first"]) - 602) < 30
    assert abs(int(first.params["last"]) - 901) < 30
    assert len(strays) > 20
    assert all((fault.row or 0) > 560 and fault.severity == "warning" for fault in strays)


def test_rows_that_name_their_own_datum_are_checked_apart() -> None:
    points, codes = along_the_border(900)
    points[600:] = from_wgs84(points[600:], Datum.BD09)
    claims = claims_of(points, codes, [Datum.CGCS2000] * 600 + [Datum.BD09] * 300)
    checks = check_each_datum(claims, Strip())
    assert {datum: check.compared for datum, check in checks.items()} == {Datum.WGS84: 600, Datum.BD09: 300}
    assert datum_faults(claims, checks, said=False) == []


def test_a_wrong_claim_is_one_fault_with_figures() -> None:
    points, codes = along_the_border(900)
    claims = claims_of(points, codes, [Datum.BD09] * 900)
    (finding,) = datum_faults(claims, check_each_datum(claims, Strip()), said=False)
    assert (finding.value, finding.params["better"], finding.params["better_share"]) == (
        "bd09",
        "wgs84",
        "100.0%",
    )
    assert finding.severity == "error"
    assert "--datum wgs84" in finding.remedy.format_map(finding.values)


def test_points_of_another_zone_are_one_fault_and_a_few_misstated_districts_none() -> None:
    """Metres that are read in the neighbouring zone of their projection lie three degrees too far east or west."""
    points, codes = along_the_border(200)
    moved = points + np.array([3.0, 0.0])
    west = ["3701A"] * 200
    claims = claims_of(moved, west, [Datum.CGCS2000] * 200)
    (fault,) = datum_faults(claims, check_each_datum(claims, Strip()), said=True)
    assert (fault.code, fault.row, fault.severity) == ("datum.elsewhere", None, "error")
    assert (fault.params["share"], fault.params["count"]) == ("100.0%", "200")
    mixed = claims_of(np.concatenate((moved[:90], points[90:])), codes, [Datum.CGCS2000] * 200)
    assert "datum.elsewhere" not in {
        one.code for one in datum_faults(mixed, check_each_datum(mixed, Strip()), said=True)
    }
    few = claims[:4]
    assert datum_faults(few, check_each_datum(few, Strip()), said=True) == []


@pytest.mark.parametrize("named", DATUM_HYPOTHESES)
def test_a_mixture_is_told_as_one_whatever_was_named(named: Datum) -> None:
    """Two thirds are WGS84 and a third BD-09, also where GCJ-02 between them was named."""
    points, codes = along_the_border(900)
    points[600:] = from_wgs84(points[600:], Datum.BD09)
    check = check_datum(points, codes, Strip(), named)
    assert check.part is not None
    assert {check.part.base, check.part.other} == {Datum.WGS84, Datum.BD09}
    assert named is Datum.GCJ02 or check.part.base is named


@pytest.mark.parametrize(
    ("odds", "text"), [(1.0, "1:1"), (1_200.0, "1200:1"), (1e57, "10^57:1"), (1e-13, "1:10^13")]
)
def test_odds_are_told_as_people_read_them(odds: float, text: str) -> None:
    assert format_odds(odds) == text


# --- registers of Shandong


@pytest.fixture(scope="module")
def outlines() -> Districts:
    """Generalised outlines, as the product has them."""
    return shandong()[0]


@dataclass(frozen=True)
class Truth:
    """Detailed outlines of which places are drawn."""

    codes: Sequence[str]
    shapes: shapely.STRtree

    def district_of(self, points: Points) -> tuple[Points, list[str]]:
        point, shape = self.shapes.query(shapely.points(points), predicate="intersects")
        _, first = np.unique(point, return_index=True)
        return points[point[first]], [self.codes[i] for i in shape[first].tolist()]

    def province(self, rng: np.random.Generator, n: int) -> tuple[Points, list[str]]:
        """A register of the province: five towns in each district, people within some kilometres of them."""
        box = self.shapes.geometries[rng.integers(0, len(self.codes), 680)]
        low, high = shapely.bounds(box)[:, :2], shapely.bounds(box)[:, 2:]
        towns = rng.uniform(low, high)[rng.integers(0, 680, 2 * n)]
        points, codes = self.district_of(towns + rng.normal(0, 0.025, (2 * n, 2)))
        return points[:n], codes[:n]

    def town(self, rng: np.random.Generator, n: int) -> tuple[Points, list[str]]:
        """A register of one town anywhere, which may stand at a badly drawn border."""
        centre = shapely.point_on_surface(self.shapes.geometries[rng.integers(0, len(self.codes))])
        near = np.array([centre.x, centre.y]) + rng.uniform(-0.2, 0.2, 2)
        return self.district_of(near + rng.normal(0, 0.01, (n, 2)))


@pytest.fixture(scope="module")
def truth() -> Truth:
    frame = gpd.read_file(SHARED / "local-only" / "shandong_district_amap_to_wgs84_simp30m.geojson")
    return Truth(frame["adcode"].astype(str).tolist(), shapely.STRtree(frame.geometry.values))


def answers(
    outlines: Districts, truth: Truth, n: int, times: int, *, town: bool = False
) -> list[tuple[Datum, DatumCheck]]:
    rng, found = np.random.default_rng(n), []
    for _ in range(times):
        points, codes = (truth.town if town else truth.province)(rng, n)
        found += [(t, check_datum(from_wgs84(points, t), codes, outlines)) for t in DATUM_HYPOTHESES]
    return found


@pytest.mark.deeper
@pytest.mark.needs("shared")
@pytest.mark.parametrize(
    ("n", "times", "at_least"),
    [
        pytest.param(100, 30, 0.0, marks=pytest.mark.endure),
        pytest.param(300, 20, 0.35, marks=pytest.mark.endure),
        pytest.param(500, 20, 0.7, marks=pytest.mark.endure),
        (1_000, 20, 0.93),
    ],
)
def test_the_datum_of_a_provincial_register_is_known_from_a_thousand_rows_on(
    outlines: Districts, truth: Truth, n: int, times: int, at_least: float
) -> None:
    found = answers(outlines, truth, n, budget(times))
    assert all(check.best == true for true, check in found if check.is_sure)
    assert all(check.better_than(true) is None for true, check in found)
    assert all(check.part is None for _, check in found)
    assert np.mean([check.is_sure for _, check in found]) >= at_least


@pytest.mark.deeper
@pytest.mark.needs("shared")
def test_a_register_of_one_town_is_not_told_wrongly(outlines: Districts, truth: Truth) -> None:
    found = answers(outlines, truth, 200, budget(60), town=True)
    assert all(check.better_than(true) is None for true, check in found if check.compared)


def few_loud_places(loud: float, quiet: float, rows: int) -> DatumCheck:
    """A check in which two of many cells speak for WGS84."""
    logs = np.zeros((3, 40))
    logs[1:, :2], logs[1:, 2:] = -loud, -quiet
    fits = tuple(DatumFit(datum, 0.99, 200.0) for datum in DATUM_HYPOTHESES)
    return DatumCheck(rows, 40, fits, logs)


def test_odds_that_a_few_places_make_are_told_apart_from_too_few_rows() -> None:
    check = few_loud_places(np.log(2735) / 2, 0.0, 1_284)
    assert check.odds(Datum.WGS84, Datum.BD09) == pytest.approx(2735)
    assert (check.is_sure, check.is_decided_by_few, check.has_enough_rows) == (False, True, True)
    sure = few_loud_places(1.0, 0.4, 1_284)
    assert (sure.is_sure, sure.is_decided_by_few) == (True, False)
    close = few_loud_places(0.1, 0.0, 40)
    assert (close.is_sure, close.is_decided_by_few, close.has_enough_rows) == (False, False, False)

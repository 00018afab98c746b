"""Large files of demand, and what holds of every cell and every point."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.faults import FaultError
from geo.datum import Datum
from geo.districts import Districts
from tests.tiers import budget
from tests.yihui.planning.demand.reading import OUTLINES, REGION, WGS84, Read, faults_of
from yihui.planning.demand.file import read_demand_file
from yihui.planning.demand.request import DemandReadingForm


@pytest.mark.endure
def test_a_large_file_is_read_as_a_small_one_is(read: Read) -> None:
    rng = np.random.default_rng(7)
    lon, lat = rng.uniform(116.9, 117.1, 70_000), rng.uniform(36.6, 36.7, 70_000)
    rows = [f"点{n},{x:.6f},{y:.6f},{n % 9}" for n, (x, y) in enumerate(zip(lon, lat, strict=True))]
    head, tail = "名称,经度,纬度,人口\n", "\n".join(rows) + "\n"
    assert len((head + tail).encode()) > 2_000_000  # past which files are read in one go
    whole = read(head + tail, **WGS84)
    assert whole.demand.total == sum(n % 9 for n in range(70_000))
    rows[41_234] = "点,116.95,36.65,没有"
    (fault,) = faults_of(read, head + "\n".join(rows) + "\n", **WGS84)
    assert (fault.row, fault.value) == (41_236, "没有")
    rows[41_234] = "点,116.95,36.65"  # a cell too few: read with care
    (fault,) = faults_of(read, head + "\n".join(rows) + "\n", **WGS84)
    assert fault.row == 41_236 and "cells" in fault.message
    rows[41_234] = '"点\n点",116.95,36.65,5'
    rows[50_000] = "点,116.95,36.65,-5"
    (fault,) = faults_of(read, head + "\n".join(rows) + "\n", **WGS84)
    assert fault.row == 50_003


POINTS = st.lists(st.tuples(st.floats(116.85, 117.15), st.floats(36.45, 36.75)), min_size=1, max_size=60)


@pytest.mark.deeper
@settings(max_examples=budget(100), deadline=None, derandomize=True)
@given(POINTS)
def test_counties_of_points_are_those_that_districts_assign(points: list[tuple[float, float]]) -> None:
    """In the region as all of China's outlines say; outside it nobody's."""
    everywhere = Districts.from_frame(OUTLINES).assign(points).code
    own = Districts.from_frame(OUTLINES.iloc[:2]).assign(points).code
    expected = [
        mine if code in (None, "370102", "370103") else None
        for code, mine in zip(everywhere, own, strict=True)
    ]
    inside = Districts.from_frame(OUTLINES.iloc[:2]).assign(points).distance_m == 0
    found = REGION.assign_counties(np.array(points))
    for code, wanted, mine, is_inside in zip(found, expected, own, inside, strict=True):
        assert code == (mine if is_inside else wanted)


CELLS = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True).map(repr),
    st.integers(-10, 10**6).map(str),
    st.text(alphabet="0123456789.,-+eE 一１_x", max_size=6),
)


@pytest.mark.deeper
@settings(deadline=None, derandomize=True, max_examples=budget(60))
@given(st.lists(CELLS, min_size=1, max_size=12))
def test_a_cell_is_demand_if_and_only_if_it_is_a_number_of_0_or_more(
    tmp_path_factory: pytest.TempPathFactory, cells: list[str]
) -> None:
    file = tmp_path_factory.mktemp("cells") / "demand.csv"
    rows = "".join('甲,117.02,36.66,"' + cell + '"\n' for cell in ["1", *cells])
    file.write_text("名称,经度,纬度,人口\n" + rows, encoding="utf-8")
    wrong = {n + 3 for n, cell in enumerate(cells) if not _is_demand(cell)}
    try:
        found = read_demand_file(DemandReadingForm(file=file, demand_datum=Datum.WGS84), REGION)
        assert not wrong and len(found.demand) == len(cells) + 1
    except FaultError as error:
        assert {fault.row for fault in error.faults} == wrong


def _is_demand(cell: str) -> bool:
    """The slow way: by hand."""
    import re
    import unicodedata

    text = unicodedata.normalize("NFKC", cell).strip()
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", text):
        text = text.replace(",", "")
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text):
        return False
    number = float(text)
    return math.isfinite(number) and 0 <= number <= 1e15

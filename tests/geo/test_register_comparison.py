"""Comparison of two registers: gains less losses are the difference, and nothing compares with itself."""

from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.coverage.demand import Demand
from geo.coverage.reach import Reach
from geo.geodesy import geodesic_m
from geo.nearest.index import StationIndex
from geo.register_comparison import (
    CoverageComparison,
    compare_coverage,
    compare_places,
    compare_weeks,
)
from geo.station import Access, Entry, Kind, Station, Status
from tests.profile import searched

NOON = datetime(2026, 11, 18, 4, 0, tzinfo=UTC)  # Wednesday, 12:00 in Beijing
NIGHT = datetime(2026, 11, 18, 15, 30, tzinfo=UTC)
MONDAY = date(2026, 11, 16)
REACH = Reach(1_000)
HOURS = ("24小时", "08:00-18:00", "20:00-02:00", "")

LON, LAT = st.integers(0, 60).map(lambda n: 117 + n / 1000), st.integers(0, 40).map(lambda n: 36.6 + n / 1000)


@st.composite
def registers(draw: st.DrawFn) -> list[Station]:
    ids = draw(st.sets(st.integers(0, 7), max_size=8))
    return [
        Station(
            id=f"s{n}",
            name="驿站",
            kind=Kind.OUTDOOR_STATION,
            lon=draw(LON),
            lat=draw(LAT),
            hours_text=draw(st.sampled_from(HOURS)),
            access=draw(st.sampled_from([Access.PUBLIC, Access.EMPLOYER])),
            status=draw(st.sampled_from([Status.ACTIVE, Status.CLOSED_TEMPORARILY])),
        )
        for n in sorted(ids)
    ]


@st.composite
def demands(draw: st.DrawFn) -> Demand:
    points = draw(st.lists(st.tuples(LON, LAT), min_size=1, max_size=30))
    weight = [draw(st.integers(0, 50)) for _ in points]
    codes = [draw(st.sampled_from(["370102", "370103", "370202", None])) for _ in points]
    return Demand.from_points(points, weight, "people", codes)


def served(demand: Demand, stations: list[Station], at: datetime) -> list[bool]:
    """The slow way: every pair."""
    index = StationIndex.build(stations)
    usable = [
        s
        for s, state in zip(index.stations, index.states(at).tolist(), strict=True)
        if state == 1 and s.access is Access.PUBLIC and s.status is Status.ACTIVE
    ]
    return [
        any(geodesic_m(np.array([p]), np.array([[s.lon, s.lat]]))[0] <= REACH.radius_m for s in usable)
        for p in demand.points
    ]


@searched(60)
@given(demands(), registers(), registers(), st.sampled_from([NOON, NIGHT]))
def test_gains_less_losses_are_the_difference_of_what_is_served(
    demand: Demand, before: list[Station], after: list[Station], at: datetime
) -> None:
    found = compare_coverage(demand, StationIndex.build(before), StationIndex.build(after), at, REACH)
    one, other = np.array(served(demand, before, at)), np.array(served(demand, after, at))
    assert found.gained.tolist() == (other & ~one).tolist()
    assert found.lost.tolist() == (one & ~other).tolist()
    totals = found.totals
    assert totals["gained"] - totals["lost"] == totals["after"] - totals["before"]
    assert totals["gained"] == demand.select(found.gained).total
    for digits in (2, 4, 6):
        table = found.by_area(digits)
        assert (table["gained"] - table["lost"]).tolist() == (table["after"] - table["before"]).tolist()
        inside = np.array([code is not None for code in demand.district])
        assert table["gained"].sum() == demand.select(found.gained & inside).total
    assert sum(effect.demand for effect in found.list_gaining_places()) >= totals["gained"]
    assert all(0 < effect.demand <= totals["lost"] for effect in found.list_losing_places())


@searched(60)
@given(demands(), registers(), registers())
def test_who_gains_does_so_by_a_place_that_is_new_or_otherwise_than_before(
    demand: Demand, before: list[Station], after: list[Station]
) -> None:
    changes = compare_places(before, after)
    new = {s.id for s in changes.added} | {change.after.id for change in changes.changed}
    old = {s.id for s in changes.removed} | {change.before.id for change in changes.changed}
    found = compare_coverage(demand, StationIndex.build(before), StationIndex.build(after), NOON, REACH)
    assert {effect.station.id for effect in found.list_gaining_places()} <= new
    assert {effect.station.id for effect in found.list_losing_places()} <= old


@searched(15)
@given(demands(), registers(), registers())
def test_each_hour_of_a_week_is_what_that_instant_says(
    demand: Demand, before: list[Station], after: list[Station]
) -> None:
    one, other = StationIndex.build(before), StationIndex.build(after)
    weeks = compare_weeks(demand, one, other, MONDAY, REACH)
    net = weeks.gained - weeks.lost
    assert net.tolist() == (weeks.after.served - weeks.before.served).tolist()
    hour = 2 * 24 + 12
    at_noon: CoverageComparison = compare_coverage(demand, one, other, NOON, REACH)
    assert weeks.gained[hour] == at_noon.totals["gained"]
    assert weeks.lost[hour] == at_noon.totals["lost"]


A = Station(id="a", name="甲", kind=Kind.OUTDOOR_STATION, lon=117.0, lat=36.6, access=Access.PUBLIC)


@pytest.mark.parametrize(
    ("fields", "sort"),
    [
        ({"lon": 117.01}, "moved"),
        ({"lon": None, "lat": None}, "moved"),
        ({"hours_text": "24小时"}, "hours"),
        ({"access": Access.MEMBERS}, "access"),
        ({"entry": Entry.SCAN}, "access"),
        ({"status": Status.CLOSED_FOR_GOOD}, "status"),
        ({"phone": "12351"}, "other"),
        ({"lon": 117.0 + 1e-9}, "unchanged"),  # a file's rounding
        ({"source": "another file", "sample": True}, "unchanged"),  # nothing of the place itself
    ],
)
def test_what_changed_of_a_place_has_a_name(fields: dict[str, object], sort: str) -> None:
    after = A.model_copy(update=fields)
    counts = compare_places([A], [after]).count_by_sort()
    assert {name for name, count in counts.items() if count} == {sort}


def test_a_place_may_change_in_several_ways_at_once() -> None:
    after = A.model_copy(update={"lat": 36.61, "hours_text": "24小时"})
    (change,) = compare_places([A], [after]).changed
    assert change.fields == ("lat", "hours_text")
    assert change.distance_m == pytest.approx(1_110, abs=5)


def test_an_id_that_stands_there_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="'a'"):
        compare_places([A, A], [A])

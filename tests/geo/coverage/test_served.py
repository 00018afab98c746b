"""Who is served at an instant and through a week, against every geodesic and every door."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.civil_time import CIVIL_TIME, start_of_day
from geo.coverage.demand import Demand
from geo.coverage.hours import DAY_HOURS, NIGHT_HOURS, coverage_by_hour, week_instants
from geo.coverage.reach import OPEN_TO_ALL, Reach
from geo.coverage.served import coverage_at
from geo.hours import SpecialHours
from geo.nearest.filters import Filters
from geo.nearest.index import StationIndex
from geo.station import Access, Kind, Station
from geo.status.live import LiveSummary
from tests.geo.coverage.obvious import nearest_that_do, place, will_do
from tests.geo.nearest.brute_force import GEOD, SMALL, all_distances, queries
from tests.profile import searched

NOON = datetime(2026, 9, 18, 4, tzinfo=UTC)  # a Friday, 12:00 in Jinan
MONDAY = date(2026, 9, 14)
STATIONS = sorted(SMALL, key=lambda one: one.id)
ASKED = (
    OPEN_TO_ALL,
    Filters(),
    replace(OPEN_TO_ALL, accesses=OPEN_TO_ALL.accesses | {Access.MEMBERS}),
    replace(OPEN_TO_ALL, employer="环卫所"),
    replace(OPEN_TO_ALL, kinds=frozenset({Kind.MOTHER_ROOM})),
    Filters(not_closed=True, facilities=frozenset({"water"})),
    Filters(open_only=True, stay_min=45),
)


def some_demand(seed: int, n: int) -> Demand:
    rng = np.random.default_rng(seed)
    codes = rng.choice(np.array(["370102", "370103", "370203", None], dtype=object), n)
    return Demand(queries(seed, n), rng.integers(0, 9, n).astype(float), "people", codes)


@searched(25)
@given(
    seed=st.integers(0, 2**32 - 1),
    hours=st.integers(0, 24 * 400),
    asked=st.sampled_from(ASKED),
    radius_m=st.sampled_from((1.0, 700.0, 5_000.0, 45_000.0, 100_000.0)),
)
def test_served_is_who_has_a_place_that_will_do_within_the_radius(
    seed: int, hours: int, asked: Filters, radius_m: float
) -> None:
    when = NOON + timedelta(hours=hours)
    demand = some_demand(seed, 64)
    served = coverage_at(demand, StationIndex.build(SMALL), when, Reach(radius_m, filters=asked))
    nearest_m = nearest_that_do(demand, STATIONS, will_do(STATIONS, when, asked))
    assert served.mask.tolist() == (nearest_m <= radius_m).tolist()
    found = np.isfinite(nearest_m)
    assert (np.isfinite(served.nearest_m) == found).all()
    assert (served.station[~found] == -1).all()
    assert np.abs(served.nearest_m[found] - nearest_m[found]).max(initial=0) < 0.001
    places = np.array([(STATIONS[i].lon, STATIONS[i].lat) for i in served.station[found].tolist()]).reshape(
        -1, 2
    )
    named_m = all_distances(demand.points[found], places).diagonal()
    assert np.abs(named_m - nearest_m[found]).max(initial=0) < 0.002


@searched(30)
@given(
    seed=st.integers(0, 2**32 - 1),
    radius_m=st.sampled_from((0.3, 1_000.0, 39_999.9999, 40_000.001, 100_000.0)),
)
def test_at_the_radius_itself_the_geodesic_decides(seed: int, radius_m: float) -> None:
    """Rings of points about each of two places, a tenth of a millimetre in or out, where a chord can't tell."""
    rng = np.random.default_rng(seed)
    homes = np.array([(117.0, 36.6), (117.0, 36.6 + 1e-7)])
    index = StationIndex.build([place(f"s{n}", lon, lat) for n, (lon, lat) in enumerate(homes.tolist())])
    middle, azimuth = homes[rng.integers(0, 2, 40)], rng.uniform(0, 360, 40)
    off_m = rng.choice([-1e-3, -1e-4, 0.0, 1e-4, 1e-3], 40)
    lon, lat, _ = GEOD.fwd(middle[:, 0], middle[:, 1], azimuth, np.maximum(radius_m + off_m, 0))
    demand = Demand.from_points(np.column_stack((lon, lat)), np.ones(40), districts=["370102"] * 40)
    inside = all_distances(demand.points, index.points).min(axis=1) <= radius_m
    assert coverage_at(demand, index, NOON, Reach(radius_m)).mask.tolist() == inside.tolist()
    week = coverage_by_hour(demand, index, MONDAY, Reach(radius_m))
    assert week.served_at(4 * 24 + 12).tolist() == inside.tolist()


@pytest.mark.parametrize(
    "asked", [ASKED[0], ASKED[6], *(pytest.param(one, marks=pytest.mark.endure) for one in ASKED[1:6])]
)
def test_every_hour_of_a_week_is_as_asked_at_that_hour(asked: Filters) -> None:
    demand, index = some_demand(3, 80), StationIndex.build(SMALL)
    table = coverage_by_hour(demand, index, MONDAY, Reach(900, filters=asked))
    metres = all_distances(demand.points, index.points)
    for hour in range(0, 168, 5):
        when = start_of_day(MONDAY) + timedelta(hours=hour)
        good = will_do(STATIONS, when, asked)
        mask = ((metres <= 900) & good).any(axis=1)
        assert table.served_at(hour).tolist() == mask.tolist()
        assert table.served[hour] == demand.weight[mask].sum()
        assert table.share[hour] == pytest.approx(demand.weight[mask].sum() / demand.total)
        for code in ("370102", "370103", "370203"):
            here = demand.district == code
            share = demand.weight[here & mask].sum() / demand.weight[here].sum()
            assert table.areas.loc[code, hour] == pytest.approx(share)


def test_the_night_map_and_the_night_s_share_come_from_the_same_call() -> None:
    """Two by day, one of them all night: coverage falls from 30 people to 10."""
    index = StationIndex.build([place("a", 117.0, 36.6, "8:00-22:00"), place("b", 117.1, 36.6)])
    demand = Demand.from_points(
        [(117.0, 36.6), (117.1, 36.6), (117.2, 36.6)], [20, 10, 30], districts=["370102"] * 3
    )
    table = coverage_by_hour(demand, index, MONDAY, Reach(500))
    assert (table.mean_share(DAY_HOURS), table.mean_share(NIGHT_HOURS)) == (0.5, pytest.approx(1 / 6))
    assert table.served_at(4 * 24 + 21).tolist() == [True, True, False]
    assert table.served_at(4 * 24 + 22).tolist() == [False, True, False]
    assert table.share[21] == 0.5
    assert table.total.tolist() == [60] * 168


def test_holidays_and_what_a_keeper_says_hold_in_the_week_in_which_they_lie() -> None:
    """In the week of National Day the office is shut to Wednesday 7 October; Saturday 10 is a make-up day."""
    office = place("a", 117.0, 36.6, "工作日9:00-17:00")
    shut = SpecialHours(
        datetime(2026, 10, 9, 0, tzinfo=CIVIL_TIME),
        datetime(2026, 10, 9, 12, tzinfo=CIVIL_TIME),
        None,
        "repairs",
    )
    demand = Demand.from_points([(117.0, 36.6)], [5], districts=["370102"])
    index = StationIndex.build([office]).with_live({"a": LiveSummary(spells=(shut,))})
    table = coverage_by_hour(demand, index, date(2026, 10, 5), Reach(500))
    lit = [hour for hour in range(168) if table.served_at(hour).any()]
    whole = [day * 24 + hour for day in (3, 5) for hour in range(9, 17)]
    assert lit == sorted(whole + [4 * 24 + hour for hour in range(12, 17)])
    assert coverage_at(demand, index, datetime(2026, 10, 10, 2, tzinfo=UTC), Reach(500)).mask.all()
    assert not coverage_at(demand, index, datetime(2026, 10, 9, 2, tzinfo=UTC), Reach(500)).mask.any()


def test_nobody_and_nothing_are_answered() -> None:
    nobody, someone = (
        Demand.from_points([], []),
        Demand.from_points([(117.0, 36.6)], [3], districts=["370102"]),
    )
    nothing: list[Station] = []
    for demand, stations in ((nobody, SMALL), (nobody, nothing), (someone, nothing)):
        index = StationIndex.build(stations)
        served = coverage_at(demand, index, NOON)
        assert (served.mask.any(), len(served.mask)) == (False, len(demand))
        table = coverage_by_hour(demand, index, MONDAY)
        assert np.isnan(table.share).all() if not len(demand) else (table.share == 0).all()
        assert np.isinf(served.nearest_m).all()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"radius_m": 0}, "radius_m is 0; give metres, above 0 and up to 100000"),
        ({"radius_m": 500_000}, "radius_m is 500000; .*100 km"),
        ({"radius_m": float("nan")}, "radius_m is nan"),
        ({"spacing_m": float("inf")}, "spacing_m is inf"),
        ({"within_s": 600.0}, "go together"),
    ],
)
def test_a_reach_that_cannot_be_is_named_with_what_can(wrong: dict[str, float], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Reach(**wrong)


def test_naive_times_and_weeks_that_begin_on_another_day_are_refused() -> None:
    index, demand = StationIndex.build(SMALL), some_demand(1, 5)
    with pytest.raises(ValueError, match="no offset"):
        coverage_at(demand, index, datetime(2026, 9, 18, 4))  # noqa: DTZ001 that is what is refused
    with pytest.raises(ValueError, match="2026-09-16 is no Monday; give one, such as 2026-09-14"):
        coverage_by_hour(demand, index, date(2026, 9, 16))
    with pytest.raises(ValueError, match="hour 168"):
        coverage_by_hour(demand, index, MONDAY).served_at(168)
    assert week_instants(MONDAY)[1] - week_instants(MONDAY)[0] == timedelta(hours=1)

"""Notes on what would change if residents were spread evenly: as a plain loop over points and places counts them."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.civil_time import HOURS_A_WEEK
from geo.coverage import Demand, Reach
from geo.coverage.equity import compute_equity
from geo.coverage.mixture import mix_demands
from geo.gaps import compute_gaps
from geo.geodesy import geodesic_m
from geo.nearest.index import StationIndex
from geo.station import Access, Kind, Station
from tests.tiers import budget
from yihui.planning.demand.even_comparison import EvenComparison
from yihui.planning.gaps.streets import find_worst_hour

MONDAY = datetime(2026, 9, 13, 16, tzinfo=UTC)  # 14 September, 0:00
HOURS = ("24/7", "08:00-20:00", "off")
REACH = Reach(radius_m=1_000)
EVERY_FOURTH = [MONDAY + timedelta(hours=hour) for hour in range(0, HOURS_A_WEEK, 4)]


@st.composite
def towns(draw: st.DrawFn) -> tuple[Demand, StationIndex]:
    chance = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    homes = Demand.from_points(
        chance.uniform((117, 36.6), (117.05, 36.64), (12, 2)), chance.integers(1, 50, 12)
    )
    orders = Demand.from_points(
        chance.uniform((117, 36.6), (117.05, 36.64), (5, 2)), chance.integers(1, 9, 5), "orders"
    )
    hours = chance.integers(0, HOURS_A_WEEK, 5).astype(np.int16)
    timed = Demand(orders.points, orders.weight, "orders", orders.district, hours)
    stations = [
        Station(
            id=str(n), name=str(n), kind=Kind.OUTDOOR_STATION, lon=lon, lat=lat, access=Access.PUBLIC,
            hours_text=HOURS[chance.integers(3)],
        )
        for n, (lon, lat) in enumerate(chance.uniform((117, 36.6), (117.05, 36.64), (4, 2)).tolist())
    ]  # fmt: skip
    demand = mix_demands(homes, [(timed, 0.3)]) if draw(st.booleans()) else homes
    return demand, StationIndex.build(stations)


def share_unserved(demand: Demand, index: StationIndex, when: object) -> float:
    """Return the share without a place, point by point."""
    then = demand.at(when)  # type: ignore[arg-type]
    usable = index.points[index.passing_mask(REACH.filters, when)]  # type: ignore[arg-type]
    lost = sum(
        weight
        for point, weight in zip(then.points, then.weight, strict=True)
        if not len(usable)
        or geodesic_m(np.repeat(point[None], len(usable), 0), usable).min() > REACH.radius_m
    )
    return float(lost / then.total)


@pytest.mark.endure
@settings(max_examples=budget(100))
@given(towns(), st.booleans())
def test_the_even_share_is_that_of_a_plain_count(
    town: tuple[Demand, StationIndex], is_by_street: bool
) -> None:
    even, index = town
    compared = EvenComparison(lambda: even, is_by_street=is_by_street)
    ending = "_straight" if is_by_street else ""
    (coverage,) = compared.note_coverage(0.25, index, EVERY_FOURTH[2], REACH)
    assert coverage.code == f"demand.even_served{ending}"
    assert coverage.params["share"] == "25.0%"
    served = 1 - share_unserved(even, index, EVERY_FOURTH[2])
    assert float(coverage.params["even"].rstrip("%")) == pytest.approx(100 * served, abs=0.051)
    (gaps,) = compared.note_gaps(0.5, index, EVERY_FOURTH, REACH)
    assert gaps.code == f"demand.even_gaps{ending}"
    amounts = {when: share_unserved(even, index, when) * even.at(when).total for when in EVERY_FOURTH}
    worst = share_unserved(even, index, max(amounts, key=lambda when: round(amounts[when], 6)))
    assert float(gaps.params["even"].rstrip("%")) == pytest.approx(100 * worst, abs=0.051)


@pytest.mark.endure
@settings(max_examples=budget(100))
@given(towns())
def test_the_same_demand_has_the_same_figures_as_its_gaps(town: tuple[Demand, StationIndex]) -> None:
    demand, index = town
    gaps = compute_gaps(demand, index, REACH, EVERY_FOURTH)
    share = find_worst_hour(gaps, demand, EVERY_FOURTH).unmet_share
    (note,) = EvenComparison(lambda: demand).note_gaps(share, index, EVERY_FOURTH, REACH)
    assert note.params["share"] == note.params["even"]


def test_access_is_measured_for_the_hour_of_the_even_demand() -> None:
    asked: list[float] = []
    orders = Demand.from_points([(117.0, 36.6)], [10.0])
    at_noon = Demand(orders.points, orders.weight, "orders", orders.district, np.array([12], dtype=np.int16))
    even = mix_demands(Demand.from_points([(117.01, 36.6)], [10.0]), [(at_noon, 0.5)])

    def measure(demand: Demand) -> object:
        asked.append(demand.total)
        return compute_equity(np.full(len(demand), np.nan), demand.weight)

    found = measure(Demand.from_points([(117.0, 36.6)], [1.0]))
    (note,) = EvenComparison(lambda: even).note_access(found, MONDAY, measure)  # type: ignore[arg-type]
    assert asked[1:] == [5.0]  # the orders arise at noon only
    assert note.params == {"share": "100.0%", "even": "100.0%", "gini": "–", "even_gini": "–"}


def test_other_demand_has_no_note() -> None:
    index = StationIndex.build([])
    nobody = Demand.from_points([(117.0, 36.6)], [0.0])
    for compared in (EvenComparison(None), EvenComparison(lambda: nobody)):
        assert compared.note_coverage(1.0, index, MONDAY, REACH) == ()
        assert compared.note_gaps(1.0, index, EVERY_FOURTH, REACH) == ()

"""Makes a study: reads the register and the demand, and asks geo everything once."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

import numpy as np

from core.civil_time import CIVIL_TIME, civil_date
from core.faults import Fault, InputFaults
from yihui.bootstrap import Wiring
from yihui.planning.study.access import access_at
from yihui.planning.study.parts import demand_of_study, proposals_of, sources_of
from yihui.planning.study.study import (
    NIGHT_HOUR,
    Moment,
    Study,
    StudyOrder,
    monday_of,
)

if TYPE_CHECKING:
    from geo.coverage import Demand, Reach
    from geo.gaps import Gap, Whereabouts
    from geo.nearest.index import StationIndex
    from geo.station import Station
    from yihui.planning.study.ground import Ground

N_ = str  # marks a text for the message catalogue

# How fine the grid of census and ground is, and the cells of the maps, by the digits of the area's code.
SPACING_M = {2: 1_000.0, 4: 500.0, 6: 250.0}
RESOLUTION = {2: 7, 4: 8, 6: 9}
GAPS_NAMED = 100  # of each sort


def make_study(wiring: Wiring, order: StudyOrder) -> Study:
    """Read what is asked about and compute everything that is shown of it.

    *Raises*: InputFaults for an area, a register or a demand that won't do.
    """
    from geo.coverage import by_hour
    from geo.coverage.equity import equity
    from geo.coverage.openness import week_of
    from geo.gaps import gaps
    from yihui.planning.study.areas import Basis, area_tables
    from yihui.planning.study.counts import place_counts
    from yihui.planning.study.ground import county_of_stations, ground_of
    from yihui.planning.study.night import day_and_night
    from yihui.planning.study.uses import uses_of

    ground = ground_of(wiring, order.area)
    everywhere, index = _register(wiring, order)
    counties = county_of_stations(ground, everywhere)
    stations = tuple(s for s in everywhere if s.id in counties)
    if not stations:
        remedy = N_("import a register first: yihui stations import FILE.csv --datum wgs84")
        fault = Fault(N_("there is no station in {value}"), remedy, field="--area", value=ground.name)
        raise InputFaults([fault])
    reach = _reach(order, ground)
    chosen = demand_of_study(wiring, order, reach.spacing_m)
    demand = chosen.demand
    now, night = (_moment(demand, index, at, reach, ground) for at in (order.at, night_of(order.at)))
    usable = _usable(index, order.at, reach)
    basis = Basis(
        ground, demand, now.served, night.served, now.access, _counted(stations, counties), Counter(
            counties[id] for id in usable if id in counties
        ),
    )  # fmt: skip
    monday = monday_of(order.at)
    hours = by_hour(demand, index, monday, reach)
    found = gaps(demand, index, reach, week_of(monday))
    return Study(
        order=order,
        area_name=ground.name,
        outlines=ground.outlines,
        cities=ground.cities,
        stations=stations,
        counts=place_counts(stations, index, order.at),
        index=index,
        reach=reach,
        demand=demand,
        demand_title=chosen.title,
        now=now,
        night=night,
        areas=area_tables(basis),
        hours=hours,
        profile=day_and_night(hours.share),
        gaps=found,
        gap_places=_whereabouts(found, ground, stations),
        equity=equity(now.access, demand.weight),
        proposals=proposals_of(wiring, order, reach.spacing_m),
        uses=uses_of(wiring, counties, ground.prefix, order.register),
        sources=sources_of(wiring, order, chosen.title, stations),
        notes=tuple(chosen.notes),
        is_sample=any(station.sample for station in stations),
    )


def night_of(at: datetime) -> datetime:
    """23:00 of the civil day of an instant, in UTC."""
    return datetime.combine(civil_date(at), time(NIGHT_HOUR), CIVIL_TIME).astimezone(UTC)


def _register(wiring: Wiring, order: StudyOrder) -> "tuple[list[Station], StationIndex]":
    """All stations, and those that are placed with what keepers say of them now."""
    from geo.nearest.index import StationIndex
    from geo.registry import load_live
    from yihui.services.station_selection import chosen_stations

    stations = chosen_stations(wiring, register=order.register)
    with wiring.database.read() as connection:
        live = load_live(connection, wiring.now())
    return stations, StationIndex.build(stations, live)


def _reach(order: StudyOrder, ground: "Ground") -> "Reach":
    from geo.coverage import Reach

    spacing = order.spacing_m or SPACING_M[len(ground.prefix)]
    return Reach(radius_m=order.radius_m, spacing_m=spacing)


def _moment(
    demand: "Demand", index: "StationIndex", at: datetime, reach: "Reach", ground: "Ground"
) -> Moment:
    from geo.coverage import coverage_at, overall
    from yihui.planning.study.cells import cells_with_access
    from yihui.planning.study.distances import distances

    served = coverage_at(demand, index, at, reach)
    access = access_at(demand, index, at, reach)
    figures = overall(demand, served)
    cells = cells_with_access(demand, served, access, RESOLUTION[len(ground.prefix)])
    spread = distances(served.nearest_m, demand.weight, figures.median_m, figures.p90_m)
    return Moment(at, served, figures, spread, access, cells)


def _usable(index: "StationIndex", at: datetime, reach: "Reach") -> list[str]:
    mask = index.passing(reach.filters, at)
    return [index.stations[place].id for place in np.flatnonzero(mask)]


def _counted(stations: "Sequence[Station]", counties: dict[str, str]) -> Counter[str]:
    """Places by county that aren't closed for good."""
    from geo.station import Status

    return Counter(counties[s.id] for s in stations if s.status is not Status.CLOSED_FOR_GOOD)


def _whereabouts(
    gaps: "Sequence[Gap]", ground: "Ground", stations: "Sequence[Station]"
) -> "dict[str, Whereabouts]":
    from geo.districts import Districts
    from geo.gaps import NamedPlaces, whereabouts

    lasting = [gap for gap in gaps if gap.is_lasting][:GAPS_NAMED]
    at_times = [gap for gap in gaps if not gap.is_lasting][:GAPS_NAMED]
    named = [*lasting, *at_times]
    places = whereabouts(named, NamedPlaces.of_stations(stations), Districts(ground.outlines))
    return {gap.id: place for gap, place in zip(named, places, strict=True)}

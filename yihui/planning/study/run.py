"""Build a study: load the register and the demand, and compute each figure once."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from math import hypot
from typing import Any

import numpy as np

from core.civil_time import civil_date, monday_of
from core.faults import FaultError
from core.text_marks import N_
from geo.coverage.demand import Demand
from geo.coverage.floating import SharedPlaces, compute_equity
from geo.coverage.hours import coverage_by_hour, coverage_of_night, night_instants, week_instants
from geo.coverage.reach import Reach
from geo.coverage.served import ServedDemand, coverage_at, distance_tolerances, radius_tolerance
from geo.coverage.tables import compute_distance_bands, count_places, coverage_by_cell, coverage_overall
from geo.districts import Districts
from geo.formats.outlines import OUTLINES_SOURCE
from geo.geodesy import Floats
from geo.nearest.index import StationIndex
from geo.registry.usage_counts import load_use_groups
from geo.station import Station, Status
from geo.usage_counts import StationUse, sum_uses_by_station
from yihui.bootstrap import Wiring
from yihui.planning.access.run import share_places
from yihui.planning.demand.run import demand_in_hour, load_demand_around, load_some_demand
from yihui.planning.gaps.request import GapOrder
from yihui.planning.gaps.run import GapLandmarks, GapSearch, load_gap_landmarks, measure_gaps
from yihui.planning.order import AreaOrder, StudyOrder
from yihui.planning.run import PLAN_FAULTS, counties_by_station, list_source_registers, load_study_area
from yihui.planning.siting.request import SitingOrder
from yihui.planning.siting.run import propose_sites
from yihui.planning.street_reach import WAYS_ATTRIBUTION
from yihui.planning.study.figures import AreaTableInput, StudyMoment, build_area_tables, build_study_townships
from yihui.planning.study.study import StraightFigures, Study, StudyUses
from yihui.planning.text import Source
from yihui.planning.townships import check_township_datum, find_township_outlines
from yihui.runtime.progress import begin_step
from yihui.services.stations.selection import select_stations
from yihui.services.streets.current import STREETS_ATTRIBUTION

# The H3 resolution of the maps, by the digits of the area's code.
CELL_RESOLUTION = {2: 7, 4: 8, 6: 9}


def access_at(
    demand: Demand, index: StationIndex, at: datetime, reach: Reach, around: Demand | None
) -> Floats:
    """Return open places per `access_denominator` of the demand at an instant; 0 where none is within reach.

    The method is 2SFCA with the radius, by street if the reach is, as `yihui plan access` measures it; each place
    has capacity 1, shared by all demand within reach, also by that ``around`` the area. *Shape*: (n,).
    """
    places = index.points[np.flatnonzero(index.passing_mask(reach.filters, at))]
    zone_m = reach.radius_m if reach.street_m is None else reach.street_m
    shared = SharedPlaces(demand, around, places, np.ones(len(places)))
    return np.nan_to_num(share_places(shared, reach, ((zone_m, 1.0),))[0], nan=0.0)


def measure_moment(
    demand: Demand,
    served: ServedDemand,
    at: datetime,
    reach: Reach,
    resolution: int,
    access: Floats | None = None,
) -> StudyMoment:
    """Measure coverage at an instant or in a night, with cells of an H3 resolution, and their mean ``access``."""
    figures = coverage_overall(demand, served)
    bands = compute_distance_bands(served.nearest_m, demand.weight)
    cells = coverage_by_cell(demand, served, resolution, access)
    tolerance = served.tolerance(demand, reach.radius_m)
    of_distances = distance_tolerances(demand, served.nearest_m, figures.median_m, figures.p90_m)
    edges = [radius_tolerance(demand, demand.weight, served.nearest_m - one.from_m) for one in bands[1:]]
    of_bands = tuple(map(hypot, [0.0, *edges], [*edges, 0.0]))
    return StudyMoment(at, demand, served, figures, bands, cells, tolerance, of_distances, of_bands)


def build_study(wiring: Wiring, order: StudyOrder) -> Study:
    """Load the data of an area and compute every figure of its study, in the steps that an observer sees.

    *Raises*: FaultError for an unusable area, register or demand.
    """
    begin_step()
    ground = load_study_area(wiring, order.area)
    everywhere, index = (
        select_stations(wiring, register=order.register),
        wiring.stations(order.register),
    )
    counties = counties_by_station(ground, everywhere)
    stations = tuple(s for s in everywhere if s.id in counties)
    if not stations:
        raise FaultError(PLAN_FAULTS.build("no_station", field="--area", value=ground.name))
    straight = Reach(order.radius_m, order.grid_of_demand_m)
    chosen = load_some_demand(wiring, order.query)
    demand, around = chosen.demand, load_demand_around(wiring, order.query, straight.radius_m)
    demand_in_hour(demand, order.at)  # a report of a moment without demand would have no figures
    begin_step()
    check_township_datum(order.townships, order.datum)
    parts = find_township_outlines(wiring, ground, order.townships, order.datum)
    week = week_instants(monday_of(order.at))
    nights = night_instants(order.at)
    ways = order.streets
    if ways is not None:
        ways = ways.collect_ways(demand, index, (*week, order.at, *nights), straight.radius_m)
    reach = straight if ways is None else replace(ways.build_reach(), spacing_m=straight.spacing_m)
    then, resolution = demand.at(order.at), CELL_RESOLUTION[len(ground.prefix)]
    access = access_at(then, index, order.at, reach, around)
    served = coverage_at(then, index, order.at, reach)
    now = measure_moment(then, served, order.at, reach, resolution, access)
    night = measure_moment(*coverage_of_night(demand, index, order.at, reach), nights[0], reach, resolution)
    beside, by_line = None, None
    if ways is not None:
        beside, line = ways.cover_straight(then, index, order.at), Reach(ways.straight_m)
        by_line = StraightFigures(
            coverage_overall(then, beside).share,
            coverage_overall(*coverage_of_night(demand, index, order.at, line)).share,
            compute_equity(access_at(then, index, order.at, line, around), then.weight).gini,
        )
    usable = list_usable(index, order.at, reach)
    basis = AreaTableInput(
        ground, now, night, access,
        Counter(counties[one.id] for one in stations if one.status is not Status.CLOSED_FOR_GOOD),
        Counter(counties[id] for id in usable if id in counties),
        beside,
    )  # fmt: skip
    advance = begin_step(len(demand))
    hours = coverage_by_hour(demand, index, monday_of(order.at), reach, told=advance)
    begin_step()
    landmarks = load_gap_landmarks(wiring, index, ground.outlines)
    districts = parts.build_districts(wiring.language) if parts else Districts.from_frame(ground.outlines)
    asked = GapOrder.model_construct(**{**_terms_of(order), "at": None, "streets": ways})
    search = GapSearch(asked, ground, index, reach, week, landmarks, districts, parts)
    found = measure_gaps(search, demand, parts.locate_demand(demand) if parts else demand, chosen.title)
    proposals = None
    if order.sites is not None:  # from a grid, so that they serve the most demand
        terms = {**_terms_of(order), "streets": ways, "p": order.sites, "extended_hours": True, "curve": True}
        proposals = propose_sites(wiring, SitingOrder(**terms))
    return Study(
        order=order,
        area_name=ground.name,
        outlines=ground.outlines,
        cities=ground.cities,
        stations=stations,
        counts=count_places(stations, index, order.at),
        index=index,
        reach=reach,
        demand=demand,
        demand_title=chosen.title,
        now=now,
        access=access,
        night=night,
        areas=build_area_tables(basis),
        hours=hours,
        found_gaps=found,
        equity=replace(compute_equity(access, then.weight), without_share=1 - now.figures.share),
        proposals=proposals,
        uses=load_study_uses(wiring, counties, ground.prefix, order.register),
        sources=(
            *list_study_sources(wiring, order, chosen.title, stations),
            *list_landmark_sources(wiring, landmarks),
            *([Source(parts.format_source(wiring.language))] if parts else ()),
            *([] if ways is None else [Source(wiring.render(WAYS_ATTRIBUTION))]),
        ),
        notes=(*chosen.notes, *(parts.notes if parts else ())),
        is_sample=any(station.sample for station in stations),
        townships=build_study_townships(wiring.language, parts, basis, stations, counties, usable)
        if parts
        else None,
        terms=None if ways is None else ways.terms,
        straight=by_line,
    )


def list_usable(index: StationIndex, at: datetime, reach: Reach) -> list[str]:
    """Return the ids of the places that count at an instant."""
    mask = index.passing_mask(reach.filters, at)
    return [index.stations[place].id for place in np.flatnonzero(mask)]


def _terms_of(order: AreaOrder) -> dict[str, Any]:
    """Return what an order says to any other analysis of the same area; outlines of townships are read already."""
    said = {name: getattr(order, name) for name in AreaOrder.model_fields}
    return {**said, "spacing_m": order.grid_of_demand_m, "townships": None, "datum": None}


def list_study_sources(
    wiring: Wiring, order: AreaOrder, demand_title: str, stations: Sequence[Station]
) -> tuple[Source, ...]:
    """Return the sources of the figures: registers with their import dates, demand, outlines."""
    registers = (
        Source(
            wiring.render(N_("Register: {source}"), source=one.source or one.name),
            civil_date(one.imported_at),
        )
        for one in list_source_registers(wiring, order.register, stations)
    )
    return (
        *registers,
        Source(wiring.render(N_("Demand: {source}"), source=demand_title)),
        Source(wiring.render(N_("Outlines: {source}"), source=wiring.render(OUTLINES_SOURCE))),
    )


def list_landmark_sources(wiring: Wiring, landmarks: GapLandmarks) -> tuple[Source, ...]:
    """Return the source of the crossings that name gaps; empty where there are none."""
    return (Source(wiring.render(STREETS_ATTRIBUTION)),) if landmarks.has_crossings else ()


def load_study_uses(
    wiring: Wiring, counties: Mapping[str, str], prefix: str, register: str | None
) -> StudyUses:
    """Load the publishable rests of an area; ``counties`` maps its station ids to counties.

    With one register, groups of several stations are omitted, because they may include other registers' stations.
    """
    with wiring.database.read() as connection:
        shown = list(load_use_groups(connection, civil_date(wiring.now())))
    groups = [
        group
        for group in shown
        if group.station in counties
        or (group.station is None and register is None and group.district.startswith(prefix))
    ]
    told = sum_uses_by_station(groups)
    placed = [
        StationUse(use.station, counties.get(use.station or "", use.district), use.count, use.busiest)
        for use in told
    ]
    return StudyUses(tuple(sorted({group.month for group in groups})), tuple(placed))

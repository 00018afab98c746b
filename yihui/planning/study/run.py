"""Build a study: load the register and the demand, and compute each figure once."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from core.civil_time import civil_date, monday_of
from core.faults import FaultError
from core.text_marks import N_
from geo.gaps.sums import GapSums
from geo.registry import load_use_groups
from geo.usage_counts import StationUse, sum_uses_by_station
from yihui.bootstrap import Wiring
from yihui.planning.demand.fields import DemandFileForm
from yihui.planning.demand.run import demand_in_hour, load_demand_around, load_some_demand
from yihui.planning.gaps.run import GapLandmarks, load_gap_landmarks, sum_straight_gaps
from yihui.planning.order import AreaOrder, StudyOrder
from yihui.planning.run import PLAN_FAULTS, counties_by_station, list_source_registers, load_study_area
from yihui.planning.street_reach import WAYS_ATTRIBUTION
from yihui.planning.study.figures import StudyMoment
from yihui.planning.study.study import (
    StraightFigures,
    Study,
    StudySource,
    StudyStreets,
    StudyUses,
    access_denominator,
)
from yihui.planning.study.townships import build_study_townships, locate_in_townships
from yihui.planning.townships import check_township_datum, find_township_outlines
from yihui.runtime.progress import begin_step
from yihui.services.streets.current import STREETS_ATTRIBUTION

if TYPE_CHECKING:
    from geo.coverage.demand import Demand
    from geo.coverage.reach import Reach
    from geo.coverage.served import ServedDemand
    from geo.districts import Districts
    from geo.gaps import Gap, Whereabouts
    from geo.geodesy import Floats
    from geo.nearest.index import StationIndex
    from geo.siting.proposal import SitingProposals
    from geo.station import Station
    from yihui.planning.run import StudyArea
    from yihui.planning.townships import TownshipOutlines

# The H3 resolution of the maps, by the digits of the area's code.
CELL_RESOLUTION = {2: 7, 4: 8, 6: 9}


def access_at(
    demand: "Demand", index: "StationIndex", at: datetime, reach: "Reach", around: "Demand | None"
) -> "Floats":
    """Return open places per `access_denominator` of the demand at an instant; 0 where none is within reach.

    The method is 2SFCA with the radius, by street if the reach is, as `yihui plan access` measures it; each place
    has capacity 1, shared by all demand within reach, also by that ``around`` the area. *Shape*: (n,).
    """
    from geo.coverage.floating import DistanceDecay
    from yihui.planning.access.run import find_catchments

    points, weight = demand.join_points(around)
    places = index.points[np.flatnonzero(index.passing_mask(reach.filters, at))]
    decay = DistanceDecay.binary(reach.radius_m if reach.street_m is None else reach.street_m)
    found = find_catchments(points, places, reach, decay).measure(weight, np.ones(len(places)))
    return np.asarray(np.nan_to_num(found[: len(demand)], nan=0.0) * access_denominator(demand.unit))


def measure_moment(
    demand: "Demand",
    served: "ServedDemand",
    at: datetime,
    reach: "Reach",
    resolution: int,
    access: "Floats | None" = None,
) -> StudyMoment:
    """Measure coverage at an instant or in a night, with cells of an H3 resolution, and their mean ``access``."""
    from geo.coverage.served import distance_tolerances
    from geo.coverage.tables import compute_distance_bands, coverage_by_cell, coverage_overall

    figures = coverage_overall(demand, served)
    bands = compute_distance_bands(served.nearest_m, demand.weight)
    cells = coverage_by_cell(demand, served, resolution, access)
    tolerance = served.tolerance(demand, reach.radius_m)
    of_distances = distance_tolerances(demand, served.nearest_m, figures.median_m, figures.p90_m)
    return StudyMoment(at, demand, served, figures, bands, cells, tolerance, of_distances)


def measure_straight_figures(
    demand: "Demand",
    index: "StationIndex",
    reach: "Reach",
    at: datetime,
    gaps: GapSums,
    levels: Sequence[int],
    townships: "TownshipOutlines | None",
    around: "Demand | None",
) -> StraightFigures:
    """Measure a study at its moment and in its night, by a reach in a straight line.

    ``gaps`` are the sums of its gaps by that reach, ``levels`` the lengths of the codes of its cities and counties.
    """
    from geo.coverage.floating import compute_equity
    from geo.coverage.hours import coverage_of_night
    from geo.coverage.served import coverage_at
    from geo.coverage.tables import coverage_by_area, coverage_overall
    from geo.coverage.townships import TOWNSHIP_DIGITS

    by_day = demand.at(at)
    served = coverage_at(by_day, index, at, reach)
    now = coverage_overall(by_day, served)
    night = coverage_overall(*coverage_of_night(demand, index, at, reach))
    tables = [coverage_by_area(by_day, served, digits) for digits in levels]
    if townships is not None:
        tables.append(coverage_by_area(townships.locate_demand(by_day), served, TOWNSHIP_DIGITS))
    return StraightFigures(
        now.share,
        night.share,
        {str(code): float(share) for table in tables for code, share in table["share"].items()},
        gaps,
        replace(
            compute_equity(access_at(by_day, index, at, reach, around), by_day.weight),
            without_share=1 - now.share,
        ),
    )


def build_study(wiring: Wiring, order: StudyOrder) -> Study:
    """Load the data of an area and compute every figure of its study, in the steps that an observer sees.

    *Raises*: FaultError for an unusable area, register or demand.
    """
    from geo.coverage.floating import compute_equity
    from geo.coverage.hours import coverage_by_hour, coverage_of_night, night_instants, week_instants
    from geo.coverage.reach import Reach
    from geo.coverage.served import coverage_at
    from geo.coverage.tables import count_places
    from geo.gaps import compute_gaps, default_gap_resolution
    from yihui.planning.study.figures import (
        AreaTableInput,
        build_area_tables,
    )

    begin_step()
    ground = load_study_area(wiring, order.area)
    everywhere, index = _register(wiring, order)
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
    usable = list_usable(index, order.at, reach)
    basis = AreaTableInput(
        ground, now, night, access, _counted(stations, counties), Counter(
            counties[id] for id in usable if id in counties
        ),
    )  # fmt: skip
    advance = begin_step(len(demand))
    hours = coverage_by_hour(demand, index, monday_of(order.at), reach, told=advance)
    begin_step()
    local, limits = locate_in_townships(parts, demand)
    found = compute_gaps(local, index, reach, week, limits=limits)
    landmarks = load_gap_landmarks(wiring, index, ground.outlines)
    streets = None
    if ways is not None:
        gaps = sum_straight_gaps(ways, local, index, week, default_gap_resolution(local, reach), limits)
        by_line = measure_straight_figures(
            demand, index, straight, order.at, gaps, [*ground.digits], parts, around
        )
        streets = StudyStreets(ways.terms, by_line)
    begin_step()
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
        gaps=found,
        gap_places=_whereabouts(
            found, ground, landmarks, parts.build_districts(wiring.language) if parts else None
        ),
        equity=replace(compute_equity(access, then.weight), without_share=1 - now.figures.share),
        proposals=propose_study_sites(wiring, order.model_copy(update={"streets": ways})),
        uses=load_study_uses(wiring, counties, ground.prefix, order.register),
        sources=(
            *list_study_sources(wiring, order, chosen.title, stations),
            *list_landmark_sources(wiring, landmarks),
            *([StudySource(parts.format_source(wiring.language))] if parts else ()),
            *([] if ways is None else [StudySource(wiring.render(WAYS_ATTRIBUTION))]),
        ),
        has_crossings=landmarks.has_crossings,
        notes=(*chosen.notes, *(parts.notes if parts else ())),
        is_sample=any(station.sample for station in stations),
        townships=build_study_townships(wiring.language, parts, basis, stations, counties, usable)
        if parts
        else None,
        streets=streets,
    )


def _register(wiring: Wiring, order: StudyOrder) -> "tuple[list[Station], StationIndex]":
    """Return all stations of the order's register, and an index of the placed ones with their live status."""
    from geo.nearest.index import StationIndex
    from geo.registry import load_live_summaries
    from yihui.services.stations.selection import select_stations

    stations = select_stations(wiring, register=order.register)
    with wiring.database.read() as connection:
        live = load_live_summaries(connection, wiring.now())
    return stations, StationIndex.build(stations, live)


def list_usable(index: "StationIndex", at: datetime, reach: "Reach") -> list[str]:
    """Return the ids of the places that count at an instant."""
    mask = index.passing_mask(reach.filters, at)
    return [index.stations[place].id for place in np.flatnonzero(mask)]


def _counted(stations: "Sequence[Station]", counties: dict[str, str]) -> Counter[str]:
    """Count the stations of each county, without those closed for good."""
    from geo.station import Status

    return Counter(counties[s.id] for s in stations if s.status is not Status.CLOSED_FOR_GOOD)


def _whereabouts(
    gaps: "Sequence[Gap]", ground: "StudyArea", landmarks: GapLandmarks, districts: "Districts | None"
) -> "dict[str, Whereabouts]":
    from geo.districts import Districts
    from geo.gaps import locate_gaps

    districts = districts or Districts.from_frame(ground.outlines)
    places = locate_gaps(gaps, landmarks.places, districts)
    return {gap.id: place for gap, place in zip(gaps, places, strict=True)}


def propose_study_sites(wiring: Wiring, order: StudyOrder) -> "SitingProposals | None":
    """Propose the requested number of sites from a grid so that they serve the most demand (MCLP), or return
    None.
    """
    if order.sites is None:
        return None
    from yihui.planning.siting.request import SitingOrder
    from yihui.planning.siting.run import propose_sites

    asked = SitingOrder(
        area=order.area,
        at=order.at,
        p=order.sites,
        radius_m=order.radius_m,
        streets=order.streets,
        demand=order.demand,
        spacing_m=order.grid_of_demand_m,
        only_register=order.register,
        extended_hours=True,
        curve=True,
        **{name: getattr(order, name) for name in DemandFileForm.model_fields},
    )
    return propose_sites(wiring, asked)


def list_study_sources(
    wiring: Wiring, order: AreaOrder, demand_title: str, stations: "Sequence[Station]"
) -> tuple[StudySource, ...]:
    """Return the sources of the figures: registers with their import dates, demand, outlines."""
    from geo.formats.outlines import OUTLINES_SOURCE

    registers = (
        StudySource(
            wiring.render(N_("Register: {source}"), source=one.source or one.name),
            civil_date(one.imported_at),
        )
        for one in list_source_registers(wiring, order.register, stations)
    )
    return (
        *registers,
        StudySource(wiring.render(N_("Demand: {source}"), source=demand_title)),
        StudySource(wiring.render(N_("Outlines: {source}"), source=wiring.render(OUTLINES_SOURCE))),
    )


def list_landmark_sources(wiring: Wiring, landmarks: GapLandmarks) -> tuple[StudySource, ...]:
    """Return the source of the crossings that name gaps; empty where there are none."""
    return (StudySource(wiring.render(STREETS_ATTRIBUTION)),) if landmarks.has_crossings else ()


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

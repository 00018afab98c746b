"""Measure coverage for ``yihui plan coverage``: which demand has a place within reach that is open and usable."""

from dataclasses import dataclass, replace
from functools import partial

import geopandas as gpd
import pandas as pd

from core.civil_time import monday_of
from core.faults import Fault, FaultError, FaultTable, raise_faults
from core.text_marks import N_
from geo.coverage.demand import AREA_CODE_DIGITS, Demand
from geo.coverage.hours import (
    HourTable,
    coverage_by_hour,
    coverage_of_night,
    find_compared_hour,
    night_instants,
)
from geo.coverage.pairs import StreetTerms
from geo.coverage.population import area_demand, population_demand
from geo.coverage.reach import Reach
from geo.coverage.served import ProgressCallback, ServedDemand, coverage_at, distance_tolerances
from geo.coverage.tables import CoverageFigures, coverage_by_area, coverage_by_cell, coverage_overall
from geo.districts import Districts
from geo.formats.facts import shandong_population
from yihui.bootstrap import Wiring
from yihui.planning.coverage.request import CELL_LEVEL, CoverageOrder
from yihui.planning.demand.outlines_file import read_outlines
from yihui.planning.demand.request import CENSUS_DEMAND, GROUND_DEMAND
from yihui.planning.demand.run import ChosenDemand, load_demand
from yihui.planning.results import AreaResult
from yihui.planning.run import (
    PlaceCount,
    StudyArea,
    count_in_area,
    count_unknown_access,
    count_unknown_hours,
    load_placed_stations,
    load_study_area,
)
from yihui.planning.townships import find_table_townships
from yihui.runtime.progress import begin_step

_COUNTY_DIGITS = 6
_LONGEST_CODE = 12  # digits; a township's code ends in 000
COVERAGE_FAULTS = FaultTable(
    "coverage",
    {
        "too_coarse": (
            N_("the code {value} is of a higher level than asked for: {level}"),
            N_("choose a higher level with {option_by}, or give outlines of the lower one"),
        ),
        "no_people": (
            N_("nobody says how many people live in {value}"),
            N_("add a column 人口 to the outlines, or choose another demand: {option_demand} area, or a file"),
        ),
    },
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class CoverageResult(AreaResult[CoverageOrder]):
    """Coverage of an area. ``table`` is by area (with a column ``name``) or by cell.

    ``hours`` are of a measured week, ``night_share``, the mean of the night after the day, of a measured week or night;
    the table has the night of each area, too. ``usable`` counts the stations of the area that pass the filters then, ``access_unknown`` those that
    may be for others. ``straight_served`` is by the straight line beside streets. ``step_m`` is the distance of the sample
    points of evenly spread demand, None where figures are those of its ground. ``tolerance`` is how much of the served
    demand may be wrong where sample points measure it; they always measure distances, the half and the nine tenths.
    """

    figures: CoverageFigures
    table: pd.DataFrame
    hours: HourTable | None
    night_share: float
    usable: PlaceCount
    access_unknown: int
    terms: StreetTerms | None = None
    straight_served: float = 0.0
    step_m: float | None = None
    tolerance: float = 0.0
    distance_tolerances_m: tuple[float, ...] = (0.0, 0.0)


def measure_coverage(
    wiring: Wiring, order: CoverageOrder, *, of_week: bool = False, of_night: bool = False
) -> CoverageResult:
    """Measure the coverage of an area, with its progress; ``of_week``: at every hour of the week too; ``of_night``: by night.

    *Raises*: FaultError for an unusable area, register, outlines or demand; OSError.
    """
    begin_step()
    ground = load_study_area(wiring, order.area)
    townships = find_table_townships(wiring, order, order.by, ground)
    outlines, notes = (ground.outlines, townships.notes) if townships else _outlines(ground, order)
    # The whole register, because places beyond the border serve the area too.
    index = load_placed_stations(wiring, order.register)
    chosen = _demand(wiring, order, outlines)
    all_week = townships.locate_demand(chosen.demand) if townships else chosen.demand
    demand = all_week.at(order.at)
    reach = Reach(order.radius_m) if order.streets is None else order.streets.build_reach()
    reach = replace(reach, spacing_m=order.grid_of_demand_m, filters=order.filters)
    digits, hours = _digits(order), None
    night, nights = float("nan"), None
    if of_week:  # first, because the instant then needs no geometry of its own
        told = _count_points(order, demand)
        hours = coverage_by_hour(all_week, index, monday_of(order.at), reach, digits, told)
        night, nights = hours.night_shares(all_week, index, order.at, reach)
    served = coverage_at(demand, index, order.at, reach, _count_points(order, demand))
    streets = order.streets
    counties = Districts.from_frame(ground.outlines)
    figures = coverage_overall(demand, served)
    is_sampled = demand.even_ground is not None and (
        served.ground_share is None or order.by == CELL_LEVEL or townships is not None
    )
    table = _table(order, ground, outlines, demand, served)
    if townships is not None:  # each name has its county in front
        names = townships.full_names(wiring.language)
        table["name"] = [names.get(code, code) for code in table.index]
    terms = None if streets is None else streets.count_so_far()  # of the instant alone
    if of_night if hours is None else order.by == CELL_LEVEL:
        if streets is not None:
            memory = streets.collect_ways(all_week, index, night_instants(order.at)).memory
            reach = replace(reach, network=memory)
        by_night = coverage_of_night(all_week, index, order.at, reach)
        nights = _table(order, ground, outlines, *by_night)["share"]
        night = night if of_week else coverage_overall(*by_night).share
    if nights is not None:
        table["night_share"], table["day_share"] = nights.reindex(table.index), table["share"]
        if hours and order.by != CELL_LEVEL and (compared := find_compared_hour(order.at)) is not None:
            table["day_share"] = hours.areas.iloc[:, compared].reindex(table.index)
    return CoverageResult(
        order=order,
        area_name=ground.name,
        demand_title=chosen.title,
        demand=demand,
        index=index,
        demand_of_week=all_week,
        reach=reach,
        figures=figures,
        table=table,
        hours=hours,
        night_share=night,
        usable=count_in_area(index, index.passing_mask(order.filters, order.at), counties),
        access_unknown=count_unknown_access(index, order.at, counties),
        unknown=count_unknown_hours(index, order.at, counties, order.filters),
        notes=(*chosen.notes, *notes),
        townships=townships,
        terms=terms,
        straight_served=0.0
        if streets is None
        else coverage_overall(demand, streets.cover_straight(demand, index, order.at, order.filters)).served,
        step_m=reach.spacing_m if is_sampled else None,
        tolerance=served.tolerance(demand, reach.radius_m),
        distance_tolerances_m=distance_tolerances(demand, served.nearest_m, figures.median_m, figures.p90_m),
    )


def _count_points(order: CoverageOrder, demand: Demand) -> ProgressCallback:
    """Show an observer how many points are done; the questions about ways show their own progress."""
    return begin_step(len(demand)) if order.streets is None else lambda _: None


def _digits(order: CoverageOrder) -> int:
    return AREA_CODE_DIGITS.get(order.by, _COUNTY_DIGITS)


def _outlines(ground: StudyArea, order: CoverageOrder) -> tuple[gpd.GeoDataFrame, tuple[Fault, ...]]:
    """Return the counties of the area, or the user's own outlines that lie in it, and the notes of their file."""
    if order.outlines is None:
        return ground.outlines, ()
    inside, notes = read_outlines(order.outlines, order.datum, ground)
    short = inside[inside["code"].str.len() < _digits(order)]
    if len(short):
        build = partial(COVERAGE_FAULTS.build, "too_coarse", file=_file_name(order), field="--by")
        raise FaultError(build(value=short["code"].iloc[0], level=order.by))
    return inside.reset_index(drop=True), notes


def _demand(wiring: Wiring, order: CoverageOrder, outlines: gpd.GeoDataFrame) -> ChosenDemand:
    """Load the demand; people or ground are spread over the user's own outlines."""
    query = order.query
    if order.outlines is not None and query.built_in in (CENSUS_DEMAND, GROUND_DEMAND):
        if query.built_in == GROUND_DEMAND:
            ground = area_demand(outlines, query.spacing_m)
            return ChosenDemand(ground, wiring.render(N_("ground of the outlines")))
        residents = population_demand(outlines, _people(order, outlines), query.spacing_m)
        return ChosenDemand(residents, wiring.render(N_("residents, as the outlines have them")))
    chosen = load_demand(wiring, query)
    if order.outlines is not None:
        chosen = replace(chosen, demand=chosen.demand.located_in(Districts.from_frame(outlines)))
    return chosen


def _people(order: CoverageOrder, outlines: gpd.GeoDataFrame) -> dict[str, int]:
    """Return the people of each outline from the file's own column, or from the census where outlines are counties."""
    if "people" in outlines:
        return {code: int(people) for code, people in zip(outlines["code"], outlines["people"], strict=True)}
    census = shandong_population()
    lacking = [code for code in outlines["code"] if code not in census]
    build = partial(COVERAGE_FAULTS.build, "no_people", file=_file_name(order), field="people")
    raise_faults(build(value=code) for code in lacking)
    return {code: census[code] for code in outlines["code"]}


def _table(
    order: CoverageOrder, ground: StudyArea, outlines: gpd.GeoDataFrame, demand: Demand, served: ServedDemand
) -> pd.DataFrame:
    if order.by == CELL_LEVEL:
        cells: pd.DataFrame = coverage_by_cell(demand, served, order.resolution)
        return cells
    table = coverage_by_area(demand, served, _digits(order))
    own = dict(zip(outlines["code"], outlines["name"], strict=True))
    townships = {code.removesuffix("000"): name for code, name in own.items() if len(code) == _LONGEST_CODE}
    names = {**ground.names, **townships, **own}
    table.insert(0, "name", [names.get(code.ljust(_COUNTY_DIGITS, "0"), code) for code in table.index])
    return table


def _file_name(order: CoverageOrder) -> str | None:
    return order.outlines.name if order.outlines else None

"""Load the demand that ``--demand`` names: census residents, ground, riders' searches, or a user's file."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path

import geopandas as gpd
import numpy as np

from core.civil_time import HOURS_A_WEEK, civil_date, format_civil_minute
from core.faults import Fault, FaultError, FaultTable, raise_faults
from core.text_marks import N_
from geo.coverage.cells import cell_centres, cell_resolution, cells_from_names, parent_cell_name
from geo.coverage.demand import EVERY_HOUR, Demand, mix_demands
from geo.coverage.outlines import area_m2
from geo.coverage.population import area_demand, population_demand
from geo.districts import area_code_prefix
from geo.formats.facts import shandong_population
from geo.formats.outlines import load_area_names, load_outlines
from geo.geodesy import widen_box
from geo.registry.planning import find_demand_file, read_demand_content
from geo.registry.usage_counts import has_search_groups, load_search_groups
from geo.usage_counts import (
    MIN_GROUP_SIZE,
    SEARCH_H3_RESOLUTION,
    SearchGroup,
    next_month,
    next_publication_day,
)
from yihui.bootstrap import Wiring
from yihui.frame.cells import short_text
from yihui.planning.demand.columns import SEARCHES_UNIT
from yihui.planning.demand.districts import DemandRegion
from yihui.planning.demand.file import DemandFileReading, read_demand_file
from yihui.planning.demand.file import read_demand_content as read_content
from yihui.planning.demand.points import check_grid_size
from yihui.planning.demand.request import (
    CENSUS_DEMAND,
    GROUND_DEMAND,
    MIXTURE_FAULTS,
    PERCENT,
    SEARCHES_DEMAND,
    UNMET_SEARCHES_DEMAND,
    DemandMixture,
    DemandQuery,
    DemandReadingForm,
    parse_mixture,
    read_form_of,
)
from yihui.planning.run import PLAN_FAULTS

_TITLES = {
    CENSUS_DEMAND: N_("residents, census of 1 November 2020"),
    GROUND_DEMAND: N_("ground, each square metre alike"),
    SEARCHES_DEMAND: N_("riders' searches, {first} to {last}"),
    UNMET_SEARCHES_DEMAND: N_("riders' searches that found nothing open, {first} to {last}"),
}
DEMAND_FAULTS = FaultTable(
    "demand",
    {
        "no_searches": (
            N_("there are no searches to show: a month is shown a week after it is over, and never fewer than {value} of a cell together"),
            N_("the next month is shown from {month}/{day}/{year} on"),
        ),
        "no_demand": (
            N_("there is no demand in {value}"),
            N_("choose another area, or another demand with {option_demand}"),
        ),
        "no_demand_then": (
            N_("no demand arises at {value}"),
            N_("choose another hour, or a demand that has more than riders' hours, such as population"),
        ),
        "deleted": (N_("the file of demand was deleted in the meantime"), N_("choose another one of the list")),
        "no_census": (
            N_("the census figures at hand are those of Shandong; there are none of {value}"),
            N_("give a file with totals by district, or use {option_demand} area"),
        ),
        "search_precision": (
            N_("Searches stand at the middle of their cell of about 5 km², {value} of them in cells of 36 or 253 km²; who is within a short radius is known only roughly"),
            N_("look at whole counties, or use a file of orders: {option_demand} FILE"),
        ),
    },
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ChosenDemand:
    """Demand with its title in the reader's language and notes on assumptions.

    ``file_reading`` describes the user's file, ``search_demand`` the riders' searches; None where not used.
    """

    demand: Demand
    title: str
    notes: tuple[Fault, ...] = ()
    file_reading: DemandFileReading | None = None
    search_demand: "SearchDemand | None" = None


def load_demand(
    wiring: Wiring, wanted: DemandQuery, advance: Callable[[int], None] = lambda _: None
) -> ChosenDemand:
    """Load the requested demand in the counties of an area; ``what`` may be a mixture (`parse_mixture`).

    *Raises*: FaultError for an unknown area, an unusable file or searches that can't be shown; OSError for a
    missing file.
    """
    if (mixture := parse_mixture(wanted.what)) is not None:
        return _load_mixture(wiring, wanted, mixture, advance)
    chosen = _load_one(wiring, wanted, advance)
    return replace(chosen, demand=replace(chosen.demand, hour=None))  # one kind counts in all hours alike


def _load_mixture(
    wiring: Wiring, wanted: DemandQuery, mixture: DemandMixture, advance: Callable[[int], None]
) -> ChosenDemand:
    """Load all demands of a mixture, and mix them; orders and searches keep their hours.

    *Raises*: FaultError with the faults of all of them; OSError for a missing file.
    """
    faults: list[Fault] = []
    loaded: list[tuple[ChosenDemand, float]] = []
    for name, share in ((mixture.first, 0.0), *mixture.others):
        try:
            chosen = _load_one(wiring, replace(wanted, what=name), advance)
        except FaultError as error:
            faults += error.faults
            continue
        if not chosen.demand.total > 0:
            faults.append(MIXTURE_FAULTS.build("no_weight", field="--demand", value=name))
        if chosen.file_reading is not None:
            faults += chosen.file_reading.hour_faults
        loaded.append((chosen, share))
    raise_faults(faults)
    (first, _), *riders = loaded
    others = [(chosen.demand, share) for chosen, share in riders]
    beside = wiring.language.format_list(f"{share * PERCENT:g} % {chosen.title}" for chosen, share in riders)
    title = wiring.render(N_("{first}, and beside them {others}"), first=first.title, others=beside)
    notes = tuple(note for chosen, _ in loaded for note in chosen.notes)
    return ChosenDemand(mix_demands(first.demand, others), title, notes)


def _load_one(wiring: Wiring, wanted: DemandQuery, advance: Callable[[int], None]) -> ChosenDemand:
    region = load_demand_region(wiring, wanted.area)
    if wanted.built_in in (CENSUS_DEMAND, GROUND_DEMAND):
        return _of_outlines(wiring, wanted, region)
    if wanted.built_in is not None:
        found = load_search_demand(wiring, region, unmet=wanted.built_in == UNMET_SEARCHES_DEMAND)
        first, last = (short_text(one, wiring.language, None) for one in (found.first, found.last))
        title = wiring.render(_TITLES[wanted.built_in], first=first, last=last)
        # a sum of groups that are published anyway
        rough = sum(one.count for one in found.groups if cell_resolution(one.cell) < SEARCH_H3_RESOLUTION)
        note = DEMAND_FAULTS.build("search_precision", field="--demand", value=f"{rough:,}")
        return ChosenDemand(found.demand, title, (note,), search_demand=found)
    if wanted.uploaded is not None:
        return _of_upload(wiring, wanted, wanted.uploaded)
    said = {"file": Path(wanted.what), "spacing_m": wanted.spacing_m}
    request = (wanted.file or DemandReadingForm()).model_copy(update=said)
    return _name_file(read_demand_file(request, region, advance), "")


def load_some_demand(wiring: Wiring, wanted: DemandQuery) -> ChosenDemand:
    """Load the demand of an area. *Raises*: FaultError, as `load_demand`, and where there is no demand."""
    chosen = load_demand(wiring, wanted)
    if not chosen.demand.total > 0:
        raise FaultError(DEMAND_FAULTS.build("no_demand", field="--area", value=wanted.area))
    return chosen


def demand_in_hour(demand: Demand, when: datetime) -> Demand:
    """Return the demand of the hour in which an instant lies. *Raises*: FaultError where none arises then."""
    then = demand.at(when)
    if not then.total > 0:
        raise FaultError(DEMAND_FAULTS.build("no_demand_then", field="--at", value=format_civil_minute(when)))
    return then


def load_demand_region(wiring: Wiring, area: str | None) -> DemandRegion:
    """Load the counties of an area, or all counties of China for None. *Raises*: FaultError where there are none."""
    outlines = load_outlines(within=area)
    if outlines.empty or area not in (None, *load_area_names()):
        raise FaultError(PLAN_FAULTS.build("no_area", field="--area", value=area))
    return DemandRegion(outlines, lambda: wiring.outlines, area)


def _of_outlines(wiring: Wiring, wanted: DemandQuery, region: DemandRegion) -> ChosenDemand:
    outlines = region.outlines
    check_grid_size(float(area_m2(outlines.geometry).sum()), wanted.spacing_m)
    lacking = sorted(set(outlines["code"].astype(str)) - shandong_population().keys())
    if lacking and wanted.built_in == CENSUS_DEMAND:
        value = "、".join(lacking[:5]) + ("…" if len(lacking) > 5 else "")
        raise FaultError(DEMAND_FAULTS.build("no_census", field="--demand", value=value))
    title = wiring.render(_TITLES[wanted.built_in or CENSUS_DEMAND])
    return ChosenDemand(_spread(wanted, outlines), title)


def _spread(wanted: DemandQuery, outlines: gpd.GeoDataFrame) -> Demand:
    """Spread the ground of outlines, or their residents where these are known."""
    if wanted.built_in == GROUND_DEMAND:
        return area_demand(outlines, wanted.spacing_m)
    people = shandong_population()
    return population_demand(outlines[outlines["code"].isin(list(people))], people, wanted.spacing_m)


def load_demand_around(wiring: Wiring, wanted: DemandQuery, within_m: float) -> Demand | None:
    """Load the residents, or the ground, beside an area, who share its places: within twice the reach of a place.

    None for other demand, which is known in the area alone. Residents are known in Shandong alone.
    """
    if wanted.built_in not in (CENSUS_DEMAND, GROUND_DEMAND) or wanted.area is None:
        return None
    own = load_demand_region(wiring, wanted.area).outlines
    west, south, east, north = widen_box(own.total_bounds.tolist(), 2 * within_m)
    near = load_outlines().cx[west:east, south:north]
    found = _spread(wanted, near[~near["code"].isin(own["code"])])
    lon, lat = found.points.T
    return found.select((lon > west) & (lon < east) & (lat > south) & (lat < north))


def _name_file(read: DemandFileReading, name: str) -> ChosenDemand:
    title = " · ".join(filter(None, (name or read.file, read.column)))
    return ChosenDemand(read.demand, title, read.notes, read)


def read_uploaded_demand(
    wiring: Wiring, name: str, area: str, content: bytes, options: DemandReadingForm
) -> ChosenDemand:
    """Read the content of a file for the area that it was uploaded for, under the name that its planner gave it.

    *Raises*: FaultError with all faults of the file.
    """
    return _name_file(read_content(content, options, load_demand_region(wiring, area)), name)


def _of_upload(wiring: Wiring, wanted: DemandQuery, id_: str) -> ChosenDemand:
    """Load a planner's file: it is read as when it was checked, then cut to the area of the query."""
    with wiring.database.read() as connection:
        file = find_demand_file(connection, id_)
        content = read_demand_content(connection, id_)
    if file is None or content is None:
        raise FaultError(DEMAND_FAULTS.build("deleted", field="--demand"))
    options = read_form_of(file.options, file.file_name)
    chosen = read_uploaded_demand(wiring, file.name, file.area, content, options)
    prefix, every = area_code_prefix(wanted.area) if wanted.area else "", chosen.demand
    inside = np.array([str(code or "").startswith(prefix) for code in every.district.tolist()], dtype=bool)
    return replace(chosen, demand=every.select(inside))


@dataclass(frozen=True, slots=True)
class SearchDemand:
    """Searches of some months as demand. ``first`` is the first day of the first month, ``last`` the last day of the last month."""

    demand: Demand
    groups: tuple[SearchGroup, ...]
    first: date
    last: date


def load_search_demand(wiring: Wiring, region: DemandRegion, *, unmet: bool) -> SearchDemand:
    """Load the publishable searches of a region; ``unmet`` selects those that found nothing open.

    *Raises*: FaultError where there are none yet.
    """
    today = civil_date(wiring.now())
    with wiring.database.read() as connection:
        every = load_search_groups(connection, today, parent_cell_name)
        shown = [group for group in every if not (unmet and group.found)]
    points = cell_centres(cells_from_names([group.cell for group in shown]))
    codes = region.assign_counties(points) if shown else np.array([], dtype=object)
    inside = np.array([code is not None for code in codes.tolist()], dtype=bool)
    groups = tuple(group for group, there in zip(shown, inside, strict=True) if there)
    if not groups:
        then = next_publication_day(today)
        build = partial(
            DEMAND_FAULTS.build, year=then.year, month=then.month, day=then.day
        )  # as its reader orders them
        raise FaultError(build("no_searches", field="--demand", value=MIN_GROUP_SIZE))
    weight = np.array([group.count for group in groups], dtype=np.float64)
    hours = [EVERY_HOUR if group.hour is None else group.hour for group in groups]
    demand = Demand(points[inside], weight, SEARCHES_UNIT, codes[inside], np.array(hours, dtype=np.int16))
    months = [group.month for group in groups]
    return SearchDemand(demand, groups, min(months), next_month(max(months)) - timedelta(days=1))


def count_searches_by_hour(groups: Sequence[SearchGroup]) -> tuple[tuple[int, ...], int]:
    """Return the searches by hour of the week, and the number whose hour is withheld.

    An hour is withheld where its cell had too few searches in every single hour. *Shape*: (168,).
    """
    hours = [0] * HOURS_A_WEEK
    for group in groups:
        if group.hour is not None:
            hours[group.hour] += group.count
    return tuple(hours), sum(group.count for group in groups if group.hour is None)


def find_first_search_day(wiring: Wiring) -> date | None:
    """Return the day from which there may be searches to show; None where there are some already."""
    today = civil_date(wiring.now())
    with wiring.database.read() as connection:
        return None if has_search_groups(connection, today, parent_cell_name) else next_publication_day(today)


def check_searches(wiring: Wiring, demand: str, area: str) -> None:
    """*Raises*: FaultError where a demand is, or is mixed with, searches of which none can be shown in the area."""
    mixture = parse_mixture(demand)
    for name in [demand] if mixture is None else [mixture.first, *(name for name, _ in mixture.others)]:
        kind = DemandQuery(name, area).built_in
        if kind in (SEARCHES_DEMAND, UNMET_SEARCHES_DEMAND):
            load_search_demand(wiring, load_demand_region(wiring, area), unmet=kind == UNMET_SEARCHES_DEMAND)

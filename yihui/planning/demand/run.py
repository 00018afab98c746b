"""Load the demand that ``--demand`` names: census residents, ground, riders' searches, or a user's file."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.faults import Fault, FaultError
from core.text_marks import N_
from yihui.planning.demand.request import DemandFileOptions

if TYPE_CHECKING:
    from geo.coverage import Demand
    from yihui.bootstrap import Wiring
    from yihui.planning.demand.file import DemandFileReading
    from yihui.planning.demand.places import DemandRegion
    from yihui.planning.demand.searches import SearchDemand


CENSUS_DEMAND, GROUND_DEMAND, SEARCHES_DEMAND, UNMET_SEARCHES_DEMAND = (
    "population",
    "area",
    "searches",
    "searches:unmet",
)
_ALIASES = {"census": CENSUS_DEMAND}
BUILT_IN_DEMANDS = (CENSUS_DEMAND, GROUND_DEMAND, SEARCHES_DEMAND, UNMET_SEARCHES_DEMAND)

_TITLES = {
    CENSUS_DEMAND: N_("residents, census of 1 November 2020"),
    GROUND_DEMAND: N_("ground, each square metre alike"),
    SEARCHES_DEMAND: N_("riders' searches, {first} to {last}"),
    UNMET_SEARCHES_DEMAND: N_("riders' searches that found nothing open, {first} to {last}"),
}


@dataclass(frozen=True, slots=True)
class DemandQuery:
    """Which demand to load. ``what`` is one of `BUILT_IN_DEMANDS` or the path of a file.

    ``file`` says how to read the file. *Units*: metres.
    """

    what: str
    area: str | None
    spacing_m: float = 1_000.0
    file: DemandFileOptions | None = None

    @property
    def built_in(self) -> str | None:
        """The built-in demand that ``what`` names; None for a file."""
        word = _ALIASES.get(self.what, self.what)
        return word if word in BUILT_IN_DEMANDS else None


@dataclass(frozen=True, slots=True)
class ChosenDemand:
    """Demand with its title in the reader's language and notes on assumptions.

    ``file_reading`` describes the user's file, ``search_demand`` the riders' searches; None where not used.
    """

    demand: "Demand"
    title: str
    notes: tuple[Fault, ...] = ()
    file_reading: "DemandFileReading | None" = None
    search_demand: "SearchDemand | None" = None


def load_demand(
    wiring: "Wiring", wanted: DemandQuery, advance: Callable[[int], None] = lambda _: None
) -> ChosenDemand:
    """Load the requested demand in the counties of an area.

    *Raises*: FaultError for an unknown area, an unusable file or searches that can't be shown; OSError for a
    missing file.
    """
    region = load_demand_region(wiring, wanted.area)
    if wanted.built_in in (CENSUS_DEMAND, GROUND_DEMAND):
        return _of_outlines(wiring, wanted, region)
    if wanted.built_in is not None:
        from yihui.planning.demand.searches import load_search_demand

        found = load_search_demand(wiring, region, unmet=wanted.built_in == UNMET_SEARCHES_DEMAND)
        title = wiring.render(_TITLES[wanted.built_in], first=found.first, last=found.last)
        return ChosenDemand(found.demand, title, (_precision_note(found),), search_demand=found)
    return _of_file(wiring, wanted, region, advance)


def _precision_note(found: "SearchDemand") -> Fault:
    """Return a note on how precisely search positions are known.

    Its number is a sum of groups that are published anyway.
    """
    from geo.coverage.cells import cell_resolution
    from geo.search_counts import SEARCH_H3_RESOLUTION

    rough = sum(group.count for group in found.groups if cell_resolution(group.cell) < SEARCH_H3_RESOLUTION)
    return Fault(
        N_(
            "Searches stand at the middle of their cell of about 5 km², {value} of them in cells of 36 or "
            "253 km²; who is within a short radius is known only roughly"
        ),
        N_("look at whole counties, or use a file of orders: --demand FILE"),
        field="--demand",
        value=f"{rough:,}",
    )


def load_demand_region(wiring: "Wiring", area: str | None) -> "DemandRegion":
    """Load the counties of an area, or all counties of China for None. *Raises*: FaultError where there are
    none.
    """
    from geo.formats.outlines import load_outlines
    from yihui.planning.demand.places import DemandRegion

    outlines = load_outlines(wiring.outlines_cache, within=_six_digits(area) if area else None)
    if outlines.empty:
        raise FaultError([_no_area(str(area))])
    return DemandRegion(outlines, lambda: wiring.outlines, area)


def _six_digits(area: str) -> str:
    if len(area) != 6 or not area.isdecimal():
        raise FaultError([_no_area(area)])
    return area


def _of_outlines(wiring: "Wiring", wanted: DemandQuery, region: "DemandRegion") -> ChosenDemand:
    from geo.coverage import area_demand, area_m2, population_demand
    from geo.formats.facts import shandong_population
    from yihui.planning.demand.polygons import check_grid_size

    check_grid_size(float(area_m2(region.outlines.geometry).sum()), wanted.spacing_m)
    title = wiring.render(_TITLES[wanted.built_in or CENSUS_DEMAND])
    if wanted.built_in == GROUND_DEMAND:
        return ChosenDemand(area_demand(region.outlines, wanted.spacing_m), title)
    people = shandong_population()
    lacking = sorted(set(region.outlines["code"].astype(str)) - people.keys())
    if lacking:
        raise FaultError([_no_census(lacking)])
    return ChosenDemand(population_demand(region.outlines, people, wanted.spacing_m), title)


def _of_file(
    wiring: "Wiring", wanted: DemandQuery, region: "DemandRegion", advance: Callable[[int], None]
) -> ChosenDemand:
    from dataclasses import replace

    from yihui.planning.demand.file import read_demand_file

    path = Path(wanted.what)
    request = wanted.file or DemandFileOptions(path)
    understood = read_demand_file(replace(request, file=path, spacing_m=wanted.spacing_m), region, advance)
    column = f" · {understood.column}" if understood.column else ""
    return ChosenDemand(understood.demand, f"{understood.file}{column}", understood.notes, understood)


def _no_area(area: str) -> Fault:
    return Fault(
        N_("no district lies in {value}"),
        N_("give the six-digit code of a province, a city or a county, such as 370000, 370100 or 370102"),
        field="--area",
        value=area,
    )


def _no_census(codes: list[str]) -> Fault:
    return Fault(
        N_("the census figures at hand are those of Shandong; there are none of {value}"),
        N_("give a file with totals by district, or use --demand area"),
        field="--demand",
        value="、".join(codes[:5]) + ("…" if len(codes) > 5 else ""),
    )

"""What ``--demand`` names: residents of the census, mere ground, riders' searches, or a user's file."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.faults import Fault, InputFaults
from yihui.planning.demand.request import DemandRequest

if TYPE_CHECKING:
    from geo.coverage import Demand
    from yihui.bootstrap import Wiring
    from yihui.planning.demand.file import Understood
    from yihui.planning.demand.places import Region
    from yihui.planning.demand.searches import Searched

N_ = str  # marks a text for the message catalogue

CENSUS, GROUND, SEARCHES, UNMET = "population", "area", "searches", "searches:unmet"
_SAME = {"census": CENSUS}
WORDS = (CENSUS, GROUND, SEARCHES, UNMET)

_TITLES = {
    CENSUS: N_("residents, census of 1 November 2020"),
    GROUND: N_("ground, each square metre alike"),
    SEARCHES: N_("riders' searches, {first} to {last}"),
    UNMET: N_("riders' searches that found nothing open, {first} to {last}"),
}


@dataclass(frozen=True, slots=True)
class DemandWanted:
    """``what`` is one of `WORDS` or the path of a file, which ``file`` says how to read. *Units*: metres."""

    what: str
    area: str | None
    spacing_m: float = 1_000.0
    file: DemandRequest | None = None

    @property
    def word(self) -> str | None:
        """The word in ``what``; None for a file."""
        word = _SAME.get(self.what, self.what)
        return word if word in WORDS else None


@dataclass(frozen=True, slots=True)
class Chosen:
    """Demand with its title in the reader's language and what was taken for granted."""

    demand: "Demand"
    title: str
    notes: tuple[Fault, ...] = ()
    understood: "Understood | None" = None
    searched: "Searched | None" = None


def demand_of(
    wiring: "Wiring", wanted: DemandWanted, advance: Callable[[int], None] = lambda _: None
) -> Chosen:
    """The demand that is meant, in the counties of an area.

    *Raises*: InputFaults for an area that isn't, a file that won't do, searches that can't be shown;
    OSError for a file that isn't there.
    """
    region = region_of(wiring, wanted.area)
    if wanted.word in (CENSUS, GROUND):
        return _of_outlines(wiring, wanted, region)
    if wanted.word is not None:
        from yihui.planning.demand.searches import searched

        found = searched(wiring, region, unmet=wanted.word == UNMET)
        title = wiring.say(_TITLES[wanted.word], first=found.first, last=found.last)
        return Chosen(found.demand, title, (_whereabouts(found),), searched=found)
    return _of_file(wiring, wanted, region, advance)


def _whereabouts(found: "Searched") -> Fault:
    """How roughly it is known where riders searched. Its number is a sum of groups that are shown anyway."""
    from geo.coverage.cells import resolution_of
    from geo.search_counts import RESOLUTION

    rough = sum(group.count for group in found.groups if resolution_of(group.cell) < RESOLUTION)
    return Fault(
        N_(
            "Searches stand at the middle of their cell of about 5 km², {value} of them in cells of 36 or "
            "253 km²; who is within a short radius is known only roughly"
        ),
        N_("look at whole counties, or use a file of orders: --demand FILE"),
        field="--demand",
        value=f"{rough:,}",
    )


def region_of(wiring: "Wiring", area: str | None) -> "Region":
    """The counties of an area, all of China's where None. *Raises*: InputFaults where there are none."""
    from geo.formats.outlines import load_outlines
    from yihui.planning.demand.places import Region

    outlines = load_outlines(wiring.outlines_cache, within=_six_digits(area) if area else None)
    if outlines.empty:
        raise InputFaults([_no_area(str(area))])
    return Region(outlines, lambda: wiring.outlines, area)


def _six_digits(area: str) -> str:
    if len(area) != 6 or not area.isdecimal():
        raise InputFaults([_no_area(area)])
    return area


def _of_outlines(wiring: "Wiring", wanted: DemandWanted, region: "Region") -> Chosen:
    from geo.coverage import area_demand, area_m2, population_demand
    from geo.formats.facts import shandong_population
    from yihui.planning.demand.polygons import check_spacing

    check_spacing(float(area_m2(region.outlines.geometry).sum()), wanted.spacing_m)
    title = wiring.say(_TITLES[wanted.word or CENSUS])
    if wanted.word == GROUND:
        return Chosen(area_demand(region.outlines, wanted.spacing_m), title)
    people = shandong_population()
    lacking = sorted(set(region.outlines["code"].astype(str)) - people.keys())
    if lacking:
        raise InputFaults([_no_census(lacking)])
    return Chosen(population_demand(region.outlines, people, wanted.spacing_m), title)


def _of_file(
    wiring: "Wiring", wanted: DemandWanted, region: "Region", advance: Callable[[int], None]
) -> Chosen:
    from dataclasses import replace

    from yihui.planning.demand.file import read_demand

    path = Path(wanted.what)
    request = wanted.file or DemandRequest(path)
    understood = read_demand(replace(request, file=path, spacing_m=wanted.spacing_m), region, advance)
    column = f" · {understood.column}" if understood.column else ""
    return Chosen(understood.demand, f"{understood.file}{column}", understood.notes, understood)


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

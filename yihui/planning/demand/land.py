"""Spread the census over the land of the built streets, and say how much that changes."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from core.faults import Fault, FaultTable
from core.text_marks import N_
from geo.coverage.demand import Demand
from geo.coverage.land import LandSource, spread_by_land
from geo.coverage.population import population_demand

if TYPE_CHECKING:
    import geopandas as gpd

    from geo.coverage.reach import Reach
    from geo.nearest.index import StationIndex
    from yihui.bootstrap import Wiring

_NAMED = 5
_COMPARE = N_("compare both in full with --demand population:even")
LAND_DEMAND_FAULTS = FaultTable(
    "demand",
    {
        "by_land": (
            N_(
                "Residents stand where the map has homes. Areas by dwelling floor: {buildings}; by residential land: "
                "{residential}; by the length of residential roads: {roads}; evenly: {even}"
            ),
            N_(
                "how much of a building people live in is assumed by its kind; to spread them evenly: --demand "
                "population:even"
            ),
        ),
        "too_little_land": (
            N_("Areas with too few homes on the map, whose residents are spread evenly ({count}): {value}"),
            N_("take a newer or larger extract, or a raster of people: --demand FILE.tif"),
        ),
        "no_land": (
            N_("The streets in {value} were built without buildings and land: residents are spread evenly"),
            N_("build that part too: yihui streets build FILE.osm.pbf --to FOLDER"),
        ),
        "even_served": (
            N_("Served: {share} of the residents; if they were spread evenly, it would be {even}"),
            _COMPARE,
        ),
        "even_sites": (
            N_(
                "Spread evenly, {even} of the residents would be served with these sites instead of {share}, and {even_before} without them instead of {before}"
            ),
            _COMPARE,
        ),
        "even_choice": (
            N_(
                "For residents spread evenly, a quick search puts a site within {metres} m of {near} of these {value} sites"
            ),
            _COMPARE,
        ),
    },
)


@dataclass(frozen=True, slots=True, eq=False)
class LandReading:
    """How the census was spread over land: the source of each county by its code, and what was spread.

    ``outlines`` are the counties, ``people`` their residents. *Units*: people, metres.
    """

    sources: Mapping[str, LandSource]
    outlines: "gpd.GeoDataFrame"
    people: Mapping[str, int]
    spacing_m: float

    def even_demand(self) -> Demand:
        """Return the same residents spread evenly over the ground of each county."""
        return population_demand(self.outlines, self.people, self.spacing_m)

    def count_sources(self) -> Mapping[LandSource, int]:
        """Return how many counties each source was used in."""
        counts = Counter(self.sources.values())
        return {source: counts[source] for source in LandSource}


@dataclass(frozen=True, slots=True, eq=False)
class LandDemand:
    """The census spread over land with its notes; ``reading`` is None where every county has it evenly."""

    demand: Demand
    reading: LandReading | None
    notes: tuple[Fault, ...]


def spread_census(
    wiring: "Wiring", outlines: "gpd.GeoDataFrame", people: Mapping[str, int], spacing_m: float
) -> LandDemand:
    """Spread the residents of counties or other areas over the land of the configured streets, or else evenly.

    *Raises*: FaultError for a damaged file of the streets; OSError.
    """
    from yihui.services.streets.land import load_street_land

    folder = wiring.settings.streets
    land = load_street_land(folder)
    if land is None:
        lacking = () if folder is None else (_note("no_land", value=folder),)
        return LandDemand(population_demand(outlines, people, spacing_m), None, lacking)
    found = spread_by_land(outlines, people, land, spacing_m)
    reading = LandReading(found.sources, outlines, people, spacing_m)
    counts = reading.count_sources()
    is_even = counts[LandSource.EVEN] == len(found.sources)
    notes = [] if is_even else [_note("by_land", **{source.value: count for source, count in counts.items()})]
    if counts[LandSource.EVEN]:
        names = dict(zip(outlines["code"].astype(str), outlines["name"], strict=True))
        few = [names[code] for code, source in found.sources.items() if source is LandSource.EVEN]
        named = "、".join(few[:_NAMED]) + ("…" if len(few) > _NAMED else "")
        notes.append(_note("too_little_land", value=named, count=len(few)))
    return LandDemand(found.demand, None if is_even else reading, tuple(notes))


def is_by_land(notes: Sequence[Fault]) -> bool:
    """Return whether the notes of a demand say that its residents stand where the map has homes."""
    return any(note.code == "demand.by_land" for note in notes)


def list_land_notes(notes: Sequence[Fault]) -> list[Fault]:
    """Return those notes of a demand that say how its residents were spread, and how much that changes."""
    return [note for note in notes if note.code.removeprefix("demand.") in LAND_DEMAND_FAULTS.texts]


def note_even_coverage(
    reading: LandReading | None,
    share: float,
    index: "StationIndex",
    at: datetime,
    reach: "Reach",
    select: Callable[[Demand], Demand] = lambda even: even,
) -> tuple[Fault, ...]:
    """Return a note on the share that would be served if residents were spread evenly; none for other demand.

    ``share`` is the served share with the land; ``select`` cuts the even demand as that demand was cut. Distances
    in a network are not compared, since they take minutes.
    """
    from geo.coverage.served import coverage_at
    from geo.coverage.tables import coverage_overall
    from yihui.planning.text import format_share

    if reading is None or reach.network is not None:
        return ()
    even = select(reading.even_demand())
    if not even.total:
        return ()
    other = coverage_overall(even, coverage_at(even, index, at, reach)).share
    return (_note("even_served", share=format_share(share), even=format_share(other)),)


def note_even_sites(served: tuple[float, float], even: tuple[float, float]) -> Fault:
    """Return a note on the shares served before and after the sites, with the land and spread evenly."""
    from yihui.planning.text import format_share

    before, after = map(format_share, served)
    even_before, even_after = map(format_share, even)
    return _note("even_sites", share=after, before=before, even=even_after, even_before=even_before)


def note_even_choice(sites: int, near: int, metres: float) -> Fault:
    """Return a note on how many of the sites are near one that a search for residents spread evenly chooses."""
    return _note("even_choice", value=sites, near=near, metres=f"{metres:,.0f}")


def _note(code: str, value: object = None, **params: object) -> Fault:
    fault = LAND_DEMAND_FAULTS.build(code, value=value, severity="warning")
    return replace(fault, params={name: str(param) for name, param in params.items()})

"""Spread the census over the land of the built streets."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.faults import Fault
from geo.coverage.demand import Demand
from geo.coverage.land import LandSource, spread_by_land
from geo.coverage.population import population_demand
from yihui.planning.demand.land_notes import build_land_note, format_percent

if TYPE_CHECKING:
    import geopandas as gpd

    from yihui.bootstrap import Wiring

_NAMED = 5
_MOST = 0.5


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

    @property
    def even_share(self) -> float:
        """The share of the residents in counties where they are spread evenly."""
        even = sum(self.people[code] for code, source in self.sources.items() if source is LandSource.EVEN)
        return even / max(1, sum(self.people[code] for code in self.sources))

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
        lacking = () if folder is None else (_note_lack(folder),)
        return LandDemand(population_demand(outlines, people, spacing_m), None, lacking)
    found = spread_by_land(outlines, people, land, spacing_m)
    reading = LandReading(found.sources, outlines, people, spacing_m)
    counts = reading.count_sources()
    is_even = counts[LandSource.EVEN] == len(found.sources)
    notes = (
        []
        if is_even
        else [build_land_note("by_land", **{source.value: count for source, count in counts.items()})]
    )
    if counts[LandSource.EVEN]:
        names = dict(zip(outlines["code"].astype(str), outlines["name"], strict=True))
        few = [names[code] for code, source in found.sources.items() if source is LandSource.EVEN]
        named = "、".join(few[:_NAMED]) + ("…" if len(few) > _NAMED else "")
        notes.append(build_land_note("too_little_land", value=named, count=len(few)))
        if not is_even and (share := reading.even_share) > _MOST:
            notes.append(build_land_note("mostly_even", value=format_percent(share)))
    return LandDemand(found.demand, None if is_even else reading, tuple(notes))


def _note_lack(folder: Path) -> Fault:
    from yihui.services.streets.folder import StreetsFolder, StreetsPart

    streets = StreetsFolder(folder)
    if streets.find_part(StreetsPart.LAND) is not None:
        return build_land_note("other_land", value=folder)
    return build_land_note("no_land" if streets.records() else "no_streets", value=folder)

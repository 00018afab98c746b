"""The data of a planner's map, and its townships: a level below the counties, with its own shares by the hour."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import shapely

from geo.datum import Datum
from yihui.bootstrap import Wiring
from yihui.planning.run import StudyArea
from yihui.planning.study.study import StudySource
from yihui.planning.townships import TownshipOutlines, check_township_datum, find_township_outlines

if TYPE_CHECKING:
    import geopandas as gpd

    from geo.coverage.demand import Demand
    from geo.coverage.reach import Reach
    from geo.coverage.street_pairs import StreetTerms
    from geo.gaps import TownshipLimits
    from geo.nearest.index import StationIndex


_PROVINCE_DIGITS, _COUNTY_DIGITS = 2, 6
_PROVINCE_TOLERANCE = 0.001  # degrees, about 100 m: as coarse as the outlines of counties


@dataclass(frozen=True, slots=True, eq=False)
class MapTownships:
    """The townships of a map, and the names of all parts by code, each with its county in front."""

    outlines: TownshipOutlines
    names: Mapping[str, str]


def find_map_townships(
    wiring: Wiring, ground: StudyArea, file: Path | None, datum: Datum | None
) -> MapTownships | None:
    """Find the townships of a map; None for none known.

    *Raises*: FaultError for faulty outlines, or a datum without a file; OSError.
    """
    check_township_datum(file, datum)
    return name_map_townships(wiring, find_township_outlines(wiring, ground, file, datum))


def name_map_townships(wiring: Wiring, outlines: TownshipOutlines | None) -> MapTownships | None:
    """Return the townships with their names in the reader's language."""
    return None if outlines is None else MapTownships(outlines, outlines.full_names(wiring.language))


def list_county_levels(levels: "Sequence[gpd.GeoDataFrame]") -> "list[gpd.GeoDataFrame]":
    """Return the levels down to the counties."""
    return [frame for frame in levels if all(len(str(code)) <= _COUNTY_DIGITS for code in frame["code"])]


def locate_map_demand(townships: MapTownships | None, demand: "Demand") -> "tuple[Demand, TownshipLimits]":
    """Return a demand of the map with the townships as its districts, and the most ground of one gap."""
    from yihui.planning.study.townships import locate_in_townships

    return locate_in_townships(None if townships is None else townships.outlines, demand)


def list_township_sources(wiring: Wiring, townships: MapTownships | None) -> list[StudySource]:
    """Return the source of the townships, to be shown below the map; nothing without any."""
    return [] if townships is None else [StudySource(townships.outlines.format_source(wiring.language))]


def drawn_parts(townships: MapTownships) -> "gpd.GeoDataFrame":
    """Return the townships and the rests; a county without townships is drawn whole, so that the level has no holes.

    A province's are simplified: they are looked at from afar, and a page of it would be twice as large.
    """
    parts, names = townships.outlines.division.parts, townships.names
    drawn = parts[["code", "geometry"]].assign(name=[names.get(code, code) for code in parts["code"]])
    if len(townships.outlines.ground.prefix) > _PROVINCE_DIGITS:
        return drawn
    return drawn.set_geometry(shapely.coverage_simplify(drawn.geometry.to_numpy(), _PROVINCE_TOLERANCE))


@dataclass(frozen=True, slots=True)
class MapScope:
    """The data of a map: counties and the levels above, all stations nearby, a demand, an instant.

    ``index`` includes stations beyond the border, since they serve this side too. ``terms`` say what a reach by
    street means. *CRS*: WGS84.
    """

    outlines: "gpd.GeoDataFrame"
    wider: "Sequence[gpd.GeoDataFrame]"
    index: "StationIndex"
    demand: "Demand"
    reach: "Reach"
    at: datetime
    townships: MapTownships | None = None
    terms: "StreetTerms | None" = None

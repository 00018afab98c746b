"""The data of a planner's map, and its townships: a level below the counties, with its own shares by the hour."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

import shapely

from core.faults import Fault
from yihui.planning.townships import TownshipOutlines

if TYPE_CHECKING:
    import geopandas as gpd

    from geo.coverage.demand import Demand
    from geo.coverage.pairs import StreetTerms
    from geo.coverage.reach import Reach
    from geo.nearest.index import StationIndex


_PROVINCE_DIGITS, _COUNTY_DIGITS = 2, 6
_PROVINCE_TOLERANCE = 0.001  # degrees, about 100 m: as coarse as the outlines of counties


def list_county_levels(levels: "Sequence[gpd.GeoDataFrame]") -> "list[gpd.GeoDataFrame]":
    """Return the levels down to the counties."""
    return [frame for frame in levels if all(len(str(code)) <= _COUNTY_DIGITS for code in frame["code"])]


def drawn_parts(townships: TownshipOutlines, names: Mapping[str, str]) -> "gpd.GeoDataFrame":
    """Return the townships and the rests; a county without townships is drawn whole, so that the level has no holes.

    A province's are simplified: they are looked at from afar, and a page of it would be twice as large.
    """
    parts = townships.division.parts
    drawn = parts[["code", "geometry"]].assign(name=[names.get(code, code) for code in parts["code"]])
    if len(townships.ground.prefix) > _PROVINCE_DIGITS:
        return drawn
    return drawn.set_geometry(shapely.coverage_simplify(drawn.geometry.to_numpy(), _PROVINCE_TOLERANCE))


@dataclass(frozen=True, slots=True)
class MapScope:
    """The data of a map: counties and the levels above, all stations nearby, a demand, an instant.

    ``index`` includes stations beyond the border, since they serve this side too. ``names`` are those of the parts of
    the townships by code, each with its county in front. ``terms`` say what a reach by street means, ``notes`` what was assumed of the user's files. *CRS*: WGS84.
    """

    outlines: "gpd.GeoDataFrame"
    wider: "Sequence[gpd.GeoDataFrame]"
    index: "StationIndex"
    demand: "Demand"
    reach: "Reach"
    at: datetime
    townships: TownshipOutlines | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    terms: "StreetTerms | None" = None
    notes: tuple[Fault, ...] = ()

"""The streets under a planner's map: the tiles of its area, where streets are built and no other base map is named."""

import logging
import sqlite3
from collections.abc import Sequence
from typing import TYPE_CHECKING

from yihui.bootstrap import Wiring
from yihui.planning.study.study import StudySource
from yihui.services.streets.current import STREET_MAP_ATTRIBUTION

if TYPE_CHECKING:
    import geopandas as gpd

    from maps import BaseMapTiles, StreetTiles
    from yihui.files.street_map.reading import StreetMap

MOST_STREET_BYTES = 4_000_000  # of tiles in one page, compressed; in the page they take a third more
_LOG = logging.getLogger(__name__)


def load_map_streets(
    wiring: Wiring, outlines: "gpd.GeoDataFrame", tiles: "BaseMapTiles | None" = None
) -> "StreetTiles | None":
    """Return the streets of an area. An online base map goes first: the user has named it for this one map.

    None without a street map, or where it has nothing of the area, or is damaged. *CRS*: EPSG:4326.
    """
    from maps import StreetTiles
    from yihui.services.streets.area_tiles import select_area_tiles

    street_map = _current(wiring)
    if street_map is None or (tiles is not None and tiles.templates):
        return None
    try:
        found = select_area_tiles(street_map, outlines.geometry.union_all(), MOST_STREET_BYTES)
    except sqlite3.DatabaseError as error:
        _LOG.warning("the street map is damaged: %s", type(error).__name__)
        return None
    if found is None:
        return None
    return StreetTiles(found.zooms, found.tiles, wiring.render(STREET_MAP_ATTRIBUTION))


def has_replaced_streets(wiring: Wiring, tiles: "BaseMapTiles") -> bool:
    """Return whether an online base map is drawn in place of streets that are built."""
    return bool(tiles.templates) and _current(wiring) is not None


def _current(wiring: Wiring) -> "StreetMap | None":
    return None if wiring.street_maps is None else wiring.street_maps.current()


def list_map_sources(
    sources: Sequence[StudySource], of_gaps: Sequence[StudySource], streets: "StreetTiles | None"
) -> list[StudySource]:
    """Return the sources of a map's figures, of its gaps' names and of its streets, each once."""
    own = [] if streets is None else [StudySource(streets.attribution)]
    return list(dict.fromkeys((*sources, *of_gaps, *own)))

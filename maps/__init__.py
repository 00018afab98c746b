"""Render maps as single HTML files that fetch nothing from the network unless the user names a tile host."""

from typing import TYPE_CHECKING

from core.lazy_door import build_door

if TYPE_CHECKING:
    from maps.classes import ColourClasses
    from maps.drawing import coverage_map, map_data
    from maps.labels import CodeLabels, Labels
    from maps.page import Assets, embed_images
    from maps.streets import StreetTiles
    from maps.tiles import BaseMapTiles
    from maps.view import AreaMark, MapView, Pin, ReachCells, ReachDiscs, WeekFigures
else:
    __getattr__ = build_door(__name__)

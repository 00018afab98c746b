"""Render maps as single HTML files that fetch nothing from the network unless the user names a tile host."""

from typing import TYPE_CHECKING

from lazy_loader import attach

if TYPE_CHECKING:
    from maps.classes import ColourClasses
    from maps.drawing import coverage_map, map_data
    from maps.labels import CodeLabels, Labels
    from maps.page import Assets, embed_images
    from maps.tiles import BaseMapTiles, StreetTiles
    from maps.view import AreaMark, MapView, Pin, ReachCells, ReachDiscs, WeekFigures
else:
    __getattr__, __dir__, __all__ = attach(
        __name__,
        submod_attrs={
            "classes": ["ColourClasses"],
            "drawing": ["coverage_map", "map_data"],
            "labels": ["CodeLabels", "Labels"],
            "page": ["Assets", "embed_images"],
            "tiles": ["BaseMapTiles", "StreetTiles"],
            "view": ["AreaMark", "MapView", "Pin", "ReachCells", "ReachDiscs", "WeekFigures"],
        },
    )  # fmt: skip

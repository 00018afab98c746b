"""Render maps as single HTML files that fetch nothing from the network unless the user names a tile host."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from maps.assets import Assets, embed_images
    from maps.classes import ColourClasses
    from maps.drawing import coverage_map
    from maps.labels import CodeLabels, Labels
    from maps.streets import StreetTiles
    from maps.tiles import BaseMapTiles
    from maps.view import AreaMark, MapView, Pin, WeekFigures

__all__ = [
    "AreaMark",
    "Assets",
    "BaseMapTiles",
    "CodeLabels",
    "ColourClasses",
    "Labels",
    "MapView",
    "Pin",
    "StreetTiles",
    "WeekFigures",
    "coverage_map",
    "embed_images",
]

_HOME = {  # public name → module that defines it
    "Assets": "assets",
    "ColourClasses": "classes",
    "Labels": "labels",
    "MapView": "view",
    "AreaMark": "view",
    "Pin": "view",
    "BaseMapTiles": "tiles",
    "StreetTiles": "streets",
    "WeekFigures": "view",
    "CodeLabels": "labels",
    "coverage_map": "drawing",
    "embed_images": "assets",
}


def __getattr__(name: str) -> object:
    """Import a public name on first use, so that a page which needs one colour does not load folium."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return vars(import_module(f"maps.{_HOME[name]}"))[name]

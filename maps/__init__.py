"""How does that look: maps as single files that fetch nothing, unless the user names a host."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from maps.assets import Assets, embed_images
    from maps.classes import Classes
    from maps.drawing import coverage_map
    from maps.labels import Labels, Words
    from maps.marks import Patch, Pin
    from maps.tiles import Tiles
    from maps.view import MapView, Week

__all__ = [
    "Assets",
    "Classes",
    "Labels",
    "MapView",
    "Patch",
    "Pin",
    "Tiles",
    "Week",
    "Words",
    "coverage_map",
    "embed_images",
]

_HOME = {  # the file of each
    "Assets": "assets",
    "Classes": "classes",
    "Labels": "labels",
    "MapView": "view",
    "Patch": "marks",
    "Pin": "marks",
    "Tiles": "tiles",
    "Week": "view",
    "Words": "labels",
    "coverage_map": "drawing",
    "embed_images": "assets",
}


def __getattr__(name: str) -> object:
    """Loaded when it is first asked for: a page that wants a mark's colour waits for no second of folium."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return vars(import_module(f"maps.{_HOME[name]}"))[name]

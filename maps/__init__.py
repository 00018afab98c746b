"""How does that look: maps as single files that fetch nothing, unless the user names a host."""

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

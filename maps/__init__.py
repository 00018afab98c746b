"""How does that look: maps as single files that fetch nothing."""

from maps.assets import Assets, embed_images
from maps.classes import Classes
from maps.coverage import coverage_map
from maps.labels import Labels, Words
from maps.view import CoverageView

__all__ = ["Assets", "Classes", "CoverageView", "Labels", "Words", "coverage_map", "embed_images"]

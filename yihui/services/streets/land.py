"""The land of the built streets: built from an extract, and used by the planner's demand."""

from pathlib import Path

from core.text_marks import N_
from geo.coverage.land import LandCells
from yihui.bootstrap import Wiring
from yihui.files.street_land.storing import FORM, read_stored_land, write_land
from yihui.runtime.progress import show_count
from yihui.services.streets.folder import StreetsFolder, StreetsPart

__all__ = ["FORM", "build_street_land", "load_street_land"]


def build_street_land(wiring: Wiring, extract: Path, streets: StreetsFolder) -> tuple[int, dict[str, int]]:
    """Build the land of an extract; return its size in bytes, and how much of what was read.

    *Raises*: FaultError for a file that is no extract or ends early; OSError. The former land then stays.
    """
    from yihui.files.street_land.extract import read_land

    with show_count(wiring.render(N_("buildings, land and roads that were read:"))) as advance:
        found = read_land(extract, advance)
    counts = found.counts
    size_bytes = write_land(found.land, streets.part(StreetsPart.LAND))
    shown = {
        "buildings": counts.buildings,
        "residential": counts.residential,
        "roads": counts.roads,
        "cells": len(found.land),
        "unusable": counts.unusable,
    }
    return size_bytes, shown


def load_street_land(folder: Path | None) -> LandCells | None:
    """Load the land of a folder of streets; None where no folder is configured, or it was not built in today's form.

    *Raises*: FaultError for a damaged file; OSError.
    """
    place = None if folder is None else StreetsFolder(folder).find_part(StreetsPart.LAND)
    return None if place is None else read_stored_land(place)

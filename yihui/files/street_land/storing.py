"""Write and read the land of the built streets: one file of columns, complete or not at all."""

import io
import zipfile
import zlib
from pathlib import Path

import numpy as np

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from geo.coverage.land import LandCells
from yihui.files.whole_files import write_atomically

FORM = 3  # a new one builds the land again that an older reading or other shares of dwelling made
STREET_LAND_FAULTS = FaultTable(
    "street_land",
    {
        "unreadable": (
            N_("this is no land of built streets"),
            N_("build it again: yihui streets build FILE.osm.pbf --to FOLDER --again"),
        ),
    },
)
_DAMAGED = (  # what damaged bytes of a zip file raise
    *(ValueError, TypeError, KeyError, EOFError, MemoryError, OverflowError, RuntimeError),
    *(zipfile.BadZipFile, zlib.error),
)
_COLUMNS = ("points", "floor_m2", "residential_m2", "road_m")


def write_land(land: LandCells, place: Path) -> int:
    """Write land to a file, which is replaced as a whole; return its size in bytes. *Raises*: OSError."""
    content = io.BytesIO()
    columns = {name: getattr(land, name) for name in _COLUMNS}
    np.savez_compressed(content, form=np.int64(FORM), extent=np.array(land.extent), **columns)
    write_atomically(place, content.getvalue(), public=True)
    return place.stat().st_size


def read_stored_land(place: Path) -> LandCells | None:
    """Read land that `write_land` has written; None for land in the form of another version of the program.

    *Raises*: FaultError for any other or a damaged file; OSError.
    """
    try:
        with np.load(place, allow_pickle=False) as stored:
            if int(stored["form"]) != FORM:
                return None
            points, floor, residential, road = (
                np.asarray(stored[name], dtype=np.float64) for name in _COLUMNS
            )
            west, south, east, north = stored["extent"].tolist()
            return LandCells(points, floor, residential, road, (west, south, east, north))
    except _DAMAGED as error:
        raise FaultError(STREET_LAND_FAULTS.build("unreadable", file=str(place))) from error

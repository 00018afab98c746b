"""Build the riders' street map from an OpenStreetMap extract with tilemaker, completely or not at all."""

import logging
import re
import shutil
import subprocess
from importlib.resources import as_file, files
from pathlib import Path

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.files.street_map.reading import StreetMap
from yihui.runtime.program_log import read_last_line

TILEMAKER = "tilemaker"
_LOG = logging.getLogger(__name__)
FORM = 2  # a new one builds maps again that an older profile made
_PROFILE = "yihui.files.street_map"
_LACKING_NODES = re.compile(r"Could not find node|missing nodes")

STREET_MAP_BUILD_FAULTS = FaultTable(
    "street_map_build",
    {
        "no_tilemaker": (
            N_("the program tilemaker, which draws the map's tiles, is not installed"),
            N_("install it (Debian: apt-get install tilemaker), or leave the map out: --without map"),
        ),
        "no_map": (
            N_("no map could be built of it"),
            N_("is the file whole? Take it from its publisher again, or leave the map out: --without map"),
        ),
        "lacking_nodes": (
            N_("no map could be built of it: points of its ways are missing"),
            N_("cut the extract with whole ways (osmium extract does), or leave the map out: --without map"),
        ),
        "nothing_drawn": (
            N_("there is nothing in it that the map shows"),
            N_("give an extract with roads, such as a province's"),
        ),
    },
)


class TilemakerUnavailable(FaultError):
    """The program that draws the map's tiles is not installed."""


def find_tilemaker() -> str:
    """Return the path of tilemaker. *Raises*: TilemakerUnavailable."""
    found = shutil.which(TILEMAKER)
    if found is None:
        raise TilemakerUnavailable(STREET_MAP_BUILD_FAULTS.build("no_tilemaker"))
    return found


def build_street_map(extract: Path, place: Path) -> tuple[int, int]:
    """Build the map of an extract in the file ``place``, which is replaced after a successful build.

    Return its size in bytes and the number of its tiles.
    *Raises*: FaultError if tilemaker can't read the extract to its end or draws nothing of it;
    TilemakerUnavailable; OSError.
    """
    program = find_tilemaker()
    fresh = place.with_name(f"new-{place.name}")  # tilemaker tells the format by the ending
    log = place.with_name(f"{place.stem}.log")
    _remove(fresh)
    try:
        _run(program, extract, fresh, log)
        tiles = _count_tiles(extract, fresh)
        fresh.replace(place)
    finally:
        _remove(fresh)
        log.unlink(missing_ok=True)
    return place.stat().st_size, tiles


def _run(program: str, extract: Path, fresh: Path, log: Path) -> None:
    with as_file(files(_PROFILE)) as profile, log.open("wb") as stream:
        command = [
            *(program, "--input", str(extract.resolve()), "--output", str(fresh.resolve())),
            *("--config", str(profile / "profile.json"), "--process", str(profile / "profile.lua")),
        ]
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=stream, stderr=subprocess.STDOUT, check=False
        )
    if done.returncode:
        last = read_last_line(log)
        code = "lacking_nodes" if _LACKING_NODES.search(last) else "no_map"
        _LOG.info("%s ended with %d: %s", TILEMAKER, done.returncode, last)
        raise FaultError(STREET_MAP_BUILD_FAULTS.build(code, file=str(extract)))


def _count_tiles(extract: Path, fresh: Path) -> int:
    """Return how many tiles a file has. *Raises*: FaultError if it has none, or none that a site could serve."""
    try:
        made = StreetMap.open(fresh)
    except FaultError as error:
        raise FaultError(STREET_MAP_BUILD_FAULTS.build("nothing_drawn", file=str(extract))) from error
    try:
        return made.count_tiles()
    finally:
        made.close()


def _remove(fresh: Path) -> None:
    for ending in ("", "-journal"):
        fresh.with_name(fresh.name + ending).unlink(missing_ok=True)

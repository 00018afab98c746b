"""Build street tiles for Valhalla from an OpenStreetMap extract, completely or not at all."""

import json
import logging
import shutil
import subprocess
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core.civil_time import format_civil_instant
from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.files.osm_extract import EXTRACT_FAULTS, check_order, hash_extract
from yihui.runtime.program_log import read_last_line
from yihui.services.stations.routing import build_valhalla_config
from yihui.services.stations.valhalla_files import (
    CONFIG,
    MARK,
    TILES,
    VALHALLA_PROGRAMS,
    find_valhalla_programs,
)

BUILD_LOG = "build.log"
_UNSORTED = "out of order"  # in what Valhalla says
_LOG = logging.getLogger(__name__)

STREET_TILE_FAULTS = FaultTable(
    "street_tiles",
    {
        "no_streets": (
            N_("no ways could be built of it"),
            N_("is the file whole, and are there streets in it? Take it from its publisher again"),
        ),
        "foreign_folder": (
            N_("the folder {value} holds something else"),
            N_("name a folder that is empty or does not exist yet"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class BuiltTiles:
    """The tiles that were built. ``tiles`` counts the files, ``size_bytes`` their total size."""

    folder: Path
    tiles: int
    size_bytes: int


def build_street_tiles(extract: Path, folder: Path, at: datetime) -> BuiltTiles:
    """Build the tiles of an extract in a folder. Existing tiles are replaced after a successful build.

    *Raises*: FaultError if the file is no extract or holds no street, or the folder holds other data;
    RoutingUnavailable; OSError.
    """
    digest = hash_extract(extract)
    check_order(extract)
    _refuse_foreign(folder)
    where = find_valhalla_programs()
    recover_street_tiles(folder)
    fresh = folder.with_name(folder.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    (fresh / TILES).mkdir(parents=True)
    try:
        (fresh / CONFIG).write_text(json.dumps(build_valhalla_config(), indent=1) + "\n", encoding="utf-8")
        with (fresh / BUILD_LOG).open("wb") as log:
            command = [str(where / VALHALLA_PROGRAMS[0]), "-c", CONFIG, str(extract.resolve())]
            done = subprocess.run(command, cwd=fresh, stdout=log, stderr=subprocess.STDOUT, check=False)
        tiles = [path for path in (fresh / TILES).rglob("*.gph") if path.stat().st_size]
        if done.returncode or not tiles:
            said = read_last_line(fresh / BUILD_LOG)
            _LOG.info("%s ended with %d: %s", VALHALLA_PROGRAMS[0], done.returncode, said)
            if _UNSORTED in said:
                raise FaultError(EXTRACT_FAULTS.build("unsorted", file=str(extract)))
            raise FaultError(STREET_TILE_FAULTS.build("no_streets", file=str(extract)))
        made = {"file": extract.name, "sha256": digest, "built_at": format_civil_instant(at)}
        (fresh / MARK).write_text(json.dumps(made, ensure_ascii=False) + "\n", encoding="utf-8")
        if (folder / MARK).is_file():
            folder.rename(_former(folder))
        fresh.rename(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
        recover_street_tiles(folder)
    return BuiltTiles(
        folder, len(tiles), sum(path.stat().st_size for path in (folder / TILES).rglob("*.gph"))
    )


def recover_street_tiles(folder: Path) -> None:
    """End the replacement of tiles: former ones that were set aside come back if no new ones took their place.

    A build that is killed between its two renames leaves the former tiles aside, and one that is killed later leaves
    them beside the new ones. *Raises*: OSError.
    """
    former = _former(folder)
    if not any((former / name).exists() for name in (MARK, CONFIG, TILES, BUILD_LOG)):
        return  # nothing, or what another program called so
    if folder.exists():
        shutil.rmtree(former, ignore_errors=True)
    elif (former / MARK).is_file():
        former.rename(folder)


def _former(folder: Path) -> Path:
    return folder.with_name(folder.name + ".former")


def _refuse_foreign(folder: Path) -> None:
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MARK).is_file():
        raise FaultError(STREET_TILE_FAULTS.build("foreign_folder", field="--to", value=folder))
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(20, "Not a directory", str(folder))

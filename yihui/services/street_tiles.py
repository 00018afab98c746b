"""Street tiles for Valhalla out of an OpenStreetMap extract, built whole or not at all."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from core.faults import Fault, InputFaults
from yihui.services.routing import CONFIG, MARK, PROGRAMS, TILES, config, programs
from yihui.views.stations import civil

N_ = str  # marks a text for the message catalogue

_HEAD = b"OSMHeader"
_HEAD_WITHIN = 32
LOG = "build.log"


@dataclass(frozen=True, slots=True)
class Built:
    """What was built. ``tiles`` are files, of so many bytes together."""

    folder: Path
    tiles: int
    size_bytes: int


def build(extract: Path, folder: Path, at: datetime) -> Built:
    """Build the tiles of an extract into a folder; tiles of ours that are there give way when all went well.

    *Raises*: InputFaults where the file is no extract, holds no street, or the folder is somebody else's;
    NoRouting; OSError.
    """
    digest = _checked(extract)
    _refuse_foreign(folder)
    where = programs()
    fresh = folder.with_name(folder.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    (fresh / TILES).mkdir(parents=True)
    try:
        (fresh / CONFIG).write_text(json.dumps(config(), indent=1) + "\n", encoding="utf-8")
        with (fresh / LOG).open("wb") as log:
            command = [str(where / PROGRAMS[0]), "-c", CONFIG, str(extract.resolve())]
            done = subprocess.run(command, cwd=fresh, stdout=log, stderr=subprocess.STDOUT, check=False)
        tiles = [path for path in (fresh / TILES).rglob("*.gph") if path.stat().st_size]
        if done.returncode or not tiles:
            raise InputFaults([_no_streets(extract, _last_line(fresh / LOG))])
        made = {"file": extract.name, "sha256": digest, "built_at": civil(at)}
        (fresh / MARK).write_text(json.dumps(made, ensure_ascii=False) + "\n", encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        fresh.rename(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return Built(folder, len(tiles), sum(path.stat().st_size for path in (folder / TILES).rglob("*.gph")))


def _checked(extract: Path) -> str:
    """The digest of the file. *Raises*: InputFaults, OSError."""
    digest = sha256()
    with extract.open("rb") as file:
        head = file.read(_HEAD_WITHIN)
        if _HEAD not in head:
            raise InputFaults([_no_extract(extract)])
        digest.update(head)
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def _refuse_foreign(folder: Path) -> None:
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MARK).is_file():
        raise InputFaults([_foreign(folder)])
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(20, "Not a directory", str(folder))


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1][-300:] if lines else ""


def _no_extract(extract: Path) -> Fault:
    return Fault(
        N_("this is no OpenStreetMap extract in PBF"),
        N_("give a file that ends in .osm.pbf, such as a province's extract"),
        file=str(extract),
    )


def _no_streets(extract: Path, said: str) -> Fault:
    return Fault(
        N_("no tiles could be built of it: {value}"),
        N_("is the file whole, and are there streets in it? Take it from its publisher again"),
        file=str(extract),
        value=said or "–",
    )


def _foreign(folder: Path) -> Fault:
    return Fault(
        N_("the folder {value} holds something else"),
        N_("name a folder that is empty or does not exist yet"),
        field="--to",
        value=str(folder),
    )

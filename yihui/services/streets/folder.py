"""The folder of built streets: its parts, and from which extract each was built."""

import json
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.files.whole_files import write_atomically

STREETS_RECORD = "streets.json"

STREETS_FOLDER_FAULTS = FaultTable(
    "streets_folder",
    {
        "no_streets_folder": (
            N_("there are no built streets in {value}"),
            N_("build them from an OpenStreetMap extract: yihui streets build FILE.osm.pbf --to FOLDER"),
        ),
        "no_folder": (
            N_("{value} is a file and no folder"),
            N_("name a folder that is empty or does not exist yet"),
        ),
        "no_parent": (
            N_("the folder {value} does not exist"),
            N_("make it first, or name another folder with --to"),
        ),
        "foreign": (
            N_("the folder {value} holds something else"),
            N_("name a folder that is empty or does not exist yet"),
        ),
    },
)
LOCK = "building.lock"


class StreetsPart(StrEnum):
    """What is built from an extract; each part is used alone."""

    NAMES = "names"
    WAYS = "ways"
    MAP = "map"
    TOWNSHIPS = "townships"


_PLACES: Mapping[StreetsPart, str] = {
    StreetsPart.NAMES: "names.sqlite",
    StreetsPart.WAYS: "ways",
    StreetsPart.MAP: "map.mbtiles",
    StreetsPart.TOWNSHIPS: "townships.gpkg",
}


class PartRecord(BaseModel):
    """From what a part was built. ``counts`` says how much is in it, by kind."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    extract: str
    sha256: str
    form: int
    built_at: str
    size_bytes: int
    counts: dict[str, int] = {}


class _Record(BaseModel):
    model_config = ConfigDict(extra="ignore")

    parts: dict[str, PartRecord] = {}


class StreetsFolder:
    """A folder with built streets. A part is replaced as a whole; its record is written after it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def open(cls, path: Path) -> "StreetsFolder":
        """*Raises*: FaultError if nothing was built there."""
        folder = cls(path)
        if not folder.records():
            raise FaultError(STREETS_FOLDER_FAULTS.build("no_streets_folder", field="--streets", value=path))
        return folder

    def records(self) -> Mapping[StreetsPart, PartRecord]:
        """Return what is built; a record that can't be read counts as nothing built."""
        try:
            text = (self.path / STREETS_RECORD).read_text(encoding="utf-8")
            found = _Record.model_validate_json(text).parts
        except (FileNotFoundError, NotADirectoryError, UnicodeDecodeError, ValidationError):
            return {}
        known = {part.value: part for part in StreetsPart}
        return {known[name]: record for name, record in found.items() if name in known}

    def record(self, part: StreetsPart, made: PartRecord) -> None:
        """Write down that a part was built."""
        parts = {**self.records(), part: made}
        content = {"parts": {name.value: one.model_dump() for name, one in parts.items()}}
        write_atomically(
            self.path / STREETS_RECORD, json.dumps(content, ensure_ascii=False, indent=1) + "\n", public=True
        )

    def part(self, part: StreetsPart) -> Path:
        """Return where a part is: a file, or for the ways a folder."""
        return self.path / _PLACES[part]

    def find_part(self, part: StreetsPart) -> Path | None:
        """Return where a part is; None if it was not built."""
        place = self.part(part)
        return place if part in self.records() and place.exists() else None

    def refuse_foreign(self) -> None:
        """Check that the folder may be written into. *Raises*: FaultError, OSError."""
        if self.path.exists() and not self.path.is_dir():
            raise FaultError(STREETS_FOLDER_FAULTS.build("no_folder", field="--to", value=self.path))
        if not self.path.parent.is_dir():
            raise FaultError(STREETS_FOLDER_FAULTS.build("no_parent", field="--to", value=self.path.parent))
        known = (self.path / STREETS_RECORD).is_file() or (self.path / LOCK).is_file()
        if self.path.is_dir() and any(self.path.iterdir()) and not known:
            raise FaultError(STREETS_FOLDER_FAULTS.build("foreign", field="--to", value=self.path))

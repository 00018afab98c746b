"""Find feed mappings: in the folders of YIHUI_FEEDS, or in a named file."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from events.feeds.linting import parse_feed_mapping
from events.feeds.mapping import FeedMapping

MAPPING_TEMPLATES = ("app", "table")
_SUFFIXES = (".yaml", ".yml")
MAPPING_FAULTS = FaultTable(
    "feed_mapping",
    {
        "no_feed": (
            N_("there is no feed {value}"),
            N_("name a mapping file, or a feed in the folders of YIHUI_FEEDS; there are: {known}"),
        ),
        "twice": (
            N_("{field}: {value} stands in {first} already"),
            N_("give each feed an id and a source of its own"),
        ),
    },
)
_Stamp = tuple[tuple[Path, int, int], ...]


@dataclass(slots=True)
class FeedMappingRepository:
    """The mappings of some folders by feed id; they are read again when a file has changed."""

    folders: Sequence[Path]
    _stamp: _Stamp | None = None
    _mappings: dict[str, FeedMapping] = field(default_factory=dict)

    def all(self) -> dict[str, FeedMapping]:
        """Return all mappings by feed id.

        *Raises*: FaultError, also if two files describe the same feed; OSError.
        """
        stamp = self._now()
        if stamp != self._stamp:
            self._mappings = _read_all([path for path, *_ in stamp])
            self._stamp = stamp
        return self._mappings

    def get(self, id_: str) -> FeedMapping | None:
        """Return the mapping of a feed, or None."""
        return self.all().get(id_)

    def _now(self) -> _Stamp:
        paths = [
            path for folder in self.folders for path in sorted(folder.iterdir()) if path.suffix in _SUFFIXES
        ]
        stats = [(path, path.stat()) for path in paths]
        return tuple((path, found.st_mtime_ns, found.st_size) for path, found in stats)


def find_feed_mapping(named: str, folders: Sequence[Path]) -> FeedMapping:
    """Return the mapping in a file, or that of a feed id in the folders.

    *Raises*: FaultError, also if neither exists; OSError.
    """
    path = Path(named)
    if path.exists() or path.suffix in _SUFFIXES:
        return parse_feed_mapping(path.name, read_mapping_text(path))
    known = FeedMappingRepository(folders).all()
    if named not in known:
        there = ", ".join(sorted(known)) or "-"
        raise FaultError(MAPPING_FAULTS.build("no_feed", field="MAPPING", value=named[:80], known=there))
    return known[named]


def read_mapping_text(path: Path) -> str:
    """Read the text of a mapping file. *Raises*: OSError; UnicodeError."""
    return path.read_text("utf-8-sig")


def read_mapping_template(name: str) -> str:
    """Return a commented mapping to start from."""
    return files("yihui").joinpath("feed_templates", name + ".yaml").read_text("utf-8")


def _read_all(paths: Sequence[Path]) -> dict[str, FeedMapping]:
    mappings: dict[str, FeedMapping] = {}
    places: dict[str, str] = {}
    mapping_faults: list[Fault] = []
    faults: list[Fault] = []
    for path in paths:
        try:
            mapping = parse_feed_mapping(path.name, read_mapping_text(path))
        except FaultError as error:
            mapping_faults += error.faults
            continue
        for name, value in (("feed", mapping.feed), ("source", mapping.source)):
            if value in places:
                first = places[value]
                faults.append(
                    MAPPING_FAULTS.build("twice", file=path.name, field=name, value=value, first=first)
                )
            places.setdefault(value, path.name)
        mappings.setdefault(mapping.feed, mapping)
    if mapping_faults or faults:
        raise FaultError(mapping_faults or faults)
    return mappings

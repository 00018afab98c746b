"""Where mappings lie: the folders of YIHUI_FEEDS, or a file that is named."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

from core.faults import Fault, InputFaults
from events.feeds import Mapping, MappingFaults, read_mapping
from rules import Finding

N_ = str  # marks a text for the message catalogue

TEMPLATES = ("app", "table")
_SUFFIXES = (".yaml", ".yml")
_Stamp = tuple[tuple[Path, int, int], ...]


@dataclass(slots=True)
class Shelf:
    """The mappings of some folders, by the id of their feed; read again when a file has changed."""

    folders: Sequence[Path]
    _stamp: _Stamp | None = None
    _mappings: dict[str, Mapping] = field(default_factory=dict)

    def all(self) -> dict[str, Mapping]:
        """*Raises*: MappingFaults, InputFaults where two files are about one feed; OSError."""
        stamp = self._now()
        if stamp != self._stamp:
            self._mappings = _read_all([path for path, *_ in stamp])
            self._stamp = stamp
        return self._mappings

    def get(self, id_: str) -> Mapping | None:
        return self.all().get(id_)

    def _now(self) -> _Stamp:
        paths = [
            path for folder in self.folders for path in sorted(folder.iterdir()) if path.suffix in _SUFFIXES
        ]
        stats = [(path, path.stat()) for path in paths]
        return tuple((path, found.st_mtime_ns, found.st_size) for path, found in stats)


def mapping_of(named: str, folders: Sequence[Path]) -> Mapping:
    """The mapping in a file, or that of a feed in the folders, by its id.

    *Raises*: MappingFaults; InputFaults where there is no such thing; OSError.
    """
    path = Path(named)
    if path.exists() or path.suffix in _SUFFIXES:
        return read_mapping(path.name, text_of(path))
    known = Shelf(folders).all()
    if named not in known:
        raise InputFaults([no_such_feed(named, sorted(known))])
    return known[named]


def text_of(path: Path) -> str:
    """*Raises*: OSError; UnicodeError."""
    return path.read_text("utf-8-sig")


def template(name: str) -> str:
    """A mapping with comments, to begin with."""
    return files("yihui").joinpath("feed_templates", name + ".yaml").read_text("utf-8")


def no_such_feed(named: str, known: Sequence[str]) -> Fault:
    return Fault(
        N_("there is no feed {value}"),
        N_("name a mapping file, or a feed in the folders of YIHUI_FEEDS; there are: {known}"),
        field="MAPPING",
        value=named[:80],
        params={"known": ", ".join(known) or "-", "code": "no_feed"},
    )


def _read_all(paths: Sequence[Path]) -> dict[str, Mapping]:
    mappings: dict[str, Mapping] = {}
    places: dict[str, str] = {}
    findings: list[Finding] = []
    faults: list[Fault] = []
    for path in paths:
        try:
            mapping = read_mapping(path.name, text_of(path))
        except MappingFaults as error:
            findings += error.findings
            continue
        for name, value in (("feed", mapping.feed), ("source", mapping.source)):
            if value in places:
                faults.append(_twice(path.name, name, value, places[value]))
            places.setdefault(value, path.name)
        mappings.setdefault(mapping.feed, mapping)
    if findings:
        raise MappingFaults(tuple(findings))
    if faults:
        raise InputFaults(faults)
    return mappings


def _twice(file: str, name: str, value: str, first: str) -> Fault:
    return Fault(
        N_("{field}: {value} stands in {first} already"),
        N_("give each feed an id and a source of its own"),
        file=file,
        field=name,
        value=value,
        params={"first": first},
    )

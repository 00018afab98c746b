"""Reads rule files: those shipped and those of the user's folders."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from rules import LARGEST_FILE, Finding, Library, RuleFaults, lint, load_library

N_ = str  # marks a text for the message catalogue

_SUFFIXES = (".yaml", ".yml")
_TABLE = ".json"  # a decision table, looked at where a rule names it
_SHIPPED = ("library", "caps", "tables")
_ADAPTS = re.compile(r"(?m)^adapts:")
_NAMES_TABLE = re.compile(r"""\bfile:\s*["']?([^\s"',{}]+\.json)\b""")
_ID = re.compile(r"""(?m)^id:\s*["']?([a-z0-9-]+)""")
_MOST_BYTES = 4 * LARGEST_FILE  # no character of UTF-8 takes more


@dataclass(slots=True)
class Texts:
    """Names and texts of files, and findings about those that aren't text."""

    texts: list[tuple[str, str]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def add(self, name: str, content: bytes) -> None:
        """Adds a file as UTF-8, or a finding."""
        if len(content) > _MOST_BYTES:
            self.findings.append(
                Finding(
                    name,
                    1,
                    1,
                    "large-file",
                    N_("the file has more than {limit} bytes"),
                    "",
                    N_("one file holds one rule, its table at most 200 rows: split it"),
                    {"limit": str(_MOST_BYTES)},
                )
            )
            return
        try:
            self.texts.append((name, content.decode("utf-8-sig")))
        except UnicodeDecodeError as error:
            line = content[: error.start].count(b"\n") + 1
            column = error.start - (content.rfind(b"\n", 0, error.start) + 1) + 1
            self.findings.append(
                Finding(
                    name,
                    line,
                    column,
                    "encoding",
                    N_("the file is not UTF-8: byte {byte}"),
                    N_("Other encodings, such as GB18030, look the same and mean other characters."),
                    N_("save it as UTF-8"),
                    {"byte": f"0x{content[error.start]:02X}"},
                    value=f"0x{content[error.start]:02X}",
                )
            )


def read_library(folders: Sequence[Path] = ()) -> Library:
    """The library of the rules shipped and of all rule files in the folders.

    Raises: RuleFaults with every finding; OSError for a folder that can't be read.
    """
    read = _read(folders, _SHIPPED)
    if read.findings:
        raise RuleFaults((*read.findings, *lint(read.texts)))
    return load_library(read.texts)


def base_texts(folders: Sequence[Path] = ()) -> Texts:
    """The texts of the rules shipped and of all files in the folders. *Raises*: OSError."""
    return _read(folders, _SHIPPED)


def shipped_names() -> frozenset[str]:
    """The names under which the files shipped are loaded."""
    return frozenset(f"rules/{folder}/{entry.name}" for folder in _SHIPPED for entry in _entries(folder))


def lint_files(paths: Sequence[Path], folders: Sequence[Path] = ()) -> tuple[Finding, ...]:
    """All findings about the paths, against the caps shipped; without paths about the whole library."""
    read = rule_texts(paths, folders)
    above = rules_above(read.texts) if paths else []
    others = {name for name, _ in above}
    found = lint([*read.texts, *above])
    return (*read.findings, *(finding for finding in found if finding.file not in others))


def rules_above(texts: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The shipped rules, but for those that the texts state themselves, where one of the texts adapts a rule."""
    if not any(_ADAPTS.search(text) for _, text in texts):
        return []
    names = {name for name, _ in texts}
    stated = {found[1] for _, text in texts for found in _ID.finditer(text)}
    return [
        (name, text)
        for name, text in base_texts().texts
        if name not in names and stated.isdisjoint(found[1] for found in _ID.finditer(text))
    ]


def texts_of(paths: Sequence[Path]) -> Texts:
    """The YAML files of the paths, and below those that are folders."""
    read = _read(paths, ())
    return Texts([(name, text) for name, text in read.texts if not name.endswith(_TABLE)], read.findings)


def rule_texts(paths: Sequence[Path], folders: Sequence[Path] = ()) -> Texts:
    """The files of the paths and of the caps shipped; without paths those of the whole library."""
    return _read((*folders, *paths), ("caps",) if paths else _SHIPPED)


def _read(paths: Sequence[Path], shipped: Iterable[str]) -> Texts:
    read = Texts()
    ours = set()
    for folder in shipped:
        for entry in _entries(folder):
            read.add(f"rules/{folder}/{entry.name}", entry.read_bytes())
            ours.add(Path(str(entry)).resolve())
    for path in dict.fromkeys(found.resolve() for given in paths for found in _with_tables(given)):
        if path not in ours:  # a checkout's own folder may be given by name
            with path.open("rb") as stream:
                read.add(_shown(path), stream.read(_MOST_BYTES + 1))
    return read


def _with_tables(path: Path) -> Iterator[Path]:
    """The rule files of a path; beside a single one the tables that it names, as they lie when it is handed in."""
    yield from rule_files(path)
    if path.suffix in _SUFFIXES and path.is_file():
        with path.open("rb") as stream:
            text = stream.read(_MOST_BYTES).decode("utf-8", "replace")
        for named in _NAMES_TABLE.findall(text):
            if ".." not in Path(named).parts and (path.parent / named).is_file():
                yield path.parent / named


def _entries(folder: str) -> list[Traversable]:
    return sorted(files("rules").joinpath(folder).iterdir(), key=lambda entry: entry.name)


def rule_files(path: Path) -> Iterator[Path]:
    """The rule files in a folder and below it, or the one file."""
    if path.is_dir():
        suffixes = (*_SUFFIXES, _TABLE)
        yield from sorted(found for found in path.rglob("*") if found.suffix in suffixes and found.is_file())
    else:
        yield path


def _shown(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)

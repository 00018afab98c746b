"""Read rule files: the shipped caps and tables, and the files of folders, also of the shipped examples."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from core.faults import Fault
from core.text_marks import N_
from rules import MAX_RULE_FILE_CHARACTERS, RuleFaults, RuleLibrary, lint_rule_files, load_library
from rules.faults import rule_fault_table

_SUFFIXES = (".yaml", ".yml")
_TABLE = ".json"  # a decision table, read only if a rule names it
CASE_SUFFIXES = (".cases.yaml", ".cases.yml")  # cases of a folder's rules, read by `read_case_texts`
SHIPPED_RULES = Path(str(files("rules").joinpath("library"))).resolve()
"""The folder of the example rules: in force in a demo, or where ``YIHUI_RULES`` names it or a file in it."""
_ALWAYS_READ = ("caps", "tables")
_SHIPPED_TABLES = "rules/tables/"
_SHIPPED_CASES = files("rules").joinpath("cases", "library")
_NAMES_TABLE = re.compile(r"""\bfile:\s*["']?([^\s"',{}]+\.json)\b""")
_MOST_BYTES = 4 * MAX_RULE_FILE_CHARACTERS  # a UTF-8 character takes at most four bytes
_FAULTS = rule_fault_table(
    {
        "large-file": (
            N_("the file has more than {limit} bytes"),
            N_("one file holds one rule, its table at most 200 rows: split it"),
        ),
        "encoding": (
            N_("the file is not UTF-8: byte {byte}"),
            N_("save it as UTF-8"),
            N_("Other encodings, such as GB18030, look the same and mean other characters."),
        ),
    }
)


@dataclass(slots=True)
class RuleFileTexts:
    """Names and texts of files, and faults of files that aren't text."""

    texts: list[tuple[str, str]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def add_file(self, name: str, content: bytes) -> None:
        """Add a file's text, decoded as UTF-8, or a fault."""
        if len(content) > _MOST_BYTES:
            fault = _FAULTS.build("large-file", file=name, row=1, column=1, limit=_MOST_BYTES)
            self.faults.append(fault)
            return
        try:
            self.texts.append((name, content.decode("utf-8-sig")))
        except UnicodeDecodeError as error:
            line = content[: error.start].count(b"\n") + 1
            column = error.start - (content.rfind(b"\n", 0, error.start) + 1) + 1
            byte = f"0x{content[error.start]:02X}"
            fault = _FAULTS.build("encoding", file=name, row=line, column=column, value=byte, byte=byte)
            self.faults.append(fault)


def read_library(folders: Sequence[Path] = ()) -> RuleLibrary:
    """Return the library of all rule files in the folders.

    Raises: RuleFaults with every fault; OSError for a folder that can't be read.
    """
    read = _read(folders, _ALWAYS_READ)
    if read.faults:
        raise RuleFaults((*read.faults, *lint_rule_files(read.texts)))
    return load_library(read.texts)


def base_texts(folders: Sequence[Path] = ()) -> RuleFileTexts:
    """Return the texts of the shipped caps and tables and of all files in the folders. *Raises*: OSError."""
    return _read(folders, _ALWAYS_READ)


def shipped_file_names() -> frozenset[str]:
    """Return the names under which the shipped files are loaded."""
    folders = (SHIPPED_RULES.name, *_ALWAYS_READ)
    return frozenset(f"rules/{folder}/{entry.name}" for folder in folders for entry in _entries(folder))


def read_yaml_texts(paths: Sequence[Path]) -> RuleFileTexts:
    """Read the YAML files of the paths, and of folders and their subfolders, files of cases too."""
    read = _read(paths, (), with_cases=True)
    return RuleFileTexts(
        [(name, text) for name, text in read.texts if not name.endswith(_TABLE)], read.faults
    )


def read_case_texts(folders: Sequence[Path] = ()) -> RuleFileTexts:
    """Return the texts of the shipped cases, and of the folders' files that end in ``.cases.yaml``.

    *Raises*: OSError for a folder that can't be read.
    """
    read = RuleFileTexts()
    for entry in sorted(_SHIPPED_CASES.iterdir(), key=lambda entry: entry.name):
        read.add_file(f"rules/cases/library/{entry.name}", entry.read_bytes())
    paths = (path for folder in folders if folder.is_dir() for path in folder.rglob("*"))
    for path in sorted(path for path in paths if path.name.endswith(CASE_SUFFIXES) and path.is_file()):
        with path.open("rb") as stream:
            read.add_file(_shown(path), stream.read(_MOST_BYTES + 1))
    return read


def read_rule_texts(paths: Sequence[Path]) -> RuleFileTexts:
    """Read the shipped caps and tables and the files of folders, and those that are named."""
    read = _read(paths, _ALWAYS_READ)
    read.texts.sort(key=lambda pair: pair[0].startswith(_SHIPPED_TABLES))  # a rule's own table goes first
    return read


def _read(paths: Sequence[Path], shipped: Iterable[str], *, with_cases: bool = False) -> RuleFileTexts:
    read = RuleFileTexts()
    ours = set()
    for folder in shipped:
        for entry in _entries(folder):
            read.add_file(f"rules/{folder}/{entry.name}", entry.read_bytes())
            ours.add(Path(str(entry)).resolve())
    given = (found for path in paths for found in _with_tables(path, with_cases=with_cases))
    for path in dict.fromkeys(found.resolve() for found in given):
        if path not in ours:  # the user may name a folder that is always read
            with path.open("rb") as stream:
                read.add_file(_shown(path), stream.read(_MOST_BYTES + 1))
    return read


def _with_tables(path: Path, *, with_cases: bool) -> Iterator[Path]:
    """Yield the rule files of a path and, for a single file, the tables beside it that it names."""
    yield from list_rule_paths(path, with_cases=with_cases)
    if path.suffix in _SUFFIXES and path.is_file():
        with path.open("rb") as stream:
            text = stream.read(_MOST_BYTES).decode("utf-8", "replace")
        for named in _NAMES_TABLE.findall(text):
            if ".." not in Path(named).parts and (path.parent / named).is_file():
                yield path.parent / named


def _entries(folder: str) -> list[Traversable]:
    return sorted(files("rules").joinpath(folder).iterdir(), key=lambda entry: entry.name)


def list_rule_paths(path: Path, *, with_cases: bool = False) -> Iterator[Path]:
    """Yield the rule files in a folder and its subfolders, or the one file; files of cases only if asked for."""
    if path.is_dir():
        suffixes = (*_SUFFIXES, _TABLE)
        found = sorted(one for one in path.rglob("*") if one.suffix in suffixes and one.is_file())
        yield from (one for one in found if with_cases or not one.name.endswith(CASE_SUFFIXES))
    else:
        yield path


def _shown(path: Path) -> str:
    if path.parent == SHIPPED_RULES:
        return f"rules/{SHIPPED_RULES.name}/{path.name}"
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)

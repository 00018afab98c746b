"""The table of security names only files and tests that there are, and the page counts its rows."""

import ast
import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from tests.docs.documents import ROOT

TABLE = ROOT / "docs" / "security.csv"
STATES = ("met", "document", "not met", "not applicable")
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
_PATH = re.compile(r"`([\w.-]+(?:/[\w.-]+)*/?)`")


@dataclass(frozen=True, slots=True)
class Requirement:
    number: str
    state: str
    evidence: str

    def tests(self) -> list[tuple[str, str]]:
        return _TEST.findall(self.evidence)

    def files(self) -> list[str]:
        """The paths between backquotes: those with a folder, and those of the root that have a suffix or are the Makefile."""
        return [path for path in _PATH.findall(self.evidence) if is_path(path)]


def is_path(text: str) -> bool:
    return "/" in text.strip("/") or text.endswith(("/", ".md")) or text == "Makefile"


with TABLE.open(encoding="utf-8", newline="") as stream:
    ROWS = [Requirement(row["number"], row["state"], row["evidence"]) for row in csv.DictReader(stream)]


@cache
def functions_of(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    return frozenset(one.name for one in tree.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef))


def missing_from(rows: list[Requirement]) -> Iterator[str]:
    """Yield what the rows name though it is not there."""
    for row in rows:
        for file, name in row.tests():
            if not (ROOT / file).is_file() or name not in functions_of(file):
                yield f"{row.number}: {file}::{name}"
        for path in row.files():
            if not (ROOT / path).exists():
                yield f"{row.number}: {path}"


def test_every_file_and_every_test_that_the_table_names_is_there() -> None:
    assert list(missing_from(ROWS)) == []
    assert len({name for row in ROWS for _, name in row.tests()}) > 100


def test_what_is_met_names_a_file_and_a_test_and_what_is_not_says_why() -> None:
    for row in ROWS:
        assert row.state in STATES, row.number
        if row.state == "met":
            assert row.tests() and row.files(), row.number
        assert len(row.evidence) > 5, row.number

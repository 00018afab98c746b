"""Rows as a file holds them: text cells under the file's own headers, each with its row number."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from core.faults import Fault

if TYPE_CHECKING:
    from geo.crs import Datum

_DIGITS_OF_A_PERSON = 8  # phones have 11, ID numbers 15 or 18; no column's name has so many


@dataclass(frozen=True, slots=True)
class Row:
    """One record. ``number`` is the line of the file on which it begins, or the record's number.

    ``broken`` are the cells, by header, that hold something that is no value. ``covered`` are those, by
    header, that have their text from a cell merged downwards, with the row of that cell.
    """

    number: int
    cells: Mapping[str, str]
    broken: Mapping[str, Fault] = field(default_factory=dict)
    covered: Mapping[str, int] = field(default_factory=dict)

    def text(self, headers: Sequence[str]) -> str:
        """The cells under these headers, joined; white space within is one space."""
        return " ".join(" ".join(self.cells.get(header, "") for header in headers).split())

    def lines(self, headers: Sequence[str]) -> str:
        """As ``text``, but line breaks stay: they part the clauses of opening hours and notes."""
        kept = (self.cells.get(header, "").strip() for header in headers)
        lines = "\n".join(cell for cell in kept if cell).splitlines()
        return "\n".join(" ".join(line.split()) for line in lines if line.strip())


@dataclass(frozen=True, slots=True)
class Table:
    """A file that could be read as rows.

    ``counted`` says what row numbers are: *lines* of a CSV (its header is line 1; a record that
    spans lines has its first), *rows* of a sheet (as its margin numbers them), or *records* of JSON
    and the like (the first is 1). ``notes`` announce what was taken for granted, ``faults`` name the
    records that are no rows. ``point`` are the headers under which the file's geometry stands, and
    ``datum`` is what the file itself says of it.
    """

    file: str
    headers: tuple[str, ...]
    rows: tuple[Row, ...]
    digest: str
    counted: Literal["lines", "rows", "records"] = "lines"
    notes: tuple[Fault, ...] = ()
    faults: tuple[Fault, ...] = ()
    point: tuple[str, str] | None = None
    datum: "Datum | None" = None


def header_shown(header: str) -> str:
    """A header as it may be quoted: where a file has no header line, a person's number stands there."""
    return "***" if sum(letter.isdigit() for letter in header) >= _DIGITS_OF_A_PERSON else header


def headers_shown(table: Table) -> str:
    """All headers, as they may be quoted in a message."""
    return "、".join(header_shown(header) for header in table.headers if header)


def digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()

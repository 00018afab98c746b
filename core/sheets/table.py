"""The rows of a file: text cells by the file's own headers, each row with its number."""

import hashlib
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Literal, Protocol

from core.faults import Fault, FaultError, FaultTable
from core.simplified import simplify_characters
from core.text_marks import N_

_MOST_EXACT = 10**15  # of larger numbers workbooks keep the first 15 digits, and floats not every digit
# 3.70102E+17 of a spreadsheet, 1.38E10 of Java; with a small exponent it may be a coordinate.
_SCIENTIFIC = re.compile(
    r"\s*'?[+-]?\d{1,3}(?:\.\d+e\+?|e\+)0*(?:[5-9]|[1-9]\d+)\s*", re.ASCII | re.IGNORECASE
)
_DANGEROUS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")  # OWASP, CSV Injection


def format_cell(value: object) -> str:
    """Format a value as text.

    A missing value is an empty text, 370102.0 is 370102, and a datetime at midnight is a date. A float of more
    than 15 digits, which has lost the others, is written in scientific notation (`is_rounded`).
    """
    if value is None or value != value:  # in-memory tables use NaN for a missing value
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and abs(value) >= _MOST_EXACT:
        return f"{value:.15g}"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, (date, time)):
        return _moment(value)
    if isinstance(value, (list, tuple)):
        return ",".join(map(format_cell, value))
    return json.dumps(value, ensure_ascii=False, default=str)


def is_rounded(cell: str) -> bool:
    """Return whether a cell is a number in scientific notation: as an identifier it has lost its last digits."""
    return _SCIENTIFIC.fullmatch(cell) is not None


def _moment(value: date | time) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
    return value.isoformat("minutes") if isinstance(value, time) else value.isoformat()


def begins_formula(cell: str) -> bool:
    """Return whether a spreadsheet would run a cell as a formula, if need be without its apostrophes."""
    return cell.lstrip("'").startswith(_DANGEROUS)


def escape_formula(cell: str) -> str:
    """Prefix a cell with an apostrophe if a spreadsheet would run it as a formula."""
    return "'" + cell if begins_formula(cell) else cell


_AS_TEXT = re.compile(r'="((?:[^"]|"")*)"')
# Default_Ignorable_Code_Point of Unicode 16 (DerivedCoreProperties.txt) and the marks of annotations: they come
# with text that was copied from a page or a chat. U+202E stays: a text that is shown backwards is refused by name.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202d\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_BLANKS = re.compile("[\u115f\u1160\u2800\u3164\uffa0]")  # letters that are shown as a space


def seen_text(text: str) -> str:
    """Return a text as a reader sees it: without invisible characters, and with spaces for blank letters."""
    return text if text.isascii() else _BLANKS.sub(" ", _UNSEEN.sub("", text))


def read_cell(value: object) -> str:
    """Format a value of a file as `format_cell` does, as a reader sees it."""
    return seen_text(format_cell(value))


def plain_text(cell: str) -> str:
    """Return a cell as it is meant: as a reader sees it, without the apostrophe that `escape_formula` added,
    and without ``="…"``, as which programs keep a number's leading zeros in CSV.
    """
    cell = seen_text(cell)
    if as_text := _AS_TEXT.fullmatch(cell):
        return as_text[1].replace('""', '"')
    return unescape_formula(cell)


def unescape_formula(cell: str) -> str:
    """Remove the apostrophe that `escape_formula` added."""
    return cell[1:] if cell.startswith("'") and begins_formula(cell) else cell


_DIGITS_OF_A_PERSON = (
    8  # telephone numbers have 11 digits, ID numbers 15 or 18; column names have fewer than 8
)


_LAYER_FAULTS = FaultTable(
    "layers",
    {
        "several_layers": (
            N_("the file has several sheets or layers; with their rows: {value}"),
            N_("say which one with --layer NAME, or save the one that is meant as a file of its own"),
        ),
        "no_such_layer": (
            N_("the file has no sheet or layer “{value}”; with their rows there are: {there}"),
            N_("write the name as it stands in the file"),
        ),
    },
)
TABLE_FAULTS = FaultTable(
    "table",
    {
        "empty": (
            N_("the file is empty"),
            N_("export it again; the first line holds the column names, then comes one line for each entry"),
        ),
        "only_a_header": (
            N_("the file has a header but no rows"),
            N_("export it again; the first line holds the column names, then comes one line for each entry"),
        ),
        "title": (
            N_("“{value}” above the table was taken for its title"),
            N_("if it is the header, give each column a name in one row"),
        ),
        "total": (
            N_("the row is a total, a note or the header again, no entry of the list: it was left out"),
            N_("nothing is to be done"),
        ),
        "hidden_rows": (
            N_("rows are hidden in the workbook, by a filter or by hand: {value}"),
            N_(
                "unhide them and look at them, or delete them; or choose whether what the workbook hides is taken (--hidden-rows)"
            ),
        ),
        "hidden_rows.taken": (
            N_("rows are hidden in the workbook and were taken: {value}"),
            N_("unhide them and look at them"),
        ),
        "hidden_rows.left": (
            N_("rows are hidden in the workbook and were left out: {value}"),
            N_("nothing is to be done if nobody is to see them"),
        ),
        "hidden_column": (
            N_("the column “{field}” ({letters}) is hidden in the workbook"),
            N_(
                "unhide it and look at it; or choose whether what the workbook hides is taken (--hidden-rows)"
            ),
        ),
        "hidden_column.taken": (
            N_("the column “{field}” ({letters}) is hidden in the workbook and was read"),
            N_("unhide it and look at it"),
        ),
        "hidden_column.left": (
            N_("the column “{field}” ({letters}) is hidden in the workbook and was not read"),
            N_("nothing is to be done if nobody is to see it"),
        ),
        "merged": (
            N_("{field} is a cell merged over several rows from row {above}; whose it is can't be known"),
            N_("unmerge the cells and write into each row what is its own"),
        ),
    },
)
_CELL_FAULTS = FaultTable(
    "cell",
    {
        "rounded": (
            N_(
                "{field} holds a number of more than 15 digits, or one in scientific notation: digits are lost"
            ),
            N_("format the column as text, and type the number again from its source"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class Row:
    """One record: ``number`` is the line of the file on which it begins, or the record's number.

    ``unreadable`` are the faults of cells without a valid value, by header. ``covered`` are the cells, by header,
    whose text comes from a cell merged downwards, with the row of that cell. A row ``is_hidden`` by a filter, by
    hand or by its height.
    """

    number: int
    cells: Mapping[str, str]
    unreadable: Mapping[str, Fault] = field(default_factory=dict)
    covered: Mapping[str, int] = field(default_factory=dict)
    is_hidden: bool = False

    @property
    def broken(self) -> Mapping[str, Fault]:
        """The faults, by header, of cells that are unreadable, or hold a number that has lost digits."""
        rounded = (header for header, cell in self.cells.items() if is_rounded(cell))
        return {
            **{header: _CELL_FAULTS.build("rounded", field=header) for header in rounded},
            **self.unreadable,
        }

    def faults_in(self, headers: Collection[str | None]) -> list[Fault]:
        """Return the faults of the invalid cells under these headers."""
        return [fault.at(row=self.number) for header, fault in self.broken.items() if header in headers]

    def text(self, headers: Sequence[str]) -> str:
        """Return the cells under these headers, joined; white space becomes one space."""
        return " ".join(" ".join(self.cells.get(header, "") for header in headers).split())

    def lines(self, headers: Sequence[str]) -> str:
        """Return the same as `text` with line breaks, which separate the clauses of opening hours and notes."""
        kept = (self.cells.get(header, "").strip() for header in headers)
        lines = "\n".join(cell for cell in kept if cell).splitlines()
        return "\n".join(" ".join(line.split()) for line in lines if line.strip())


class TableHeader(Protocol):
    """A file's name and the headers of its columns."""

    @property
    def file(self) -> str: ...

    @property
    def headers(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one file.

    ``counted`` is the unit of row numbers. In *lines* of a CSV the header is line 1, and a record of several
    lines has the number of its first. *rows* of a worksheet are numbered as in its margin. *records* of
    JSON and other formats begin at 1. ``notes`` are warnings about assumptions, ``faults`` the records that
    couldn't be read. ``hidden_columns`` of a worksheet are
    the headers of what nobody sees, with their letters.
    """

    file: str
    headers: tuple[str, ...]
    rows: tuple[Row, ...]
    digest: str
    counted: Literal["lines", "rows", "records"] = "lines"
    notes: tuple[Fault, ...] = ()
    faults: tuple[Fault, ...] = ()
    hidden_columns: Mapping[str, str] = field(default_factory=dict)


@lru_cache(4_096)
def plain_cell(text: str) -> str:
    """Return a cell in simplified characters and half width, without blanks and case, as labels are compared."""
    return "".join(simplify_characters(text).split()).casefold()


def list_headers(headers: Sequence[str], names: Sequence[str]) -> list[str]:
    """Return the headers that are one of the names, in the order of the names."""
    there = [(plain_cell(header), header) for header in headers]
    wanted = dict.fromkeys(map(plain_cell, names))
    return [header for name in wanted for plain, header in there if plain == name]


def find_header(headers: Sequence[str], names: Sequence[str]) -> str | None:
    """Return the header that is one of the names; of several, that of the first name."""
    return next(iter(list_headers(headers, names)), None)


def quotable_header(header: str) -> str:
    """Return a header for a message, masked if it may be a person's number.

    In a file without a header line the first record is read as the header.
    """
    return "***" if sum(letter.isdigit() for letter in header) >= _DIGITS_OF_A_PERSON else header


def quotable_headers(table: TableHeader) -> str:
    """Return all headers of a table for a message, masked as in `quotable_header`."""
    return "、".join(quotable_header(header) for header in table.headers if header)


def format_rows(numbers: Sequence[int]) -> str:
    """Format row numbers for a message, neighbours as a range.

    >>> format_rows([3, 5, 6, 7, 9])
    '3、5–7、9'
    """
    spans: list[list[int]] = []
    for number in sorted(numbers):
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return "、".join(str(a) if a == b else f"{a}–{b}" for a, b in spans)


def content_sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def choose_layer(rows: Mapping[str, int], asked: str | None, file: str) -> str:
    """Return the layer named ``asked``, else the only one; ``rows`` has the row count of each layer.

    *Raises*: FaultError if there are several layers, or none with that name.
    """
    if asked is None and len(rows) == 1:
        return next(iter(rows))
    if asked in rows:
        return str(asked)
    there = "、".join(f"{name} ({count})" for name, count in rows.items())
    raise FaultError(
        _LAYER_FAULTS.build("several_layers", file=file, field="--layer", value=there)
        if asked is None
        else _LAYER_FAULTS.build("no_such_layer", file=file, field="--layer", value=asked, there=there)
    )

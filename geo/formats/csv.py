"""Read CSV in its usual variants: BOM, CRLF, semicolons, line breaks within quotes."""

import csv
import io
from collections import Counter
from collections.abc import Iterator

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from geo.formats.cells import unescape_formula
from geo.formats.table import Row, Table, content_sha256, quotable_header
from geo.formats.text_encoding import decode_text_file

_FAULTS = FaultTable(
    "csv",
    {
        "empty": (
            N_("the file is empty"),
            N_("export it again; the first line holds the column names, then comes one line for each entry"),
        ),
        "only_a_header": (
            N_("the file has a header but no rows"),
            N_("export it again; the first line holds the column names, then comes one line for each entry"),
        ),
        "broken": (
            N_("from here on the quotation marks don't match: {value}"),
            N_("close the quotation mark of this row; double the marks that belong to the text"),
        ),
        "ragged": (
            N_("the row has {value} cells, the header {wanted}"),
            N_("put text that holds a comma in quotation marks, and keep one cell for each column"),
        ),
        "repeated_header": (
            N_("the column “{value}” stands in the header more than once"),
            N_("give each column a name of its own"),
        ),
    },
)

MAX_CELL_CHARS = 1_000_000  # replaces the csv module's global limit of 131,072
_DELIMITERS = ",\t;"


def read_csv(content: bytes, file: str) -> Table:
    """Read a CSV with a header line.

    Row numbers are the line numbers of the file; the header is line 1. Blank lines are skipped.
    *Raises*: FaultError if the file holds no table.
    """
    text, notes = decode_text_file(content, file)
    records = list(_records(text, file))
    if not records:
        raise FaultError(_FAULTS.build("empty", file=file, value=""))
    (_, header), *body = records
    headers = tuple(" ".join(name.split()) for name in header)
    if faults := header_faults(headers, file):
        raise FaultError(faults)
    if not body:
        raise FaultError(_FAULTS.build("only_a_header", file=file, row=1))
    rows, faults = [], []
    for number, cells in body:
        if len(cells) == len(headers):
            rows.append(Row(number, dict(zip(headers, map(unescape_formula, cells), strict=True))))
        else:
            faults.append(
                _FAULTS.build("ragged", file=file, row=number, value=len(cells), wanted=len(headers))
            )
    return Table(file, headers, tuple(rows), content_sha256(content), notes=notes, faults=tuple(faults))


def _records(text: str, file: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each record with the line on which it begins; skip records without text."""
    csv.field_size_limit(MAX_CELL_CHARS)
    lines = io.StringIO(text, newline="")
    reader = csv.reader(lines, delimiter=_delimiter(text), strict=True)
    while True:
        begins = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise FaultError(_FAULTS.build("broken", file=file, row=begins, value=error)) from error
        if any(cell.strip() for cell in cells):
            yield begins, cells


def _delimiter(text: str) -> str:
    header = text.lstrip().partition("\n")[0]
    return max(_DELIMITERS, key=header.count)


def header_faults(headers: tuple[str, ...], file: str, row: int = 1) -> list[Fault]:
    """Return a fault for each name that is in the header more than once."""
    repeated = [name for name, count in Counter(headers).items() if name and count > 1]
    return [
        _FAULTS.build(
            "repeated_header", file=file, row=row, field=quotable_header(name), value=quotable_header(name)
        )
        for name in repeated
    ]

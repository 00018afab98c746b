"""Read CSV in its usual variants: BOM, CRLF, semicolons, line breaks within quotes."""

import csv
import io
import re
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import closing
from itertools import chain, islice
from typing import BinaryIO

from core.faults import Fault, FaultError, FaultTable, raise_faults
from core.sheets.listed_rows import TITLES_LIMIT, is_title
from core.sheets.table import TABLE_FAULTS, Row, Table, content_sha256, plain_text, quotable_header
from core.sheets.text_encoding import detect_text_encoding
from core.text_marks import N_

_FAULTS = FaultTable(
    "csv",
    {
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
_STATED_DELIMITER = re.compile(r'"?sep=([,;\t|])"?', re.IGNORECASE)


class CsvFile:
    """A CSV with a header line, read row by row as often as asked, in constant memory.

    Row numbers are the line numbers of the file; the header is line 1. Blank lines are skipped. ``notes`` are
    warnings about the encoding.
    """

    def __init__(self, stream: BinaryIO, file: str) -> None:
        """Read the encoding and the header. *Raises*: FaultError if the file holds no table."""
        self._stream, self.file = stream, file
        self._encoding = detect_text_encoding(stream, file)
        self.notes = self._encoding.notes
        with closing(self._records()) as records:
            first = list(islice(records, TITLES_LIMIT + 2))
        if not first:
            raise FaultError(TABLE_FAULTS.build("empty", file=file, value=""))
        while len(first) > 1 and is_title(first[0][1], max(_count_texts(cells) for _, cells in first[1:])):
            row, cells = first.pop(0)
            text = " ".join(filter(str.strip, cells))[:80]
            self.notes += (TABLE_FAULTS.build("title", file=file, row=row, value=text, severity="warning"),)
        header = first[0]
        self._header_row = header[0]
        self.headers = tuple(" ".join(name.split()) for name in header[1])
        raise_faults(header_faults(self.headers, file, self._header_row))
        if len(first) < 2:
            raise FaultError(TABLE_FAULTS.build("only_a_header", file=file, row=self._header_row))

    def rows(self) -> Iterator[Row | Fault]:
        """Yield each row, or the fault of a row with too many or too few cells.

        *Raises*: FaultError at quotation marks that don't match.
        """
        wanted = len(self.headers)
        with closing(self._records()) as records:
            for number, cells in records:
                if number <= self._header_row:
                    continue
                if len(cells) == wanted:
                    yield Row(number, dict(zip(self.headers, cells, strict=True)))
                else:
                    yield _FAULTS.build("ragged", file=self.file, row=number, value=len(cells), wanted=wanted)

    def _records(self) -> Generator[tuple[int, list[str]]]:
        """Yield each record with the line on which it begins; skip records without text."""
        csv.field_size_limit(MAX_CELL_CHARS)
        self._stream.seek(self._encoding.skipped_bytes)
        text = io.TextIOWrapper(self._stream, self._encoding.name, self._encoding.errors, newline="")
        try:
            first = list(islice(text, 1))
            while first and not first[-1].strip() and (line := text.readline()):
                first.append(line)
            delimiter = max(_DELIMITERS, key=(first or [""])[-1].count)
            if first and (stated := _STATED_DELIMITER.fullmatch(first[-1].strip())):
                delimiter, first[-1] = stated[1], "\n"  # the line is Excel's own
            reader = csv.reader(chain(first, text), delimiter=delimiter, strict=True)
            while True:
                begins = reader.line_num + 1
                try:
                    cells = [*map(plain_text, next(reader))]
                except StopIteration:
                    return
                except csv.Error as error:
                    raise FaultError(
                        _FAULTS.build("broken", file=self.file, row=begins, value=error)
                    ) from error
                if any(cell.strip() for cell in cells):
                    yield begins, cells
        finally:
            text.detach()  # else the wrapper would close the file


def _count_texts(cells: list[str]) -> int:
    return sum(map(bool, map(str.strip, cells)))


def read_csv(content: bytes, file: str) -> Table:
    """Read a CSV with a header line into memory, as ``CsvFile`` does.

    *Raises*: FaultError if the file holds no table.
    """
    table = CsvFile(io.BytesIO(content), file)
    read = list(table.rows())
    return Table(
        file,
        table.headers,
        tuple(row for row in read if isinstance(row, Row)),
        content_sha256(content),
        notes=table.notes,
        faults=tuple(fault for fault in read if isinstance(fault, Fault)),
    )


def header_faults(headers: tuple[str, ...], file: str, row: int = 1) -> list[Fault]:
    """Return a fault for each name that is in the header more than once."""
    repeated = [name for name, count in Counter(headers).items() if name and count > 1]
    return [
        _FAULTS.build(
            "repeated_header", file=file, row=row, field=quotable_header(name), value=quotable_header(name)
        )
        for name in repeated
    ]

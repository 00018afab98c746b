"""Read a file of demand in any format as columns, with the number of each row, its numbers and what is wrong with it."""

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from core.civil_time import HOURS_A_WEEK, hour_of_week, parse_civil_instant
from core.faults import Fault, FaultError, FaultTable
from core.sheets.files import refuse_kind
from core.sheets.listed_rows import ListedThings, select_listed_rows
from core.sheets.table import Row, Table, quotable_header, unescape_formula
from core.sheets.text_encoding import decode_text_file
from core.text_marks import N_
from geo.coverage.demand import EVERY_HOUR
from geo.formats.columns import COORDINATE_FIELDS, guess_columns, normalize_header
from geo.formats.features import FeatureTable
from geo.formats.files import read_features, read_table
from geo.geodesy import Floats

TextArray: TypeAlias = pa.ChunkedArray  # an array of strings
MAX_ROWS_PER_FAULT = 100  # rows reported with the same fault; further rows are only counted
MAX_EXACT_NUMBER = 1e15  # whole numbers up to this size add up exactly in a float
_LARGE_BYTES = 2_000_000  # smaller files are read cell by cell, and each fault gets its position
_MOST_FEATURES = 2_000_000
_MOST_TOTALS = 50  # rows at the end of a large file in which totals are looked for
_OTHER_RASTERS = ("asc", "img", "vrt", "nc", "bil", "flt")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
DEMAND_TABLE_FAULTS = FaultTable(
    "demand",
    {
        "raster": (
            N_("demand is not read from .{value} files"),
            N_("save the raster as GeoTIFF (QGIS: Export, Save As)"),
        ),
        "more_rows": (
            N_("{value} rows more are faulty in the same way as those above"),
            N_("mend the file where it was made, rather than row by row"),
        ),
        "no_amount": (
            N_("the demand is empty"),
            N_("write 0 where there is none, and the number where it was forgotten"),
        ),
        "amount_no_number": (N_("the demand {value} is no number"), N_("write digits only, such as 1234.5")),
        "amount_infinite": (N_("the demand {value} is not finite"), N_("write the number that is meant")),
        "amount_negative": (
            N_("the demand {value} is negative"),
            N_("demand is 0 or more; often -99 or -9999 stands for “not known”: write 0 or take the row out"),
        ),
        "amount_too_large": (
            N_("the demand {value} is too large to be reckoned with"),
            N_("use a larger unit"),
        ),
        "only_csv": (
            N_("only a CSV can do without column names"),
            N_("write a first row with the names of the columns"),
        ),
        "no_hour": (
            N_("“{value}” is no hour of a week"),
            N_("write 0 (Monday 0:00) to 167, or nothing where the hour is not known"),
        ),
        "no_instant": (
            N_("“{value}” is no day with a time of day"),
            N_("write such as 2026-10-03 12:30, or nothing where the hour is not known"),
        ),
        "taken_hours": (
            N_("the hours of the demand are taken from the column {value}; they count in a mixture with residents"),
            N_("give the column another name if it says something else"),
        ),
        "hours_of_districts": (
            N_("the hours in the column {value} are not used: rows that name a district only count in all hours alike"),
            N_("give the rows coordinates where their hours are to count"),
        ),
        "two_hours": (
            N_("several columns say when: {value}"),
            N_("leave one of them; {header} goes before the others"),
        ),
    },
)  # fmt: skip


@dataclass(slots=True)
class DemandTable:
    """Columns by header, the geometry where the file has one, and what was found wrong with the rows so far.

    ``numbers`` are the row numbers of the file: lines of a CSV, rows of a worksheet, or records. ``column``
    returns the texts under a header. ``crs`` is the CRS that a file with geometry names, or None. ``broken`` are cells
    that hold an error, which counts where their column is used.
    """

    file: str
    headers: tuple[str, ...]
    numbers: NDArray[np.int64]
    column: Callable[[str], TextArray]
    counted: Literal["lines", "rows", "records"] = "lines"
    notes: list[Fault] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    shapes: NDArray[np.object_] | None = None
    crs: str | None = None
    broken: Sequence[Fault] = ()

    def __len__(self) -> int:
        return len(self.numbers)

    def note_column(self, faults: FaultTable, code: str, header: str) -> None:
        """Note what a column is taken for that nobody said."""
        value = quotable_header(header)
        self.notes.append(faults.build(code, file=self.file, field=header, value=value, severity="warning"))

    def add_faults(self, rows: Iterable[int], fault_of: Callable[[int], Fault]) -> None:
        """Add the fault of each row; beyond `MAX_ROWS_PER_FAULT` rows with the same one, one that counts the others."""
        seen: Counter[tuple[str, str | None]] = Counter()
        for row in map(int, rows):
            fault = fault_of(row)
            seen[kind := (fault.message, fault.field)] += 1
            if seen[kind] <= MAX_ROWS_PER_FAULT:
                self.faults.append(fault.at(file=self.file, row=int(self.numbers[row])))
        for (_, header), count in seen.items():
            if count > MAX_ROWS_PER_FAULT:
                value = f"{count - MAX_ROWS_PER_FAULT:,}"
                more = DEMAND_TABLE_FAULTS.build("more_rows", file=self.file, field=header, value=value)
                self.faults.append(more)


def read_demand_table(
    content: bytes, file: str, *, layer: str | None = None, headless: bool = False
) -> DemandTable:
    """Read the columns of a file. ``headless``: a CSV without a header line; its columns are named 1, 2, 3, ….

    *Raises*: FaultError where the file can't be read at all.
    """
    ending = file.lower().rpartition(".")[2]
    if ending in _OTHER_RASTERS:
        raise FaultError(DEMAND_TABLE_FAULTS.build("raster", file=file, value=ending))
    is_csv = ending in {"csv", "tsv", "txt"} and not content.startswith((b"PK\x03\x04", b"SQLite", b"PAR1"))
    if headless:
        refuse_kind(content, file)
        if not is_csv:
            raise FaultError(DEMAND_TABLE_FAULTS.build("only_csv", file=file, field="--no-header"))
        return _read_headless(content, file)
    if (features := read_features(content, file, layer, _MOST_FEATURES)) is not None:
        return _of_features(features, file)
    if is_csv and layer is None:
        return _of_csv(content, file)
    return _of_table(read_table(content, file, layer))


def _read_headless(content: bytes, file: str) -> DemandTable:
    """Read a CSV below a header of numbers, whose line the rows' numbers leave out."""
    text, _ = decode_text_file(content, file)
    first, delimiter = _first_line(text)
    width = len(next(csv.reader([first], delimiter=delimiter)))
    names = delimiter.join(str(number) for number in range(1, width + 1))
    sheet = _of_csv(f"{names}\n{text}".encode(), file)
    sheet.numbers = sheet.numbers - 1
    sheet.faults = [replace(one, row=one.row - 1 if one.row else None) for one in sheet.faults]
    return sheet


def _first_line(text: str) -> tuple[str, str]:
    """Return the first line of a CSV, and the sign between its cells."""
    first = text.lstrip().partition("\n")[0].rstrip("\r")
    return first, max(",\t;", key=first.count)


def _of_csv(content: bytes, file: str) -> DemandTable:
    """Read a large CSV at once, unless one of its last rows is a total or a note, which the reader of cells leaves out."""
    if len(content) > _LARGE_BYTES and (sheet := _read_large_csv(content, file)) is not None:
        first = max(0, len(sheet) - _MOST_TOTALS)
        last = zip(*(sheet.column(header).slice(first).to_pylist() for header in sheet.headers), strict=True)
        rows = [
            Row(number, dict(zip(sheet.headers, cells, strict=True))) for number, cells in enumerate(last)
        ]
        if not any(map(_find_things(sheet.headers, rows).is_aside, rows)):
            return sheet
    return _of_table(read_table(content, file))


def _find_things(headers: Sequence[str], rows: Sequence[Row]) -> ListedThings:
    """Return the columns that make a row a place; a number that was merged is none of each row's."""
    columns, names = guess_columns(headers), (*COORDINATE_FIELDS, "id", "district_code")
    marks = {header for name in names for header in columns.headers(name)}
    merged = {header for row in rows for header in row.covered}
    odd = {one for one in merged for row in rows if np.isnan(parse_typed_number(row.cells[one]))}
    return ListedThings(marks, merged - odd)


def _of_table(table: Table) -> DemandTable:
    table = select_listed_rows(table, _find_things(table.headers, table.rows))
    broken = [
        fault.at(file=table.file, row=row.number) for row in table.rows for fault in row.unreadable.values()
    ]
    return DemandTable(
        *(table.file, table.headers, np.array([row.number for row in table.rows], dtype=np.int64)),
        lambda header: _text_array([row.cells.get(header, "") for row in table.rows]),
        *(table.counted, [*table.notes], [*table.faults]),
        broken=broken,
    )


def _of_features(features: FeatureTable, file: str) -> DemandTable:
    return DemandTable(
        *(file, tuple(features.columns), np.arange(1, features.length + 1, dtype=np.int64)),
        lambda header: _text_array(features.columns[header]),
        "records",
        [*features.notes],
        [*features.faults],
        features.geometry,
        features.crs,
    )


def _text_array(texts: Sequence[str]) -> TextArray:
    return pa.chunked_array([pa.array(texts, pa.string())])


def _read_large_csv(content: bytes, file: str) -> DemandTable | None:
    """Read a large CSV at once; return None where a line is irregular: the caller reads it cell by cell."""
    from pyarrow import csv as fast

    text, notes = decode_text_file(content, file)
    body = text.encode()
    first, delimiter = _first_line(text)
    headers = tuple(" ".join(name.split()) for name in next(csv.reader([first], delimiter=delimiter)))
    if len(set(headers)) < len(headers) or not text.startswith(first):
        return None
    names = [f"{number}" for number in range(len(headers))]
    try:
        table = fast.read_csv(
            io.BytesIO(body),
            fast.ReadOptions(column_names=names, skip_rows=1),
            fast.ParseOptions(delimiter=delimiter, newlines_in_values=b'"' in body),
            fast.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
        )
    except pa.ArrowInvalid:
        return None
    lines = body.count(b"\n") + (not body.endswith(b"\n"))
    if table.num_rows + 1 != lines:  # blank lines, or line breaks within cells, make line numbers ambiguous
        return None
    numbers = np.arange(2, table.num_rows + 2, dtype=np.int64)
    return DemandTable(
        file, headers, numbers, lambda header: table.column(headers.index(header)), notes=[*notes]
    )


def parse_numbers(texts: TextArray) -> Floats:
    """Parse texts; NaN where a text is no number. The texts ``nan`` and ``inf`` are accepted. *Shape*: (n,)."""
    try:
        return np.asarray(pc.cast(texts, pa.float64()).to_numpy(), dtype=np.float64)
    except pa.ArrowInvalid:
        return np.fromiter(map(parse_typed_number, texts.to_pylist()), np.float64, len(texts))


def parse_typed_number(text: str) -> float:
    """Parse a number in the forms that people type: １２３, 1,234, '1234."""
    try:
        return np.nan if "_" in text else float(text)
    except ValueError:
        plain = unicodedata.normalize("NFKC", unescape_formula(text)).strip()
    if _THOUSANDS.fullmatch(plain):
        plain = plain.replace(",", "")
    try:
        return np.nan if "_" in plain else float(plain)
    except ValueError:
        return np.nan


def read_amounts(sheet: DemandTable, header: str | None) -> Floats:
    """Return the demand of each row, 0 for a faulty one; 1 each without a column. *Shape*: (n,)."""
    if header is None:
        return np.ones(len(sheet))
    texts = sheet.column(header)
    amounts = parse_numbers(texts)
    is_infinite, is_negative = np.isinf(amounts), amounts < 0
    kinds = {
        "amount_no_number": np.isnan(amounts),
        "amount_infinite": is_infinite,
        "amount_negative": is_negative,
    }
    kinds["amount_too_large"] = amounts > MAX_EXACT_NUMBER
    wrong = np.logical_or.reduce([*kinds.values()])

    def build(row: int) -> Fault:
        plain = texts[row].as_py().strip()
        code = next(code for code, mask in kinds.items() if mask[row]) if plain else "no_amount"
        return DEMAND_TABLE_FAULTS.build(code, field=header, value=plain[:80])

    sheet.add_faults(np.flatnonzero(wrong), build)
    return np.where(wrong, 0.0, amounts)


HOUR_HEADER = "hour_of_week"
INSTANT_HEADERS = ("order_time", "ordered_at", "order_at", "下单时间", "订单时间", "接单时间")
_HOUR = re.compile(r"[0-9]{1,3}")
_WRONG = -2  # no hour, nor an empty cell


def is_hour_header(header: str) -> bool:
    """Return whether a column is one of hours of the week."""
    return normalize_header(header) == normalize_header(HOUR_HEADER)


def read_hours(sheet: DemandTable) -> tuple[NDArray[np.int16] | None, tuple[Fault, ...]]:
    """Return the hour of the week of each row, and faults; no hours where no column holds any. The table notes the column.

    A column with a known header counts if any of its cells has a time of day: a column of days alone says nothing
    about hours. Cells without a zone are civil time; an empty cell is `EVERY_HOUR`. Faults concern only who uses the
    hours. *Shape*: (n,).
    """
    told = _find_hour_columns(sheet)
    if len(told) > 1:
        shown = "、".join(map(quotable_header, told))
        return None, (
            DEMAND_TABLE_FAULTS.build("two_hours", file=sheet.file, value=shown, header=HOUR_HEADER),
        )
    if not told:
        return None, ()
    ((header, (hours, texts)),) = told.items()
    sheet.note_column(DEMAND_TABLE_FAULTS, "taken_hours", header)
    code = "no_hour" if is_hour_header(header) else "no_instant"
    wrong = replace(sheet, faults=[])
    wrong.add_faults(
        np.flatnonzero(hours == _WRONG),
        lambda row: DEMAND_TABLE_FAULTS.build(code, field=header, value=texts[row].strip()[:40]),
    )
    return np.where(hours == _WRONG, EVERY_HOUR, hours).astype(np.int16), tuple(wrong.faults)


def note_unused_hours(sheet: DemandTable) -> None:
    """Note a column of hours in a file whose rows name districts, where hours are not used."""
    for header in list(_find_hour_columns(sheet))[:1]:
        sheet.note_column(DEMAND_TABLE_FAULTS, "hours_of_districts", header)


def _find_hour_columns(sheet: DemandTable) -> dict[str, tuple[NDArray[np.int16], list[str]]]:
    """Return the columns that hold hours of the week, or else instants, each with the hour of its cells and its texts."""
    known = {normalize_header(name) for name in INSTANT_HEADERS}
    weekly = [header for header in sheet.headers if is_hour_header(header)]
    timed = [header for header in sheet.headers if normalize_header(header) in known]
    for headers, parse in ((weekly, _parse_hour), (timed, _parse_instant)):
        found = dict[str, tuple[NDArray[np.int16], list[str]]]()
        for header in headers:
            texts = sheet.column(header).to_pylist()
            plain = (unicodedata.normalize("NFKC", text).strip() for text in texts)
            hours = np.fromiter((parse(one) if one else EVERY_HOUR for one in plain), np.int16, len(texts))
            if (hours >= 0).any():
                found[header] = hours, texts
        if found:
            return found
    return {}


def _parse_hour(plain: str) -> int:
    return int(plain) if _HOUR.fullmatch(plain) and int(plain) < HOURS_A_WEEK else _WRONG


def _parse_instant(plain: str) -> int:
    """Return the hour of the civil week of a day with a time of day."""
    instant = parse_civil_instant(plain)
    return hour_of_week(instant) if instant else _WRONG

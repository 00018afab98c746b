"""Read an app's records with their row numbers from lines, JSON lists and tables."""

import codecs
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import BinaryIO

from core.faults import Fault, FaultError, FaultTable
from core.sheets.csv import read_csv
from core.sheets.files import is_workbook
from core.sheets.listed_rows import ListedThings, select_listed_rows
from core.sheets.table import Row, Table
from core.sheets.text_encoding import decode_text_file, find_rival_of_utf_8, list_chinese_encodings
from core.text_marks import N_
from events.feeds.mapping import TABULAR_FORMATS, FeedMapping
from events.feeds.values import JsonValue, find_field_value, scrub_path
from members import scrub_personal_numbers

MAX_LINE_BYTES = 1_000_000
MAX_FILE_MB = 200  # for formats that are read whole; a jsonl file may have any size
_CHUNK_BYTES = 1 << 16

_NO_JSON = N_("have it exported again: one JSON object for each record, in UTF-8")
RECORD_FAULTS = FaultTable(
    "feed_file",
    {
        "empty": (N_("the file is empty"), N_("have it exported again, with its records")),
        "file_too_large": (
            N_("the file has more than {most} MB"),
            N_("have it split by days, or sent as one JSON object a line (format: jsonl)"),
        ),
        "line_too_long": (
            N_("the line has more than {most} MB"),
            N_("have each record sent in a line of its own, without pictures"),
        ),
        "undecodable": (
            N_("the line is not UTF-8, GB18030 or Big5"),
            N_("have the file exported in UTF-8"),
        ),
        "no_text": (
            N_("this is no text: a workbook, an archive, or UTF-16"),
            N_(
                "have it exported as one JSON object a line, in UTF-8; or say the format that it has in the mapping"
            ),
        ),
        "no_workbook": (
            N_("this is no workbook (.xlsx)"),
            N_("have it saved as .xlsx, or say format: csv in the mapping"),
        ),
        "no_object": (
            N_("the record is no object with named fields: {value}"),
            N_("have each record sent as an object between braces"),
        ),
        "no_list": (
            N_("there is no list of records at {field}; found: {value}"),
            N_("say under records: where the list stands"),
        ),
        "json": (N_("this is no valid JSON from {value} on (line:character)"), _NO_JSON),
        "json_nested": (N_("this JSON is nested too deeply"), _NO_JSON),
        "json_number": (N_("a number in this JSON is too large"), _NO_JSON),
        "json_constant": (N_("NaN and Infinity are no numbers in JSON"), _NO_JSON),
        "json_twice": (N_("a name stands twice in one object of this JSON"), _NO_JSON),
    },
)


@dataclass(frozen=True, slots=True)
class FeedRecord:
    """One record of an app. ``row`` is its line in the file, or its number, from 1."""

    row: int
    content: dict[str, JsonValue]
    faults: tuple[Fault, ...] = ()


RecordOrFault = FeedRecord | Fault  # a fault takes the place of an item that is not a record


def read_records(file: BinaryIO, name: str, mapping: FeedMapping) -> Iterator[RecordOrFault]:
    """Yield all records of a file. *Raises*: FaultError if the file has no records at all."""
    if mapping.format == "jsonl":
        return _from_lines(file, name)
    content = _whole(file, name)
    if mapping.format in TABULAR_FORMATS:
        return _from_table(_table(content, name, mapping))
    text, _ = decode_text_file(content, name)
    return _numbered(_listed(_parsed_whole(text, name), mapping, name), name)


def parse_records(body: bytes, mapping: FeedMapping) -> list[RecordOrFault]:
    """Return the records of a request body: one object, a list, or the list that the mapping names.

    *Raises*: FaultError.
    """
    text = decode_text_file(body, "")[0] if body.strip() else ""
    content = _parsed_whole(text, None)
    if isinstance(content, dict) and (
        mapping.records is None or find_field_value(content, mapping.records) is None
    ):
        content = [content]
    return list(_numbered(_listed(content, mapping, None), None))


def _whole(file: BinaryIO, name: str) -> bytes:
    content = file.read(MAX_FILE_MB * 1_000_000 + 1)
    if len(content) > MAX_FILE_MB * 1_000_000:
        raise FaultError(RECORD_FAULTS.build("file_too_large", file=name, most=MAX_FILE_MB))
    if not content.strip():
        raise FaultError(RECORD_FAULTS.build("empty", file=name, value=""))
    return content


def _table(content: bytes, name: str, mapping: FeedMapping) -> Table:
    if mapping.format == "xlsx" or is_workbook(content):
        if not is_workbook(content):
            raise FaultError(RECORD_FAULTS.build("no_workbook", file=name))
        from core.sheets.files import read_plain_table

        paths = (*mapping.id, mapping.about.user, mapping.about.id_number)
        things = ListedThings(frozenset(paths), has_totals=True)  # a row without an id is a fault of its own
        return select_listed_rows(read_plain_table(content, name, mapping.sheet), things, mapping.hidden_rows)
    return read_csv(content, name)


def _from_table(table: Table) -> Iterator[RecordOrFault]:
    """Yield the rows in order, with the faults of unreadable rows in their places."""
    read: list[tuple[int, RecordOrFault]] = [(row.number, _record(row, table.file)) for row in table.rows]
    read += [(fault.row or 0, fault) for fault in table.faults]
    for _, item in sorted(read, key=lambda pair: pair[0]):
        yield item


def _record(row: Row, file: str) -> FeedRecord:
    cells: dict[str, JsonValue] = {header: cell.strip() for header, cell in row.cells.items() if header}
    broken = tuple(replace(fault, file=file, row=row.number) for fault in row.broken.values())
    return FeedRecord(row.number, cells, broken)


def _from_lines(file: BinaryIO, name: str) -> Iterator[RecordOrFault]:
    """Yield one record per JSON line. A line that is too long becomes a fault and is never held whole."""
    some = False
    for number, line in enumerate(_lines(file), 1):
        if line is None:
            some = True
            most = MAX_LINE_BYTES // 1_000_000
            yield RECORD_FAULTS.build("line_too_long", file=name, row=number, most=most)
            continue
        if not some and (is_workbook(line) or b"\0" in line):
            raise FaultError(RECORD_FAULTS.build("no_text", file=name))
        bare = line.removeprefix(codecs.BOM_UTF8) if number == 1 else line
        if bare.strip():
            some = True
            yield _from_line(bare, name, number)
    if not some:
        raise FaultError(RECORD_FAULTS.build("empty", file=name, value=""))


def _lines(file: BinaryIO) -> Iterator[bytes | None]:
    """Yield the lines; None for a line that is too long."""
    while line := file.readline(MAX_LINE_BYTES + 1):
        if len(line) <= MAX_LINE_BYTES or line.endswith(b"\n"):
            yield line
            continue
        while (rest := file.readline(_CHUNK_BYTES)) and not rest.endswith(b"\n"):
            pass
        yield None


def _from_line(line: bytes, name: str, number: int) -> RecordOrFault:
    try:
        text = line.decode("ascii" if find_rival_of_utf_8(line) else "utf-8")
    except UnicodeDecodeError:
        found = list_chinese_encodings(line)
        try:
            text = line.decode(found[0] if len(found) == 1 else "ascii")
        except UnicodeDecodeError:
            return RECORD_FAULTS.build("undecodable", file=name, row=number)
    try:
        return _as_record(parse_exact_json(text.rstrip()), name, number)
    except ValueError as error:
        return _no_json(name, number, error)


def _numbered(items: Iterable[JsonValue], name: str | None) -> Iterator[RecordOrFault]:
    for number, item in enumerate(items, 1):
        yield _as_record(item, name, number)


def _as_record(content: JsonValue, name: str | None, number: int) -> RecordOrFault:
    if isinstance(content, dict):
        return FeedRecord(number, content)
    shown = scrub_personal_numbers(str(content))[:80]
    return RECORD_FAULTS.build("no_object", file=name, row=number, value=shown)


def parse_exact_json(text: str) -> JsonValue:
    """Parse JSON with exact numbers and without duplicate keys. *Raises*: ValueError."""
    try:
        content: JsonValue = json.loads(
            text, parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_object
        )
    except RecursionError as error:
        raise ValueError(_NESTED) from error
    except InvalidOperation as error:
        raise ValueError(_NUMBER) from error
    return content


def _no_constant(_: str) -> JsonValue:
    raise ValueError(_CONSTANT)


def _object(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError(_TWICE)
    return made


_NESTED, _NUMBER, _TWICE, _CONSTANT = "json_nested", "json_number", "json_twice", "json_constant"


def _parsed_whole(text: str, name: str | None) -> JsonValue:
    try:
        return parse_exact_json(text.removeprefix("\ufeff"))
    except ValueError as error:
        raise FaultError([_no_json(name, None, error)]) from error


def _listed(content: JsonValue, mapping: FeedMapping, name: str | None) -> list[JsonValue]:
    """Return the list of records. *Raises*: FaultError if there is none."""
    records = content
    if mapping.records is not None and isinstance(content, dict):
        records = find_field_value(content, mapping.records)
    if isinstance(records, list):
        return records
    raise FaultError([_no_list(name, mapping.records, content)])


def _no_json(name: str | None, row: int | None, error: ValueError) -> Fault:
    """Build a fault that gives the position but not the text.

    Part of a personal number can't be recognised as one, so it can't be hidden.
    """
    if isinstance(error, json.JSONDecodeError):
        place = f"{row or error.lineno}:{error.colno}"
        return RECORD_FAULTS.build("json", file=name, row=row, value=place)
    code = str(error) if str(error) in RECORD_FAULTS.texts else _NUMBER
    return RECORD_FAULTS.build(code, file=name, row=row)


def _no_list(name: str | None, path: str | None, content: JsonValue) -> Fault:
    there = ", ".join(scrub_path(key) for key in list(content)[:20]) if isinstance(content, dict) else ""
    found = there or type(content).__name__
    return RECORD_FAULTS.build("no_list", file=name, field=path or "records", value=found)

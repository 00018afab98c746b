"""Reads their records, each with its row: lines, lists and tables, whatever stands in them."""

import codecs
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import BinaryIO

from core.faults import Fault, InputFaults
from events.feeds.mapping import TABULAR, Mapping
from events.feeds.paths import Json, found, shown
from geo.formats.csv import decode, read_csv
from geo.formats.table import Row, Table
from members import scrubbed

N_ = str  # marks a text for the message catalogue

LONGEST_LINE_BYTES = 1_000_000
LARGEST_FILE_MB = 200  # of formats that are read whole; lines have no end
_CHUNK_BYTES = 1 << 16
_WORKBOOK = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class Record:
    """One record of theirs. ``row`` is its line in the file, else its number, from 1."""

    row: int
    content: dict[str, Json]
    broken: tuple[Fault, ...] = ()


Read = Record | Fault  # a fault stands for a record that is none


def read_records(file: BinaryIO, name: str, mapping: Mapping) -> Iterator[Read]:
    """All records of a file. *Raises*: InputFaults where there are none in it at all."""
    if mapping.format == "jsonl":
        return _from_lines(file, name)
    content = _whole(file, name)
    if mapping.format in TABULAR:
        return _from_table(_table(content, name, mapping))
    text, _ = decode(content, name)
    return _numbered(_listed(_parsed_whole(text, name), mapping, name), name)


def records_in(body: bytes, mapping: Mapping) -> list[Read]:
    """The records in the body of a request: one, a list, or a list where the mapping says. *Raises*: InputFaults."""
    content = _parsed_whole(body.decode("utf-8-sig", "replace"), None)
    if isinstance(content, dict) and (mapping.records is None or found(content, mapping.records) is None):
        content = [content]
    return list(_numbered(_listed(content, mapping, None), None))


def _whole(file: BinaryIO, name: str) -> bytes:
    content = file.read(LARGEST_FILE_MB * 1_000_000 + 1)
    if len(content) > LARGEST_FILE_MB * 1_000_000:
        raise InputFaults([_too_large(name)])
    if not content.strip():
        raise InputFaults([_empty(name)])
    return content


def _table(content: bytes, name: str, mapping: Mapping) -> Table:
    if mapping.format == "xlsx" or content.startswith(_WORKBOOK):
        if not content.startswith(_WORKBOOK):
            raise InputFaults([_no_workbook(name)])
        from geo.formats.files import read_table

        return read_table(content, name, mapping.sheet)
    return read_csv(content, name)


def _from_table(table: Table) -> Iterator[Read]:
    """Rows in order, those that are none among them."""
    read: list[tuple[int, Read]] = [(row.number, _record(row, table.file)) for row in table.rows]
    read += [(fault.row or 0, fault) for fault in table.faults]
    for _, item in sorted(read, key=lambda pair: pair[0]):
        yield item


def _record(row: Row, file: str) -> Record:
    cells: dict[str, Json] = {header: cell.strip() for header, cell in row.cells.items() if header}
    broken = tuple(replace(fault, file=file, row=row.number) for fault in row.broken.values())
    return Record(row.number, cells, broken)


def _from_lines(file: BinaryIO, name: str) -> Iterator[Read]:
    """One JSON object a line. A line that is too long is told, and never held as a whole."""
    some = False
    for number, line in enumerate(_lines(file), 1):
        if line is None:
            some = True
            yield _too_long(name, number)
            continue
        if not some and (line.startswith(_WORKBOOK) or b"\0" in line):
            raise InputFaults([_no_text(name)])
        bare = line.removeprefix(codecs.BOM_UTF8) if number == 1 else line
        if bare.strip():
            some = True
            yield _from_line(bare, name, number)
    if not some:
        raise InputFaults([_empty(name)])


def _lines(file: BinaryIO) -> Iterator[bytes | None]:
    """Lines; None for one that is too long."""
    while line := file.readline(LONGEST_LINE_BYTES + 1):
        if len(line) <= LONGEST_LINE_BYTES or line.endswith(b"\n"):
            yield line
            continue
        while (rest := file.readline(_CHUNK_BYTES)) and not rest.endswith(b"\n"):
            pass
        yield None


def _from_line(line: bytes, name: str, number: int) -> Read:
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        try:
            text = line.decode("gb18030")
        except UnicodeDecodeError:
            return _undecodable(name, number)
    try:
        return _as_record(parsed(text.rstrip()), name, number)
    except ValueError as error:
        return _no_json(name, number, error)


def _numbered(items: Iterable[Json], name: str | None) -> Iterator[Read]:
    for number, item in enumerate(items, 1):
        yield _as_record(item, name, number)


def _as_record(content: Json, name: str | None, number: int) -> Read:
    if isinstance(content, dict):
        return Record(number, content)
    return Fault(
        N_("the record is no object with named fields: {value}"),
        N_("have each record sent as an object between braces"),
        file=name,
        row=number,
        value=scrubbed(str(content))[:80],
    )


def parsed(text: str) -> Json:
    """What a JSON text says; numbers are exact, and no key stands twice. *Raises*: ValueError."""
    try:
        content: Json = json.loads(
            text, parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_object
        )
    except RecursionError as error:
        raise ValueError(_NESTED) from error
    except InvalidOperation as error:
        raise ValueError(_NUMBER) from error
    return content


def _no_constant(_: str) -> Json:
    raise ValueError(_CONSTANT)


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError(_TWICE)
    return made


_NESTED, _NUMBER, _TWICE, _CONSTANT = "nested", "number", "twice", "constant"
_SAID = {
    _NESTED: N_("this JSON is nested too deeply"),
    _NUMBER: N_("a number in this JSON is too large"),
    _CONSTANT: N_("NaN and Infinity are no numbers in JSON"),
    _TWICE: N_("a name stands twice in one object of this JSON"),
}


def _parsed_whole(text: str, name: str | None) -> Json:
    try:
        return parsed(text.removeprefix("\ufeff"))
    except ValueError as error:
        raise InputFaults([_no_json(name, None, error)]) from error


def _listed(content: Json, mapping: Mapping, name: str | None) -> list[Json]:
    """The list of records. *Raises*: InputFaults where there is none."""
    records = content
    if mapping.records is not None and isinstance(content, dict):
        records = found(content, mapping.records)
    if isinstance(records, list):
        return records
    raise InputFaults([_no_list(name, mapping.records, content)])


def _no_json(name: str | None, row: int | None, error: ValueError) -> Fault:
    """Says the place and not what stands there: half of a person's number is not known as one."""
    message, place = _SAID.get(str(error), _SAID[_NUMBER]), ""
    if isinstance(error, json.JSONDecodeError):
        message = N_("this is no valid JSON from {value} on (line:character)")
        place = f"{row or error.lineno}:{error.colno}"
    remedy = N_("have it exported again: one JSON object for each record, in UTF-8")
    return Fault(message, remedy, file=name, row=row, value=place or None)


def _no_list(name: str | None, path: str | None, content: Json) -> Fault:
    there = ", ".join(shown(key) for key in list(content)[:20]) if isinstance(content, dict) else ""
    return Fault(
        N_("there is no list of records at {field}; found: {value}"),
        N_("say under records: where the list stands"),
        file=name,
        field=path or "records",
        value=there or type(content).__name__,
    )


def _empty(name: str) -> Fault:
    return Fault(N_("the file is empty"), N_("have it exported again, with its records"), file=name, value="")


def _too_large(name: str) -> Fault:
    return Fault(
        N_("the file has more than {most} MB"),
        N_("have it split by days, or sent as one JSON object a line (format: jsonl)"),
        file=name,
        params={"most": str(LARGEST_FILE_MB)},
    )


def _too_long(name: str, row: int) -> Fault:
    return Fault(
        N_("the line has more than {most} MB"),
        N_("have each record sent in a line of its own, without pictures"),
        file=name,
        row=row,
        params={"most": str(LONGEST_LINE_BYTES // 1_000_000)},
    )


def _undecodable(name: str, row: int) -> Fault:
    return Fault(
        N_("the line is neither UTF-8 nor GB18030"),
        N_("have the file exported in UTF-8"),
        file=name,
        row=row,
    )


def _no_text(name: str) -> Fault:
    return Fault(
        N_("this is no text: a workbook, an archive, or UTF-16"),
        N_(
            "have it exported as one JSON object a line, in UTF-8; or say the format that it has in the mapping"
        ),
        file=name,
    )


def _no_workbook(name: str) -> Fault:
    return Fault(
        N_("this is no workbook (.xlsx)"),
        N_("have it saved as .xlsx, or say format: csv in the mapping"),
        file=name,
    )

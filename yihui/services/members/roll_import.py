"""Import a roll in constant memory: read it once to check every row, then once more to store the members."""

import io
import os
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import numpy as np

from core.civil_time import civil_date
from core.faults import Fault, FaultError
from core.sheets.csv import CsvFile
from core.sheets.files import is_workbook, refuse_kind, refuse_large_file
from core.sheets.table import Row, Table, TableHeader
from core.text_marks import N_
from events import Event, InboundEvent, RunTally, validate_event
from members import ROLL_FAULTS, RollEntry, RollParser, read_roll_columns, usual_columns
from yihui.bootstrap import Wiring
from yihui.files.tables import SheetReader, read_table_file
from yihui.runtime.progress import show_progress
from yihui.services.members.vault import store_known_persons

_BATCH = 500
_LEAD = 1_000  # bytes that tell what a file is
_PREVIEWED = 10  # members that a preview names
_KEPT_FAULTS = 1_000  # the faults of further rows are only counted
_SOURCE = "/rolls"
_ParsedRow = tuple[RollEntry, InboundEvent] | list[Fault]


@dataclass(frozen=True, slots=True)
class RollImport:
    """The outcomes, the faults of rows left out, and what became of names and phone numbers.

    ``faults`` are the first ones; ``faulty_rows`` counts all rows with faults. ``stored_persons`` is None
    without a vault; then ``ignored_headers`` are the columns that were not read. ``left_out`` counts the rows that
    list no member: totals, notes, and those who left.
    """

    tally: RunTally
    faults: Sequence[Fault]
    faulty_rows: int
    stored_persons: int | None = None
    ignored_headers: Sequence[str] = ()
    left_out: int = 0


@dataclass(slots=True)
class RollCheck:
    """What the first reading found: good rows, rows with faults, and those that name a person again.

    ``first`` are the first good rows, so that an officer can compare them with the file.
    """

    good: int = 0
    first: list[RollEntry] = field(default_factory=list)
    faulty_rows: int = 0
    faults: list[Fault] = field(default_factory=list)
    repeated: dict[int, int] = field(default_factory=dict)  # row → the person's first row
    left_out: int = 0
    notes: list[Fault] = field(default_factory=list)

    def note_faults(self, faults: Sequence[Fault]) -> None:
        """Note the faults of one row; one that only has notes is left out."""
        if all(fault.severity == "warning" for fault in faults):
            self.left_out += 1
            self.add_notes(faults)
            return
        self.faulty_rows += 1
        if len(self.faults) < _KEPT_FAULTS:
            self.faults += faults

    def add_notes(self, notes: Sequence[Fault]) -> None:
        """Add notes; only the first ones are kept."""
        if len(self.notes) < _KEPT_FAULTS:
            self.notes += notes


@dataclass(frozen=True, slots=True)
class RollOrder:
    """What is imported: the roll, the organisation of everybody on it if it has none, and a province's columns."""

    file: Path
    organisation: str | None = None
    columns: Path | None = None
    layer: str | None = None


class _RollWorkbook:
    """A roll that is a workbook, whose rows are iterated as those of a CSV."""

    def __init__(self, table: Table) -> None:
        self.file, self.headers, self.notes, self._table = table.file, table.headers, table.notes, table

    def rows(self) -> Iterator[Row | Fault]:
        yield from self._table.rows
        yield from self._table.faults


_RollTable = CsvFile | _RollWorkbook


def import_roll(wiring: Wiring, order: RollOrder, sheets: SheetReader, *, partial: bool) -> RollImport:
    """Import a roll; ID numbers become pseudonyms. Names and numbers go to the vault, if there is one.

    A call that is interrupted and repeated goes on: events that were stored before are duplicates.

    *Raises*: FaultError with the faults, unless ``partial`` and a row is valid; OSError.
    """
    has_vault = wiring.vault is not None
    with _open_seekable(order.file) as stream:
        table, parser = _open_roll(wiring, order, stream, sheets)
        check = _check_roll(wiring, stream, table, parser, sheets)
        if check.faults and not (partial and check.good):
            raise FaultError(check.faults)
        tally, stored = RunTally(), 0
        with _progress_of_reading(wiring, N_("importing the roll"), stream) as advance:
            rows = _good_rows(_parse_rows(table, parser, wiring, advance), check)
            while batch := list(islice(rows, _BATCH)):
                for outcome in wiring.runner.run_events(item for _, item in batch):
                    tally.add(outcome)
                if has_vault:
                    stored += store_known_persons(
                        wiring, {entry.member_id: entry.person for entry, _ in batch}
                    )
    ignored = () if has_vault else parser.personal_headers
    known = stored if has_vault else None
    return RollImport(tally, check.faults, check.faulty_rows, known, ignored, check.left_out)


def preview_roll(wiring: Wiring, order: RollOrder, sheets: SheetReader) -> RollCheck:
    """Check a roll as its import would; nothing is stored. *Raises*: FaultError if it can't be read; OSError."""
    with _open_seekable(order.file) as stream:
        table, parser = _open_roll(wiring, order, stream, sheets)
        return _check_roll(wiring, stream, table, parser, sheets)


def _check_roll(
    wiring: Wiring, stream: BinaryIO, table: _RollTable, parser: RollParser, sheets: SheetReader
) -> RollCheck:
    with _progress_of_reading(wiring, N_("checking the roll"), stream) as advance:
        check = _check_rows(_parse_rows(table, parser, wiring, advance), parser)
    sheets.tell([*table.notes, *([parser.unused_note()] if parser.unused else ()), *check.notes])
    return check


def _open_roll(
    wiring: Wiring, order: RollOrder, stream: BinaryIO, sheets: SheetReader
) -> tuple[_RollTable, RollParser]:
    """Open a roll and find its columns. *Raises*: FaultError."""
    known = usual_columns()
    if order.columns is not None:
        known = known.extended_by(read_roll_columns(order.columns))

    def find(table: TableHeader) -> RollParser:
        return RollParser(
            table,
            wiring.identity_key,
            civil_date(wiring.now()),
            for_vault=wiring.vault is not None,
            known=known,
            organisation=order.organisation,
        )

    begin = stream.read(_LEAD)
    stream.seek(0)
    if is_workbook(begin):
        refuse_large_file(order.file.stat().st_size, order.file.name)
        table = read_table_file(stream.read(), order.file.name, order.layer)
        kept = replace(sheets, tell=lambda _: None).select(table, lambda table: find(table).things)
        return _RollWorkbook(kept), find(kept)
    refuse_kind(begin, order.file.name)
    rows = CsvFile(stream, order.file.name)
    return rows, find(rows)


@contextmanager
def _open_seekable(file: Path) -> Iterator[BinaryIO]:
    """Open a file that can be read twice; what comes from a pipe is read into memory."""
    with file.open("rb") as stream:
        yield stream if stream.seekable() else io.BytesIO(stream.read())


@contextmanager
def _progress_of_reading(wiring: Wiring, label: str, stream: BinaryIO) -> Iterator[Callable[[], None]]:
    """Yield a function that shows how far a file has been read."""
    size = stream.seek(0, os.SEEK_END)
    with show_progress(wiring.render(label), size) as advance:
        yield lambda: advance(stream.tell())


def _parse_rows(
    table: _RollTable, parser: RollParser, wiring: Wiring, advance: Callable[[], None]
) -> Iterator[_ParsedRow]:
    """Yield each row's entry and event, or its faults."""
    now = wiring.now()
    for number, row in enumerate(table.rows(), 1):
        yield _parse_row(table.file, parser, row, now)
        if number % _BATCH == 0:
            advance()


def _parse_row(file: str, parser: RollParser, row: Row | Fault, now: datetime) -> _ParsedRow:
    entry = parser.parse_row(row)
    if not isinstance(entry, RollEntry):
        return entry
    event = validate_event(entry.as_event(_SOURCE), now)
    if isinstance(event, Event):
        return entry, InboundEvent(event, f"{file}:{entry.row}")
    return [fault.at(file=file, row=entry.row) for fault in event.faults]


def _check_rows(rows: Iterator[_ParsedRow], parser: RollParser) -> RollCheck:
    check = RollCheck()
    persons, numbers = array("Q"), array("Q")  # 16 bytes a row
    for row in rows:
        if isinstance(row, list):
            check.note_faults(row)
            continue
        entry, _ = row
        if len(check.first) < _PREVIEWED:
            check.first.append(entry)
        check.add_notes(entry.notes)
        persons.append(int.from_bytes(blake2b(entry.member_id.encode(), digest_size=8).digest()))
        numbers.append(entry.row)
    check.repeated = _find_repeated(persons, numbers)
    check.first = [entry for entry in check.first if entry.row not in check.repeated]
    for number, first in sorted(check.repeated.items()):
        check.note_faults([parser.repeated_person_fault(number, first)])
    check.good = len(numbers) - len(check.repeated)
    check.faults.sort(key=lambda fault: fault.row or 0)
    if check.faults and (more := check.faulty_rows - len({fault.row for fault in check.faults})):
        check.faults.append(ROLL_FAULTS.build("more_rows", file=check.faults[0].file, value=f"{more:,}"))
    return check


def _find_repeated(persons: "array[int]", numbers: "array[int]") -> dict[int, int]:
    """Return the rows that name a person again, each with the person's first row."""
    keys, rows = np.frombuffer(persons, np.uint64), np.frombuffer(numbers, np.uint64)
    order = np.argsort(keys, kind="stable")
    is_first = np.ones(len(order), dtype=bool)
    is_first[1:] = keys[order][1:] != keys[order][:-1]
    first_rows = rows[order][is_first][np.cumsum(is_first) - 1]
    again = ~is_first
    return dict(zip(rows[order][again].tolist(), first_rows[again].tolist(), strict=True))


def _good_rows(rows: Iterator[_ParsedRow], check: RollCheck) -> Iterator[tuple[RollEntry, InboundEvent]]:
    """Yield the rows without faults; of a person's rows the first."""
    for row in rows:
        if not isinstance(row, list) and row[0].row not in check.repeated:
            yield row

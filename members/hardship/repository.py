"""Store and read case files, their photographs, and the lines of income that they are held against.

Of a case file there is the history, and the row that lists are made from. Lines of income hold from a day on; the
levels below inherit them. The caller opens the transaction.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Text,
    and_,
    case,
    cast,
    delete,
    func,
    or_,
    select,
    update,
)

from members.attachments import Attachment, AttachmentKind, read_attachments
from members.hardship.case import FILE_LIFE, FileAct, FileState, HardshipFile, VisitState
from members.hardship.tables import (
    INCOME_LINE_BATCHES,
    hardship_file_events,
    hardship_file_members,
    hardship_files,
    hardship_income_lines,
    hardship_receipts,
)
from members.histories import HistoryStore
from members.tables import attachments
from store import append_batch, in_json_array, insert_into, json_array, read_once


def _row(file: HardshipFile) -> dict[str, Any]:
    return {
        "version": file.version,
        "state": file.state.value,
        "organisation": file.organisation,
        "household": file.household,
        "level": file.level,
        "member_id": file.worker,
        "review_due_on": file.review_due_on,
        "opened_at": file.opened_at,
        "closed_at": file.closed_at,
    }


def _record_members(connection: Connection, file: HardshipFile) -> None:
    """Record who is in the household now; who was earlier stays in the table."""
    c = hardship_file_members.c
    connection.execute(
        update(hardship_file_members).where(c.file_number == file.number).values(is_current=False)
    )
    is_current = file.state is not FileState.CLOSED
    for member in file.members:
        row = insert_into(connection, hardship_file_members).values(
            file_number=file.number, member_id=member, is_current=is_current
        )
        keys = [c.file_number, c.member_id]
        connection.execute(row.on_conflict_do_update(index_elements=keys, set_={"is_current": is_current}))


FILES = HistoryStore(hardship_files, hardship_file_events, "file_number", FILE_LIFE, _row, _record_members)
find_file, read_events = FILES.find, FILES.read_events


def _list_members(stages: Sequence[HardshipFile]) -> list[tuple[str, bool]]:
    """Return who is, or was, in a household."""
    now = () if stages[-1].state is FileState.CLOSED else stages[-1].members
    return [(one, one in now) for one in sorted({member for stage in stages for member in stage.members})]


def _list_receipts(stages: Sequence[HardshipFile]) -> list[tuple[int, str]]:
    return [(visit.number, visit.receipt) for visit in stages[-1].visits if visit.receipt is not None]


FILE_FOLDS = (
    FILES.fold,
    FILES.fold_into(hardship_file_members.c.file_number, ("member_id", "is_current"), 1, _list_members),
    FILES.fold_into(hardship_receipts.c.file_number, ("visit", "digest"), 1, _list_receipts),
)


def erase_file_texts(connection: Connection, member_id: str) -> int:
    """Erase what was typed into the histories of a member's households; return of how many events."""
    c = hardship_file_members.c
    query = select(c.file_number).where(c.member_id == member_id)
    return FILES.erase_texts(connection, connection.execute(query).scalars().all())


def find_files_of_members(connection: Connection, members: Iterable[str]) -> dict[str, int]:
    """Return the number of the open case file of each of some members who are in one."""
    c = hardship_file_members.c
    query = select(c.member_id, c.file_number).where(c.is_current, c.member_id.in_(list(members)))
    return {row.member_id: row.file_number for row in connection.execute(query)}


def claim_receipt(connection: Connection, digest: str, file_number: int, visit: int) -> str | None:
    """Record the receipt of a visit; return which other visit has it already."""
    row = insert_into(connection, hardship_receipts).values(
        digest=digest, file_number=file_number, visit=visit
    )
    c = hardship_receipts.c
    # The rowcount of an INSERT is unknown on PostgreSQL.
    if connection.execute(row.on_conflict_do_nothing().returning(c.digest)).first() is not None:
        return None
    there = connection.execute(select(c.file_number, c.visit).where(c.digest == digest)).one()
    return f"{there.file_number}/{there.visit}"


@dataclass(frozen=True, slots=True)
class FileQuery:
    """Which case files to list. ``organisations`` None stands for all.

    ``due_by`` leaves those that wait for their first review, or whose next one is due by a day.
    """

    organisations: Sequence[str] | None = None
    state: str | None = None
    level: str | None = None
    member_id: str | None = None
    due_by: date | None = None
    numbers: Sequence[int] | None = None


def list_organisations(connection: Connection) -> list[str]:
    """Return every organisation that has a case file."""
    query = select(hardship_files.c.organisation).distinct()
    return read_once(connection, hardship_files.name, lambda: [*connection.execute(query).scalars()])


def list_files(connection: Connection, query: FileQuery, limit: int | None = None) -> list[HardshipFile]:
    """List case files as they are selected."""
    return FILES.fold_selected(connection, select_files(query).limit(limit))


def list_files_to_release(
    connection: Connection, organisations: Sequence[str] | None = None
) -> list[HardshipFile]:
    """List the case files with a planned visit whose money is not released yet, the newest first."""
    c = hardship_file_events.c
    planned = func.sum(case((c.act == FileAct.PLAN_VISIT.value, 1), else_=0))
    released = func.sum(case((c.act == FileAct.RELEASE_VISIT.value, 1), else_=0))
    query = select(c.file_number).where(c.act.in_((FileAct.PLAN_VISIT.value, FileAct.RELEASE_VISIT.value)))
    query = query.group_by(c.file_number).having(planned > released)  # some of these were withdrawn
    numbers = connection.execute(query).scalars().all()
    files = list_files(connection, FileQuery(organisations, FileState.ON_FILE.value, numbers=numbers))
    return [one for one in files if any(visit.state is VisitState.PLANNED for visit in one.visits)]


def select_files(query: FileQuery) -> Select[Any]:
    """Return a statement that selects the numbers of case files, of the newest first.

    Those that are due by a day are selected by that day, the first reviews last.
    """
    c = hardship_files.c
    order = (c.review_due_on.is_(None), c.review_due_on, c.number) if query.due_by else (c.number.desc(),)
    statement = select(c.number).order_by(*order)
    if query.organisations is not None:
        codes = json_array(query.organisations)
        statement = statement.where(in_json_array(c.organisation, "codes")).params(codes=codes)
    if query.state is not None:
        statement = statement.where(c.state == query.state)
    if query.level is not None:
        statement = statement.where(c.level == query.level)
    if query.member_id is not None:
        own = select(hardship_file_members.c.file_number)
        statement = statement.where(
            c.number.in_(own.where(hardship_file_members.c.member_id == query.member_id))
        )
    if query.due_by is not None:
        is_due = or_(c.review_due_on.is_(None), c.review_due_on <= query.due_by)
        statement = statement.where(c.state != FileState.CLOSED.value, is_due)
    if query.numbers is not None:
        statement = statement.where(c.number.in_(query.numbers))
    return statement


@dataclass(frozen=True, slots=True)
class IncomeLine:
    """The monthly income per head that an organisation and those below it hold case files against. *Units*: fen."""

    organisation: str
    since: date
    line_fen: int
    document: str
    officer: str
    recorded_at: datetime
    number: int = 0  # of the record, once there is one


def record_income_line(connection: Connection, line: IncomeLine) -> int:
    """Append a line and return its number; of two for one organisation and day the later one counts."""
    row = {name: getattr(line, name) for name in IncomeLine.__slots__ if name != "number"}
    append_batch(connection, INCOME_LINE_BATCHES, [row], line.recorded_at)
    c = hardship_income_lines.c
    own = select(c.number).where(c.organisation == line.organisation, c.recorded_at == line.recorded_at)
    return int(connection.execute(own.order_by(c.batch.desc()).limit(1)).scalar_one())


def list_income_lines(connection: Connection, organisations: Iterable[str] | None = None) -> list[IncomeLine]:
    """List the lines of some organisations, or of all, in the order in which they were recorded."""
    c = hardship_income_lines.c
    query = select(*(c[name] for name in IncomeLine.__slots__)).order_by(c.batch)
    if organisations is not None:
        query = query.where(c.organisation.in_(sorted(set(organisations))))
    return [IncomeLine(**row) for row in connection.execute(query).mappings()]


def find_income_line(lines: Iterable[IncomeLine], lineage: Sequence[str], day: date) -> IncomeLine | None:
    """Return the line in force on a day for an organisation: its own, or that of the nearest one above.

    ``lineage`` is the organisation and those above it, the nearest first.
    """
    known = list(lines)
    for code in lineage:
        own = [one for one in known if one.organisation == code and one.since <= day]
        if own:
            return max(enumerate(own), key=lambda pair: (pair[1].since, pair[0]))[1]
    return None


def list_household_photos(connection: Connection, member_id: str) -> list[Attachment]:
    """List the photographs of all households that a member is, or was, in."""
    return read_attachments(connection, _of_household(member_id))


def erase_household_photos(connection: Connection, member_id: str) -> int:
    """Delete the records of those photographs; return how many there were.

    A photograph may show any person of the household: the erasure of a present or former one deletes them all.
    """
    return connection.execute(delete(attachments).where(_of_household(member_id))).rowcount


def _of_household(member_id: str) -> ColumnElement[bool]:
    c = hardship_file_members.c
    files = select(cast(c.file_number, Text)).where(c.member_id == member_id)
    return and_(attachments.c.kind == AttachmentKind.HARDSHIP_PHOTO.value, attachments.c.subject.in_(files))

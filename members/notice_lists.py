"""Store and read lists of applications that were published in one act. The caller opens the transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, delete, insert, select

from members.tables import notice_list_entries, notice_lists


@dataclass(frozen=True, slots=True)
class NoticeList:
    """A list that was published from ``published_on`` to ``last_on``; ``number`` 0: not stored yet."""

    number: int
    programme: str
    published_on: date
    last_on: date | None
    officer: str
    published_at: datetime


@dataclass(frozen=True, slots=True)
class NoticeListEntry:
    """An application of a list, by its number, and its member."""

    list_number: int
    application_number: int
    member_id: str


def record_notice_list(connection: Connection, one: NoticeList, entries: Iterable[tuple[int, str]]) -> int:
    """Append a list with its applications, each as its number and its member; return the list's number."""
    row = {name: getattr(one, name) for name in NoticeList.__slots__ if name != "number"}
    number = int(
        connection.execute(insert(notice_lists).values(row).returning(notice_lists.c.number)).scalar_one()
    )
    rows = [
        {"list_number": number, "application_number": application, "member_id": member}
        for application, member in entries
    ]
    connection.execute(insert(notice_list_entries), rows)
    return number


def find_notice_list(connection: Connection, number: int) -> NoticeList | None:
    """Return a list by its number."""
    if not 0 < number < 2**63:
        return None
    query = select(notice_lists).where(notice_lists.c.number == number)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else NoticeList(**row)


def list_newest_notice_lists(connection: Connection, most: int) -> list[NoticeList]:
    """List the newest lists, the newest first."""
    query = select(notice_lists).order_by(notice_lists.c.number.desc()).limit(most)
    return [NoticeList(**row) for row in connection.execute(query).mappings()]


def list_notice_entries(connection: Connection, numbers: Sequence[int]) -> list[NoticeListEntry]:
    """List the applications of some lists, by list and number."""
    c = notice_list_entries.c
    query = select(c.list_number, c.application_number, c.member_id).where(c.list_number.in_(numbers))
    rows = connection.execute(query.order_by(c.list_number, c.application_number))
    return [NoticeListEntry(*row) for row in rows]


def erase_notice_entries(connection: Connection, member_id: str) -> int:
    """Delete a person from all lists; return the number of rows."""
    c = notice_list_entries.c
    return connection.execute(delete(notice_list_entries).where(c.member_id == member_id)).rowcount

"""Store what officers do with applications, and which files belong to which application."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from pydantic_core import from_json, to_json
from sqlalchemy import Connection, delete, insert, or_, select

from members.application_tables import application_acts, application_attachments

_PORTION = 500


@dataclass(frozen=True, slots=True)
class RecordedApplicationAct:
    """What an officer did with an application, and why."""

    member_id: str
    application: str
    kind: str
    stage: str | None
    event_id: str
    officer: str
    acted_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of an application: its digests, and those of its pages as pictures. ``number`` 0: not stored yet."""

    number: int
    member_id: str
    application: str
    digest: str
    sent_digest: str
    media_type: str
    size_bytes: int
    pages: tuple[str, ...]
    title: str
    officer: str
    stored_at: datetime

    @property
    def digests(self) -> frozenset[str]:
        """The digests of all its files."""
        return frozenset({self.digest, *self.pages})


def record_application_act(connection: Connection, act: RecordedApplicationAct) -> None:
    """Append an act."""
    row = {name: getattr(act, name) for name in RecordedApplicationAct.__slots__}
    connection.execute(insert(application_acts).values(row))


def list_application_acts(
    connection: Connection, member_id: str, application: str
) -> list[RecordedApplicationAct]:
    """List what officers did with an application, in order."""
    c = application_acts.c
    query = select(*(c[name] for name in RecordedApplicationAct.__slots__))
    query = query.where(c.member_id == member_id, c.application == application).order_by(c.sequence)
    return [RecordedApplicationAct(**row) for row in connection.execute(query).mappings()]


def record_attachment(connection: Connection, one: Attachment) -> int:
    """Append the record of a file; return its number."""
    row = {name: getattr(one, name) for name in Attachment.__slots__ if name != "number"}
    row["pages"] = to_json(one.pages).decode()
    done = connection.execute(
        insert(application_attachments).values(row).returning(application_attachments.c.number)
    )
    return int(done.scalar_one())


def list_attachments(connection: Connection, member_id: str, application: str) -> list[Attachment]:
    """List the files of an application, the oldest first."""
    c = application_attachments.c
    return _read(connection, (c.member_id == member_id) & (c.application == application))


def find_attachment(connection: Connection, number: int) -> Attachment | None:
    """Return a file's record by its number."""
    found = _read(connection, application_attachments.c.number == number)
    return found[0] if found else None


def list_member_attachments(connection: Connection, member_id: str) -> list[Attachment]:
    """List the files of all applications of a member."""
    return _read(connection, application_attachments.c.member_id == member_id)


def list_attachment_digests(connection: Connection) -> set[str]:
    """Return the digests of all files that any application has."""
    c = application_attachments.c
    rows = connection.execute(select(c.digest, c.pages))
    return {digest for row in rows for digest in (row.digest, *from_json(row.pages))}


def find_used_digests(connection: Connection, digests: Iterable[str]) -> set[str]:
    """Return those of some digests that an application's file still has."""
    asked, c = sorted(digests), application_attachments.c
    used: set[str] = set()
    for n in range(0, len(asked), _PORTION):
        some = asked[n : n + _PORTION]
        conditions = [c.digest.in_(some), *(c.pages.contains(one, autoescape=True) for one in some)]
        for row in connection.execute(select(c.digest, c.pages).where(or_(*conditions))):
            used |= {row.digest, *from_json(row.pages)}
    return used & set(asked)


def erase_application_records(connection: Connection, member_id: str) -> int:
    """Delete the acts and the files' records of a member's applications; return the number of rows."""
    tables = (application_acts, application_attachments)
    return sum(
        connection.execute(delete(table).where(table.c.member_id == member_id)).rowcount for table in tables
    )


def _read(connection: Connection, where: object) -> list[Attachment]:
    columns = [application_attachments.c[name] for name in Attachment.__slots__]
    query = select(*columns).where(where).order_by(application_attachments.c.number)  # type: ignore[arg-type]
    rows = connection.execute(query).mappings()
    return [Attachment(**{**row, "pages": tuple(from_json(row["pages"]))}) for row in rows]

"""Store which files belong to an application, a correction, a case file or an inspection."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pydantic_core import from_json, to_json
from sqlalchemy import ColumnElement, Connection, delete, insert, or_, select, update

from members.tables import attachments

_PORTION = 500


class AttachmentKind(StrEnum):
    """What a file belongs to; the subject is its number or id."""

    APPLICATION = "application"  # the application's number among the member's
    CORRECTION = "correction"  # the id of the correction's event
    HARDSHIP_PHOTO = "hardship_photo"  # the case file's number
    HARDSHIP_RECEIPT = "hardship_receipt"  # the case file's number, a slash, the visit's number
    INSPECTION = "inspection"  # the inspection's number
    APPEAL = "appeal"  # the appeal's id
    AID_CLAIM = "mutual_aid_claim"  # the claim's number
    CERTIFICATE = "certificate"  # the number of the case by which the member handed it in
    UPLOAD = "upload"  # what a member attached and has not handed in: the form that it is for


@dataclass(frozen=True, slots=True)
class AttachmentOwner:
    """The kind and the key of the thing that a file belongs to, and the member whose erasure deletes it, if any."""

    kind: AttachmentKind
    subject: str
    member_id: str | None = None


def upload_owner(member: str, form: str, key: str) -> AttachmentOwner:
    """Return the owner of files that a member attached to a form and has not handed in."""
    return AttachmentOwner(AttachmentKind.UPLOAD, f"{form}:{key}", member)


@dataclass(frozen=True, slots=True)
class Attachment:
    """The record of a file: its digests, and those of its pages as pictures. ``number`` 0: not stored yet."""

    number: int
    kind: AttachmentKind
    subject: str
    member_id: str | None
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


def record_attachment(connection: Connection, one: Attachment) -> int:
    """Append the record of a file; return its number."""
    row = {name: getattr(one, name) for name in Attachment.__slots__ if name != "number"}
    row |= {"kind": one.kind.value, "pages": to_json(one.pages).decode()}
    done = connection.execute(insert(attachments).values(row).returning(attachments.c.number))
    return int(done.scalar_one())


def list_attachments(connection: Connection, owner: AttachmentOwner) -> list[Attachment]:
    """List the files of an owner, the oldest first; a member's application has a number that others' have too."""
    c = attachments.c
    own = (c.kind == owner.kind.value) & (c.subject == owner.subject)
    return read_attachments(
        connection, own if owner.member_id is None else own & (c.member_id == owner.member_id)
    )


def find_attachment(
    connection: Connection, number: int, kinds: Collection[AttachmentKind]
) -> Attachment | None:
    """Return a file's record by its number; None if there is none of these kinds."""
    c = attachments.c
    found = read_attachments(connection, (c.number == number) & c.kind.in_([one.value for one in kinds]))
    return found[0] if found else None


def move_attachments(connection: Connection, source: AttachmentOwner, target: AttachmentOwner) -> int:
    """Let the files of one owner belong to another one; return how many. What the other one has already stays behind."""
    there = {one.sent_digest for one in list_attachments(connection, target)}
    moved = [one.number for one in list_attachments(connection, source) if one.sent_digest not in there]
    query = update(attachments).where(attachments.c.number.in_(moved))
    return connection.execute(query.values(kind=target.kind.value, subject=target.subject)).rowcount


def delete_attachments(connection: Connection, numbers: Collection[int]) -> None:
    """Delete the records of files; their contents go by ``delete_unused_files``."""
    connection.execute(delete(attachments).where(attachments.c.number.in_(numbers)))


def list_member_attachments(connection: Connection, member_id: str) -> list[Attachment]:
    """List the files that a member's erasure takes."""
    return read_attachments(connection, attachments.c.member_id == member_id)


def list_attachment_digests(connection: Connection) -> set[str]:
    """Return the digests of all files that have a record."""
    c = attachments.c
    rows = connection.execute(select(c.digest, c.pages))
    return {digest for row in rows for digest in (row.digest, *from_json(row.pages))}


def find_used_digests(connection: Connection, digests: Iterable[str]) -> set[str]:
    """Return those of some digests that a record still has."""
    asked, c = sorted(digests), attachments.c
    used: set[str] = set()
    for n in range(0, len(asked), _PORTION):
        some = asked[n : n + _PORTION]
        conditions = [c.digest.in_(some), *(c.pages.contains(one, autoescape=True) for one in some)]
        for row in connection.execute(select(c.digest, c.pages).where(or_(*conditions))):
            used |= {row.digest, *from_json(row.pages)}
    return used & set(asked)


def erase_attachments(connection: Connection, member_id: str) -> int:
    """Delete the records of a member's files; return how many there were."""
    return connection.execute(delete(attachments).where(attachments.c.member_id == member_id)).rowcount


def read_attachments(connection: Connection, where: ColumnElement[bool]) -> list[Attachment]:
    """Return the records that a condition selects, the oldest first."""
    columns = [attachments.c[name] for name in Attachment.__slots__]
    rows = connection.execute(select(*columns).where(where).order_by(attachments.c.number)).mappings()
    return [
        Attachment(**{**row, "kind": AttachmentKind(row["kind"]), "pages": tuple(from_json(row["pages"]))})
        for row in rows
    ]

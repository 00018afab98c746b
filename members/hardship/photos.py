"""Photographs of households.

A photograph may show any person of the household: the erasure of a present or former one deletes them all.
"""

from sqlalchemy import ColumnElement, Connection, Text, and_, cast, delete, select

from members.attachment_tables import attachments
from members.attachments import Attachment, AttachmentKind, read_attachments
from members.hardship.tables import hardship_file_members


def list_household_photos(connection: Connection, member_id: str) -> list[Attachment]:
    """List the photographs of all households that a member is, or was, in."""
    return read_attachments(connection, _of_household(member_id))


def erase_household_photos(connection: Connection, member_id: str) -> int:
    """Delete the records of those photographs; return how many there were."""
    return connection.execute(delete(attachments).where(_of_household(member_id))).rowcount


def _of_household(member_id: str) -> ColumnElement[bool]:
    c = hardship_file_members.c
    files = select(cast(c.file_number, Text)).where(c.member_id == member_id)
    return and_(attachments.c.kind == AttachmentKind.HARDSHIP_PHOTO.value, attachments.c.subject.in_(files))

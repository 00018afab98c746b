"""The papers that a member handed in with what she asks: listed beside it, each with a link to its pages."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from core.text_marks import N_
from yihui.frame.cells import Link
from yihui.frame.content import Section, Table, TableColumn

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from members.attachments import Attachment, AttachmentOwner


def list_papers(connection: "Connection", owner: "AttachmentOwner") -> Iterator[Section]:
    """Yield a table of the papers of an owner; nothing if there are none."""
    from members.attachments import list_attachments

    if files := list_attachments(connection, owner):
        yield Table("files", N_("Papers"), (_TITLE,), files, "")


_TITLE: "TableColumn[Attachment]" = TableColumn(
    "title", N_("Papers"), lambda one: Link(f"/desk/applications/attachments/{one.number}", one.title)
)

"""Photographs of a case file and receipts of visits as files: add and delete a photograph, find and list files."""

from sqlalchemy import Connection

from core.faults import FaultError
from members.attachments import (
    Attachment,
    AttachmentKind,
    AttachmentOwner,
    delete_attachments,
    find_attachment,
    list_attachments,
)
from members.hardship.case import HardshipFile
from members.hardship.faults import HARDSHIP_FAULTS
from members.hardship.visit import Visit
from yihui.access.actor import Actor
from yihui.bootstrap import Wiring
from yihui.services.access.history_acts import EventData
from yihui.services.attachments.attachments import (
    ATTACHMENT_FAULTS,
    SentFile,
    StoredFile,
    delete_unused_files,
    run_with_file,
)
from yihui.services.hardship.case_files import ActOnFile, FileTransaction, change_file_by
from yihui.services.hardship.intake import check_reason, raise_faults
from yihui.services.hardship.lists import FileStatus, read_file

MOST_PHOTOS = 20
_KINDS = (AttachmentKind.HARDSHIP_PHOTO, AttachmentKind.HARDSHIP_RECEIPT)


def add_photo(wiring: Wiring, actor: Actor | None, wanted: ActOnFile, file: SentFile) -> FileStatus:
    """Add a photograph to a case file. *Raises*: FaultError."""
    raise_faults(check_reason(wanted.reason))

    def store(stored: StoredFile) -> FileStatus:
        def build_data(act: FileTransaction) -> EventData:
            owner = photo_owner(act.file)
            stored.record(act.connection, owner, act.actor.id, act.now, MOST_PHOTOS)
            return {"reason": wanted.reason.strip(), "photos": [name_digest(file)]}

        return change_file_by(wiring, actor, wanted, build_data)

    return run_with_file(wiring, file, store)


def delete_photo(wiring: Wiring, actor: Actor | None, wanted: ActOnFile, photo: int) -> FileStatus:
    """Delete one photograph of a case file, its record and its contents; the history says who did it and why.

    *Raises*: FaultError, also for the receipt of a visit, which proves where its money went.
    """
    raise_faults(check_reason(wanted.reason))
    gone: set[str] = set()

    def build_data(act: FileTransaction) -> EventData:
        found = _require_attachment(act.connection, act.file.number, photo)
        if found.kind is not AttachmentKind.HARDSHIP_PHOTO:
            raise FaultError(HARDSHIP_FAULTS.build("receipt_stays", field="file"))
        delete_attachments(act.connection, [found.number])
        gone.clear()
        gone.update(found.digests)
        return {"reason": wanted.reason.strip(), "photo": f"sha256:{found.sent_digest}"}

    status = change_file_by(wiring, actor, wanted, build_data)
    delete_unused_files(wiring, gone)
    return status


def name_digest(file: SentFile) -> str:
    """Return the digest by which the history of a case file names a file that was sent."""
    return f"sha256:{file.sent_digest}"


def photo_owner(file: HardshipFile) -> AttachmentOwner:
    """Return the owner of the photographs of a case file."""
    return AttachmentOwner(AttachmentKind.HARDSHIP_PHOTO, str(file.number), file.worker)


def receipt_owner(file: HardshipFile, visit: Visit) -> AttachmentOwner:
    """Return the owner of the receipt of a visit: who got the money."""
    return AttachmentOwner(AttachmentKind.HARDSHIP_RECEIPT, f"{file.number}/{visit.number}", visit.member_id)


def list_case_attachments(wiring: Wiring, file: HardshipFile) -> list[Attachment]:
    """List the photographs and receipts of a case file that are stored; erased ones are not."""
    with wiring.database.read() as connection:
        return _list(connection, file)


def _list(connection: Connection, file: HardshipFile) -> list[Attachment]:
    found = list_attachments(connection, photo_owner(file))
    for visit in file.visits:
        if visit.receipt is not None:
            found += list_attachments(connection, receipt_owner(file, visit))
    return found


def load_case_attachment(wiring: Wiring, actor: Actor | None, number: int, attachment: int) -> Attachment:
    """Return the record of a case file's photograph or receipt; the reading is recorded. *Raises*: FaultError."""
    file = read_file(wiring, actor, number)
    with wiring.database.read() as connection:
        return _require_attachment(connection, file.number, attachment)


def _require_attachment(connection: Connection, file_number: int, attachment: int) -> Attachment:
    found = find_attachment(connection, attachment, _KINDS) if 0 < attachment < 2**63 else None
    if found is None or found.subject.partition("/")[0] != str(file_number):
        raise FaultError(ATTACHMENT_FAULTS.build("unknown", field="number", value=attachment))
    return found

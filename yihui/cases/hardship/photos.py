"""Photographs of a case file and receipts of visits as files: add, delete, find and list them."""

from collections.abc import Callable
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from core.faults import FaultError
from core.text_marks import N_
from members.hardship.case import FileAct, HardshipFile, Visit, visit_reference
from members.hardship.faults import HARDSHIP_FAULTS
from yihui.bootstrap import Wiring
from yihui.cases.hardship.files import HISTORY
from yihui.cases.hardship.forms import DeletionForm, PhotoForm, ReceiptForm
from yihui.frame.acts import NO_JSON, Doing, Key
from yihui.frame.fields import TypedFile
from yihui.frame.papers import find_paper, record_paper, store_around, store_paper

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from members.attachments import Attachment, AttachmentOwner

MOST_PHOTOS = 20


def digest_of(file: TypedFile) -> str:
    """Return the digest by which the history of a case file names a file that was sent."""
    return f"sha256:{sha256(file.content).hexdigest()}"


def store_receipt(wiring: Wiring, form: ReceiptForm, run: Callable[[], Key]) -> Key:
    """Store the file of a receipt around the act that records it."""
    return store_around(wiring, form.picture, visit_reference(1, form.visit), run)


def photo_owner(file: HardshipFile) -> "AttachmentOwner":
    """Return the owner of the photographs of a case file."""
    from members.attachments import AttachmentKind, AttachmentOwner

    return AttachmentOwner(AttachmentKind.HARDSHIP_PHOTO, str(file.number), file.worker)


def receipt_owner(file: HardshipFile, visit: Visit) -> "AttachmentOwner":
    """Return the owner of the receipt of a visit: who got the money."""
    from members.attachments import AttachmentKind, AttachmentOwner

    return AttachmentOwner(AttachmentKind.HARDSHIP_RECEIPT, f"{file.number}/{visit.number}", visit.member_id)


def list_photos(connection: "Connection", file: HardshipFile) -> "list[Attachment]":
    """List the photographs of a case file that are stored; erased ones are not."""
    from members.attachments import list_attachments

    return list_attachments(connection, photo_owner(file))


def find_receipts(connection: "Connection", file: HardshipFile) -> "dict[int, Attachment]":
    """Return the receipts of a case file that are stored, by the numbers of their visits."""
    from members.attachments import list_attachments

    receipts = (one for one in file.visits if one.receipt is not None)
    return {
        visit.number: found
        for visit in receipts
        for found in list_attachments(connection, receipt_owner(file, visit))
    }


def list_files(connection: "Connection", file: HardshipFile) -> "list[Attachment]":
    """List the photographs and the receipts of a case file that are stored."""
    return [*list_photos(connection, file), *find_receipts(connection, file).values()]


def _add_photo(act: Doing[PhotoForm, HardshipFile]) -> dict[str, Any]:
    record_paper(act, act.form.picture, act.form.title, photo_owner(act.thing), MOST_PHOTOS)
    return {"reason": act.form.reason, "photos": [digest_of(act.form.picture)]}


def _delete_photo(act: Doing[DeletionForm, HardshipFile]) -> dict[str, Any]:
    """Delete a photograph; the receipt of a visit stays, since it proves where the money went."""
    from members.attachments import AttachmentKind, delete_attachments

    found = find_paper(list_files(act.connection, act.thing), act.form.photo, "photo")
    if found.kind is not AttachmentKind.HARDSHIP_PHOTO:
        raise FaultError(HARDSHIP_FAULTS.build("receipt_stays", field="photo"))
    delete_attachments(act.connection, [found.number])
    return {"reason": act.form.reason, "photo": f"sha256:{found.sent_digest}"}


def _delete_contents(wiring: Wiring, form: DeletionForm, run: Callable[[], Key]) -> Key:
    """Delete the contents of a photograph after its record, unless another record has them."""
    from members.attachments import AttachmentKind, find_attachment
    from yihui.services.attachments.attachments import delete_unused_files

    with wiring.database.read() as connection:
        found = find_attachment(connection, form.photo, (AttachmentKind.HARDSHIP_PHOTO,))
    key = run()
    delete_unused_files(wiring, found.digests if found is not None else ())
    return key


PHOTO = HISTORY.act(
    FileAct.CHANGE,
    N_("Add a photograph"),
    PhotoForm,
    N_("It was recorded."),
    _add_photo,
    name="photo",
    doors=NO_JSON,
    around=store_paper,
)
DELETE_PHOTO = HISTORY.act(
    FileAct.DELETE_PHOTO,
    N_("Delete a photograph"),
    DeletionForm,
    N_("The photograph was deleted."),
    _delete_photo,
    is_grave=True,
    around=_delete_contents,
)

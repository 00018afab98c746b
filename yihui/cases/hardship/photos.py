"""Photographs of a case file and receipts of visits as files: add, delete, find and list them."""

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from core.faults import FaultError
from core.text_marks import N_
from members.hardship.case import FileAct, HardshipFile
from members.hardship.faults import HARDSHIP_FAULTS
from members.hardship.visit import Visit, visit_reference
from yihui.bootstrap import Wiring
from yihui.cases.hardship.files import HISTORY, build_act
from yihui.cases.hardship.forms import DeletionForm, PhotoForm, ReceiptForm
from yihui.frame.acts import Doing, Door, Key
from yihui.frame.content import ThingPage
from yihui.frame.fields import TypedFile
from yihui.frame.noun import Noun

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from members.attachments import Attachment, AttachmentOwner
    from yihui.access.actor import Actor
    from yihui.services.attachments.attachments import SentFile, StoredFile

MOST_PHOTOS = 20
NO_JSON = frozenset({Door.DESK, Door.COMMAND})  # a file comes by a page or a path


def digest_of(file: TypedFile) -> str:
    """Return the digest by which the history of a case file names a file that was sent."""
    return f"sha256:{sha256(file.content).hexdigest()}"


def _sent_file(file: TypedFile, title: str) -> "SentFile":
    from yihui.services.attachments.attachments import SentFile, check_title

    assert file.pictured is not None, "the form drew it"
    return SentFile(check_title(title), file.content, file.pictured)


def stored_file(file: TypedFile, title: str) -> "StoredFile":
    """Return a file whose contents are stored around the act."""
    from yihui.services.attachments.attachments import StoredFile

    return StoredFile.build(_sent_file(file, title))


def _store_around(wiring: Wiring, sent: "SentFile", run: Callable[[], Key]) -> Key:
    from yihui.services.attachments.attachments import run_with_file

    return run_with_file(wiring, sent, lambda _: run())


def store_receipt(wiring: Wiring, form: ReceiptForm, run: Callable[[], Key]) -> Key:
    """Store the file of a receipt around the act that records it."""
    return _store_around(wiring, _sent_file(form.picture, visit_reference(1, form.visit)), run)


def _store_photo(wiring: Wiring, form: PhotoForm, run: Callable[[], Key]) -> Key:
    return _store_around(wiring, _sent_file(form.picture, form.title), run)


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


def load_picture(
    wiring: Wiring, actor: "Actor | None", noun: Noun, number: int, picture: int
) -> "tuple[HardshipFile, Attachment]":
    """Return a case file and one of its photographs or receipts; the reading is recorded. *Raises*: FaultError."""
    from yihui.frame.looking import show_thing

    alone = replace(noun, show=lambda *_: ThingPage("", ()))
    file: HardshipFile = show_thing(wiring, actor, alone, number, wiring.language).thing
    with wiring.database.read() as connection:
        return file, _require_picture(connection, file, picture)


def _require_picture(connection: "Connection", file: HardshipFile, number: int) -> "Attachment":
    from members.attachments import AttachmentKind, find_attachment
    from yihui.services.attachments.attachments import ATTACHMENT_FAULTS

    kinds = (AttachmentKind.HARDSHIP_PHOTO, AttachmentKind.HARDSHIP_RECEIPT)
    found = find_attachment(connection, number, kinds) if 0 < number < 2**63 else None
    if found is None or found.subject.partition("/")[0] != str(file.number):
        raise FaultError(ATTACHMENT_FAULTS.build("unknown", field="number", value=number))
    return found


def _add_photo(act: Doing[PhotoForm, HardshipFile]) -> dict[str, Any]:
    stored = stored_file(act.form.picture, act.form.title)
    stored.record(act.connection, photo_owner(act.thing), act.actor.id, act.now, MOST_PHOTOS)
    return {"reason": act.form.reason, "photos": [digest_of(act.form.picture)]}


def _delete_photo(act: Doing[DeletionForm, HardshipFile]) -> dict[str, Any]:
    """Delete a photograph; the receipt of a visit stays, since it proves where the money went."""
    from members.attachments import AttachmentKind, delete_attachments

    found = _require_picture(act.connection, act.thing, act.form.photo)
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


PHOTO = build_act(
    FileAct.CHANGE,
    N_("Add a photograph"),
    PhotoForm,
    HISTORY.move(FileAct.CHANGE, _add_photo),
    N_("It was recorded."),
    name="photo",
    doors=NO_JSON,
    around=_store_photo,
)
DELETE_PHOTO = build_act(
    FileAct.DELETE_PHOTO,
    N_("Delete this photograph"),
    DeletionForm,
    HISTORY.move(FileAct.DELETE_PHOTO, _delete_photo),
    N_("The photograph was deleted."),
    is_grave=True,
    around=_delete_contents,
)

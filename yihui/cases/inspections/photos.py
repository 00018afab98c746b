"""Photos of inspections: store one, and list them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.faults import FaultError
from core.text_marks import N_
from yihui.cases.inspections.acts import INSPECTION, RIGHT, lock_inspections
from yihui.cases.inspections.faults import INSPECTION_FAULTS
from yihui.frame.acts import NO_JSON, Act, Change, Doing
from yihui.frame.papers import PaperForm, record_paper, store_paper

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from geo.registry.inspections import InspectionPlan
    from members.attachments import Attachment, AttachmentOwner

MOST_PHOTOS = 12  # of one inspection


def list_photos(connection: "Connection", plan: "InspectionPlan") -> "Sequence[Attachment]":
    """List the photos of an inspection, the oldest first."""
    from members.attachments import list_attachments

    return list_attachments(connection, _owner(plan))


def _owner(plan: "InspectionPlan") -> "AttachmentOwner":
    from members.attachments import AttachmentKind, AttachmentOwner

    return AttachmentOwner(AttachmentKind.INSPECTION, str(plan.number))


def _require_going(plan: "InspectionPlan", _: int | None = None) -> None:
    if plan.state == "withdrawn":
        raise FaultError(INSPECTION_FAULTS.build("over", field="number", value=plan.number))


def _store(act: "Doing[PaperForm, InspectionPlan]") -> Change:
    from yihui.services.attachments.attachments import describe_file

    made = record_paper(act, act.form.picture, act.form.title, _owner(act.thing), MOST_PHOTOS)
    if made.media_type != "image/jpeg":
        raise FaultError(INSPECTION_FAULTS.build("no_photo", field="picture"))
    return Change(
        act.thing.number, {"station": act.thing.station, "photo": made.number, **describe_file(made)}
    )


PHOTO = Act("photo", N_("Store a photo"), PaperForm, _store, RIGHT, f"{RIGHT.value}.attach_photo",
            N_("The photo was stored."), INSPECTION, doors=NO_JSON, prepare=lock_inspections, ready=_require_going,
            around=store_paper)  # fmt: skip

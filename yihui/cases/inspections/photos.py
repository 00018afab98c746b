"""Photos of inspections: attach one, and find it within an officer's districts."""

from collections.abc import Sequence

from sqlalchemy import Connection

from core.faults import FaultError
from geo.registry.inspections import InspectionPlan, InspectionState
from members.attachments import (
    Attachment,
    AttachmentKind,
    AttachmentOwner,
    find_attachment,
    list_attachments,
)
from store import lock_exclusive
from yihui.access.acting import state_act
from yihui.access.actor import Actor
from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.cases.inspections.acts import INSPECTION, RIGHT, place_of_district, require_plan
from yihui.cases.inspections.faults import INSPECTION_FAULTS
from yihui.frame.looking import require_key
from yihui.services.access.acting import run_act
from yihui.services.access.authorisation import authorise
from yihui.services.attachments.attachments import SentFile, StoredFile, describe_file, run_with_file
from yihui.services.rules.life import acting_officer

MOST_PHOTOS = 12  # of one inspection


def load_photos(
    wiring: Wiring, actor: Actor, number: int, right: Right
) -> tuple[InspectionPlan, Sequence[Attachment]]:
    """Return an inspection with its photos. *Raises*: FaultError if it is not there, or not the officer's."""
    with wiring.database.read() as connection:
        return _authorise(wiring, connection, actor, number, right), list_photos(connection, number)


def attach_photo(wiring: Wiring, actor: Actor, number: int, file: SentFile) -> Attachment:
    """Store a photo that was drawn anew for an inspection that is not withdrawn. *Raises*: FaultError."""
    if file.pictured.media_type != "image/jpeg":
        raise FaultError(INSPECTION_FAULTS.build("no_photo", field="file"))
    acting = acting_officer(wiring, actor.id)

    def store(stored: StoredFile) -> Attachment:
        def work(connection: Connection) -> Attachment:
            lock_exclusive(connection, f"photos of inspection {number}")
            plan = _authorise(wiring, connection, actor, number, RIGHT)
            if plan.state is InspectionState.WITHDRAWN:
                raise FaultError(INSPECTION_FAULTS.build("over", field="number", value=number))
            made = stored.record(connection, _owner(number), acting.who, acting.at, MOST_PHOTOS)
            after = {"station": plan.station, "photo": made.number, **describe_file(made)}
            state_act(INSPECTION.name, str(number), after=after)
            return made

        return run_act(wiring, work)

    return run_with_file(wiring, file, store)


def list_photos(connection: Connection, number: int) -> Sequence[Attachment]:
    """List the photos of an inspection, the oldest first."""
    return list_attachments(connection, _owner(number))


def load_photo(wiring: Wiring, actor: Actor, photo: int) -> Attachment:
    """Return the record of a photo. *Raises*: FaultError for one outside of the officer's districts."""
    with wiring.database.read() as connection:
        found = find_attachment(connection, photo, [AttachmentKind.INSPECTION])
        if found is None:
            raise FaultError(INSPECTION_FAULTS.build("unknown_photo", field="photo", value=photo))
        _authorise(wiring, connection, actor, int(found.subject), Right.READ_STATIONS)
        return found


def _authorise(
    wiring: Wiring, connection: Connection, actor: Actor, number: int, right: Right
) -> InspectionPlan:
    plan = require_plan(connection, int(require_key(INSPECTION, number)))
    authorise(wiring, connection, actor, right, place_of_district(plan.district))
    return plan


def _owner(number: int) -> AttachmentOwner:
    return AttachmentOwner(AttachmentKind.INSPECTION, str(number))

"""Files attached to applications: attach one, and find it within an officer's organisations."""

from sqlalchemy import Connection

from core.faults import FaultError
from members.attachments import Attachment, AttachmentKind, find_attachment
from store import lock_exclusive
from yihui.access.acting import state_act
from yihui.bootstrap import Wiring
from yihui.services.access.acting import run_act
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.applications.applications import find_application
from yihui.services.attachments.attachments import (
    ATTACHMENT_FAULTS,
    SentFile,
    StoredFile,
    describe_file,
    run_with_file,
)
from yihui.services.members.organisations import find_covered_members
from yihui.services.rules.life import acting_officer

# whoever may read one may read the others
_SHOWN = (AttachmentKind.APPLICATION, AttachmentKind.APPEAL, AttachmentKind.AID_CLAIM)


def attach_file(wiring: Wiring, scope: OfficerScope, number: int, officer: str, file: SentFile) -> Attachment:
    """Store a file that was checked, with its record, for an application. *Raises*: FaultError."""
    acting = acting_officer(wiring, officer)

    def store(stored: StoredFile) -> Attachment:
        def work(connection: Connection) -> Attachment:
            listed, _, _ = find_application(wiring, connection, scope, number)
            lock_exclusive(connection, f"application {listed.member}")
            made = stored.record(connection, listed.file_owner, acting.who, acting.at)
            after = {"application": made.subject, **describe_file(made)}
            state_act("member", listed.member, organisation=listed.organisation, after=after)
            return made

        return run_act(wiring, work)

    return run_with_file(wiring, file, store)


def require_application(wiring: Wiring, scope: OfficerScope, number: int) -> None:
    """*Raises*: FaultError unless there is such an application in the officer's organisations."""
    with wiring.database.read() as connection:
        find_application(wiring, connection, scope, number)


def load_attachment(wiring: Wiring, scope: OfficerScope, number: int) -> Attachment:
    """Return the record of a file of an application, an appeal or a claim. *Raises*: FaultError for one outside of the subtrees."""
    with wiring.database.read() as connection:
        found = find_attachment(connection, number, _SHOWN)
        member = found.member_id if found is not None else None
        if found is None or member is None or member not in find_covered_members(connection, scope, [member]):
            raise FaultError(ATTACHMENT_FAULTS.build("unknown", field="number", value=number))
        return found

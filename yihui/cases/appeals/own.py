"""A member's own appeals: lodged with the files of a form, listed, and their words deleted."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

import benefits
from benefits import Appeal
from core.civil_time import civil_date
from events.acts import record_act
from members.attachments import (
    Attachment,
    AttachmentKind,
    AttachmentOwner,
    move_attachments,
    read_attachments,
)
from members.tables import attachments
from yihui.bootstrap import Wiring
from yihui.services.access.acting import run_act


def _lodge(connection: Connection, decision: str, text: str, now: datetime) -> Appeal:
    waits = benefits.list_appeals(connection, decision_id=decision, waiting=True)
    lodged = benefits.lodge_appeal(connection, decision, text, civil_date(now), now)
    if not waits:
        record_act(connection, "appeal", now, decision=decision)
    return lodged


def lodge_own_appeal(
    wiring: Wiring,
    member: str,
    decision: str,
    text: str,
    papers: AttachmentOwner | None = None,
    arrived_at: datetime | None = None,
) -> Appeal:
    """Record a member's appeal, with the files of its form; repeated it changes nothing. *Raises*: FaultError."""
    now = arrived_at or wiring.now()

    def work(connection: Connection) -> Appeal:
        lodged = _lodge(connection, decision, text, now)
        if lodged.member_id != member:  # the answer must not reveal whose decision it is
            fault = benefits.APPEAL_FAULTS.build("not_own_decision", field="decision", value=decision[:40])
            raise benefits.ActRefused(fault)
        if papers is not None:
            move_attachments(connection, papers, AttachmentOwner(AttachmentKind.APPEAL, lodged.id, member))
        return lodged

    return run_act(wiring, work)


def list_appeal_files(wiring: Wiring, appeals: Iterable[Appeal]) -> dict[str, list[Attachment]]:
    """List the files of appeals by the appeal's id."""
    ids = [one.id for one in appeals]
    found: dict[str, list[Attachment]] = {id_: [] for id_ in ids}
    c = attachments.c
    with wiring.database.read() as connection:
        for one in read_attachments(connection, (c.kind == AttachmentKind.APPEAL.value) & c.subject.in_(ids)):
            found[one.subject].append(one)
    return found


def erase_appeals(wiring: Wiring, appeal: str | None, member: str | None) -> int:
    """Delete the text of one appeal, or of all appeals of a member. Return the number of deleted texts."""

    def work(connection: Connection) -> int:
        return benefits.erase_appeal_texts(connection, appeal_id=appeal, member_id=member)

    return run_act(wiring, work)

"""Publish what a case file or a claim means for its members, in its own transaction: rules read it as facts and events."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from benefits.model.ruling import Ruling
from core.civil_time import civil_date
from core.faults import Fault, FaultError
from events import InboundEvent, InvalidEvent, validate_event
from events.pipeline import BatchOutcome, process_batch
from members import read_member_changes
from members.applications import VISIT_SOURCE
from yihui.bootstrap import Wiring


def publish_event(
    wiring: Wiring,
    connection: Connection,
    kind: str,
    member: str,
    id_: str,
    data: Mapping[str, object],
    now: datetime,
    source: str = VISIT_SOURCE,
) -> BatchOutcome:
    """Process one event about a member, after all that is known of the day. *Raises*: FaultError if it is refused."""
    event = validate_event(
        {
            "specversion": "1.0",
            "id": id_,
            "source": source,
            "type": kind,
            "subject": member,
            "time": _instant(connection, member, now).isoformat(),
            "data": dict(data),
        },
        now,
    )
    if isinstance(event, InvalidEvent):
        raise FaultError(list(event.faults))
    outcome = process_batch(
        [InboundEvent(event, source.strip("/"), is_own=True)],
        connection,
        wiring.runner.library(connection),
        now,
    )
    if outcome.dead_letters:
        raise FaultError([fault for letter in outcome.dead_letters for fault in letter.faults])
    return outcome


def _instant(connection: Connection, member: str, now: datetime) -> datetime:
    changes = read_member_changes(connection, [member])[member]
    today = civil_date(now)
    return max([now, *(one.effective_at for one in changes if civil_date(one.effective_at) == today)])


def rule_reasons(rulings: Sequence[Ruling], field: str, code: str) -> list[Fault]:
    """Return the rules' own reasons why they give nothing, as faults of a field."""
    reasons = [reason for ruling in rulings for reason in ruling.reasons]
    return [
        Fault(reason.text, reason.remedy, field=field, code=code, params=dict(reason.params))
        for reason in reasons
    ]

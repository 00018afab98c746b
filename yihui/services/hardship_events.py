"""Publish what a case file means for its members, in the file's own transaction: rules read it as facts and events."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection

from core.civil_time import civil_date
from core.faults import FaultError
from events import InboundEvent, InvalidEvent, validate_event
from events.pipeline import BatchOutcome, process_batch
from members import read_member_changes
from yihui.bootstrap import Wiring

SOURCE = "/hardship"  # of events


def publish_event(
    wiring: Wiring,
    connection: Connection,
    kind: str,
    member: str,
    id_: str,
    data: Mapping[str, object],
    now: datetime,
) -> BatchOutcome:
    """Process one event about a member, after all that is known of the day. *Raises*: FaultError if it is refused."""
    event = validate_event(
        {
            "specversion": "1.0",
            "id": id_,
            "source": SOURCE,
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
        [InboundEvent(event, "hardship")], connection, wiring.runner.library(connection), now
    )
    if outcome.dead_letters:
        raise FaultError([fault for letter in outcome.dead_letters for fault in letter.faults])
    return outcome


def _instant(connection: Connection, member: str, now: datetime) -> datetime:
    changes = read_member_changes(connection, [member])[member]
    today = civil_date(now)
    return max([now, *(one.effective_at for one in changes if civil_date(one.effective_at) == today)])

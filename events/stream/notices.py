"""Publish a notice of each dead letter to its topic, as a CloudEvent without the content of the event."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection, RowMapping, select, update

from events.outcome_events import CLOUDEVENTS_SOURCE
from events.stream.access import StreamAccess
from events.stream.message import build_message
from events.stream.producer import WINDOW_MESSAGES, AddressedMessage
from events.stream.relay import PendingRow, RelaySource, RowKey
from events.tables import dead_letters

_TOLD = ("id", "reason", "source", "event_id", "origin")
DEAD_LETTER_NOTICE_TYPE = "yihui.dead_letter_recorded"


class DeadLetterNotice(BaseModel):
    """Something could not be handled: `yihui events dead-letters show ID` tells the rest."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: str
    reason: str
    source: str | None
    event_id: str | None
    origin: str


def dead_letter_notice_source(access: StreamAccess, now: Callable[[], datetime]) -> RelaySource:
    """Return the relay source of dead letters: each dead letter once, and again if its reason has changed."""
    topic = access.topic_name("dead-letters")

    def address(text: str) -> AddressedMessage:
        return AddressedMessage(topic, build_message(text))

    def noted(connection: Connection, ids: Sequence[RowKey]) -> None:
        told = update(dead_letters).where(dead_letters.c.id.in_(ids))
        connection.execute(told.values(noticed_at=now()))

    return RelaySource("dead_letters", _unnoticed, noted, address)


def _unnoticed(connection: Connection) -> Sequence[PendingRow]:
    columns = [dead_letters.c[name] for name in (*_TOLD, "recorded_at")]
    query = select(*columns).where(dead_letters.c.noticed_at.is_(None)).order_by(dead_letters.c.id)
    rows = connection.execute(query.limit(WINDOW_MESSAGES)).mappings()
    return [PendingRow(row["id"], _notice_text(row)) for row in rows]


def _notice_text(row: RowMapping) -> str:
    """Return the CloudEvent of a notice. Its id names letter and reason: it is the same when it is sent again."""
    notice = DeadLetterNotice.model_validate({name: row[name] for name in _TOLD})
    attributes = {
        "specversion": "1.0",
        "id": f"{notice.id}-{notice.reason}",
        "source": CLOUDEVENTS_SOURCE,
        "type": DEAD_LETTER_NOTICE_TYPE,
        "subject": notice.id,
        "time": row["recorded_at"].astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "data": notice.model_dump(),
    }
    return json.dumps(attributes, ensure_ascii=False)

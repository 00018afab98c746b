"""Publish a notice of each dead letter to its topic, without the content of the event."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Connection, select, update

from events.stream.access import StreamAccess
from events.stream.asyncapi import DeadLetterNotice
from events.stream.message import KafkaMessage
from events.stream.producer import WINDOW_MESSAGES, AddressedMessage
from events.stream.relay import PendingRow, RelaySource, RowKey
from events.tables import dead_letters

_HEADERS = (("content-type", b"application/json"),)
_TOLD = ("id", "reason", "source", "event_id", "origin")


def dead_letter_notice_source(access: StreamAccess, now: Callable[[], datetime]) -> RelaySource:
    """Return the relay source of dead letters: each dead letter once, and again if its reason has changed."""
    topic = access.topic_name("dead-letters")

    def address(text: str) -> AddressedMessage:
        notice = DeadLetterNotice.model_validate_json(text)
        return AddressedMessage(topic, KafkaMessage(notice.id.encode(), text.encode(), _HEADERS))

    def noted(connection: Connection, ids: Sequence[RowKey]) -> None:
        told = update(dead_letters).where(dead_letters.c.id.in_(ids))
        connection.execute(told.values(noticed_at=now()))

    return RelaySource("dead_letters", _unnoticed, noted, address)


def _unnoticed(connection: Connection) -> Sequence[PendingRow]:
    columns = [dead_letters.c[name] for name in _TOLD]
    query = select(*columns).where(dead_letters.c.noticed_at.is_(None)).order_by(dead_letters.c.id)
    rows = connection.execute(query.limit(WINDOW_MESSAGES)).mappings()
    return [
        PendingRow(row["id"], DeadLetterNotice.model_validate(dict(row)).model_dump_json()) for row in rows
    ]

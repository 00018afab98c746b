"""That something could not be handled, told to the topic of dead letters; never what it was."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Connection, select, update

from events.stream.access import Access
from events.stream.asyncapi import DeadLetterNotice
from events.stream.message import Message
from events.stream.producer import WINDOW_MESSAGES, Addressed
from events.stream.relay import Row, Source, Waiting
from events.tables import dead_letters

_HEADERS = (("content-type", b"application/json"),)
_TOLD = ("id", "reason", "source", "event_id", "origin")


def notices(access: Access, now: Callable[[], datetime]) -> Source:
    """Each letter once, and again where its reason is another by now."""
    topic = access.topic("dead-letters")

    def address(text: str) -> Addressed:
        notice = DeadLetterNotice.model_validate_json(text)
        return Addressed(topic, Message(notice.id.encode(), text.encode(), _HEADERS))

    def noted(connection: Connection, ids: Sequence[Row]) -> None:
        told = update(dead_letters).where(dead_letters.c.id.in_(ids))
        connection.execute(told.values(noticed_at=now()))

    return Source("dead_letters", _unnoticed, noted, address)


def _unnoticed(connection: Connection) -> Sequence[Waiting]:
    columns = [dead_letters.c[name] for name in _TOLD]
    query = select(*columns).where(dead_letters.c.noticed_at.is_(None)).order_by(dead_letters.c.id)
    rows = connection.execute(query.limit(WINDOW_MESSAGES)).mappings()
    return [Waiting(row["id"], DeadLetterNotice.model_validate(dict(row)).model_dump_json()) for row in rows]

"""Fold the steps of applications again from the journal, which is sealed."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection, and_, select

from events.applications import build_event_step
from events.envelope import Event, parse_event
from events.tables import journal
from members import Application, ApplicationStep
from members.applications import build_step_row
from members.tables import application_steps
from store import Fold, Portion, iter_key_portions

_ANY_TIME = datetime(
    9999, 1, 1, tzinfo=UTC
)  # the journal's events were held against the clock when they came
_KEYS = ("member_id", "source", "event_id")
_COLUMNS = (*_KEYS, *(name for name in ApplicationStep.__slots__ if name not in _KEYS))


def _list_portions(connection: Connection) -> Iterator[Portion]:
    c = application_steps.c
    for after, members in iter_key_portions(connection, journal.c.member_id):
        where = and_(c.member_id > after, c.member_id <= members[-1]) if members else c.member_id > after
        yield Portion(where, _fold_steps(connection, after, members))


def _fold_steps(connection: Connection, after: str, members: Sequence[str]) -> Iterator[tuple[object, ...]]:
    """Yield the steps that the events about some members report, in order of arrival."""
    if not members:
        return
    c = journal.c
    told = select(c.event).where(c.member_id > after, c.member_id <= members[-1])
    told = told.where(c.event.contains('"application.')).order_by(c.member_id, c.sequence)
    for text in connection.execute(told).scalars():
        event = parse_event(text, _ANY_TIME)
        if isinstance(event, Event) and isinstance(event.payload, Application):
            row = build_step_row(build_event_step(event, event.payload))
            yield tuple(row[name] for name in _COLUMNS)


APPLICATION_FOLD = Fold(
    application_steps, journal.name, _COLUMNS, len(_KEYS), _list_portions, ("member_id", "sequence")
)

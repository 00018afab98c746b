"""Riders' reports as they are followed up: by number, by station, with what keepers answered."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Select, insert, select

from geo.messages import Answer, Answered
from geo.registry import records
from geo.registry.statement_rows import saying_of
from geo.registry.status_tables import station_answers, station_sayings
from geo.status.statements import TERMS, Saying, Voice

RIDERS = "/riders"  # source of the events that are reports with a number


@dataclass(frozen=True, slots=True)
class KeepersAnswer:
    """What the keeper answered to one report."""

    report: str
    answer: Answer
    note: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Report:
    """One rider's report; ``answers`` in order of time."""

    number: str
    saying: Saying
    answers: tuple[KeepersAnswer, ...] = ()


def find_report(connection: Connection, number: str) -> Report | None:
    """The report of a number; None as long as it has not been handled."""
    found = _reports(connection, _of_riders().where(station_sayings.c.event_id == number))
    return found[0] if found else None


def recent_reports(
    connection: Connection, station: str, since: datetime, limit: int = 50
) -> Sequence[Report]:
    """What riders reported of a station, the newest first."""
    c = station_sayings.c
    newest = _of_riders().where(c.station_id == station, c.at >= since)
    return _reports(connection, newest.order_by(c.at.desc(), c.sequence.desc()).limit(limit))


def sayings_about(connection: Connection, station: str, since: datetime) -> Sequence[Saying]:
    """All that was said of a station since an instant and for as long before it as a rider's word lasts."""
    c = station_sayings.c
    query = select(station_sayings).where(c.station_id == station, c.at > since - TERMS.place)
    return [saying_of(row) for row in connection.execute(query.order_by(c.at, c.sequence))]


def sayings_of_reports(connection: Connection, numbers: Iterable[str]) -> Mapping[str, Saying]:
    """Number → what was reported, of those that there are."""
    c = station_sayings.c
    found: dict[str, Saying] = {}
    for portion in records.batches(sorted(set(numbers))):
        for row in connection.execute(_of_riders().where(c.event_id.in_(portion))):
            found[row.event_id] = saying_of(row)
    return found


def record_answer(
    connection: Connection, answered: Answered, at: datetime, event: tuple[str, str], now: datetime
) -> None:
    """Keep an answer; ``event`` is the source and the id of the event that tells it."""
    connection.execute(
        insert(station_answers).values(
            station_id=answered.station,
            report=answered.report,
            answer=answered.answer.value,
            note=answered.note,
            keeper=answered.keeper,
            at=at,
            source=event[0],
            event_id=event[1],
            recorded_at=now,
        )
    )


def _of_riders() -> Select[tuple[object, ...]]:
    c = station_sayings.c
    return select(station_sayings).where(c.source == RIDERS, c.voice == Voice.RIDER.value)


def _reports(connection: Connection, query: Select[tuple[object, ...]]) -> Sequence[Report]:
    rows = connection.execute(query).all()
    answers = _answers(connection, [row.event_id for row in rows])
    return [Report(row.event_id, saying_of(row), tuple(answers.get(row.event_id, ()))) for row in rows]


def _answers(connection: Connection, numbers: Sequence[str]) -> Mapping[str, list[KeepersAnswer]]:
    c = station_answers.c
    found: dict[str, list[KeepersAnswer]] = {}
    for portion in records.batches(sorted(set(numbers))):
        query = select(station_answers).where(c.report.in_(portion)).order_by(c.at, c.sequence)
        for row in connection.execute(query):
            one = KeepersAnswer(row.report, Answer(row.answer), row.note, row.at)
            found.setdefault(row.report, []).append(one)
    return found

"""Riders' reports by number and by station, with the keepers' answers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Select, insert, select

from geo.messages import Answer, Answered
from geo.registry import records
from geo.registry.statement_rows import report_from_row
from geo.registry.status_tables import station_answers, station_statements
from geo.status.statements import DEFAULT_REPORT_TERMS, ReporterRole, StatusReport

RIDER_SOURCE = "/riders"  # source of the events of riders' numbered reports


@dataclass(frozen=True, slots=True)
class KeeperAnswer:
    """A keeper's answer to one report."""

    report: str
    answer: Answer
    note: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RiderReport:
    """One rider's report; ``answers`` are ordered by time."""

    number: str
    status_report: StatusReport
    answers: tuple[KeeperAnswer, ...] = ()


def find_report(connection: Connection, number: str) -> RiderReport | None:
    """Return the report with a number; None until its event is processed."""
    found = _reports(connection, _of_riders().where(station_statements.c.event_id == number))
    return found[0] if found else None


def load_recent_reports(
    connection: Connection, station: str, since: datetime, limit: int = 50
) -> Sequence[RiderReport]:
    """Return riders' reports on a station, newest first."""
    c = station_statements.c
    newest = _of_riders().where(c.station_id == station, c.at >= since)
    return _reports(connection, newest.order_by(c.at.desc(), c.sequence.desc()).limit(limit))


def load_status_reports(connection: Connection, station: str, since: datetime) -> Sequence[StatusReport]:
    """Return all status reports of a station since an instant.

    Earlier reports are included for as long as a rider's report stays valid.
    """
    c = station_statements.c
    query = select(station_statements).where(
        c.station_id == station, c.at > since - DEFAULT_REPORT_TERMS.place
    )
    return [report_from_row(row) for row in connection.execute(query.order_by(c.at, c.sequence))]


def find_reports_by_number(connection: Connection, numbers: Iterable[str]) -> Mapping[str, StatusReport]:
    """Return the status reports with these numbers, by number; unknown numbers are left out."""
    c = station_statements.c
    found: dict[str, StatusReport] = {}
    for portion in records.batches(sorted(set(numbers))):
        for row in connection.execute(_of_riders().where(c.event_id.in_(portion))):
            found[row.event_id] = report_from_row(row)
    return found


def record_keeper_answer(
    connection: Connection, answered: Answered, at: datetime, event: tuple[str, str], now: datetime
) -> None:
    """Store an answer; ``event`` is the source and the id of its event."""
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
    c = station_statements.c
    return select(station_statements).where(c.source == RIDER_SOURCE, c.voice == ReporterRole.RIDER.value)


def _reports(connection: Connection, query: Select[tuple[object, ...]]) -> Sequence[RiderReport]:
    rows = connection.execute(query).all()
    answers = _answers(connection, [row.event_id for row in rows])
    return [
        RiderReport(row.event_id, report_from_row(row), tuple(answers.get(row.event_id, ()))) for row in rows
    ]


def _answers(connection: Connection, numbers: Sequence[str]) -> Mapping[str, list[KeeperAnswer]]:
    c = station_answers.c
    found: dict[str, list[KeeperAnswer]] = {}
    for portion in records.batches(sorted(set(numbers))):
        query = select(station_answers).where(c.report.in_(portion)).order_by(c.at, c.sequence)
        for row in connection.execute(query):
            one = KeeperAnswer(row.report, Answer(row.answer), row.note, row.at)
            found.setdefault(row.report, []).append(one)
    return found

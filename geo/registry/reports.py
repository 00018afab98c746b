"""Riders' reports by number and by station, with the keepers' answers."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, func, insert, select, true

from geo.messages import Answer, Answered, StationPayload
from geo.registry import records
from geo.registry.tables import station_answers, station_changes, station_statements
from geo.status.notices import ANNOUNCED
from geo.status.pins import RiderPin
from geo.status.statements import (
    FOUND_AT_THE_DOOR,
    LEAVES_OPEN,
    REPORT_TERMS,
    ReporterRole,
    ReportKind,
    StatusReport,
    expires_at,
)

RIDER_SOURCE = "/riders"  # source of the events of riders' numbered reports


_MOVES = ("added", "moved", "placed", "returned")


@dataclass(frozen=True, slots=True)
class KeeperAnswer:
    """A keeper's answer to one report, or an officer's; ``change`` is that of the register that gives it.

    ``fields`` are those of the register that were corrected.
    """

    answer: Answer
    note: str
    at: datetime
    is_officers: bool = False
    fields: tuple[str, ...] = ()
    change: int | None = None


@dataclass(frozen=True, slots=True)
class RiderReport:
    """One rider's report; ``answers`` are ordered by time."""

    number: str
    status_report: StatusReport
    answers: tuple[KeeperAnswer, ...] = ()

    @property
    def withdrawn_at(self) -> datetime | None:
        """When its rider took it back."""
        return next((one.at for one in self.answers if one.answer is Answer.WITHDRAWN), None)

    @property
    def is_answered(self) -> bool:
        """Return whether it waits for no answer; it waits anew once its correction was changed back."""
        return bool(self.answers) and self.answers[-1].answer is not Answer.RESTORED


@dataclass(frozen=True, slots=True)
class StationEvent:
    """A station event to be applied; ``source`` and ``id`` are the event's."""

    source: str
    id: str
    at: datetime
    payload: StationPayload


def find_report(connection: Connection, number: str) -> RiderReport | None:
    """Return the report with a number; None until its event is processed."""
    found = _reports(connection, _of_riders().where(station_statements.c.event_id == number))
    return found[0] if found else None


def load_recent_reports(connection: Connection, station: str, since: datetime) -> Sequence[RiderReport]:
    """Return the 50 newest reports by riders on a station, newest first, without those that their riders took back."""
    c = station_statements.c
    newest = _of_riders().where(c.station_id == station, c.at >= since, ~is_withdrawn())
    return _reports(connection, newest.order_by(c.at.desc(), c.sequence.desc()).limit(50))


def load_reports_of_change(connection: Connection, change: int) -> Sequence[tuple[RiderReport, KeeperAnswer]]:
    """Return the reports that a change of the register answers, newest first, each with that answer."""
    a, c = station_answers.c, station_statements.c
    answered = select(a.report).where(a.change == change)
    reports = _reports(connection, _of_riders().where(c.event_id.in_(answered)).order_by(c.at.desc()))
    return [(one, answer) for one in reports for answer in one.answers if answer.change == change]


def load_status_reports(connection: Connection, station: str, since: datetime) -> Sequence[StatusReport]:
    """Return all status reports of a station since an instant.

    Earlier reports are included for as long as a rider's report stays valid.
    """
    c = station_statements.c
    query = select(station_statements).where(c.station_id == station, c.at > since - REPORT_TERMS.place)
    return [one.status_report for one in load_statements(connection, query.order_by(c.at, c.sequence))]


def load_statements(connection: Connection, query: Select[tuple[object, ...]]) -> "list[NumberedReport]":
    """Return the statements that a query selects, in its order, each report with its last answer, without those that riders took back."""
    s, a = station_statements.c, station_answers.c
    answered = query.outerjoin(station_answers, and_(s.source == RIDER_SOURCE, a.report == s.event_id))
    of_answer = (a.answer, a.keeper, a.at.label("answered_at"), a.sequence.label("answer_sequence"))
    by_statement: dict[int, list[Row[Any]]] = {}
    for row in connection.execute(answered.add_columns(*of_answer)):
        by_statement.setdefault(row.sequence, []).append(row)
    return [
        NumberedReport(rows[0].event_id, _with_last_answer(rows))
        for rows in by_statement.values()
        if Answer.WITHDRAWN.value not in {row.answer for row in rows}
    ]


def _with_last_answer(rows: Sequence[Row[Any]]) -> StatusReport:
    last = rows[0] if len(rows) == 1 else max(rows, key=lambda row: (row.answered_at, row.answer_sequence))
    said = report_from_row(last)
    if last.answer in (None, Answer.RESTORED.value):
        return said
    by = ReporterRole.KEEPER if last.keeper else ReporterRole.OFFICER
    return replace(said, answer=Answer(last.answer), answered_by=by)


def find_reports_by_number(connection: Connection, numbers: Iterable[str]) -> Mapping[str, StatusReport]:
    """Return the status reports with these numbers, by number; unknown numbers are left out."""
    c = station_statements.c
    rows = records.rows_with(connection, _of_riders(), c.event_id, numbers)
    return {row.event_id: report_from_row(row) for row in rows}


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
            keeper=answered.keeper or "",
            at=at,
            source=event[0],
            event_id=event[1],
            recorded_at=now,
        )
    )


def answer_let_in(connection: Connection, said: Sequence[StatusReport], now: datetime) -> None:
    """Answer the reports on the door that are open, by the official words that one gets in; ``said`` is what is new of both.

    A report that arrives after such a word and was observed before it is answered too.
    """
    c = station_statements.c
    words = select(station_statements).where(
        c.at >= min(one.at for one in said),
        c.voice != ReporterRole.RIDER.value,
        c.what.in_([ReportKind.LET_IN.value, ReportKind.FINE.value]),
    )
    for row in records.rows_with(
        connection, words.order_by(c.at, c.sequence), c.station_id, {one.station for one in said}
    ):
        word = report_from_row(row)
        for number in _list_open_at_the_door(connection, word) if word.lets_in else ():
            answered = Answered(
                station=word.station, keeper=word.who or None, report=number, answer=Answer.OPEN_NOW
            )
            record_keeper_answer(connection, answered, word.at, (row.source, row.event_id), now)


def _list_open_at_the_door(connection: Connection, word: StatusReport) -> list[str]:
    """List riders' reports on the door that an official word answers: valid when it was said, and waiting for an answer then and now."""
    c = station_statements.c
    held = _of_riders().where(
        c.station_id == word.station,
        c.what.in_([kind.value for kind in FOUND_AT_THE_DOOR]),
        c.at > word.at - REPORT_TERMS.door,
        c.at <= word.at,
        c.lapses_at > word.at,
        ~is_withdrawn(),
    )
    return [
        one.number
        for one in _reports(connection, held)
        if all(other.at <= word.at for other in one.answers[-1:])
        and (not one.is_answered or one.answers[-1].answer in LEAVES_OPEN)
    ]


def is_riders_report() -> ColumnElement[bool]:
    """Select what riders reported, without what they said to take a report back."""
    c = station_statements.c
    return and_(c.voice == ReporterRole.RIDER.value, c.what != ReportKind.ANSWERED.value)


def is_withdrawn() -> ColumnElement[bool]:
    """Select the reports that their riders took back."""
    s, a = station_statements.c, station_answers.alias().c
    taken_back = exists().where(a.report == s.event_id, a.answer == Answer.WITHDRAWN.value)
    return and_(s.source == RIDER_SOURCE, taken_back)


def _of_riders() -> Select[tuple[object, ...]]:
    c = station_statements.c
    return select(station_statements).where(c.source == RIDER_SOURCE, is_riders_report())


def _reports(connection: Connection, query: Select[tuple[object, ...]]) -> Sequence[RiderReport]:
    rows = connection.execute(query).all()
    answers = _answers(connection, [row.event_id for row in rows])
    return [
        RiderReport(row.event_id, report_from_row(row), tuple(answers.get(row.event_id, ()))) for row in rows
    ]


def _answers(connection: Connection, numbers: Sequence[str]) -> Mapping[str, list[KeeperAnswer]]:
    c = station_answers.c
    found: dict[str, list[KeeperAnswer]] = {}
    query = select(station_answers, station_changes.c.after).join(station_changes, isouter=True)
    for row in records.rows_with(connection, query.order_by(c.at, c.sequence), c.report, numbers):
        fields = tuple(json.loads(row.after or "{}"))
        is_riders = row.answer == Answer.WITHDRAWN.value
        at = row.recorded_at if is_riders else row.at  # its event bears the report's time
        is_officers = not (row.keeper or is_riders)
        one = KeeperAnswer(Answer(row.answer), row.note, at, is_officers, fields, row.change)
        found.setdefault(row.report, []).append(one)
    return found


def load_pins(connection: Connection, since: datetime, station: str | None = None) -> list[RiderPin]:
    """Return the pins since an instant, of one station or of all.

    Pins from before the station was placed at its present point, and pins of riders over the rate limit,
    are left out.
    """
    c, change = station_statements.c, station_changes.c
    moved = (
        select(change.station_id, func.max(change.at).label("at"))
        .where(change.change.in_(_MOVES))
        .where(change.station_id == station if station is not None else true())
        .group_by(change.station_id)
        .subquery()
    )
    query = (
        select(c.station_id, c.event_id, c.at, c.who, c.lon, c.lat)
        .join(moved, moved.c.station_id == c.station_id, isouter=True)
        .where(
            c.voice == ReporterRole.RIDER.value, c.what == ReportKind.WRONG_PLACE.value, c.lon.is_not(None)
        )
        .where(~is_withdrawn(), c.counts, c.at >= since, func.coalesce(moved.c.at, since) <= c.at)
    )
    if station is not None:
        query = query.where(c.station_id == station)
    return [RiderPin(*row) for row in connection.execute(query.order_by(c.at, c.sequence))]


@dataclass(frozen=True, slots=True)
class NumberedReport:
    """One status report and its event's id."""

    number: str
    status_report: StatusReport


def load_valid_reports(connection: Connection, station: str, at: datetime) -> list[NumberedReport]:
    """Return all status reports of a station that have not expired, in order."""
    c = station_statements.c
    query = select(station_statements).where(c.station_id == station, c.lapses_at > at)
    return sorted(load_statements(connection, query), key=lambda word: word.status_report.order)


def load_announcements(connection: Connection, station: str) -> list[StatusReport]:
    """Return all that was ever announced of a station's days, in the order in which it was stored."""
    c = station_statements.c
    query = select(station_statements).where(c.station_id == station, c.what.in_(ANNOUNCED))
    return [report_from_row(row) for row in connection.execute(query.order_by(c.sequence))]


def find_numbered_report(
    connection: Connection, station: str, source: str, number: str
) -> NumberedReport | None:
    """Return the status report of one event; None if the event is not yet processed or was refused."""
    c = station_statements.c
    mine = (c.event_id == number, c.source == source, c.station_id == station)
    row = connection.execute(select(station_statements).where(*mine)).one_or_none()
    return None if row is None else NumberedReport(row.event_id, report_from_row(row))


def report_to_row(saying: StatusReport, event: tuple[str, str], now: datetime) -> dict[str, object]:
    """Return a status report as the values of its row; ``event`` is the source and the id of its event."""
    return {
        "station_id": saying.station,
        "at": saying.at,
        "lapses_at": expires_at(saying),
        "voice": saying.voice.value,
        "what": saying.what.value,
        "who": saying.who,
        "counts": saying.counts,
        "facilities": json.dumps(sorted(saying.facilities), ensure_ascii=False),
        "first": saying.first,
        "last": saying.last,
        "hours_text": saying.hours_text,
        "note": saying.note,
        "source": event[0],
        "event_id": event[1],
        "recorded_at": now,
        "lon": saying.pin[0] if saying.pin else None,
        "lat": saying.pin[1] if saying.pin else None,
    }


def report_from_row(row: Row[Any]) -> StatusReport:
    """Return a row as a status report.

    Reports of the same instant are ordered by row number, because a demo's clock may stand still.
    """
    return StatusReport(
        f"{row.sequence:019}",
        row.station_id,
        row.at,
        ReporterRole(row.voice),
        ReportKind(row.what),
        row.who,
        row.counts,
        frozenset(json.loads(row.facilities)),
        row.first,
        row.last,
        row.hours_text,
        row.note,
        row.lapses_at,
        None if row.lon is None or row.lat is None else (row.lon, row.lat),
    )

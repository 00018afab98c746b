"""Answer riders' reports by the change of the register that corrects what they are about."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Connection, and_, exists, insert, select

from core.calendars import Calendar
from core.civil_time import civil_date
from geo.geodesy import geodesic_m
from geo.hours import parse_hours
from geo.hours.dates import day_states
from geo.messages import Answer
from geo.registry.reports import RIDER_SOURCE, is_riders_report, is_withdrawn, report_to_row
from geo.registry.tables import station_answers, station_changes, station_statements, stations
from geo.status.statements import REPORT_TERMS, SHUT_KINDS, ReporterRole, ReportKind, StatusReport

KEEPER = "keeper:"  # before the id of a keeper's key, where the history says who changed something
SOURCE = "/register"  # of answers that a change gives; in place of an event's id they have its number
_CHANGES = ("set", "placed", "revoked", "moved", "changed")
_LONGEST = timedelta(days=90)  # after which nobody follows a report
_LEAST_MOVE_M = 20  # a shorter way changes nothing for a rider who didn't find the place
_YEAR_DAYS = 366  # in which hours that differ differ on some day


def answer_corrected(connection: Connection, since: int, at: datetime) -> None:
    """Answer each report that a change of the register with a number above ``since`` corrects, once.

    A new position ends the reports that the station is elsewhere; new hours and facilities end none, for they say
    nothing of the door or the thing itself. Where a change restores what was reported, that is
    answered too, and the report counts again.
    """
    restored = _restore_reports(connection, since, at)
    c, s, a, now = station_changes.c, station_statements.c, station_answers.c, stations.c
    corrected = exists().where(
        a.report == s.event_id, a.answer == Answer.CORRECTED.value, _is_last_of_changes()
    )
    query = (
        select(c.sequence, c.station_id, c.at, c.before, c.after, c.cause, s.event_id, s.what, s.facilities)
        .add_columns(now.lon, now.lat, now.calendar)
        .join(stations, now.id == c.station_id)
        .join(station_statements, and_(s.station_id == c.station_id, s.at <= c.at))
        .where(c.sequence > since, c.change.in_(_CHANGES), s.at > at - _LONGEST)
        .where(is_riders_report(), s.source == RIDER_SOURCE, ~corrected, ~is_withdrawn())
        .order_by(c.sequence)
    )
    answered: dict[str, _Correction] = {}
    for row in connection.execute(query).all():
        if row.event_id not in restored and _corrects(row, json.loads(row.before), json.loads(row.after)):
            # where another report of a wrong position counts again, no word ends it
            is_ended = row.station_id not in restored.values()
            word = ReportKind.CORRECTED if is_ended else ReportKind.ANSWERED
            answered.setdefault(row.event_id, _Correction(row, Answer.CORRECTED, word))
    _store_answers(connection, answered.values(), at)


def _restore_reports(connection: Connection, since: int, at: datetime) -> Mapping[str, str]:
    """Answer the reports whose corrections hold no more, and return the station of each: it counts again."""
    c, s, a, now = station_changes.c, station_statements.c, station_answers.c, stations.c
    query = (
        select(c.sequence, c.cause, c.station_id, a.change, a.at.label("corrected_at"), s.event_id, s.what)
        .add_columns(s.facilities, s.at)
        .add_columns(now.lon, now.lat, now.calendar, now.hours_text, now.facilities.label("has"))
        .join(stations, now.id == c.station_id)
        .join(station_answers, a.station_id == c.station_id)
        .join(station_statements, and_(s.event_id == a.report, s.source == RIDER_SOURCE))
        .where(c.sequence > since, c.change.in_(_CHANGES), s.at > at - _LONGEST)
        .where(a.answer == Answer.CORRECTED.value, _is_last_of_changes(), ~is_withdrawn())
        .order_by(c.sequence)
    )
    restored: dict[str, _Correction] = {}
    for row in connection.execute(query).all():
        here = {
            "lon": row.lon,
            "lat": row.lat,
            "hours_text": row.hours_text,
            "facilities": json.loads(row.has),
        }
        if not _corrects(row, {**here, **_find_before(connection, row.station_id, row.change)}, here):
            restored[row.event_id] = _Correction(row, Answer.RESTORED, ReportKind.RESTORED)
    _store_answers(connection, restored.values(), at)
    return {number: one.row.station_id for number, one in restored.items()}


def _is_last_of_changes() -> ColumnElement[bool]:
    """Select answers after which no other change answered the same report."""
    a, later = station_answers.c, station_answers.alias()
    return ~exists().where(
        later.c.report == a.report, later.c.source == SOURCE, later.c.sequence > a.sequence
    )


def _store_answers(connection: Connection, answers: Collection["_Correction"], at: datetime) -> None:
    """Store answers, and if they are about positions one word for each station and each instant of a correction."""
    about = [one for one in answers if one.row.what == ReportKind.WRONG_PLACE.value]
    placed = {(one.row.station_id, one.holds_from(at)): one for one in about}
    if answers:
        connection.execute(insert(station_answers), [one.write_answer(at) for one in answers])
    if placed:
        connection.execute(insert(station_statements), [one.write_statement(at) for one in placed.values()])


def _find_before(connection: Connection, station: str, change: int) -> Mapping[str, Any]:
    """Return what a station's fields were before a change, as far as they were changed since."""
    c = station_changes.c
    query = select(c.before).where(c.station_id == station, c.sequence >= change).order_by(c.sequence.desc())
    fields: dict[str, Any] = {}
    for text in connection.execute(query).scalars():
        fields |= json.loads(text)
    return fields


def _corrects(row: Any, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Return whether a change says something else of what a report is about, not only the same in other words."""
    what = ReportKind(row.what)
    if what is ReportKind.WRONG_PLACE:
        return _moves(row, before, after)
    if what is ReportKind.BROKEN:
        removed = set(before.get("facilities", ())).difference(after.get("facilities", ()))
        return bool(removed.intersection(json.loads(row.facilities)))
    if what in SHUT_KINDS and "hours_text" in after:
        return _changes_hours(row, before.get("hours_text", ""), after["hours_text"])
    return False


def _moves(row: Any, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Return whether a change places a station, or moves it far enough; what it doesn't name stayed as it is."""
    if not {"lon", "lat"}.intersection(after):
        return False
    here = {"lon": row.lon, "lat": row.lat}
    start, end = ((said["lon"], said["lat"]) for said in ({**here, **before}, {**here, **after}))
    if None in start or None in end:
        return start != end
    return bool(geodesic_m(np.array([start]), np.array([end]))[0] >= _LEAST_MOVE_M)


def _changes_hours(row: Any, before: str, after: str) -> bool:
    """Return whether two texts give some day of the coming year other hours."""
    calendar, first = Calendar(row.calendar), civil_date(row.at)
    texts = parse_hours(before), parse_hours(after)
    return any(
        day_states(texts[0], calendar, day) != day_states(texts[1], calendar, day)
        for day in (first + timedelta(days=n) for n in range(_YEAR_DAYS))
    )


@dataclass(frozen=True, slots=True)
class _Correction:
    """A report with the change that corrects it or restores it, the answer, and the word on a position."""

    row: Any
    given: Answer
    word: ReportKind

    @property
    def keeper(self) -> str:
        cause = str(self.row.cause)
        return cause.removeprefix(KEEPER) if cause.startswith(KEEPER) else ""

    def holds_from(self, at: datetime) -> datetime:
        """Return when its word on a position begins: where it is taken back, at the instant of what it takes back."""
        taken_back_at: datetime = self.row.corrected_at if self.given is Answer.RESTORED else at
        return taken_back_at

    def write_answer(self, at: datetime) -> dict[str, object]:
        return {
            "station_id": self.row.station_id,
            "report": self.row.event_id,
            "answer": self.given.value,
            "note": "",
            "keeper": self.keeper,
            "at": at,
            "source": SOURCE,
            "event_id": str(self.row.sequence),
            "change": self.row.sequence,
            "recorded_at": at,
        }

    def write_statement(self, at: datetime) -> dict[str, object]:
        """Return the word on reports of a wrong position: it ends them, or they count again."""
        voice = ReporterRole.KEEPER if self.keeper else ReporterRole.OFFICER
        until = at + REPORT_TERMS.place
        station, since = str(self.row.station_id), self.holds_from(at)
        said = StatusReport("", station, since, voice, self.word, self.keeper, lapses_at=until)
        return report_to_row(said, (SOURCE, str(self.row.sequence)), at)

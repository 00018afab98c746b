"""Answer riders' reports by the change of the register that corrects what they are about."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, exists, insert, select

from geo.messages import Answer
from geo.registry.reports import RIDER_SOURCE, report_to_row
from geo.registry.tables import station_answers, station_changes, station_statements
from geo.status.statements import REPORT_TERMS, SHUT_KINDS, ReporterRole, ReportKind, StatusReport

KEEPER = "keeper:"  # before the id of a keeper's key, where the history says who changed something
SOURCE = "/register"  # of answers that a change gives; in place of an event's id they have its number
_CHANGES = ("set", "placed", "revoked", "moved", "changed")
_LONGEST = timedelta(days=90)  # after which nobody follows a report
_POSITION = frozenset({"lon", "lat"})
_CORRECTING: Mapping[ReportKind, frozenset[str]] = {
    ReportKind.WRONG_PLACE: _POSITION,
    ReportKind.BROKEN: frozenset({"facilities"}),
    **dict.fromkeys(SHUT_KINDS, frozenset({"hours_text"})),
}


def answer_corrected(connection: Connection, since: int, at: datetime) -> None:
    """Answer each report that a change of the register with a number above ``since`` corrects, once.

    A new position ends the reports that the station is elsewhere; new hours and facilities end none, for they say
    nothing of the door or the thing itself.
    """
    c, s, a = station_changes.c, station_statements.c, station_answers.c
    corrected = exists().where(a.report == s.event_id, a.answer == Answer.CORRECTED.value)
    query = (
        select(c.sequence, c.station_id, c.before, c.after, c.cause, s.event_id, s.what, s.facilities)
        .join(station_statements, and_(s.station_id == c.station_id, s.at <= c.at))
        .where(c.sequence > since, c.change.in_(_CHANGES), s.at > at - _LONGEST)
        .where(s.voice == ReporterRole.RIDER.value, s.source == RIDER_SOURCE, ~corrected)
        .order_by(c.sequence)
    )
    answered: dict[str, _Correction] = {}
    for row in connection.execute(query).all():
        if _corrects(row):
            answered.setdefault(row.event_id, _Correction(row))
    if not answered:
        return
    connection.execute(insert(station_answers), [one.answer(at) for one in answered.values()])
    moved = {
        one.row.station_id: one for one in answered.values() if one.row.what == ReportKind.WRONG_PLACE.value
    }
    if moved:
        connection.execute(insert(station_statements), [one.statement(at) for one in moved.values()])


def _corrects(row: Any) -> bool:
    before, after = json.loads(row.before), json.loads(row.after)
    fields = _CORRECTING.get(ReportKind(row.what), frozenset()).intersection(after)
    if "facilities" not in fields:
        return bool(fields)
    changed = set(before.get("facilities", ())) ^ set(after["facilities"])
    return bool(changed.intersection(json.loads(row.facilities)))


@dataclass(frozen=True, slots=True)
class _Correction:
    """A report with the change that corrects it."""

    row: Any

    @property
    def keeper(self) -> str:
        cause = str(self.row.cause)
        return cause.removeprefix(KEEPER) if cause.startswith(KEEPER) else ""

    def answer(self, at: datetime) -> dict[str, object]:
        return {
            "station_id": self.row.station_id,
            "report": self.row.event_id,
            "answer": Answer.CORRECTED.value,
            "note": "",
            "keeper": self.keeper,
            "at": at,
            "source": SOURCE,
            "event_id": str(self.row.sequence),
            "change": self.row.sequence,
            "recorded_at": at,
        }

    def statement(self, at: datetime) -> dict[str, object]:
        """Return the word that ends reports of a wrong position."""
        voice = ReporterRole.KEEPER if self.keeper else ReporterRole.OFFICER
        until = at + REPORT_TERMS.place
        said = StatusReport(
            "", str(self.row.station_id), at, voice, ReportKind.IN_PLACE, self.keeper, lapses_at=until
        )
        return report_to_row(said, (SOURCE, str(self.row.sequence)), at)

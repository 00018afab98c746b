"""Keepers' stations, keys and acts, and pseudonyms of reporters; commands and HTTP requests both use it."""

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection, select

from core.civil_time import CIVIL_TIME, civil_date, end_of_day, start_of_day
from core.faults import FaultError, FaultTable
from core.text_marks import N_
from events import Event
from events.tables import dead_letters
from geo.hours import Schedules, list_opening_periods
from geo.messages import Answer
from geo.registry.inspections import Inspection, last_inspection
from geo.registry.keys import KeeperKey, find_keeper_key, load_readings
from geo.registry.reports import (
    NumberedReport,
    RiderReport,
    find_numbered_report,
    find_report,
    load_recent_reports,
    load_valid_reports,
)
from geo.registry.stations import find_station
from geo.station import OpeningState, Station, Status
from geo.status.devices import DeviceReading
from geo.status.live import LiveSummary, build_live_summary
from geo.status.statements import (
    NETWORK_CHARS,
    ReporterRole,
    ReportKind,
    StatusReport,
    list_fitting_answers,
)
from store import inbox
from yihui.bootstrap import Wiring
from yihui.runtime.networks import client_network, client_prefix
from yihui.services.stations.reports import build_station_event, new_event_number

KEEPER_EVENT_SOURCE = "/keepers"  # source of events
_REPORTS_SINCE = timedelta(days=14)
_MORNING = timedelta(hours=6)  # until when a time may belong to the evening before

# Act of a keeper → event type, and the data that the act alone implies.
_ACTS: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "closed_today": ("station.closed_today", {}),
    "hours": ("station.exception_set", {}),
    "inspected": ("station.inspected", {}),
    "let_in": ("station.reported", {"observation": "locked", "is_over": True}),
    "locked": ("station.reported", {"observation": "locked"}),
    "crowded": ("station.reported", {"observation": "crowded"}),
    "uncrowded": ("station.reported", {"observation": "crowded", "is_over": True}),
    "broken": ("station.reported", {"observation": "broken"}),
    "repaired": ("station.reported", {"observation": "fine"}),
    "answered": ("station.answered", {}),
}
# Eleven digits in a row would be taken for a phone number
_NO_DIGITS = str.maketrans("0123456789", "abcdefabcd")


NEEDS_UNTIL = "keeper_act.until"
KEEPER_ACT_FAULTS = FaultTable(
    "keeper_act",
    {
        "answer": (N_("“{value}” is no answer to this report"), N_("choose one of these: {known}")),
        "taken_back": (N_("the rider took the report {value} back"), N_("answer one that waits")),
        "until": (N_("by its hours the station is closed now"), N_("say until when one gets in today")),
        "until_over": (
            N_("{value} is over already"),
            N_("write a time after now; one before 06:00 is tomorrow's"),
        ),
        "until_morning": (
            N_("tomorrow's hours aren't clear, so nothing can be added to them"),
            N_("write 24:00; write tomorrow's hours under the special dates"),
        ),
    },
)


class Kept(BaseModel):
    """A keeper's act. ``yihui events types`` lists the fields that each act needs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    act: Literal[
        "closed_today",
        "hours",
        "inspected",
        "let_in",
        "locked",
        "crowded",
        "uncrowded",
        "broken",
        "repaired",
        "answered",
    ]
    on: date | None = None  # otherwise today
    first: date | None = None
    last: date | None = None
    hours_text: str | None = None
    reason: str | None = None
    facility: str | None = None
    meets_standard: bool | None = None
    missing: list[str] | None = None
    report: str | None = None  # the number of the report that is answered
    answer: Answer | None = None
    note: str | None = None
    until: str | None = (
        None  # when one can't get in any more today, such as 22:30, where the hours say closed
    )


def keeper_events(acts: Sequence[Kept], station: str, key: str, now: datetime) -> list[Event]:
    """Build the events of several acts, with ids that keep their order. *Raises*: FaultError."""
    # Events of the same instant are processed in the order of their ids
    numbers = sorted(new_event_number() for _ in acts)
    return [keeper_event(kept, station, key, now, number) for kept, number in zip(acts, numbers, strict=True)]


def keeper_event(kept: Kept, station: str, key: str, now: datetime, number: str | None = None) -> Event:
    """Build the event of one act; ``key`` is the id of the keeper's key. *Raises*: FaultError."""
    kind, implied = _ACTS[kept.act]
    given = kept.model_dump(mode="json", exclude_none=True, exclude={"act", "until"})
    dated = {"on": civil_date(now).isoformat()} if kept.act in ("closed_today", "inspected") else {}
    data = {"station": station, "keeper": key, **dated, **given, **implied}
    return build_station_event(KEEPER_EVENT_SOURCE, kind, data, (now, now), number)


def reporter_pseudonym(address: str, now: datetime, key: bytes) -> str:
    """Return a pseudonym that distinguishes reporters on one day without identifying them.

    It is a keyed hash (HMAC-SHA-256) of the network address and the date, so that reporters can't be
    followed from one day to the next. The first half is that of the prefix, because a customer of a
    provider may hold all of its addresses: where riders must agree, all reporters of a prefix count as
    one. The count may be too low, never too high.
    """
    halves = (client_prefix(address), client_network(address))
    digests = (
        hmac.new(key, f"{civil_date(now)} {text}".encode(), hashlib.sha256).hexdigest() for text in halves
    )
    return "".join(digest[:NETWORK_CHARS] for digest in digests).translate(_NO_DIGITS)


def check_act(wiring: Wiring, kept: Kept, station: str) -> list[Kept]:
    """Check an act of a station's keeper; return the exceptions that go before it.

    *Raises*: FaultError if her answer doesn't fit the report, or if it needs to be said until when one gets in.
    """
    _check_answer(wiring, kept)
    if kept.answer is not Answer.OPEN_NOW and kept.act != "let_in":
        return []
    known, _ = load_keeper_station(wiring, station)
    return known.open_today(kept.until or "") if known is not None else []


def _check_answer(wiring: Wiring, kept: Kept) -> None:
    if kept.report is None or kept.answer is None:
        return
    with wiring.database.read() as connection:
        found = find_report(connection, kept.report)
    if found is not None and found.withdrawn_at is not None:
        raise FaultError(KEEPER_ACT_FAULTS.build("taken_back", field="report", value=found.number))
    known = list_fitting_answers(found.status_report.what) if found is not None else (kept.answer,)
    if kept.answer not in known:
        said = ", ".join(known)
        raise FaultError(
            KEEPER_ACT_FAULTS.build("answer", field="answer", value=kept.answer.value, known=said)
        )


@dataclass(frozen=True, slots=True)
class ExceptionDay:
    """The hours of one day alone."""

    day: date
    hours_text: str


@dataclass(frozen=True, slots=True)
class KeeperStation:
    """A station with its announcements, reports and last inspection, as loaded for its keeper."""

    station: Station
    live: LiveSummary
    words: Sequence[NumberedReport]
    reports: Sequence[RiderReport]
    inspection: Inspection | None
    now: datetime
    readings: Sequence[DeviceReading] = ()

    @property
    def is_closed_by_hours(self) -> bool:
        """Return whether riders would be told “closed” although nobody at the door says so.

        A door that its device states is the device's to say, see docs/decisions/0048.
        """
        if self.station.status is not Status.ACTIVE or any(one.is_fresh(self.now) for one in self.readings):
            return False
        schedules = self._compile_entered()
        return schedules.opening(int(schedules.ids[0]), self.now).state is OpeningState.CLOSED

    def open_today(self, until: str) -> list[Kept]:
        """Return the acts that set the hours of `open_today_until`. *Raises*: FaultError as that does."""
        return [
            Kept(act="hours", first=one.day, last=one.day, hours_text=one.hours_text)
            for one in self.open_today_until(until)
        ]

    def open_today_until(self, text: str) -> list[ExceptionDay]:
        """Return the hours of each day with the time from now on in which one gets in; none where its hours say open.

        A time before 06:00 that is over today is the next morning's. What the next day's hours say of it already
        needs no exception; where they are in part unknown, an exception would close those parts.
        *Raises*: FaultError if it isn't said until when, with the code ``NEEDS_UNTIL``, for a time that is over, or for
        one of a morning whose hours are unknown.
        """
        if not self.is_closed_by_hours:
            return []
        if not text:
            raise FaultError(KEEPER_ACT_FAULTS.build("until", field="until"))
        until = _read_until(text, self.now)
        if until is None or until <= self.now:
            raise FaultError(KEEPER_ACT_FAULTS.build("until_over", field="until", value=text[:20]))
        today = civil_date(self.now)
        midnight = end_of_day(today)
        found = [
            ExceptionDay(today, _write_spans([*self._list_open(today), (self.now, min(until, midnight))]))
        ]
        if until > midnight:
            found += self._add_to_morning(midnight, until)
        return found

    def _add_to_morning(self, midnight: datetime, until: datetime) -> list[ExceptionDay]:
        day = civil_date(midnight)
        spans = self._list_open(day)
        usual, added = _write_spans(spans), _write_spans([*spans, (midnight, until)])
        if self._list_spans(day, OpeningState.UNKNOWN):
            raise FaultError(KEEPER_ACT_FAULTS.build("until_morning", field="until"))
        return [ExceptionDay(day, added)] if usual != added else []

    def _list_open(self, day: date) -> list[tuple[datetime, datetime]]:
        return self._list_spans(day, OpeningState.OPEN)

    def _list_spans(self, day: date, state: OpeningState) -> list[tuple[datetime, datetime]]:
        """List when a day has a state by its hours."""
        schedules = self._compile_entered()
        periods = list_opening_periods(schedules, int(schedules.ids[0]), day, 1)
        ends = [*(one.start for one in periods[1:]), end_of_day(day)]
        return [
            (one.start, over) for one, over in zip(periods, ends, strict=True) if one.opening.state is state
        ]

    def _compile_entered(self) -> Schedules:
        """Return the hours as they are once the keeper has said that one gets in, which ends what riders reported."""
        words = [word.status_report for word in self.words]
        entered = StatusReport("~", self.station.id, self.now, ReporterRole.KEEPER, ReportKind.LET_IN)
        spells = build_live_summary([*words, entered], self.now).spells
        plain = Schedules.compile([(self.station.hours_text, self.station.calendar)])
        return plain.with_special_hours({0: spells}) if spells else plain


def _read_until(text: str, now: datetime) -> datetime | None:
    """Return the instant of a time of today; midnight is the end of the day, a small hour that is over tomorrow's."""
    found = re.fullmatch(r"([01]?\d|2[0-4])[:：]([0-5]\d)", text.strip())
    if found is None:
        return None
    minutes, today = int(found[1]) * 60 + int(found[2]), start_of_day(civil_date(now))
    until, morning = today + timedelta(minutes=min(minutes or 24 * 60, 24 * 60)), today + _MORNING
    return end_of_day(civil_date(now)) + (until - today) if until < morning <= now else until


def _write_spans(spans: Sequence[tuple[datetime, datetime]]) -> str:
    """Write the times of one day as hours, joined where they touch, to the minute."""
    joined: list[tuple[datetime, datetime]] = []
    for first, last in sorted(spans):
        if joined and first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return "、".join(f"{_clock(first)}–{_clock(last, civil_date(first))}" for first, last in joined)


def _clock(moment: datetime, day: date | None = None) -> str:
    """Write an instant's time; the midnight that ends ``day`` is 24:00."""
    local = moment.astimezone(CIVIL_TIME)
    return f"{local:%H:%M}" if day in (None, local.date()) else "24:00"


@dataclass(frozen=True, slots=True)
class KeeperAct:
    """An act that the site accepted: the report that it became, and whether it has been processed."""

    report: NumberedReport | None
    is_processed: bool


def find_key(wiring: Wiring, text: str) -> KeeperKey | None:
    """Return the record of a keeper's key, also of a revoked one. *Raises*: StoreError."""
    with wiring.database.read() as connection:
        return find_keeper_key(connection, text)


def load_keeper_station(
    wiring: Wiring, id: str, number: str = ""
) -> tuple[KeeperStation | None, KeeperAct | None]:
    """Load a station for its keeper, and the act with this number if one is given.

    The station is None if it is no longer in the register. *Raises*: StoreError.
    """
    now = wiring.now()
    with wiring.database.read() as connection:
        station = find_station(connection, id)
        if station is None:
            return None, None
        found = read_keeper_station(connection, station, now)
        return found, _find_act(connection, id, number) if number.isprintable() and number else None


def read_keeper_station(connection: Connection, station: Station, now: datetime) -> KeeperStation:
    """Load what is announced, reported and stated of a station."""
    id = station.id
    words = load_valid_reports(connection, id, now)
    readings = load_readings(connection, id).get(id, ())
    live = build_live_summary((word.status_report for word in words), now, readings=readings)
    reports = load_recent_reports(connection, id, now - _REPORTS_SINCE)
    return KeeperStation(station, live, words, reports, last_inspection(connection, id), now, readings)


def _find_act(connection: Connection, station: str, number: str) -> KeeperAct:
    report = find_numbered_report(connection, station, KEEPER_EVENT_SOURCE, number)
    return KeeperAct(report, _are_processed(connection, [number]))


def are_acts_processed(wiring: Wiring, numbers: Sequence[str]) -> bool:
    """Return whether each of these acts has been processed or dead-lettered. *Raises*: StoreError."""
    with wiring.database.read() as connection:
        return _are_processed(connection, numbers)


def _are_processed(connection: Connection, numbers: Sequence[str]) -> bool:
    took = select(inbox.c.id).where(inbox.c.source == KEEPER_EVENT_SOURCE, inbox.c.id.in_(numbers))
    turned = select(dead_letters.c.event_id).where(
        dead_letters.c.resolved_at.is_(None),
        dead_letters.c.source == KEEPER_EVENT_SOURCE,
        dead_letters.c.event_id.in_(numbers),
    )
    found = {*connection.execute(took).scalars(), *connection.execute(turned).scalars()}
    return found == set(numbers)

"""Where riders' reports come in, from the API and from the page's form alike: each one once, and not too many."""

import logging
from collections import OrderedDict
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from core.faults import Fault
from events import Event, accept
from geo.registry import find, find_report
from yihui.bootstrap import Wiring
from yihui.http.drain import Drain
from yihui.http.guard.throttle import Throttle
from yihui.http.identity_key import KeyAway, identity_key
from yihui.runtime.errors import fault_line
from yihui.services.keepers import reporter_of
from yihui.services.reports import Report, report_event, report_number

N_ = str  # marks a text for the message catalogue

_LOG = logging.getLogger(__name__)

REPORTS_AN_HOUR = 30  # that are kept; from six on they no longer count (geo/status/statements.py)
_MOST_REMEMBERED = 10_000


class NotTaken(Exception):
    """Why a report is not taken, as a fault with an HTTP status."""

    def __init__(self, fault: Fault, status: int) -> None:
        super().__init__(fault.message)
        self.fault, self.status = fault, status


@dataclass(slots=True)
class ReportDesk:
    """Takes reports. What was sent before, under the same key, is not taken again but has its number.

    Those of the last hours are known from memory, the rest from the register.
    """

    wiring: Wiring
    drain: Drain
    _throttle: Throttle = field(default_factory=lambda: Throttle(REPORTS_AN_HOUR, timedelta(hours=1)))
    _taken: OrderedDict[str, datetime] = field(default_factory=OrderedDict)
    _in_hand: dict[str, Future[None]] = field(default_factory=dict)  # being written
    _lock: Lock = field(default_factory=Lock)  # never held while the database is written to

    def take(self, report: Report, station: str, address: str) -> str:
        """Accept a report and give its number. *Raises*: NotTaken, InputFaults, StoreError."""
        wiring, now = self.wiring, self.wiring.now()
        key = key_of(wiring)
        number = report_number(report, station, key)
        with wiring.database.read() as connection:
            # No database looks for NUL.
            there = find(connection, station) if station.isprintable() else None
            seen = number is not None and find_report(connection, number) is not None
        if there is None:
            raise NotTaken(_no_station(station), 404)
        if number is not None and (seen or self.waits(number)):
            return number
        reporter = reporter_of(address, now, key)
        event = report_event(report, station, reporter, now, key)
        if not self._throttle.admits(reporter, now):
            raise NotTaken(_too_often(), 429)
        self._accept(event, now)
        return event.id

    def waits(self, number: str) -> bool:
        """Whether it was accepted here lately, handled or not."""
        with self._lock:
            return number in self._taken

    def _accept(self, event: Event, now: datetime) -> None:
        """Write it down, unless it is: who comes with the same while it is written hears what the first one hears."""
        with self._lock:
            if event.id in self._taken:
                return
            mine: Future[None] = Future()
            written = self._in_hand.setdefault(event.id, mine)
        if written is mine:
            self._write(event, now, written)
        else:
            written.result()

    def _write(self, event: Event, now: datetime, written: "Future[None]") -> None:
        try:
            with self.wiring.database.write() as connection:
                accept(connection, [event], now)
        except BaseException as error:
            self._settle(event.id)
            written.set_exception(error)
            raise
        self._settle(event.id, now)
        written.set_result(None)
        self.drain.wake()

    def _settle(self, number: str, taken_at: datetime | None = None) -> None:
        with self._lock:
            del self._in_hand[number]
            if taken_at is not None:
                self._remember(number, taken_at)

    def _remember(self, number: str, now: datetime) -> None:
        self._taken[number] = now
        while len(self._taken) > _MOST_REMEMBERED:
            self._taken.popitem(last=False)


def key_of(wiring: Wiring) -> bytes:
    """What nobody is known by. *Raises*: NotTaken where the site isn't set up; the log says how."""
    try:
        return identity_key(wiring)
    except KeyAway as error:
        told = wiring.language.clauses(fault_line(fault, wiring.language).message for fault in error.faults)
        _LOG.error("nothing that riders send can be taken: %s (yihui doctor)", told)
        raise NotTaken(_not_now(), 503) from error


def _not_now() -> Fault:
    return Fault(
        N_("this can't be taken just now; it is not your fault"),
        N_("where it is urgent, call the place; else try again later"),
    )


def _no_station(station: str) -> Fault:
    return Fault(N_("there is no station {value}"), N_("check the number or the id"), value=station)


def _too_often() -> Fault:
    return Fault(
        N_("more than {most} reports an hour come from here"),
        N_("wait an hour; what you reported has been kept"),
        params={"most": str(REPORTS_AN_HOUR), "code": "too_often"},
    )

"""Accept riders' reports from the API and from the page's form: each once, and within a rate limit."""

import logging
from collections import OrderedDict
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from events import Event
from geo.status.statements import REPORT_TERMS
from yihui.bootstrap import Wiring
from yihui.http.drain import Drain
from yihui.http.guard.allowances import Throttle
from yihui.runtime.errors import fault_line
from yihui.services.events.events import store_accepted_events
from yihui.services.stations.keepers import reporter_pseudonym
from yihui.services.stations.reports import (
    MAX_WITHDRAWAL_AGE,
    Report,
    ReporterKeyUnavailable,
    Withdrawal,
    build_report_event,
    build_withdrawal_event,
    find_processed_report,
    find_waiting_report,
    report_number,
    require_reporter_key,
    withdrawn_number,
)

_LOG = logging.getLogger(__name__)

REPORTS_AN_HOUR = 30  # that are kept; from six on they no longer count (geo/status/statements.py)
_MAX_REMEMBERED = 10_000


SUBMISSION_FAULTS = FaultTable(
    "submission",
    {
        "unavailable": (
            N_("this can't be taken just now; it is not your fault"),
            N_("where it is urgent, call the place; else try again later"),
        ),
        "unknown_station": (N_("there is no station {value}"), N_("check the number or the id")),
        "unknown_report": (
            N_("there is no report under this key"),
            N_("look under “My reports” whether it was sent; if not, report it anew"),
        ),
        "too_late": (
            N_("a report can be taken back for {hours} hours after what was found, no longer"),
            N_("if you find it otherwise now, report that"),
        ),
        "too_often": (
            N_("more than {most} reports an hour come from here"),
            N_("wait an hour; what you reported has been kept"),
        ),
    },
)


class SubmissionRefused(FaultError):
    """A report or a rest is refused."""


@dataclass(frozen=True, slots=True)
class AcceptedReport:
    """The number of a report, when the rider found what it says, by the site's clock, and whether it counts.

    By what this process took; another one may have taken more from the same connection.
    """

    number: str
    at: datetime
    counts: bool = True


@dataclass(slots=True)
class ReportService:
    """Accepts reports. A report sent again under the same key is not stored again and gets the same number.

    Reports of the last hours are remembered in memory; older ones are looked up in the register.
    """

    wiring: Wiring
    drain: Drain
    _throttle: Throttle = field(default_factory=lambda: Throttle(REPORTS_AN_HOUR, timedelta(hours=1)))
    _recent: Throttle = field(default_factory=lambda: Throttle(REPORT_TERMS.most_of_one, REPORT_TERMS.rate))
    _withdrawals: Throttle = field(default_factory=lambda: Throttle(REPORTS_AN_HOUR, timedelta(hours=1)))
    _taken: OrderedDict[str, datetime] = field(default_factory=OrderedDict)  # of each event its time
    _in_hand: dict[str, Future[None]] = field(default_factory=dict)  # reports that a thread is storing
    _lock: Lock = field(default_factory=Lock)  # never held during a database write

    def accept_report(self, report: Report, station: str, address: str) -> AcceptedReport:
        """Accept a report, or one that was sent before. *Raises*: SubmissionRefused, FaultError, StoreError."""
        wiring, now = self.wiring, self.wiring.now()
        key = load_reporter_key(wiring)
        number = report_number(report, station, key)
        is_known, processed = find_processed_report(wiring, station, number)
        if not is_known:
            raise SubmissionRefused(SUBMISSION_FAULTS.build("unknown_station", value=station))
        accepted_at = processed.status_report.at if processed else self._find_recent(number)
        if number is not None and accepted_at is not None:
            return AcceptedReport(number, accepted_at, processed is None or processed.status_report.counts)
        reporter = reporter_pseudonym(address, now, key)
        event = build_report_event(report, station, reporter, now, key)
        if not self._throttle.admit(reporter, now):
            raise SubmissionRefused(SUBMISSION_FAULTS.build("too_often", most=REPORTS_AN_HOUR))
        self._accept(event)
        counts = not self._recent.is_full(reporter, now)
        self._recent.count_fault(reporter, now)
        return AcceptedReport(event.id, event.occurred_at, counts)

    def withdraw_report(self, withdrawal: Withdrawal, address: str) -> AcceptedReport:
        """Take a report back, for good; a second time nothing happens.

        *Raises*: as above, if there is none or it is too old.
        """
        wiring, now = self.wiring, self.wiring.now()
        key = load_reporter_key(wiring)
        if not self._withdrawals.admit(reporter_pseudonym(address, now, key), now):
            raise SubmissionRefused(SUBMISSION_FAULTS.build("too_often", most=REPORTS_AN_HOUR))
        number = withdrawn_number(withdrawal, key)
        waiting_since = self._find_waiting(
            number
        )  # first: a report leaves what waits as soon as it is processed
        _, processed = find_processed_report(wiring, withdrawal.station, number)
        reported_at = processed.status_report.at if processed else waiting_since
        if reported_at is None:
            raise SubmissionRefused(SUBMISSION_FAULTS.build("unknown_report", field="idempotency_key"))
        if processed is None or processed.withdrawn_at is None:
            if now - reported_at > MAX_WITHDRAWAL_AGE:
                hours = MAX_WITHDRAWAL_AGE // timedelta(hours=1)
                raise SubmissionRefused(SUBMISSION_FAULTS.build("too_late", hours=hours))
            self._accept(build_withdrawal_event(withdrawal, number, (reported_at, now), key))
        return AcceptedReport(number, reported_at, counts=False)

    def was_accepted_recently(self, number: str) -> bool:
        """Return whether this process accepted the report recently, processed or not."""
        return self._find_recent(number) is not None

    def _find_waiting(self, number: str) -> datetime | None:
        """Return the time of a report that isn't processed, after another thread has stored it."""
        with self._lock:
            written = self._in_hand.get(number)
        if written is not None:
            wait([written])
        recent = self._find_recent(number)
        waiting = find_waiting_report(self.wiring, number) if recent is None else None
        return waiting.occurred_at if waiting else recent

    def _find_recent(self, number: str | None) -> datetime | None:
        with self._lock:
            return None if number is None else self._taken.get(number)

    def _accept(self, event: Event) -> None:
        """Store the event once.

        A concurrent call with the same event waits for the first one's write and gets its outcome.
        """
        with self._lock:
            if event.id in self._taken:
                return
            mine: Future[None] = Future()
            written = self._in_hand.setdefault(event.id, mine)
        if written is mine:
            self._write(event, written)
        else:
            written.result()

    def _write(self, event: Event, written: "Future[None]") -> None:
        try:
            store_accepted_events(self.wiring, [event])
        except BaseException as error:
            self._settle(event.id)
            written.set_exception(error)
            raise
        self._settle(event.id, event.occurred_at)
        written.set_result(None)
        self.drain.wake()

    def _settle(self, number: str, accepted_at: datetime | None = None) -> None:
        with self._lock:
            del self._in_hand[number]
            if accepted_at is not None:
                self._remember(number, accepted_at)

    def _remember(self, number: str, at: datetime) -> None:
        self._taken[number] = at
        while len(self._taken) > _MAX_REMEMBERED:
            self._taken.popitem(last=False)


def load_reporter_key(wiring: Wiring) -> bytes:
    """Return the key that makes reporters anonymous.

    *Raises*: SubmissionRefused if the site has no usable key of reporters; the log says how to set it up.
    """
    try:
        return require_reporter_key(wiring)
    except ReporterKeyUnavailable as error:
        told = wiring.language.join_clauses(
            fault_line(fault, wiring.language).message for fault in error.faults
        )
        _LOG.error("nothing that riders send can be taken: %s (yihui doctor)", told)
        raise SubmissionRefused(SUBMISSION_FAULTS.build("unavailable")) from error

"""Reports on a station's status: by whom, when, how long each stays valid, and what became of it.

The numbers in `ReportTerms` are our own choice, to be changed with experience: no document gives any.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from core.civil_time import civil_date, start_of_day
from geo.messages import (
    Answer,
    Answered,
    ClosedToday,
    ExceptionSet,
    Inspected,
    Observation,
    Reported,
    StationPayload,
)

_DAY = timedelta(days=1)
_PSEUDONYM_CHARS, NETWORK_CHARS = 64, 32


class ReporterRole(StrEnum):
    """The role of a reporter. Riders count together; one keeper or officer suffices.

    What devices state is in `geo.status.devices`: a report of theirs only marks that it has changed.
    """

    RIDER = "rider"
    KEEPER = "keeper"
    OFFICER = "officer"
    DEVICE = "device"


class ReportKind(StrEnum):
    """The kind of a report: what a rider saw at the door, or what a keeper or an officer announced."""

    FINE = "fine"
    CLOSED = "closed"
    LOCKED = "locked"
    CROWDED = "crowded"
    BROKEN = "broken"
    WRONG_PLACE = "wrong_place"
    CLOSED_DAY = "closed_day"
    HOURS = "hours"
    INSPECTED = "inspected"
    LET_IN = "let_in"  # a keeper says or answers that the station can be entered now
    UNCROWDED = "uncrowded"  # a keeper says that it is crowded no more
    IN_PLACE = "in_place"  # a keeper answers that it is where the map shows it
    CORRECTED = "corrected"  # a change of the register puts it elsewhere than it was reported to be wrong
    RESTORED = "restored"  # another puts it back there: what was corrected at that instant holds no more
    ANSWERED = "answered"  # a keeper answers, without effect on the status
    SENSED = "sensed"  # what a device states has changed


SHUT_KINDS = frozenset({ReportKind.CLOSED, ReportKind.LOCKED})
FOUND_AT_THE_DOOR = SHUT_KINDS | {ReportKind.CROWDED}  # that one gets in is the answer to these
DOOR_KINDS = FOUND_AT_THE_DOOR | {ReportKind.FINE}
# kinds that end earlier reports when a keeper or an officer sends them
PLACING_KINDS = frozenset({ReportKind.IN_PLACE, ReportKind.CORRECTED})
_SETTLING = PLACING_KINDS | {ReportKind.FINE, ReportKind.INSPECTED, ReportKind.LET_IN}


@dataclass(frozen=True, slots=True)
class ReportTerms:
    """How many riders must agree, how long reports stay valid, and how many reports of one rider count."""

    quorum: int = 2
    door: timedelta = timedelta(hours=2)
    crowd: timedelta = timedelta(minutes=45)
    broken: timedelta = timedelta(days=3)
    place: timedelta = timedelta(days=7)
    keepers_broken: timedelta = timedelta(days=30)
    settled: timedelta = timedelta(days=400)  # set by a keeper or at an inspection, which comes once a year
    heard_at_the_door: timedelta = timedelta(
        days=1
    )  # a phone keeps a locked door to the end of the day or for 6 h
    most_of_one: int = 6
    rate: timedelta = timedelta(hours=1)
    most_shut_by_network: int = 10  # stations that one network may report shut within a day


REPORT_TERMS = ReportTerms()


@dataclass(frozen=True, slots=True)
class StatusReport:
    """One report on a station, by a rider, a keeper or an officer; ``id`` orders those of one instant.

    ``who`` is a reporter's keyed hash or the id of a keeper's key; empty for an unknown reporter. Of a
    hash of 64 digits the first 32 are the network's, which riders of one provider's customer share.
    ``counts`` is false for a rider's report beyond the rate limit. ``facilities``: broken, fine again,
    or missing; none with ``fine`` means that the whole station is fine. ``lapses_at`` is set where it
    is known, else `expires_at` computes it. ``pin`` is where a rider reports the station to be: lon,
    lat in WGS84. ``answer`` is the last one to a rider's report, by a keeper or an officer (``answered_by``).
    """

    id: str
    station: str
    at: datetime
    voice: ReporterRole
    what: ReportKind
    who: str = ""
    counts: bool = True
    facilities: frozenset[str] = frozenset()
    first: date | None = None
    last: date | None = None
    hours_text: str = ""
    note: str = ""
    lapses_at: datetime | None = None
    pin: tuple[float, float] | None = None
    answer: Answer | None = None
    answered_by: ReporterRole = ReporterRole.OFFICER

    @property
    def order(self) -> tuple[datetime, str]:
        return self.at, self.id

    @property
    def network(self) -> str:
        """Return what counts as one rider where riders must agree."""
        return network_of_reporter(self.who)

    @property
    def is_official(self) -> bool:
        return self.voice in (ReporterRole.KEEPER, ReporterRole.OFFICER)

    @property
    def is_all_clear(self) -> bool:
        return self.what is ReportKind.FINE and not self.facilities

    @property
    def lets_in(self) -> bool:
        """Return whether it says that one gets in."""
        return self.is_all_clear or self.what is ReportKind.LET_IN

    @property
    def days(self) -> tuple[date, date]:
        """The first and the last civil day of an announcement."""
        assert self.first is not None and self.last is not None, f"{self.what} has no days"
        return self.first, self.last


def network_of_reporter(who: str) -> str:
    """Return the network's part of a reporter's keyed hash; a hash of another length is whole."""
    return who[:NETWORK_CHARS] if len(who) == _PSEUDONYM_CHARS else who


def report_from_event(id: str, at: datetime, payload: StationPayload) -> StatusReport:
    """Convert a station event's payload to a status report; facilities are named as in the event."""
    keeper = payload.keeper or ""
    voice = ReporterRole.KEEPER if keeper else ReporterRole.OFFICER
    match payload:
        case Reported():
            if payload.keeper is None:
                voice, keeper = ReporterRole.RIDER, payload.reporter or ""
            facilities = frozenset({payload.facility} if payload.facility else ())
            pin = None if payload.lon is None or payload.lat is None else (payload.lon, payload.lat)
            what = (_OVER if payload.is_over else _FOUND)[payload.observation]
            return StatusReport(id, payload.station, at, voice, what, keeper, facilities=facilities, pin=pin)
        case Answered(station=station, note=note):
            if payload.answer is Answer.WITHDRAWN:
                voice = ReporterRole.RIDER
            return StatusReport(id, station, at, voice, ReportKind.ANSWERED, keeper, note=note)
        case ClosedToday(station=station, on=day, reason=note):
            return StatusReport(
                id, station, at, voice, ReportKind.CLOSED_DAY, keeper, first=day, last=day, note=note
            )
        case ExceptionSet(station=station, first=first, last=last):
            what, text, note = ReportKind.HOURS, payload.hours_text, payload.reason
            return StatusReport(
                id, station, at, voice, what, keeper, first=first, last=last, hours_text=text, note=note
            )
        case Inspected(station=station, on=day):
            missing = frozenset(payload.missing)
            return StatusReport(
                id, station, at, voice, ReportKind.INSPECTED, keeper, facilities=missing, first=day, last=day
            )


LEAVES_OPEN = frozenset({Answer.ON_IT, Answer.THANKS})  # after these answers a report may still be settled


def apply_keeper_answer(answer: Answer, report: StatusReport, saying: StatusReport) -> StatusReport:
    """Return the report that follows from a keeper's answer to a rider's report.

    The answers that it is mended, that it is open, or that the fault can't be found settle that one
    matter; any other answer has no effect on the status. A wrong position ends by a change of the register, too.
    """
    if answer in LEAVES_OPEN or answer is Answer.WITHDRAWN:
        return saying
    if report.what is ReportKind.BROKEN:
        settled = answer is not Answer.OPEN_NOW
        return replace(saying, what=ReportKind.FINE, facilities=report.facilities) if settled else saying
    if report.what is ReportKind.WRONG_PLACE:
        return replace(saying, what=ReportKind.IN_PLACE) if answer is Answer.CANNOT_FIND else saying
    return replace(saying, what=ReportKind.LET_IN) if report.what in FOUND_AT_THE_DOOR else saying


_DOOR = (Answer.OPEN_NOW, Answer.ON_IT, Answer.THANKS)
_FITTING = {
    ReportKind.BROKEN: (Answer.FIXED, Answer.ON_IT, Answer.CANNOT_FIND),
    ReportKind.WRONG_PLACE: (Answer.ON_IT, Answer.CANNOT_FIND),
    **dict.fromkeys(FOUND_AT_THE_DOOR, _DOOR),
}


def list_fitting_answers(what: ReportKind) -> Sequence[Answer]:
    """Return the answers that fit a report of a kind."""
    return _FITTING.get(what, (Answer.THANKS,))


_FOUND = {observation: ReportKind(observation.value) for observation in Observation}
_OVER = {Observation.LOCKED: ReportKind.LET_IN, Observation.CROWDED: ReportKind.UNCROWDED}


def expires_at(saying: StatusReport) -> datetime:
    """Return the instant from which a report has no effect any more."""
    if saying.lapses_at is not None:
        return saying.lapses_at
    if saying.what in (ReportKind.CLOSED_DAY, ReportKind.HOURS):
        return start_of_day(saying.days[1] + _DAY)
    if saying.is_official and saying.what in _SETTLING:
        # longer than the reports that it settles, which must not become valid again
        return saying.at + REPORT_TERMS.settled
    if saying.is_official and saying.what in FOUND_AT_THE_DOOR:
        return saying.at + REPORT_TERMS.heard_at_the_door  # longer than it has an effect on the status
    if saying.what is ReportKind.BROKEN:
        return saying.at + (REPORT_TERMS.keepers_broken if saying.is_official else REPORT_TERMS.broken)
    if saying.what is ReportKind.FINE and saying.facilities:
        return saying.at + REPORT_TERMS.broken
    return saying.at + (REPORT_TERMS.place if saying.what is ReportKind.WRONG_PLACE else REPORT_TERMS.door)


def expires_after_settled(saying: StatusReport, settled: datetime | None) -> datetime:
    """Return the expiry where the latest expiry of all earlier reports is known (``settled``).

    A report that only settles others is not needed longer than they are. It stays a week at least, for
    reports that arrive late.
    """
    settles = saying.is_official and saying.what in _SETTLING
    if not settles or (saying.what is ReportKind.INSPECTED and saying.facilities):
        return expires_at(saying)
    return max(saying.at + REPORT_TERMS.place, settled or saying.at)


def is_within_rate_limit(at: datetime, earlier: Iterable[datetime]) -> bool:
    """Return whether a rider's report at this instant still counts.

    ``earlier`` are the instants of the rider's other reports, on any station.
    """
    recent = sum(at - REPORT_TERMS.rate < moment <= at for moment in earlier)
    return recent < REPORT_TERMS.most_of_one


@dataclass(frozen=True, slots=True)
class ReportOutcome:
    """The outcome of a report; ``agreeing`` other riders reported the same while it lasted.

    ``confirmed`` and ``settled`` are the first later official reports that confirm it and that end it.
    An official report after ``settled`` concerns a new matter. What was said together with a confirmation doesn't end it.
    """

    agreeing: int = 0
    confirmed: StatusReport | None = None
    settled: StatusReport | None = None


def find_report_outcome(report: StatusReport, sayings: Iterable[StatusReport]) -> ReportOutcome:
    """Return the outcome of a report among the reports on the same station, given in any order."""
    others = sorted((other for other in sayings if other.id != report.id), key=lambda other: other.order)
    lasts = expires_at(report) - report.at
    agreeing = {
        other.network
        for other in others
        if other.counts and not other.is_official and other.network not in ("", report.network)
        if abs(other.at - report.at) < lasts and _agrees(other, report)
    }
    official = [
        other for other in drop_restored(others, report) if other.is_official and other.order > report.order
    ]
    confirming = {(word.at, word.who) for word in official if _agrees(word, report)}
    settled = next(
        (word for word in official if _settles(word, report) and (word.at, word.who) not in confirming), None
    )
    until = official if settled is None else official[: official.index(settled)]
    return ReportOutcome(
        len(agreeing), next((word for word in until if _agrees(word, report)), None), settled
    )


def drop_restored(sayings: Sequence[StatusReport], report: StatusReport) -> list[StatusReport]:
    """Return the reports, in order, that still hold against a report on the place: no corrections taken back since.

    Where a change puts a station back to where it was before a correction, a report from before it counts again: no
    correction from that one to the change ends it, whatever places it led to.
    """
    spans = [
        (word.at, max(word.at, expires_at(word) - REPORT_TERMS.place), word.id)
        for word in sayings
        if word.what is ReportKind.RESTORED and report.at <= word.at
    ]
    return [
        word
        for word in sayings
        if word.what is not ReportKind.CORRECTED
        or not any(first <= word.at and (word.at, word.id) < (last, id) for first, last, id in spans)
    ]


def _agrees(other: StatusReport, report: StatusReport) -> bool:
    if report.what in SHUT_KINDS:
        closed_today = other.what is ReportKind.CLOSED_DAY and other.days[0] == civil_date(report.at)
        return other.what in SHUT_KINDS or closed_today
    if report.what is ReportKind.BROKEN:
        return (
            other.what in (ReportKind.BROKEN, ReportKind.INSPECTED) and report.facilities <= other.facilities
        )
    return other.what is report.what and other.facilities == report.facilities


def _settles(word: StatusReport, report: StatusReport) -> bool:
    """Return whether an official report ends what the rider's report stated."""
    if report.what is ReportKind.FINE:
        return False
    if word.is_all_clear:
        return True
    if report.what is ReportKind.BROKEN:
        mended = word.what is ReportKind.FINE and report.facilities <= word.facilities
        return mended or (word.what is ReportKind.INSPECTED and not report.facilities <= word.facilities)
    if report.what is ReportKind.WRONG_PLACE:
        return word.what in PLACING_KINDS
    return word.what is ReportKind.LET_IN and report.what in DOOR_KINDS

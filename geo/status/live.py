"""Compute the live status of a station from reports and notices; it expires by itself.

One report of a keeper or an officer suffices, and it settles what riders reported before. Riders must
agree: the door counts as shut when enough different riders reported it so, and each later rider who got
in cancels one of those reports. Reports lapse with time, oldest first, so a status ends but never
begins by itself. Reports of too few riders are shown beside the status and have no effect.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from core.civil_time import civil_date, start_of_day
from core.text_marks import N_
from geo.hours import SpecialHours
from geo.station import Station
from geo.status.devices import DeviceReading, EntryWord, build_sensed_status
from geo.status.live_status import LiveState, LiveStatus, MessageParams, format_report_time
from geo.status.notices import list_announcements
from geo.status.statements import (
    DOOR_KINDS,
    FOUND_AT_THE_DOOR,
    PLACING_KINDS,
    REPORT_TERMS,
    SHUT_KINDS,
    ReportKind,
    StatusReport,
    drop_restored,
    expires_at,
)


@dataclass(frozen=True, slots=True)
class _Matter:
    """The reports on one matter since an official report settled it, in order of time, and which support the claim.

    Riders of one network count as one rider, of whom only the last report counts. Each contradicting report cancels
    one earlier supporting report; one that the whole station is fine cancels all of them, because that rider got in.
    A contradiction is later than the report that it cancels, so it also lapses later: a consensus can end by itself,
    but can't begin by itself. A minority can: when some of the agreeing reports lapse.
    """

    sayings: Sequence[StatusReport]
    lifetime: timedelta
    says_so: Callable[[StatusReport], bool]

    def status(self, at: datetime, state: LiveState, facility: str = "") -> LiveStatus | None:
        """Return what enough riders agree on, else what a few say, which no other rider has confirmed; None for nothing."""
        votes = self._votes(at)
        standing = self._standing(votes)
        if not standing:
            return None
        is_agreed = len(standing) >= REPORT_TERMS.quorum
        told = list(filter(self.says_so, votes)) if is_agreed else standing
        since = standing[REPORT_TERMS.quorum - 1].at if is_agreed else standing[0].at
        until = self._ends(votes, REPORT_TERMS.quorum if is_agreed else 1)
        reason = (
            _BY_RIDERS[frozenset(one.what for one in told)]
            if is_agreed
            else _SAID[told[-1].what][told[-1].answer is not None]
        )
        answer = () if is_agreed else _answer(told[-1])
        params = (("count", str(len(told))), *_time(told[-1], at), *answer, *_named(facility))
        return LiveStatus(
            state if is_agreed else LiveState.TOLD, since, until, reason, params, len(told), facility
        )

    def agreed_until(self, at: datetime) -> datetime | None:
        """Return when the riders who agree at an instant are too few; None if they are too few then already."""
        votes = self._votes(at)
        return self._ends(votes, REPORT_TERMS.quorum) if self._is_held(votes, REPORT_TERMS.quorum) else None

    def _votes(self, at: datetime) -> list[StatusReport]:
        """Return the last report of each network that counts and has not lapsed, in order of time."""
        last = {one.network: one for one in self.sayings if one.at + self.lifetime > at and _is_counted(one)}
        return sorted(last.values(), key=lambda one: one.order)

    def _ends(self, votes: Sequence[StatusReport], least: int) -> datetime:
        """Return when fewer than ``least`` supporting reports are left."""
        lapsed = next(n for n in range(1, len(votes) + 1) if not self._is_held(votes[n:], least))
        return votes[lapsed - 1].at + self.lifetime

    def _is_held(self, votes: Sequence[StatusReport], least: int) -> bool:
        return len(self._standing(votes)) >= least

    def _standing(self, votes: Sequence[StatusReport]) -> list[StatusReport]:
        """Return the supporting reports that no later contradiction cancels."""
        standing: list[StatusReport] = []
        for vote in votes:
            if self.says_so(vote):
                standing.append(vote)
            elif vote.is_all_clear:
                standing.clear()
            elif standing:
                standing.pop()
        return standing


def _is_counted(saying: StatusReport) -> bool:
    """Return whether a report counts towards a consensus: a known rider's, within the rate limit."""
    return saying.counts and not saying.is_official and saying.who != ""


_SAID: Mapping[ReportKind, tuple[str, str]] = {  # before and after the keeper or the union answered
    ReportKind.CLOSED: (
        N_("1 person said it is closed ({time}); nobody else has confirmed it"),
        N_("1 person said it is closed ({time}); answered by {by}: {answer}"),
    ),
    ReportKind.LOCKED: (
        N_("1 person said the door is locked ({time}); nobody else has confirmed it"),
        N_("1 person said the door is locked ({time}); answered by {by}: {answer}"),
    ),
    ReportKind.CROWDED: (
        N_("1 person said it is crowded ({time}); nobody else has confirmed it"),
        N_("1 person said it is crowded ({time}); answered by {by}: {answer}"),
    ),
    ReportKind.WRONG_PLACE: (
        N_("1 person did not find it where the map shows it ({time}); nobody else has confirmed it"),
        N_("1 person did not find it where the map shows it ({time}); answered by {by}: {answer}"),
    ),
    ReportKind.BROKEN: (
        N_("{facility}: 1 person said it is broken ({time}); nobody else has confirmed it"),
        N_("{facility}: 1 person said it is broken ({time}); answered by {by}: {answer}"),
    ),
}  # with a quorum of two, who is in the minority is alone
_DAY = timedelta(days=1)


_SHUT_BY_KEEPER = {
    ReportKind.CLOSED: N_("closed just now (keeper, {time})"),
    ReportKind.LOCKED: N_("the door is locked (keeper, {time})"),
}
_BY_RIDERS = {
    frozenset({ReportKind.CLOSED}): N_("{count} people reported it closed (last {time})"),
    frozenset({ReportKind.LOCKED}): N_("{count} people reported the door locked (last {time})"),
    SHUT_KINDS: N_("{count} people reported it closed or locked (last {time})"),
    frozenset({ReportKind.CROWDED}): N_("{count} people found it crowded (last {time})"),
    frozenset({ReportKind.WRONG_PLACE}): N_(
        "{count} people did not find it where the map shows it (last {time})"
    ),
    frozenset({ReportKind.BROKEN}): N_("{facility}: {count} people reported it broken (last {time})"),
}
_BROKEN_BY = {
    ReportKind.BROKEN: N_("{facility}: broken (keeper, {time})"),
    ReportKind.INSPECTED: N_("{facility}: missing (inspection of {day})"),
}


@dataclass(frozen=True, slots=True)
class LiveSummary:
    """Everything that holds at one station now. ``until`` is when it must be computed again at the latest.

    ``unconfirmed`` are reports by too few riders, ``sensed`` statements of devices: they are shown and have
    no effect. ``let_in_at`` is the last official word that the station can be entered.
    """

    statuses: tuple[LiveStatus, ...] = ()
    spells: tuple[SpecialHours, ...] = ()
    until: datetime | None = None
    unconfirmed: tuple[LiveStatus, ...] = ()
    sensed: tuple[LiveStatus, ...] = ()
    silence: LiveStatus | None = None  # holds from its beginning on if no device is heard by then
    let_in_at: datetime | None = None

    @property
    def broken_facilities(self) -> frozenset[str]:
        """The facilities of the station that can't be used now."""
        return frozenset(status.facility for status in self.statuses if status.facility)

    def statuses_at(self, at: datetime) -> tuple[LiveStatus, ...]:
        """Return all statuses, with or without an effect, that will not be over at an instant."""
        every = (*self.statuses, *self.unconfirmed, *self.sensed)
        return tuple(status for status in every if at < status.until)

    def without_broken_facilities(self, station: Station) -> Station:
        """Return the station without those of its facilities that can't be used now."""
        left = station.facilities - self.broken_facilities
        return station if left == station.facilities else station.model_copy(update={"facilities": left})


def build_live_summary(
    sayings: Iterable[StatusReport], at: datetime, readings: Sequence[DeviceReading] = ()
) -> LiveSummary:
    """Return what holds at an instant at the one station that all reports and readings are about.

    *Units*: aware instants. ``sayings`` may come in any order; those later than ``at`` are ignored.
    ``readings`` are the last one of each of its devices.
    """
    every = sorted(sayings, key=lambda saying: saying.order)
    known = [saying for saying in every if saying.at <= at < expires_at(saying)]
    announcements = list_announcements(known, at)
    shut = _shut(known, at)
    word = _entry_word(known)
    sensed = build_sensed_status(readings, at, word)
    facilities = sorted(frozenset().union(*(saying.facilities for saying in known)))
    found = [shut, *(_broken(facility, known, at) for facility in facilities)]
    if (shut is None or shut.state is LiveState.TOLD) and not sensed.is_closed:
        found.append(_crowded(known, at))
    matters = [status for status in (*found, _misplaced(known, at)) if status is not None]
    told = tuple(status for status in matters if status.state is LiveState.TOLD)
    spells = tuple(spell for _, spell in announcements)
    if shut is not None and shut.state is LiveState.CLOSED:
        spells += (SpecialHours(shut.since, shut.until, None, shut.reason, shut.params, promised=False),)
    statuses = [status for status, _ in announcements if status is not None]
    statuses += [status for status in matters if status not in told]
    if sensed.door is not None:
        statuses.append(sensed.door)
    changes = [moment for moment in (_next_change(every, at), sensed.until) if moment is not None]
    return LiveSummary(
        tuple(statuses),
        spells + sensed.spells,
        min(changes, default=None),
        told,
        sensed.notes,
        sensed.silence,
        None if word is None else word.at,
    )


def _entry_word(known: Sequence[StatusReport]) -> EntryWord | None:
    """Return the last official word that the station can be entered, if no later one says that it can't."""
    word, _ = _after(known, _settles_door)
    if word is None or word.what in SHUT_KINDS:
        return None
    return EntryWord(word.at, word.at + REPORT_TERMS.door)


def _next_change(every: Sequence[StatusReport], at: datetime) -> datetime | None:
    """Return when a report begins to count or lapses, or when a reason changes because the date does."""
    moments = chain.from_iterable(_turns(saying) for saying in every if expires_at(saying) > at)
    coming = [moment for moment in moments if moment > at]
    return min(*coming, start_of_day(civil_date(at) + _DAY)) if coming else None


def _turns(saying: StatusReport) -> Iterator[datetime]:
    yield saying.at
    yield expires_at(saying)
    if saying.what in FOUND_AT_THE_DOOR:
        yield saying.at + (REPORT_TERMS.crowd if saying.what is ReportKind.CROWDED else REPORT_TERMS.door)


def _after(
    sayings: Sequence[StatusReport], settles: Callable[[StatusReport], bool]
) -> tuple[StatusReport | None, list[StatusReport]]:
    """Return the last official report that settles the matter, and all reports after it."""
    where = [n for n, saying in enumerate(sayings) if saying.is_official and settles(saying)]
    return (sayings[where[-1]], list(sayings[where[-1] + 1 :])) if where else (None, list(sayings))


def _shut(known: Sequence[StatusReport], at: datetime) -> LiveStatus | None:
    word, rest = _after(known, _settles_door)
    matter = _Matter(_at_the_door(rest), REPORT_TERMS.door, lambda saying: saying.what in SHUT_KINDS)
    if word is not None and word.what in SHUT_KINDS and at < word.at + REPORT_TERMS.door:
        until = word.at + REPORT_TERMS.door
        until = matter.agreed_until(until) or until  # by riders who agreed with the keeper since
        return LiveStatus(LiveState.CLOSED, word.at, until, _SHUT_BY_KEEPER[word.what], _time(word, at))
    return matter.status(at, LiveState.CLOSED)


def _settles_door(saying: StatusReport) -> bool:
    return (
        saying.is_all_clear
        or saying.what in DOOR_KINDS - {ReportKind.FINE}
        or saying.what is ReportKind.LET_IN
    )


def _at_the_door(sayings: Iterable[StatusReport]) -> list[StatusReport]:
    """Return the reports on whether the station can be entered; a repaired facility is no such report."""
    return [s for s in sayings if s.what in DOOR_KINDS and (s.what is not ReportKind.FINE or s.is_all_clear)]


def _crowded(known: Sequence[StatusReport], at: datetime) -> LiveStatus | None:
    word, rest = _after(known, lambda one: _settles_door(one) or one.what is ReportKind.UNCROWDED)
    if word is not None and word.what is ReportKind.CROWDED and at < word.at + REPORT_TERMS.crowd:
        reason, until = N_("crowded (keeper, {time})"), word.at + REPORT_TERMS.crowd
        return LiveStatus(LiveState.CROWDED, word.at, until, reason, _time(word, at))
    matter = _Matter(_at_the_door(rest), REPORT_TERMS.crowd, lambda saying: saying.what is ReportKind.CROWDED)
    return matter.status(at, LiveState.CROWDED)


def _misplaced(known: Sequence[StatusReport], at: datetime) -> LiveStatus | None:
    lost = [
        saying for saying in known if saying.what is ReportKind.WRONG_PLACE and not _is_placed(saying, known)
    ]
    return _Matter(lost, REPORT_TERMS.place, lambda saying: True).status(at, LiveState.WRONG_PLACE)


def _is_placed(report: StatusReport, known: Sequence[StatusReport]) -> bool:
    """Return whether an official word after a report of a wrong position ends it."""
    words = drop_restored(known, report)
    word, _ = _after(words, lambda saying: saying.is_all_clear or saying.what in PLACING_KINDS)
    return word is not None and word.order > report.order


def _broken(facility: str, known: Sequence[StatusReport], at: datetime) -> LiveStatus | None:
    word, rest = _after(
        known,
        lambda saying: (
            facility in saying.facilities or saying.is_all_clear or saying.what is ReportKind.INSPECTED
        ),
    )
    if word is not None and facility in word.facilities and word.what is not ReportKind.FINE:
        reason, until = _BROKEN_BY[word.what], expires_at(word)
        params = (*_named(facility), *_time(word, at), ("day", str(word.first)))
        return LiveStatus(LiveState.BROKEN, word.at, until, reason, params, facility=facility)
    of_it = [saying for saying in rest if facility in saying.facilities]
    matter = _Matter(of_it, REPORT_TERMS.broken, lambda saying: saying.what is ReportKind.BROKEN)
    return matter.status(at, LiveState.BROKEN, facility)


def _named(facility: str) -> MessageParams:
    return (("facility", facility),) if facility else ()


def _answer(saying: StatusReport) -> MessageParams:
    if saying.answer is None:
        return ()
    return (("answer", saying.answer.value), ("by", saying.answered_by.value))


def _time(saying: StatusReport, at: datetime) -> MessageParams:
    return (("time", format_report_time(saying.at, at)),)

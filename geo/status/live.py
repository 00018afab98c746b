"""What holds at a station now, by the word of those who were there; it decays by itself.

A keeper's or an officer's word holds alone and settles what riders said before. Riders must agree: the
door counts as shut when enough different ones found it so, and each later one who got in takes one of
those back. With time words lapse, oldest first, so that a status ends but never begins by itself. What too
few say is told beside it, and nothing follows from it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain

from core.civil_time import civil_date, start_of
from geo.hours import Spell
from geo.station import Station
from geo.status.agreement import Agreement, agreed, alone
from geo.status.live_status import LiveState, LiveStatus, Params, clock
from geo.status.notices import announced
from geo.status.statements import DOOR, SHUT, TERMS, Saying, Terms, What, lapses
from geo.status.unconfirmed import told

N_ = str  # marks a text for the message catalogue

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Live:
    """All that holds at one station. ``until`` is when it has to be asked again, even if nothing is said.

    ``told`` is what too few riders say to be held true: it is shown, and changes nothing.
    """

    statuses: tuple[LiveStatus, ...] = ()
    spells: tuple[Spell, ...] = ()
    until: datetime | None = None
    told: tuple[LiveStatus, ...] = ()

    @property
    def broken(self) -> frozenset[str]:
        """Facilities that are there, but no use now."""
        return frozenset(status.facility for status in self.statuses if status.facility)

    def told_at(self, at: datetime) -> tuple[LiveStatus, ...]:
        """What matters to somebody who is there at an instant: all but what will be over by then."""
        return tuple(status for status in (*self.statuses, *self.told) if at < status.until)

    def usable(self, station: Station) -> Station:
        """The station without those of its facilities that are no use now."""
        left = station.facilities - self.broken
        return station if left == station.facilities else station.model_copy(update={"facilities": left})


def live_at(sayings: Iterable[Saying], at: datetime, terms: Terms = TERMS) -> Live:
    """What holds at an instant at the one station of which all this was said.

    *Units*: aware instants. Sayings may come in any order; what was said later than ``at`` is not known.
    """
    every = sorted(sayings, key=lambda saying: saying.order)
    known = [saying for saying in every if saying.at <= at < lapses(saying, terms)]
    announcements = announced(known, at)
    shut = _shut(known, at, terms)
    found = _Found()
    found.add(shut)
    for facility in sorted(frozenset().union(*(saying.facilities for saying in known))):
        found.add(_broken(facility, known, at, terms))
    if shut is None or shut.state is LiveState.TOLD:
        found.add(_crowded(known, at, terms))
    found.add(_misplaced(known, at, terms))
    spells = tuple(spell for _, spell in announcements)
    if shut is not None and shut.state is LiveState.CLOSED:
        spells += (Spell(shut.since, shut.until, None, shut.reason, shut.params, promised=False),)
    statuses = [status for status, _ in announcements if status is not None] + found.held
    return Live(tuple(statuses), spells, _asked_again(every, at, terms), tuple(found.told))


@dataclass(frozen=True, slots=True)
class _Found:
    """What holds, and apart from it what is only told."""

    held: list[LiveStatus] = field(default_factory=list)
    told: list[LiveStatus] = field(default_factory=list)

    def add(self, status: LiveStatus | None) -> None:
        if status is not None:
            (self.told if status.state is LiveState.TOLD else self.held).append(status)


def _asked_again(every: Sequence[Saying], at: datetime, terms: Terms) -> datetime | None:
    """When a word is heard or lapses, or a reason says another day than today."""
    moments = chain.from_iterable(_turns(saying, terms) for saying in every if lapses(saying, terms) > at)
    coming = [moment for moment in moments if moment > at]
    return min(*coming, start_of(civil_date(at) + _DAY)) if coming else None


def _turns(saying: Saying, terms: Terms) -> Iterator[datetime]:
    yield saying.at
    yield lapses(saying, terms)
    if saying.what is What.CROWDED:
        yield saying.at + terms.crowd


def _after(
    sayings: Sequence[Saying], settles: Callable[[Saying], bool]
) -> tuple[Saying | None, list[Saying]]:
    """The last official word that settles the matter, and all that was said after it."""
    where = [n for n, saying in enumerate(sayings) if saying.is_official and settles(saying)]
    return (sayings[where[-1]], list(sayings[where[-1] + 1 :])) if where else (None, list(sayings))


def _shut(known: Sequence[Saying], at: datetime, terms: Terms) -> LiveStatus | None:
    word, rest = _after(known, _settles_door)
    if word is not None and word.what in SHUT and at < word.at + terms.door:
        reason = _SHUT_BY_KEEPER[word.what]
        return LiveStatus(LiveState.CLOSED, word.at, word.at + terms.door, reason, _time(word, at))
    words = _Told(_at_the_door(rest), terms.door, lambda saying: saying.what in SHUT)
    found = words.agreed(at, terms)
    if found is None:
        return words.alone(at, terms)
    seen = {saying.what for saying in found.sayings}
    return _by_riders(LiveState.CLOSED, found, _SHUT_BY_RIDERS[frozenset(seen)], at)


_SHUT_BY_KEEPER = {
    What.CLOSED: N_("closed just now (keeper, {time})"),
    What.LOCKED: N_("the door is locked (keeper, {time})"),
}
_SHUT_BY_RIDERS = {
    frozenset({What.CLOSED}): N_("{count} people reported it closed (last {time})"),
    frozenset({What.LOCKED}): N_("{count} people reported the door locked (last {time})"),
    SHUT: N_("{count} people reported it closed or locked (last {time})"),
}


@dataclass(frozen=True, slots=True)
class _Told:
    """What was said of one matter since an official word settled it, and which of it says so."""

    sayings: Sequence[Saying]
    lifetime: timedelta
    says_so: Callable[[Saying], bool]

    def agreed(self, at: datetime, terms: Terms) -> Agreement | None:
        return agreed(self.sayings, at, self.lifetime, terms.quorum, self.says_so)

    def alone(self, at: datetime, terms: Terms, facility: str = "") -> LiveStatus | None:
        few = alone(self.sayings, at, self.lifetime, terms.quorum, self.says_so)
        return None if few is None else told(few, at, facility)


def _settles(saying: Saying) -> bool:
    return saying.says_all_is_well or saying.what is What.INSPECTED


def _settles_door(saying: Saying) -> bool:
    return _settles(saying) or saying.what in DOOR - {What.FINE} or saying.what is What.LET_IN


def _at_the_door(sayings: Iterable[Saying]) -> list[Saying]:
    """What says whether one gets in; that a facility works again doesn't."""
    return [s for s in sayings if s.what in DOOR and (s.what is not What.FINE or s.says_all_is_well)]


def _crowded(known: Sequence[Saying], at: datetime, terms: Terms) -> LiveStatus | None:
    word, rest = _after(known, _settles_door)
    if word is not None and word.what is What.CROWDED and at < word.at + terms.crowd:
        reason, until = N_("crowded (keeper, {time})"), word.at + terms.crowd
        return LiveStatus(LiveState.CROWDED, word.at, until, reason, _time(word, at))
    words = _Told(_at_the_door(rest), terms.crowd, lambda saying: saying.what is What.CROWDED)
    found = words.agreed(at, terms)
    if found is None:
        return words.alone(at, terms)
    return _by_riders(LiveState.CROWDED, found, N_("{count} people found it crowded (last {time})"), at)


def _misplaced(known: Sequence[Saying], at: datetime, terms: Terms) -> LiveStatus | None:
    _, rest = _after(known, lambda saying: _settles(saying) or saying.what is What.IN_PLACE)
    lost = [saying for saying in rest if saying.what is What.WRONG_PLACE]
    words = _Told(lost, terms.place, lambda saying: True)
    found = words.agreed(at, terms)
    if found is None:
        return words.alone(at, terms)
    reason = N_("{count} people did not find it where the map shows it (last {time})")
    return _by_riders(LiveState.WRONG_PLACE, found, reason, at)


def _broken(facility: str, known: Sequence[Saying], at: datetime, terms: Terms) -> LiveStatus | None:
    word, rest = _after(known, lambda saying: facility in saying.facilities or _settles(saying))
    named = (("facility", facility),)
    if word is not None and facility in word.facilities and word.what is not What.FINE:
        reason, until = _BROKEN_BY[word.what], lapses(word, terms)
        params = (*named, *_time(word, at), ("day", str(word.first)))
        return LiveStatus(LiveState.BROKEN, word.at, until, reason, params, facility=facility)
    of_it = [saying for saying in rest if facility in saying.facilities]
    words = _Told(of_it, terms.broken, lambda saying: saying.what is What.BROKEN)
    found = words.agreed(at, terms)
    if found is None:
        return words.alone(at, terms, facility)
    reason = N_("{facility}: {count} people reported it broken (last {time})")
    return _by_riders(LiveState.BROKEN, found, reason, at, facility)


_BROKEN_BY = {
    What.BROKEN: N_("{facility}: broken (keeper, {time})"),
    What.INSPECTED: N_("{facility}: missing (inspection of {day})"),
}


def _by_riders(
    state: LiveState, found: Agreement, reason: str, at: datetime, facility: str = ""
) -> LiveStatus:
    params = (*found.params, *_time(found.sayings[-1], at), *((("facility", facility),) if facility else ()))
    return LiveStatus(state, found.since, found.until, reason, params, len(found.sayings), facility)


def _time(saying: Saying, at: datetime) -> Params:
    return (("time", clock(saying.at, at)),)

"""What a seeker asks of a station, and the reason why one doesn't do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from types import MappingProxyType

from core.civil_time import CIVIL_TIME, civil_date
from geo.hours import Opening
from geo.station import Access, Entry, Kind, State, Station, Status

N_ = str  # marks a text for the message catalogue

_NONE: Mapping[str, str] = MappingProxyType({})
_LONGEST_STAY_MIN = 1440


@dataclass(frozen=True, slots=True)
class Sieve:
    """What of a question doesn't depend on the second: a station passes it or not, all day long."""

    kinds: frozenset[Kind] = frozenset()
    facilities: frozenset[str] = frozenset()
    entries: frozenset[Entry] = frozenset()
    accesses: frozenset[Access] = frozenset()
    employer: str = ""
    benefits: frozenset[str] = frozenset()
    statuses: frozenset[Status] = frozenset(Status)
    verified_since: date | None = None


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked; an empty set asks nothing of its property, and `Filters()` asks nothing at all.

    ``facilities`` and ``benefits`` (ids that the place accepts) must all be there; of the other sets one
    member must hold. Where ``employer`` is named, a place for one employer's staff passes if and only if
    it is this employer's. ``verified_within_days`` wants a visit by an officer within so many days before
    the question's. ``open_only`` wants the hours to say open, ``not_closed`` lets unknown hours pass too:
    at arrival when one travels, else at the instant of the question, and for ``stay_min`` minutes from
    then on, which asked alone wants open. A place closed for the time being or for good, or reported
    closed, counts as closed. As soon as anything is asked, places closed for good stay out unless
    ``statuses`` names them; with nothing asked every place is returned, whatever its state, which the
    answer tells.
    """

    kinds: frozenset[Kind] = frozenset()
    facilities: frozenset[str] = frozenset()
    entries: frozenset[Entry] = frozenset()
    accesses: frozenset[Access] = frozenset()
    statuses: frozenset[Status] = frozenset()
    open_only: bool = False
    not_closed: bool = False
    stay_min: int = 0
    verified_within_days: int | None = None
    employer: str = ""
    benefits: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if not 0 <= self.stay_min <= _LONGEST_STAY_MIN:
            raise ValueError(f"stay_min is {self.stay_min}; give minutes, 0 to {_LONGEST_STAY_MIN}")
        if self.verified_within_days is not None and self.verified_within_days < 0:
            raise ValueError(f"verified_within_days is {self.verified_within_days}; give days, 0 or more")

    @classmethod
    def usable(
        cls, *, member: bool = False, employer: str = "", kinds: frozenset[Kind] = frozenset()
    ) -> "Filters":
        """Places worth going to: active, not closed on arrival, and not for others only.

        Unknown hours and unknown access pass, since most registers don't give them, and the answer
        says that they are unknown. ``member`` lets places for union members pass as well, ``employer``
        those for its staff.
        """
        accesses = frozenset({Access.PUBLIC, Access.UNKNOWN} | ({Access.MEMBERS} if member else set()))
        return cls(
            kinds=kinds,
            accesses=accesses,
            statuses=frozenset({Status.ACTIVE}),
            not_closed=True,
            employer=employer,
        )

    @property
    def ask_nothing(self) -> bool:
        """Whether every station passes."""
        return self is NOTHING or self == NOTHING

    @property
    def ask_hours(self) -> bool:
        """Whether the answer depends on the instant."""
        return self.open_only or self.not_closed or self.stay_min > 0

    @property
    def ask_the_date(self) -> bool:
        """Whether the answer depends on the date."""
        return self.ask_hours or self.verified_within_days is not None

    @property
    def accepted_statuses(self) -> frozenset[Status]:
        """The statuses that pass, by what is asked in all."""
        if self.statuses or self.ask_nothing:
            return self.statuses or _ANY_STATUS
        return _IN_REGISTER

    def accepts_state(self, state: State) -> bool:
        """Whether what the timetable says at that instant will do."""
        if self.open_only or (self.stay_min and not self.not_closed):
            return state is State.OPEN
        return not (self.not_closed and state is State.CLOSED)

    def accepts_access(self, station: Station) -> bool:
        """Whether the seeker is among those who may enter."""
        if self.employer and station.access is Access.EMPLOYER:
            return station.employer == self.employer
        return not self.accesses or station.access in self.accesses

    def verified_since(self, when: datetime | None) -> date | None:
        """The first day on which a visit counts, None where that isn't asked."""
        if self.verified_within_days is None or when is None:
            return None
        first = civil_date(when).toordinal() - self.verified_within_days
        return date.fromordinal(max(first, 1))

    def sieve(self, when: datetime | None) -> Sieve:
        """What a station must be for its hours to matter; out of service it is closed at any hour."""
        statuses = self.accepted_statuses & _IN_SERVICE if self.ask_hours else self.accepted_statuses
        return Sieve(
            self.kinds,
            self.facilities,
            self.entries,
            self.accesses,
            self.employer,
            self.benefits,
            statuses,
            self.verified_since(when),
        )


NOTHING = Filters()
_ANY_STATUS = frozenset(Status)
_IN_SERVICE = frozenset({Status.ACTIVE})
_IN_REGISTER = frozenset(Status) - {Status.CLOSED_FOR_GOOD}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a station won't do: a message id with its parameters."""

    message: str
    params: Mapping[str, str] = field(default_factory=lambda: _NONE)


_BY_STATUS = {
    Status.CLOSED_FOR_GOOD: N_("closed for good"),
    Status.CLOSED_TEMPORARILY: N_("closed for the time being"),
    Status.ACTIVE: N_("in service"),
}
_BY_ACCESS = {
    Access.PUBLIC: N_("open to everybody"),
    Access.MEMBERS: N_("for union members only"),
    Access.EMPLOYER: N_("for staff of one employer only"),
    Access.UNKNOWN: N_("who may enter is not known"),
}
_BY_ENTRY = {
    Entry.WALK_IN: N_("anybody walks in"),
    Entry.SCAN: N_("entry only by scanning a code"),
    Entry.APP: N_("entry only by an app"),
    Entry.ID_CARD: N_("entry only with an ID card"),
    Entry.STAFF: N_("entry only when staff open the door"),
    Entry.UNKNOWN: N_("how to get in is not known"),
}
_BY_KIND = N_("another kind of place")
# With the time or the date, and with the time tomorrow.
_CLOSED = (N_("closed until {until}"), N_("closed until tomorrow {until}"))
_CLOSES_ALREADY = (N_("closes already at {until}"), N_("closes already tomorrow at {until}"))


def status_opening(status: Status) -> Opening | None:
    """What a register's status says of any hour: closed, or nothing for a place in service."""
    return None if status is Status.ACTIVE else Opening(State.CLOSED, None, _BY_STATUS[status])


def end_of_stay(
    opening_at: Callable[[datetime], Opening], arrival: datetime, asked: Filters
) -> datetime | None:
    """When the hours cease to do within the stay that begins at the arrival; None when they do throughout."""
    leaving = arrival + timedelta(minutes=asked.stay_min)
    moment = arrival
    while moment < leaving:
        opening = opening_at(moment)
        if not asked.accepts_state(opening.state):
            return moment
        if opening.until is None:
            return None
        moment = opening.until
    return None


def refusal(
    station: Station,
    opening: Opening,
    asked: Filters,
    now: datetime,
    too_soon: datetime | None = None,
) -> Reason | None:
    """Why a station with this opening on arrival won't do; None when it will.

    ``too_soon`` is the end of a stay (`end_of_stay`). The weightiest reason is given: kind, then status,
    hours, access, entry, facilities, benefits, verification.
    """
    if asked.kinds and station.kind not in asked.kinds:
        return Reason(_BY_KIND)
    if station.status not in asked.accepted_statuses:
        return Reason(_BY_STATUS[station.status])
    if not asked.accepts_state(opening.state):
        return _closed(opening, now)
    if too_soon is not None:
        return _until(_CLOSES_ALREADY, too_soon, now)
    if not asked.accepts_access(station):
        return Reason(_BY_ACCESS[station.access])
    if asked.entries and station.entry not in asked.entries:
        return Reason(_BY_ENTRY[station.entry])
    lacking = asked.facilities - station.facilities
    if lacking:
        return Reason(N_("lacks {facilities}"), {"facilities": ", ".join(sorted(lacking))})
    untaken = asked.benefits - station.accepts
    if untaken:
        return Reason(N_("does not take {benefits}"), {"benefits": ", ".join(sorted(untaken))})
    return _stale(station.verified_on, asked.verified_since(now))


def _closed(opening: Opening, now: datetime) -> Reason:
    if opening.state is State.UNKNOWN:
        return Reason(N_("opening hours not known"))
    if opening.reason or opening.until is None:
        return Reason(opening.reason or N_("not open then"), opening.params)
    return _until(_CLOSED, opening.until, now)


def _stale(verified_on: date | None, since: date | None) -> Reason | None:
    if since is None or (verified_on is not None and verified_on >= since):
        return None
    if verified_on is None:
        return Reason(N_("nobody has verified it"))
    return Reason(N_("last verified on {day}"), {"day": verified_on.isoformat()})


def _until(said: tuple[str, str], instant: datetime, now: datetime) -> Reason:
    """An instant as one says it: the time alone today, “tomorrow”, or the date."""
    then, today = instant.astimezone(CIVIL_TIME), civil_date(now)
    plainly, tomorrow = said
    if then.date() == today + timedelta(days=1):
        return Reason(tomorrow, {"until": f"{then:%H:%M}"})
    return Reason(plainly, {"until": f"{then:%H:%M}" if then.date() == today else f"{then:%Y-%m-%d %H:%M}"})

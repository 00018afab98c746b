"""What a seeker asks of a station, and the reason why one doesn't do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from geo.civil import CIVIL_TIME
from geo.hours import Opening
from geo.station import Access, Entry, Kind, State, Station, Status

N_ = str  # marks a text for the message catalogue

_NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked; an empty set asks nothing of its property, and `Filters()` asks nothing at all.

    ``facilities`` must all be there; of the other sets one member must hold. ``open_only`` wants the
    hours to say open, ``not_closed`` lets unknown hours pass too: at arrival when one travels, else at
    the instant of the question. A place closed for the time being or for good counts as closed at any
    hour. As soon as anything is asked, places closed for good stay out unless ``statuses`` names them;
    with nothing asked every place is returned, whatever its state, which the answer tells.
    """

    kinds: frozenset[Kind] = frozenset()
    facilities: frozenset[str] = frozenset()
    entries: frozenset[Entry] = frozenset()
    accesses: frozenset[Access] = frozenset()
    statuses: frozenset[Status] = frozenset()
    open_only: bool = False
    not_closed: bool = False

    @classmethod
    def usable(cls, *, member: bool = False, kinds: frozenset[Kind] = frozenset()) -> "Filters":
        """Places worth going to: active, not closed on arrival, and not for others only.

        Unknown hours and unknown access pass, since most registers don't give them, and the answer
        says that they are unknown. ``member`` lets places for union members pass as well.
        """
        accesses = frozenset({Access.PUBLIC, Access.UNKNOWN} | ({Access.MEMBERS} if member else set()))
        return cls(kinds=kinds, accesses=accesses, statuses=frozenset({Status.ACTIVE}), not_closed=True)

    @property
    def ask_nothing(self) -> bool:
        """Whether every station passes."""
        return self == Filters()

    @property
    def ask_hours(self) -> bool:
        """Whether the answer depends on the instant."""
        return self.open_only or self.not_closed

    @property
    def accepted_statuses(self) -> frozenset[Status]:
        """The statuses that pass, by what is asked in all."""
        if self.statuses or self.ask_nothing:
            return self.statuses or frozenset(Status)
        return frozenset(Status) - {Status.CLOSED_FOR_GOOD}

    def accepts_state(self, state: State) -> bool:
        """Whether what the timetable says at that instant will do."""
        if self.open_only:
            return state is State.OPEN
        return not (self.not_closed and state is State.CLOSED)


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


def status_opening(status: Status) -> Opening | None:
    """What a register's status says of any hour: closed, or nothing for a place in service."""
    return None if status is Status.ACTIVE else Opening(State.CLOSED, None, _BY_STATUS[status])


def refusal(station: Station, opening: Opening, asked: Filters, now: datetime) -> Reason | None:
    """Why a station with this opening on arrival won't do; None when it will.

    The weightiest reason is given: kind, then status, hours, access, entry, facilities.
    """
    if asked.kinds and station.kind not in asked.kinds:
        return Reason(_BY_KIND)
    if station.status not in asked.accepted_statuses:
        return Reason(_BY_STATUS[station.status])
    if not asked.accepts_state(opening.state):
        return _closed(opening, now)
    if asked.accesses and station.access not in asked.accesses:
        return Reason(_BY_ACCESS[station.access])
    if asked.entries and station.entry not in asked.entries:
        return Reason(_BY_ENTRY[station.entry])
    lacking = asked.facilities - station.facilities
    if lacking:
        return Reason(N_("lacks {facilities}"), {"facilities": ", ".join(sorted(lacking))})
    return None


def _closed(opening: Opening, now: datetime) -> Reason:
    if opening.state is State.UNKNOWN:
        return Reason(N_("opening hours not known"))
    if opening.until is None:
        return Reason(opening.reason or N_("not open then"), opening.params)
    until, today = opening.until.astimezone(CIVIL_TIME), now.astimezone(CIVIL_TIME).date()
    text = f"{until:%H:%M}" if until.date() == today else f"{until:%Y-%m-%d %H:%M}"
    return Reason(N_("closed until {until}"), {"until": text})

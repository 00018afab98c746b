"""A seeker's filters for stations, and the reason why a station does not pass."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from typing import NamedTuple

from core.civil_time import CIVIL_TIME, civil_date
from core.text_marks import N_
from geo.hours import USUAL_HOURS_ON_HOLIDAY, Opening
from geo.station import Access, Entry, Kind, OpeningState, Station, Status

_NONE: Mapping[str, str] = {}
_LONGEST_STAY_MIN = 1440


class StaticFilters(NamedTuple):
    """The filters that don't depend on the time of day: a station passes them all day long or not at all.

    A tuple, since each query looks them up: a dataclass takes five times as long to hash.
    """

    kinds: frozenset[Kind] = frozenset()
    facilities: frozenset[str] = frozenset()
    entries: frozenset[Entry] = frozenset()
    accesses: frozenset[Access] = frozenset()
    employer: str = ""
    benefits: frozenset[str] = frozenset()
    statuses: frozenset[Status] = frozenset(Status)
    verified_since: date | None = None


@dataclass(frozen=True)
class Filters:
    """The requested properties; an empty set puts no condition on its property, and `Filters()` none at all.

    A station must have all of ``facilities`` and ``benefits`` (ids that it accepts); of each other set
    it must match one member. With ``employer``, a station for one employer's staff passes if and only
    if it is this employer's. ``verified_within_days`` requires a visit by an officer within so many
    days before the query's date. ``open_only`` requires known open hours; ``not_closed`` lets unknown
    hours pass too. Both hold at arrival when the query names a way to travel, else at the instant of
    the query, and for ``stay_min`` minutes from then on; ``stay_min`` alone requires open hours. A
    station closed for the time being or for good, or reported closed, counts as closed. With any
    filter, stations closed for good are left out unless ``statuses`` names them. Without any filter
    every station is returned, and the result shows its state.
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
    def usable_only(cls, *, member: bool = False, kinds: frozenset[Kind] = frozenset()) -> "Filters":
        """Return filters for stations worth going to: active, not closed on arrival, not for others only.

        Unknown hours and unknown access pass, since most registers don't give them, and the result says
        that they are unknown. ``member`` lets stations for union members pass as well.
        """
        accesses = frozenset({Access.PUBLIC, Access.UNKNOWN} | ({Access.MEMBERS} if member else set()))
        return cls(kinds=kinds, accesses=accesses, statuses=frozenset({Status.ACTIVE}), not_closed=True)

    def at_any_hour(self) -> "Filters":
        """Return the filters without those on hours; what is closed for the time being passes where active stations do."""
        in_service = {Status.CLOSED_TEMPORARILY} if Status.ACTIVE in self.statuses else set()
        statuses = self.statuses | in_service
        return replace(self, not_closed=False, open_only=False, stay_min=0, statuses=statuses)

    @cached_property
    def is_empty(self) -> bool:
        """Return whether every station passes."""
        return self == NO_FILTERS

    @cached_property
    def depends_on_hours(self) -> bool:
        """Return whether the result depends on the instant."""
        return self.open_only or self.not_closed or self.stay_min > 0

    @property
    def depends_on_date(self) -> bool:
        """Return whether the result depends on the date."""
        return self.depends_on_hours or self.verified_within_days is not None

    @cached_property
    def accepted_statuses(self) -> frozenset[Status]:
        """The statuses that pass, considering all filters."""
        if self.statuses or self.is_empty:
            return self.statuses or _ANY_STATUS
        return _IN_REGISTER

    @cached_property
    def accepted_states(self) -> frozenset[OpeningState]:
        """The opening states that pass."""
        return frozenset(state for state in OpeningState if self.accepts_state(state))

    def accepts_state(self, state: OpeningState) -> bool:
        """Return whether an opening state passes."""
        if self.open_only or (self.stay_min and not self.not_closed):
            return state is OpeningState.OPEN
        return not (self.not_closed and state is OpeningState.CLOSED)

    def accepts_access(self, station: Station) -> bool:
        """Return whether the seeker is among those who may enter the station."""
        if self.employer and station.access is Access.EMPLOYER:
            return station.employer == self.employer
        return not self.accesses or station.access in self.accesses

    def verified_since(self, when: datetime | None) -> date | None:
        """Return the first day on which a visit counts; None where no visit is required."""
        if self.verified_within_days is None or when is None:
            return None
        first = civil_date(when).toordinal() - self.verified_within_days
        return date.fromordinal(max(first, 1))

    def static_filters(self, when: datetime | None) -> StaticFilters:
        """Return the filters that don't depend on the time of day.

        With a filter on hours only stations in service pass, since any other is closed at every hour.
        """
        return self._undated if self.verified_within_days is None else self._static_filters(when)

    @cached_property
    def _undated(self) -> StaticFilters:
        return self._static_filters(None)

    def _static_filters(self, when: datetime | None) -> StaticFilters:
        statuses = self.accepted_statuses & _IN_SERVICE if self.depends_on_hours else self.accepted_statuses
        return StaticFilters(
            self.kinds,
            self.facilities,
            self.entries,
            self.accesses,
            self.employer,
            self.benefits,
            statuses,
            self.verified_since(when),
        )


NO_FILTERS = Filters()
_ANY_STATUS = frozenset(Status)
_IN_SERVICE = frozenset({Status.ACTIVE})
_IN_REGISTER = frozenset(Status) - {Status.CLOSED_FOR_GOOD}


class SkipReason(NamedTuple):
    """Why a station does not pass: a message id with its parameters."""

    message: str
    params: Mapping[str, str] = _NONE


_BY_STATUS = {
    Status.CLOSED_FOR_GOOD: N_("closed for good"),
    Status.CLOSED_TEMPORARILY: N_("closed for the time being"),
    Status.ACTIVE: N_("in service"),
}
OUT_OF_SERVICE: Mapping[Status, Opening] = {
    status: Opening(OpeningState.CLOSED, None, _BY_STATUS[status])
    for status in Status
    if status is not Status.ACTIVE
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
_MAY_OPEN = (
    N_("closed; whether it opens at {until} is not known: ask first"),
    N_("closed; whether it opens tomorrow at {until} is not known: ask first"),
)
_CLOSES_ALREADY = (N_("closes already at {until}"), N_("closes already tomorrow at {until}"))


def opening_for_status(status: Status) -> Opening | None:
    """Return the opening that a status implies at any hour: closed, or None for a station in service."""
    return OUT_OF_SERVICE.get(status)


def find_stay_end(
    opening_at: Callable[[datetime], Opening], arrival: datetime, asked: Filters
) -> datetime | None:
    """Return when the hours stop passing within the stay from the arrival on; None if they never do."""
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


def refusal_reason(
    station: Station,
    opening: Opening,
    asked: Filters,
    now: datetime,
    too_soon: datetime | None = None,
    spoken_day: date | None = None,
) -> SkipReason | None:
    """Return why a station with this opening on arrival does not pass; None when it passes.

    ``too_soon`` is the end of a stay (`find_stay_end`), ``spoken_day`` the query's (`NearestQuery.spoken_day`). The most important reason is returned: kind,
    then status, access, entry, facilities, benefits, verification, and hours last: what holds at every
    hour comes first, so that nobody waits for a place to open that will not do.
    """
    if asked.kinds and station.kind not in asked.kinds:
        return SkipReason(_BY_KIND)
    shut = _shut(opening, asked, too_soon, spoken_day)
    if shut and station.status is not Status.ACTIVE and Status.ACTIVE in asked.accepted_statuses:
        return shut  # it is out of service at every hour, as the opening says
    if station.status not in asked.accepted_statuses:
        return SkipReason(_BY_STATUS[station.status])
    if not asked.accepts_access(station):
        return SkipReason(_BY_ACCESS[station.access])
    return _lacking(station, asked, now) or shut


def _lacking(station: Station, asked: Filters, now: datetime) -> SkipReason | None:
    """Return what a station lacks at every hour: entry, facilities, benefits, verification."""
    if asked.entries and station.entry not in asked.entries:
        return SkipReason(_BY_ENTRY[station.entry])
    if asked.facilities and (lacking := asked.facilities - station.facilities):
        return SkipReason(N_("lacks {facilities}"), {"facilities": ", ".join(sorted(lacking))})
    if asked.benefits - station.accepts:
        return SkipReason(N_("does not take the benefits asked for"))
    return _stale(station.verified_on, asked.verified_since(now))


def _shut(
    opening: Opening, asked: Filters, too_soon: datetime | None, spoken_day: date | None
) -> SkipReason | None:
    """Return what the hours say against a station; None where they pass."""
    if opening.state not in asked.accepted_states:
        return _closed(opening, spoken_day)
    return None if too_soon is None else _until(_CLOSES_ALREADY, too_soon, spoken_day)


def _closed(opening: Opening, spoken_day: date | None) -> SkipReason:
    if opening.state is OpeningState.UNKNOWN:
        return SkipReason(opening.reason or N_("opening hours not known"), opening.params)
    reason = "" if opening.reason == USUAL_HOURS_ON_HOLIDAY else opening.reason
    if reason or opening.until is None:
        return SkipReason(reason or N_("not open then"), opening.params)
    return _until(_MAY_OPEN if opening.may_open_sooner else _CLOSED, opening.until, spoken_day)


def _stale(verified_on: date | None, since: date | None) -> SkipReason | None:
    if since is None or (verified_on is not None and verified_on >= since):
        return None
    if verified_on is None:
        return SkipReason(N_("nobody has verified it"))
    return SkipReason(N_("last verified on {day}"), {"day": verified_on.isoformat()})


@lru_cache(maxsize=4_096)  # many places near a point open at the same few instants
def _until(said: tuple[str, str], instant: datetime, spoken_day: date | None) -> SkipReason:
    """Format an instant as people say it: the time alone that day, “tomorrow” with the time, or the date with it."""
    then = instant.astimezone(CIVIL_TIME)
    plainly, tomorrow = said
    days = then.toordinal() - spoken_day.toordinal() if spoken_day else None
    time = f"{then.hour:02}:{then.minute:02}"  # strftime takes four times as long
    return SkipReason(
        tomorrow if days == 1 else plainly, {"until": time if days in (0, 1) else f"{then.date()} {time}"}
    )

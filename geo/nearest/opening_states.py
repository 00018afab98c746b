"""Which doors are open when: timetables, what is said of them today, and the register's status."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from geo.hours import Opening, Piece
from geo.nearest.filters import status_opening
from geo.nearest.point_tree import Indices
from geo.nearest.timetables import Codes, Laid, Mask, Seconds, Timetables, Written
from geo.station import Station


@dataclass(frozen=True, slots=True)
class Doors:
    """Timetables in a large book that lasts, and in a small one what changes.

    ``usual`` numbers the timetable of each station: those of ``book``, and on from there the texts that
    are ``unheard`` of in it. ``numbers`` are the same in view of what holds today: on from those of
    ``book`` come those of ``today``. *Shape*: (n,) each.
    """

    stations: Sequence[Station]
    book: Timetables
    known: Mapping[Written, int]
    usual: Indices
    unheard: tuple[Written, ...]
    numbers: Indices
    today: Timetables | None = None

    @classmethod
    def of(cls, stations: Sequence[Station]) -> "Doors":
        known: dict[Written, int] = {}
        usual = np.fromiter((known.setdefault(_written(s), len(known)) for s in stations), np.intp)
        return cls(stations, Timetables(tuple(known)), MappingProxyType(known), usual, (), usual)

    def rearranged(self, stations: Sequence[Station], more: Sequence[Station], order: Indices) -> "Doors":
        """The rows of these and then of ``more``, in a new order which is that of ``stations``.

        Only of those that nothing has changed yet, so that there are never more than two books.
        """
        unheard: dict[Written, int] = {}
        fresh = [
            self.known[one] if one in self.known else unheard.setdefault(one, len(self.known) + len(unheard))
            for one in map(_written, more)
        ]
        usual = np.concatenate((self.usual, np.array(fresh, dtype=np.intp)))[order]
        return replace(self, stations=stations, usual=usual, unheard=tuple(unheard), numbers=usual)

    def with_spells(self, spells: Mapping[str, Laid]) -> "Doors":
        """The same with these spells, by station, laid over the usual hours."""
        laid = {
            index: spells[id] for id in spells if (index := self._place_of(id)) is not None and spells[id]
        }
        if not laid and not self.unheard:
            return replace(self, numbers=self.usual, today=None)
        written = (*self.unheard, *(_written(self.stations[index]) for index in laid))
        today = Timetables(written, dict(enumerate(laid.values(), len(self.unheard))))
        numbers = np.where(self.usual < len(self.book), self.usual, 0)
        later = np.flatnonzero(self.usual >= len(self.book))
        numbers[later] = today.numbers[self.usual[later] - len(self.book)] + len(self.book)
        numbers[list(laid)] = today.numbers[len(self.unheard) :] + len(self.book)
        return replace(self, numbers=numbers, today=today)

    def _place_of(self, id: str) -> int | None:
        index = bisect_left(self.stations, id, key=lambda station: station.id)
        return index if index < len(self.stations) and self.stations[index].id == id else None

    # Of many --------------------------------------------------------------------------------------

    def states(self, when: datetime) -> Codes:
        """What holds at an instant, whatever the status of the place. *Shape*: (n,)."""
        return self._states(self.numbers, when)

    def accepting(self, station: Indices, at: datetime | Seconds, accepted: Mask, stay_min: int) -> Mask:
        """Whether the hours of stations in service will do at an instant (each its own) and for a stay."""
        numbers = self.numbers[station]
        good = accepted[self._states(numbers, at)]
        if stay_min and good.any():
            seconds = np.full(len(station), _seconds(at)) if isinstance(at, datetime) else at
            good[good] = self._last(numbers[good], seconds[good], stay_min, accepted)
        return good

    def _states(self, numbers: Indices, at: datetime | Seconds) -> Codes:
        if self.today is None:
            return self.book.states(numbers, at)
        later = numbers >= len(self.book)
        states = self.book.states(np.where(later, 0, numbers), at)
        if later.any():
            then = at if isinstance(at, datetime) else at[later]
            states[later] = self.today.states(numbers[later] - len(self.book), then)
        return states

    def _last(self, numbers: Indices, at: Seconds, stay_min: int, accepted: Mask) -> Mask:
        if self.today is None:
            return self.book.last(numbers, at, stay_min, accepted)
        later = numbers >= len(self.book)
        good = np.empty(len(numbers), dtype=bool)
        good[~later] = self.book.last(numbers[~later], at[~later], stay_min, accepted)
        good[later] = self.today.last(numbers[later] - len(self.book), at[later], stay_min, accepted)
        return good

    # Of one ---------------------------------------------------------------------------------------

    def opening(self, station: int, at: datetime) -> Opening:
        """What holds at an instant, until when, and why."""
        out_of_service = status_opening(self.stations[station].status)
        if out_of_service is not None:
            return out_of_service
        number = int(self.numbers[station])
        if self.today is None or number < len(self.book):
            return self.book.opening(number, at)
        return self.today.opening(number - len(self.book), at)

    def pieces(self, number: int, first: date, days: int) -> tuple[Piece, ...]:
        """What a timetable says through some civil days."""
        if self.today is None or number < len(self.book):
            return self.book.pieces(number, first, days)
        return self.today.pieces(number - len(self.book), first, days)


def _written(station: Station) -> Written:
    return station.hours_text, station.calendar


def seconds_after(start: datetime, seconds: NDArray[np.float64]) -> Seconds:
    """Instants some seconds, whole ones, after another."""
    return np.floor(seconds).astype(np.int64) + _seconds(start)


def arrival(start: datetime, seconds: float) -> datetime:
    """The same of one."""
    return start + timedelta(seconds=int(seconds // 1))


def _seconds(instant: datetime) -> int:
    return int(instant.timestamp() // 1)

"""Where to look for an inquiry's stations, and what is to be asked of each that is found."""

from dataclasses import replace
from functools import cached_property

import numpy as np

from geo.geodesy import Floats, geodesic_m
from geo.nearest.criteria import Accept, Wanted, WideSearch
from geo.nearest.exact_search import nearest_stations
from geo.nearest.filter_columns import Mask
from geo.nearest.filters import Sieve
from geo.nearest.opening_states import Doors, seconds_after
from geo.nearest.point_tree import MISSING, Indices, Sites
from geo.nearest.query import Inquiry
from geo.nearest.station_table import Ground, Passing

_FEW_STATIONS = 1 / 64  # a tree for so small a part of them costs less than looking past all others
_MANY_POINTS = 1 / 8  # for so many points per station a tree pays
_SOME_POINTS = 1 / 1000  # for so many it pays to know all states at once
_PERHAPS_OPEN = 0.75  # a guess; a wrong one costs a second look
MOST_SKIPPED = 5


class Candidates:
    """The search for one inquiry over one snapshot."""

    def __init__(self, ground: Ground, doors: Doors, inquiry: Inquiry) -> None:
        self._ground, self._doors, self._inquiry = ground, doors, inquiry

    def nearest(self, points: Floats) -> tuple[Indices, Floats]:
        """The k nearest that pass. *Shape*: (n, 2) to twice (n, k)."""
        wanted = Wanted(self._inquiry.k, self._limits(len(points)), widest=self._inquiry.widest)
        if self._inquiry.filters.ask_nothing:
            return nearest_stations(self._everywhere, points, wanted)
        many = len(points) >= _MANY_POINTS * len(self._ground)
        if self._at_once and len(points) >= _SOME_POINTS * len(self._ground):
            return self._nearest_of(self.passing_now(), points, wanted, many=many)
        if many or self._is_rare:
            return nearest_stations(
                self._ground.sites(self._sieve), points, self._asking(wanted, self._opens())
            )
        return nearest_stations(self._everywhere, points, self._asking(wanted, self._passes()))

    def _nearest_of(
        self, mask: Mask, points: Floats, wanted: Wanted, *, many: bool
    ) -> tuple[Indices, Floats]:
        """The nearest of just these stations."""
        share = float(mask.mean()) if mask.size else 0.0
        if many or share < _FEW_STATIONS:
            return nearest_stations(self._ground.sites_of(mask), points, wanted)
        wanted = replace(wanted, accept=lambda station, _: mask[station], share=share)
        return nearest_stations(self._everywhere, points, wanted)

    def nearest_and_skipped(self, points: Floats) -> tuple[Indices, Indices]:
        """The k nearest that pass; those of the kind that don't and are no farther, five at most.

        *Shape*: (n, 2) to (n, k) and (n, up to 5).
        """
        k = self._inquiry.k
        passes = None if self._inquiry.filters.ask_nothing else self._passes()
        if passes is None:
            found, _ = self.nearest(points)
            return found, np.empty((len(points), 0), dtype=np.intp)
        if self._is_rare:
            if self._inquiry.widest is not None:
                raise WideSearch  # a tree of its own, which may have to be made
            found, _ = self.nearest(points)
            return found, self._skipped(points, found, passes)
        wanted = Wanted(
            k,
            self._limits(len(points)),
            refused=MOST_SKIPPED,
            counted=self._of_kind,
            widest=self._inquiry.widest,
        )
        both, _ = nearest_stations(self._everywhere, points, self._asking(wanted, passes))
        return both[:, :k], both[:, k:]

    def but_for_hours(self, points: Floats, k: int, limit_m: float) -> Indices:
        """The k nearest that would do if only they were open."""
        wanted = Wanted(k, np.full(len(points), limit_m) if limit_m < np.inf else None)
        return nearest_stations(self._ground.sites(self._sieve), points, wanted)[0]

    def refused_within(self, points: Floats, limit_m: float) -> Indices:
        """The nearest of the kind that whatever the hour won't do, five at most."""
        mask, limits_m = self._passing.mask, np.full(len(points), limit_m)
        wanted = Wanted(MOST_SKIPPED, limits_m, lambda station, _: ~mask[station])
        kinds = Sieve(kinds=self._inquiry.filters.kinds)
        return nearest_stations(self._ground.sites(kinds), points, wanted)[0]

    def _skipped(self, points: Floats, found: Indices, passes: Accept) -> Indices:
        """With a search of its own, among all of the kind."""
        last = found[:, -1]
        limit_m = np.full(len(points), self._inquiry.limit_m)
        whole = np.flatnonzero(last != MISSING)
        limit_m[whole] = geodesic_m(points[whole], self._ground.points[last[whole]])
        wanted = Wanted(MOST_SKIPPED, limit_m, lambda station, metres: ~passes(station, metres))
        kinds = Sieve(kinds=self._inquiry.filters.kinds)
        wanted = replace(wanted, seconds_per_m=self._inquiry.seconds_per_m)
        return nearest_stations(self._ground.sites(kinds), points, wanted)[0]

    @cached_property
    def _sieve(self) -> Sieve:
        return self._inquiry.sieve

    @cached_property
    def _passing(self) -> Passing:
        return self._ground.passing(self._sieve)

    @property
    def _at_once(self) -> bool:
        """Whether hours are asked at one instant for all."""
        return self._inquiry.filters.ask_hours and self._inquiry.travel is None

    @property
    def _is_rare(self) -> bool:
        return self._passing.share < _FEW_STATIONS

    @property
    def _everywhere(self) -> Sites:
        return self._ground.everywhere

    @property
    def _of_kind(self) -> Mask | None:
        kinds = self._inquiry.filters.kinds
        return self._ground.passing(Sieve(kinds=kinds)).mask if kinds else None

    def _limits(self, n: int) -> Floats | None:
        return None if self._inquiry.within_m is None else np.full(n, self._inquiry.within_m)

    def _asking(self, wanted: Wanted, accept: Accept | None) -> Wanted:
        """The same, where each that is found must be accepted."""
        if accept is None:
            return wanted
        if not self._inquiry.filters.ask_hours:
            return replace(wanted, accept=accept, share=self._passing.share)
        share = self._passing.share * _PERHAPS_OPEN
        return replace(wanted, accept=accept, share=share, seconds_per_m=self._inquiry.seconds_per_m)

    # What is asked of each --------------------------------------------------------------------------

    def _passes(self) -> Accept | None:
        """All that is asked; None where everything passes."""
        if self._passing.share == 1.0:
            return self._opens()
        mask = self._passing.mask
        if not self._inquiry.filters.ask_hours:
            return lambda station, _: mask[station]
        opens = self._opens()
        assert opens is not None, "hours are asked"

        def accept(station: Indices, distance_m: Floats) -> Mask:
            good = mask[station]
            good[good] = opens(station[good], distance_m[good])
            return good

        return accept

    def _opens(self) -> Accept | None:
        """Whether the hours will do on arrival, of stations in service; None where they aren't asked."""
        inquiry, doors = self._inquiry, self._doors
        if not inquiry.filters.ask_hours:
            return None
        accepted, start, stay_min = inquiry.accepted, inquiry.start, inquiry.filters.stay_min
        if not inquiry.seconds_per_m:
            return lambda station, _: doors.accepting(station, start, accepted, stay_min)
        return lambda station, distance_m: doors.accepting(
            station, seconds_after(start, distance_m * inquiry.seconds_per_m), accepted, stay_min
        )

    def passing_now(self) -> Mask:
        """Which stations pass at the instant of the inquiry. *Shape*: (stations,)."""
        inquiry = self._inquiry
        mask = self._passing.mask & inquiry.accepted[self._doors.states(inquiry.start)]
        if inquiry.filters.stay_min:
            chosen = np.flatnonzero(mask)
            stay_min = inquiry.filters.stay_min
            mask[chosen] = self._doors.accepting(chosen, inquiry.start, inquiry.accepted, stay_min)
        return mask

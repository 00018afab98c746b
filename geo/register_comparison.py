"""Compare two registers, or one at two dates: changed stations, and demand that gained or lost coverage."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.coverage.areas import assign_areas
from geo.coverage.demand import Demand
from geo.coverage.hours import HourTable, coverage_by_hour
from geo.coverage.reach import Reach
from geo.coverage.served import Mask, ServedDemand, coverage_at
from geo.geodesy import Floats, geodesic_m
from geo.nearest.index import StationIndex
from geo.station import Station

SAME_PLACE_M = 1e-3  # a file's rounding is no move
_HOURS = ("hours_text", "calendar")
_ACCESS = ("access", "employer", "entry")
_PLACE = ("lon", "lat")
_NOT_OF_THE_PLACE = ("source", "sample")  # these name the file that the station was read from
_ROWS = 16_384  # points unpacked at a time


@dataclass(frozen=True, slots=True)
class PlaceChange:
    """A station that is in both registers and differs. ``moved_m`` is None unless it is placed in both."""

    before: Station
    after: Station
    fields: tuple[str, ...]
    moved_m: float | None = None

    @property
    def is_moved(self) -> bool:
        return any(name in self.fields for name in _PLACE)

    @property
    def hours_changed(self) -> bool:
        return any(name in self.fields for name in _HOURS)

    @property
    def access_changed(self) -> bool:
        return any(name in self.fields for name in _ACCESS)

    @property
    def status_changed(self) -> bool:
        return "status" in self.fields


@dataclass(frozen=True, slots=True)
class PlaceChanges:
    """The stations that were added, removed or changed; a change may be of several sorts at once."""

    added: tuple[Station, ...] = ()
    removed: tuple[Station, ...] = ()
    changed: tuple[PlaceChange, ...] = ()
    unchanged: int = 0

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.removed or self.changed)

    def count_by_sort(self) -> Mapping[str, int]:
        """Count the changes by sort: added, removed, moved, hours, access, status, other, unchanged.

        ``other`` are changes of other fields only.
        """
        sorts = {
            "moved": [c.is_moved for c in self.changed],
            "hours": [c.hours_changed for c in self.changed],
            "access": [c.access_changed for c in self.changed],
            "status": [c.status_changed for c in self.changed],
        }
        told = np.array(list(sorts.values()), dtype=bool).reshape(len(sorts), len(self.changed))
        return {
            "added": len(self.added),
            "removed": len(self.removed),
            **{name: sum(which) for name, which in sorts.items()},
            "other": int((~told.any(axis=0)).sum()),
            "unchanged": self.unchanged,
        }


def compare_places(before: Sequence[Station], after: Sequence[Station]) -> PlaceChanges:
    """Compare two lists of stations by id; a move of less than a millimetre is no change.

    *Raises*: ValueError where an id occurs twice on one side.
    """
    earlier, later = _by_id(before), _by_id(after)
    both = sorted(earlier.keys() & later.keys())
    moved_m = _moved_m([(earlier[id], later[id]) for id in both])
    changed = []
    for id, metres in zip(both, moved_m, strict=True):
        fields = _different(earlier[id], later[id], metres)
        if fields:
            changed.append(PlaceChange(earlier[id], later[id], fields, metres))
    return PlaceChanges(
        tuple(later[id] for id in sorted(later.keys() - earlier.keys())),
        tuple(earlier[id] for id in sorted(earlier.keys() - later.keys())),
        tuple(changed),
        len(both) - len(changed),
    )


@dataclass(frozen=True, slots=True)
class ComparisonSide:
    """One side of a comparison: stations, and the instant at which their coverage is computed."""

    index: StationIndex
    at: datetime


@dataclass(frozen=True, slots=True)
class PlaceEffect:
    """The demand that gained or lost coverage through one station. *Units*: of the demand."""

    station: Station
    demand: float
    points: int


@dataclass(frozen=True, slots=True)
class CoverageComparison:
    """Which demand is served before and after. *Shape*: masks are (n,), by point of the demand.

    Gained minus lost demand equals the change in served demand, in all and in each area.
    """

    demand: Demand
    sides: tuple[ComparisonSide, ComparisonSide]
    before: ServedDemand
    after: ServedDemand

    @property
    def gained(self) -> Mask:
        return self.after.mask & ~self.before.mask

    @property
    def lost(self) -> Mask:
        return self.before.mask & ~self.after.mask

    def total(self, mask: Mask) -> float:
        """Return the total demand of the masked points."""
        return self.demand.select(mask).total

    def by_area(self, digits: int = 6) -> pd.DataFrame:
        """Tabulate by area: ``demand``, ``before``, ``after``, ``gained``, ``lost``, and the shares.

        There is one row for each area with demand; points in no area are left out. *Units*: demand in
        its own unit; shares 0..1, NaN without demand.
        """
        area, codes = assign_areas(self.demand, digits)
        n = len(codes)

        def sums(mask: Mask | None = None) -> Floats:
            weight = self.demand.weight if mask is None else self.demand.weight * mask
            return np.bincount(area, weights=weight, minlength=n + 1)[:n].astype(np.float64)

        columns = {
            "demand": sums(),
            "before": sums(self.before.mask),
            "after": sums(self.after.mask),
            "gained": sums(self.gained),
            "lost": sums(self.lost),
        }
        table = pd.DataFrame(columns, index=pd.Index(codes, dtype=object, name="code"))
        demand = table["demand"].where(table["demand"] > 0)
        return table.assign(share_before=table["before"] / demand, share_after=table["after"] / demand)

    def list_gaining_places(self) -> tuple[PlaceEffect, ...]:
        """List the stations that newly serve demand, the largest effect first.

        Each point counts for its nearest station, so the effects add up to all gained demand.
        """
        return _effects(self.demand, self.sides[1].index, self.after, self.gained)

    def list_losing_places(self) -> tuple[PlaceEffect, ...]:
        """List the former stations whose demand is no longer served, largest effect first.

        Each point counts for the station that was its nearest.
        """
        return _effects(self.demand, self.sides[0].index, self.before, self.lost)


def compare_coverage(
    demand: Demand, before: ComparisonSide, after: ComparisonSide, reach: Reach | None = None
) -> CoverageComparison:
    """Compare which demand has a usable station within reach that is open, on either side.

    *Raises*: as `coverage_at`.
    """
    wanted = reach or Reach()
    found = [coverage_at(demand, side.index, side.at, wanted) for side in (before, after)]
    return CoverageComparison(demand, (before, after), found[0], found[1])


@dataclass(frozen=True, slots=True)
class WeekComparison:
    """Gained and lost demand by hour of a week.

    *Shape*: ``gained`` and ``lost`` are (168,), in the demand's unit.
    """

    before: HourTable
    after: HourTable
    gained: Floats
    lost: Floats


def compare_weeks(
    demand: Demand,
    before: tuple[StationIndex, date],
    after: tuple[StationIndex, date],
    reach: Reach | None = None,
) -> WeekComparison:
    """Compare coverage in each hour of the weeks that begin on two Mondays (which may be the same one)."""
    one = coverage_by_hour(demand, *before, reach)
    other = coverage_by_hour(demand, *after, reach)
    arises, weight = demand.hour_bits, demand.weight_in_hour
    return WeekComparison(
        one,
        other,
        _weights(other.packed & ~one.packed & arises, weight),
        _weights(one.packed & ~other.packed & arises, weight),
    )


def _weights(packed: NDArray[np.uint8], weight: Floats) -> Floats:
    """Return the total weight of the points whose bit is set, by hour."""
    hours = packed.shape[1] * 8
    sums = np.zeros(hours)
    lit = np.flatnonzero(packed.any(axis=1))
    for first in range(0, len(lit), _ROWS):
        rows = lit[first : first + _ROWS]
        sums += weight[rows] @ np.unpackbits(packed[rows], axis=1).astype(np.float64)
    return sums


def _effects(
    demand: Demand, index: StationIndex, served: ServedDemand, mask: Mask
) -> tuple[PlaceEffect, ...]:
    rows = np.flatnonzero(mask)
    stations, place = np.unique(served.station[rows], return_inverse=True)
    weight = np.bincount(place.reshape(-1), weights=demand.weight[rows], minlength=len(stations))
    count = np.bincount(place.reshape(-1), minlength=len(stations))
    effects = [
        PlaceEffect(index.stations[at], float(w), int(n))
        for at, w, n in zip(stations.tolist(), weight, count, strict=True)
    ]
    return tuple(sorted(effects, key=lambda effect: (-effect.demand, effect.station.id)))


def _by_id(stations: Sequence[Station]) -> Mapping[str, Station]:
    found = {station.id: station for station in stations}
    if len(found) < len(stations):
        ids = [station.id for station in stations]
        twice = next(id for id in ids if ids.count(id) > 1)
        raise ValueError(f"two stations share the id {twice!r}; ids are unique in a register")
    return found


def _moved_m(pairs: Sequence[tuple[Station, Station]]) -> list[float | None]:
    placed = [n for n, (one, other) in enumerate(pairs) if one.is_placed and other.is_placed]
    before = np.array([_place(pairs[n][0]) for n in placed], dtype=np.float64).reshape(-1, 2)
    after = np.array([_place(pairs[n][1]) for n in placed], dtype=np.float64).reshape(-1, 2)
    metres: list[float | None] = [None] * len(pairs)
    for n, distance_m in zip(placed, geodesic_m(before, after).tolist(), strict=True):
        metres[n] = distance_m
    return metres


def _place(station: Station) -> tuple[float | None, float | None]:
    return station.lon, station.lat


def _different(before: Station, after: Station, moved_m: float | None) -> tuple[str, ...]:
    stays = moved_m is not None and moved_m < SAME_PLACE_M
    return tuple(
        name
        for name in Station.model_fields
        if name not in _NOT_OF_THE_PLACE
        and getattr(before, name) != getattr(after, name)
        and not (stays and name in _PLACE)
    )

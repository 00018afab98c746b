"""Compare two registers, or one at two dates: changed stations, and demand that gained or lost coverage."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.coverage.demand import Demand, assign_areas
from geo.coverage.hours import HourTable, coverage_by_hour
from geo.coverage.reach import Reach
from geo.coverage.served import Mask, ServedDemand, coverage_at
from geo.geodesy import Floats
from geo.nearest.index import StationIndex
from geo.station import Station
from geo.station_pairs import StationChange, list_changes

# The sorts of changes that are counted, each with the fields that it concerns.
CHANGE_SORTS: Mapping[str, frozenset[str]] = {
    "moved": frozenset({"lon", "lat"}),
    "hours": frozenset({"hours_text", "calendar"}),
    "access": frozenset({"access", "employer", "entry"}),
    "status": frozenset({"status"}),
}
_NOT_OF_THE_PLACE = ("source", "sample")  # these name the file that the station was read from
_ROWS = 16_384  # points unpacked at a time


@dataclass(frozen=True, slots=True)
class PlaceChanges:
    """The stations that were added, removed or changed; a change may be of several sorts at once."""

    added: tuple[Station, ...] = ()
    removed: tuple[Station, ...] = ()
    changed: tuple[StationChange, ...] = ()
    unchanged: int = 0

    def count_by_sort(self) -> Mapping[str, int]:
        """Count the changes by sort: added, removed, moved, hours, access, status, other, unchanged.

        ``other`` are changes of other fields only.
        """
        sorts = [
            {name for name, fields in CHANGE_SORTS.items() if not fields.isdisjoint(change.fields)}
            for change in self.changed
        ]
        return {
            "added": len(self.added),
            "removed": len(self.removed),
            **{name: sum(name in one for one in sorts) for name in CHANGE_SORTS},
            "other": sorts.count(set()),
            "unchanged": self.unchanged,
        }


def compare_places(before: Sequence[Station], after: Sequence[Station]) -> PlaceChanges:
    """Compare two lists of stations by id; a move of less than a millimetre is no change.

    *Raises*: ValueError where an id occurs twice on one side.
    """
    earlier, later = _by_id(before), _by_id(after)
    both = sorted(earlier.keys() & later.keys())
    changed = list_changes([(earlier[id], later[id]) for id in both], _NOT_OF_THE_PLACE)
    return PlaceChanges(
        tuple(later[id] for id in sorted(later.keys() - earlier.keys())),
        tuple(earlier[id] for id in sorted(earlier.keys() - later.keys())),
        tuple(changed),
        len(both) - len(changed),
    )


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
    sides: tuple[StationIndex, StationIndex]
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
        return _effects(self.demand, self.sides[1], self.after, self.gained)

    def list_losing_places(self) -> tuple[PlaceEffect, ...]:
        """List the former stations whose demand is no longer served, largest effect first.

        Each point counts for the station that was its nearest.
        """
        return _effects(self.demand, self.sides[0], self.before, self.lost)


def compare_coverage(
    demand: Demand, before: StationIndex, after: StationIndex, at: datetime, reach: Reach
) -> CoverageComparison:
    """Compare which demand has a usable station within reach that is open, on either side.

    *Raises*: as `coverage_at`.
    """
    found = [coverage_at(demand, side, at, reach) for side in (before, after)]
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
    demand: Demand, before: StationIndex, after: StationIndex, monday: date, reach: Reach
) -> WeekComparison:
    """Compare coverage in each hour of the week that begins on a Monday."""
    one, other = (coverage_by_hour(demand, side, monday, reach) for side in (before, after))
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

"""Coverage through the hours of a week: 168 questions for little more than the price of one."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from geo.coverage.areas import areas_of
from geo.coverage.demand import Demand
from geo.coverage.openness import HOURS, openness, week_of
from geo.coverage.pairs import pairs_in_reach
from geo.coverage.reach import Reach
from geo.coverage.served import Mask, Told
from geo.geodesy import Floats
from geo.nearest.index import StationIndex

NIGHT = (22, 23, 0, 1, 2, 3, 4, 5)
DAY = tuple(range(8, 18))

_WORD_BYTES = 8
_ROWS = 16_384  # unpacked together


@dataclass(frozen=True, slots=True)
class HourTable:
    """What is served at the beginning of each hour of a civil week (Asia/Shanghai), hour 0 being Monday's first.

    ``packed`` has for each point of the demand one bit an hour (`numpy.packbits`), so that `served_at` gives
    the map of any hour. ``areas`` has the shares by area code, one column an hour.
    *Shape*: ``share`` and ``served`` are (168,); ``packed`` is (n, 21). *Units*: shares 0..1 (NaN without
    demand); ``served`` and ``total`` in the unit of the demand.
    """

    monday: date
    share: Floats
    served: Floats
    total: float
    areas: pd.DataFrame
    packed: NDArray[np.uint8]

    def served_at(self, hour: int) -> Mask:
        """Which points are served at an hour of the week: the map of that hour. *Shape*: (n,)."""
        if not 0 <= hour < HOURS:
            raise ValueError(f"hour {hour} is none of a week; give 0 (Monday 00:00) to {HOURS - 1}")
        return (self.packed[:, hour // 8] >> (7 - hour % 8) & 1).astype(bool)

    def mean_share(self, clock_hours: Collection[int] = NIGHT) -> float:
        """The mean share over these hours of all seven days."""
        return float(self.share[_hours_of(clock_hours)].mean())

    def mean_shares(self, clock_hours: Collection[int] = NIGHT) -> "pd.Series[float]":
        """The same by area."""
        return self.areas.iloc[:, _hours_of(clock_hours)].mean(axis=1)


def _hours_of(clock_hours: Collection[int]) -> list[int]:
    """Hours of the week. *Raises*: ValueError where none, or none of a clock, is given."""
    if not clock_hours or not set(clock_hours) <= set(range(24)):
        raise ValueError(f"hours {sorted(clock_hours)} are none of a clock; give some of 0 to 23")
    return [hour for hour in range(HOURS) if hour % 24 in clock_hours]


def by_hour(
    demand: Demand,
    index: StationIndex,
    monday: date,
    reach: Reach | None = None,
    digits: int = 6,
    told: Told | None = None,
) -> HourTable:
    """What of a demand is served in the hours of one week, in all and by area (`areas.DIGITS`).

    Each hour equals `coverage_at` its beginning. *Raises*: ValueError for a date that is no Monday, or digits
    of no level.
    """
    area, codes = areas_of(demand, digits)
    packed = served_bits(demand.points, index, week_of(monday), reach or Reach(), told)
    by_area = _sums(packed, demand.weight, area, len(codes) + 1)
    totals = np.bincount(area, weights=demand.weight, minlength=len(codes) + 1)
    served = by_area.sum(axis=0)
    total = demand.total
    with np.errstate(invalid="ignore"):
        shares = by_area[:-1] / np.where(totals > 0, totals, np.nan)[:-1, None]
    return HourTable(
        monday=monday,
        share=served / total if total else np.full(HOURS, np.nan),
        served=served,
        total=total,
        areas=pd.DataFrame(shares, index=pd.Index(codes, dtype=object, name="code")),
        packed=packed,
    )


def served_bits(
    points: Floats, index: StationIndex, instants: Sequence[datetime], reach: Reach, told: Told | None = None
) -> NDArray[np.uint8]:
    """For each point one bit an instant: whether a place within reach passes the filters then.

    *Shape*: (n, instants / 8, rounded up), as `numpy.packbits` packs rows.
    """
    open_then = openness(index, instants, reach.filters)
    ever = np.flatnonzero(open_then.any(axis=1))
    words = _words(np.packbits(open_then[ever], axis=1))
    packed = np.zeros((len(points), words.shape[1]), dtype=np.uint64)
    done = 0
    for rows, near in pairs_in_reach(points, index.points[ever], reach):
        some = np.flatnonzero(near.count)
        if some.size:
            found = np.bitwise_or.reduceat(words[near.station], near.start[some], axis=0)
            packed[np.arange(len(points))[rows][some]] = found
        done += len(near)
        if told:
            told(done)
    return packed.view(np.uint8)[:, : -(-len(instants) // 8)]


def _words(packed: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Bytes in words of eight, since a word costs no more than a byte. *Shape*: (n, bytes) to (n, words)."""
    spare = -packed.shape[1] % _WORD_BYTES
    return np.ascontiguousarray(np.pad(packed, ((0, 0), (0, spare)))).view(np.uint64)


def _sums(packed: NDArray[np.uint8], weight: Floats, area: NDArray[np.intp], areas: int) -> Floats:
    """The weight that is served, by area and hour. *Shape*: (n, 21), (n,), (n,) to (areas, 168)."""
    sums = np.zeros((areas, HOURS))
    lit = np.flatnonzero(packed.any(axis=1))
    for first in range(0, len(lit), _ROWS):
        rows = lit[first : first + _ROWS]
        bits = np.unpackbits(packed[rows], axis=1, count=HOURS).astype(np.float64)
        of_area = csr_array((weight[rows], (area[rows], np.arange(len(rows)))), shape=(areas, len(rows)))
        sums += np.asarray(of_area @ bits)
    return sums

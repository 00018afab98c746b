"""Coverage by hour: which stations are open at each of a week's 168 hours, and whom they serve then."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cache, cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from core.civil_time import CIVIL_TIME, HOURS_A_WEEK, civil_date, start_of_day
from geo.coverage.demand import AREA_CODE_DIGITS, Demand, assign_areas
from geo.coverage.pairs import pairs_in_reach
from geo.coverage.reach import Reach
from geo.coverage.served import Mask, ProgressCallback, ServedDemand, coverage_at
from geo.coverage.tables import coverage_by_area
from geo.geodesy import Floats
from geo.nearest.filters import Filters
from geo.nearest.index import StationIndex

NIGHT_HOURS = (22, 23, 0, 1, 2, 3, 4, 5)
DAY_HOURS = tuple(range(8, 18))

_WORD_BYTES = 8
_ROWS = 16_384  # points unpacked at a time


def week_instants(monday: date) -> tuple[datetime, ...]:
    """Return the beginnings of the 168 hours of a civil week (Asia/Shanghai), as instants in UTC.

    *Raises*: ValueError for a date that is no Monday.
    """
    if monday.weekday():
        last = monday - timedelta(days=monday.weekday())
        raise ValueError(f"{monday.isoformat()} is no Monday; give one, such as {last.isoformat()}")
    begin = start_of_day(monday)
    return tuple(begin + timedelta(hours=hour) for hour in range(HOURS_A_WEEK))


def find_compared_hour(at: datetime) -> int | None:
    """Return the hour of the week with which a night is compared that is asked about in the night: 10:00 of its day; None by day."""
    civil = at.astimezone(CIVIL_TIME)
    return 24 * civil.weekday() + 10 if civil.hour in NIGHT_HOURS else None


def night_instants(at: datetime) -> tuple[datetime, ...]:
    """Return the beginnings of the eight hours of the night after the civil day of an instant, 22:00 to 6:00."""
    begin = start_of_day(civil_date(at)) + timedelta(hours=NIGHT_HOURS[0])
    return tuple(begin + timedelta(hours=hour) for hour in range(len(NIGHT_HOURS)))


def coverage_of_night(
    demand: Demand, index: StationIndex, at: datetime, reach: Reach
) -> tuple[Demand, ServedDemand]:
    """Return the mean demand of the night after an instant's day, and the mean of what is served in its eight hours.

    Shares, and distances to the nearest place, are the means of each point.
    """
    known: dict[bytes, ServedDemand] = {}
    total, sums, first = np.zeros(len(demand)), np.zeros((3, len(demand))), None
    for when in night_instants(at):
        weight = demand.at(when).weight
        usable = index.passing_mask(reach.filters, when).tobytes()
        if usable not in known:
            known[usable] = coverage_at(replace(demand, hour=None), index, when, reach)
        found = known[usable]
        ground = found.mask if found.ground_share is None else found.ground_share
        for row, values in enumerate((found.mask, found.nearest_m, ground)):
            sums[row] += np.multiply(weight, values, out=np.zeros(len(weight)), where=weight > 0)
        total += weight
        first = first or found
    assert first is not None, "a night has hours"
    mask, nearest_m, ground = np.divide(sums, total, out=np.zeros(sums.shape), where=total > 0)
    return (
        replace(demand, weight=total / len(NIGHT_HOURS), hour=None),
        replace(
            first,
            mask=mask,
            nearest_m=nearest_m,
            seconds=None,
            ground_share=None if first.ground_share is None else ground,
        ),
    )


def compute_openness(
    index: StationIndex, instants: Sequence[datetime], filters: Filters
) -> NDArray[np.bool_]:
    """Return whether each station passes the filters at each instant, without travel time.

    Holidays, keepers' exceptions and live reports are applied as in `StationIndex.states`.
    *Shape*: (stations, instants). *Raises*: ValueError for a naive time.
    """
    open_then = np.empty((len(instants), len(index)), dtype=bool)
    for row, when in enumerate(instants):
        open_then[row] = index.passing_mask(filters, when)
    return np.ascontiguousarray(open_then.T)


@dataclass(frozen=True, eq=False)
class HourTable:
    """Served demand at the start of each hour of a civil week (Asia/Shanghai); hour 0 is Monday 00:00.

    ``packed`` has one bit per hour for each point of the demand (`numpy.packbits`), from which `served_at`
    returns the served points of any hour, whether or not demand arises there in that hour. ``areas`` has the shares by area code, one column per hour.
    ``total`` is the demand of each hour (`Demand.hour`), ``area_total`` that of each area, from which the
    shares are taken.
    *Shape*: ``share``, ``served`` and ``total`` are (168,); ``area_total`` is (areas, 168); ``packed`` is (n, 21). *Units*: shares 0..1 (NaN
    without demand); ``served`` and ``total`` in the unit of the demand.
    """

    monday: date
    share: Floats
    served: Floats
    total: Floats
    areas: pd.DataFrame
    area_total: Floats
    compute_bits: Callable[[], NDArray[np.uint8]] = field(repr=False)

    @cached_property
    def packed(self) -> NDArray[np.uint8]:
        """The bits of the points; of evenly spread demand they are computed when they are first read."""
        return self.compute_bits()

    def night_shares(
        self, demand: Demand, index: StationIndex, at: datetime, reach: Reach
    ) -> "tuple[float, pd.Series[float]]":
        """Return the share served in the night after an instant's day, and that of each area by its code.

        They are those of `coverage_of_night`, from these hours if the night lies among them.
        """
        hours = [(when - start_of_day(self.monday)) // timedelta(hours=1) for when in night_instants(at)]
        if hours[0] < 0 or hours[-1] >= HOURS_A_WEEK:
            night, served = coverage_of_night(demand, index, at, reach)
            part, whole = night.sum_served(served.share), night.total
            digits = max(map(len, self.areas.index), default=AREA_CODE_DIGITS["county"])
            areas = coverage_by_area(night, served, digits)["share"]
        else:
            part = float(demand.round_served(self.served[hours].mean(keepdims=True))[0])
            whole = float(self.total[hours].mean())
            weights = self.area_total[:, hours]
            served_there = np.nansum(self.areas.to_numpy()[:, hours] * weights, axis=1)
            with np.errstate(invalid="ignore"):
                shares = demand.round_served(served_there / len(hours)) / weights.mean(axis=1)
            areas = pd.Series(shares, index=self.areas.index)
        return part / whole if whole else float("nan"), areas

    def served_at(self, hour: int) -> Mask:
        """Return which points are served at an hour of the week. *Shape*: (n,)."""
        if not 0 <= hour < HOURS_A_WEEK:
            raise ValueError(f"hour {hour} is none of a week; give 0 (Monday 00:00) to {HOURS_A_WEEK - 1}")
        return (self.packed[:, hour // 8] >> (7 - hour % 8) & 1).astype(bool)

    @property
    def clock_share(self) -> Floats:
        """The share served in each hour of the day, of all seven days together. *Shape*: (24,)."""
        return np.array([self.mean_share([clock]) for clock in range(24)])

    def mean_share(self, clock_hours: Collection[int]) -> float:
        """Return the share served in these clock hours, 0 to 23, of all seven days together; NaN without demand then."""
        hours = [hour for hour in range(HOURS_A_WEEK) if hour % 24 in clock_hours]
        total = self.total[hours].sum()
        return float(self.served[hours].sum() / total) if total else float("nan")


def coverage_by_hour(
    demand: Demand,
    index: StationIndex,
    monday: date,
    reach: Reach | None = None,
    digits: int = 6,
    told: ProgressCallback | None = None,
) -> HourTable:
    """Compute the served demand in each hour of one week, in total and by area (`AREA_CODE_DIGITS`).

    Each hour equals `coverage_at` at its beginning. *Raises*: ValueError for a date that is no Monday, or
    digits of no level.
    """
    area, codes = assign_areas(demand, digits)
    arises, weight = demand.arising_bits(), demand.weight_in_hour
    wanted, instants = reach or Reach(), week_instants(monday)

    @cache
    def compute_bits() -> NDArray[np.uint8]:
        return served_bits(demand.points, index, instants, wanted, told)

    exact = sum_ground_by_hour(demand, [index], instants, wanted, digits)
    if exact is None:
        by_area = sum_by_hour(compute_bits() & arises, weight, area, len(codes) + 1)
    else:
        by_area, is_exact = exact
        if not is_exact.all():
            by_area += sum_by_hour(
                compute_bits()[~is_exact], weight[~is_exact], area[~is_exact], len(codes) + 1
            )
    served = by_area.sum(axis=0)
    if demand.hour is None:
        of_area: Floats = np.bincount(area, weights=weight, minlength=len(codes) + 1).astype(np.float64)
        totals, total = np.repeat(of_area[:, None], HOURS_A_WEEK, axis=1), np.full(HOURS_A_WEEK, demand.total)
    else:
        totals = sum_by_hour(arises, weight, area, len(codes) + 1)
        total = totals.sum(axis=0)
    with np.errstate(invalid="ignore"):
        shares = by_area[:-1] / np.where(totals > 0, totals, np.nan)[:-1]
    return HourTable(
        monday=monday,
        share=np.divide(served, total, out=np.full(HOURS_A_WEEK, np.nan), where=total > 0),
        served=served,
        total=total,
        areas=pd.DataFrame(shares, index=pd.Index(codes, dtype=object, name="code")),
        area_total=totals[:-1],
        compute_bits=compute_bits,
    )


def sum_ground_by_hour(
    demand: Demand,
    registers: Sequence[StationIndex],
    instants: Sequence[datetime],
    reach: Reach,
    digits: int = 6,
) -> tuple[Floats, Mask] | None:
    """Sum what registers together serve by area and hour, and return the points whose ground is measured for it.

    The last row is that outside all areas. None where sample points must do. *Shape*: (areas + 1, hours) and (n,).
    """
    ground = demand.even_ground if reach.network is None and demand.hour is None else None
    if ground is None or not ground.has_level(digits):
        return None
    area, codes = assign_areas(demand, digits)
    places = np.concatenate([index.points for index in registers])
    is_open = np.concatenate([compute_openness(index, instants, reach.filters) for index in registers])
    by_outline, row = demand.covered_shares(places, is_open, reach.radius_m)
    is_exact = (row >= 0) & ~np.isnan(by_outline[:, 0])[row]
    of_outline = csr_array(
        (demand.weight[is_exact], (area[is_exact], row[is_exact])), shape=(len(codes) + 1, len(by_outline))
    )
    return demand.round_served(np.asarray(of_outline @ np.nan_to_num(by_outline))), is_exact


def served_bits(
    points: Floats,
    index: StationIndex,
    instants: Sequence[datetime],
    reach: Reach,
    told: ProgressCallback | None = None,
) -> NDArray[np.uint8]:
    """Return one bit per point and instant: whether a place within reach passes the filters then.

    *Shape*: (n, instants / 8, rounded up), as `numpy.packbits` packs rows.
    """
    open_then = compute_openness(index, instants, reach.filters)
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
    """Return the bytes in words of eight, because one word is as fast to process as one byte.

    *Shape*: (n, bytes) to (n, words).
    """
    spare = -packed.shape[1] % _WORD_BYTES
    return np.ascontiguousarray(np.pad(packed, ((0, 0), (0, spare)))).view(np.uint64)


def sum_by_hour(packed: NDArray[np.uint8], weight: Floats, area: NDArray[np.intp], areas: int) -> Floats:
    """Return the weight of the points whose bit is set, by area and hour. *Shape*: (n, 21), (n,), (n,) to (areas, 168)."""
    sums = np.zeros((areas, HOURS_A_WEEK))
    lit = np.flatnonzero(packed.any(axis=1))
    for first in range(0, len(lit), _ROWS):
        rows = lit[first : first + _ROWS]
        bits = np.unpackbits(packed[rows], axis=1, count=HOURS_A_WEEK).astype(np.float64)
        of_area = csr_array((weight[rows], (area[rows], np.arange(len(rows)))), shape=(areas, len(rows)))
        sums += np.asarray(of_area @ bits)
    return sums

"""Demand for places as weighted points, by area and by kind: people, riders' searches, orders or ground."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from math import fsum

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

from core.civil_time import HOURS_A_WEEK, hour_of_week
from geo.coverage.even_ground import EvenGround, OpenTable
from geo.districts import Districts
from geo.geodesy import Floats, checked_points, geocentric_vectors
from geo.nearest.point_tree import Indices

PEOPLE_UNIT, GROUND_UNIT, WEIGHTED_UNIT = "people", "m2", "weighted"
EVERY_HOUR = -1
# GB/T 2260 (province, city, county) and GB/T 10114 (township or street; community or village).
AREA_CODE_DIGITS = {"province": 2, "city": 4, "county": 6, "township": 9, "community": 12}
_SPACING_POINTS = 20_000  # that are looked at
_SIDES, _BESIDE = 4, 1.2  # neighbours in a square grid, and how many spacings away they are at most
SHARE_SLACK = 1e-9  # how far the sum of shares may lie above 1, as 0.216 + 0.739 + 0.045 does


@dataclass(frozen=True)
class Demand:
    """Weighted points of demand; `from_points` builds them from anything array-like.

    *Shape*: ``points`` is (n, 2), lon, lat; ``weight`` and ``district`` are (n,), the latter the code of the
    smallest area in which a point lies, or None. *Units*: ``weight`` in ``unit`` (people, searches, orders,
    m2, …), finite and not below 0. *CRS*: WGS84.

    ``hour`` is the hour of the week (0 is Monday 00:00, Asia/Shanghai) in which the demand of a point arises,
    or `EVERY_HOUR`; None where all demand stands at every hour, as residents do. A weight is always the mean
    over the week: an order of one hour weighs 168 times as much in its hour (`weight_in_hour`), and nothing in
    the others. ``even_ground`` holds the outlines, by the codes in ``district`` or their beginnings, over which the
    demand is spread evenly, so that its share within a straight line is that of the ground; the points are then
    samples. None for demand that stands at its points.
    *Raises*: ValueError that quotes the first invalid value and counts the invalid ones.
    """

    points: Floats
    weight: Floats
    unit: str
    district: NDArray[np.object_]
    hour: NDArray[np.int16] | None = None
    even_ground: EvenGround | None = None

    def __post_init__(self) -> None:
        checked_points(self.points)
        if self.weight.ndim != 1 or not len(self.points) == len(self.weight) == len(self.district):
            shapes = f"{self.points.shape}, {self.weight.shape} and {self.district.shape}"
            raise ValueError(f"points, weight and district have the shapes {shapes}; give (n, 2), (n,), (n,)")
        wrong = np.flatnonzero(~(np.isfinite(self.weight) & (self.weight >= 0)))
        if wrong.size:
            raise ValueError(
                f"demand {self.weight[wrong[0]]} of point {wrong[0]} is negative or no number "
                f"({wrong.size} such); give 0 or more"
            )
        if not self.unit:
            raise ValueError("the unit of the demand is empty; name it, such as people")
        if self.hour is not None and not (
            self.hour.shape == self.weight.shape
            and ((self.hour >= EVERY_HOUR) & (self.hour < HOURS_A_WEEK)).all()
        ):
            raise ValueError(
                f"the hours of the demand are not one for each of {len(self.weight)} points, "
                f"{EVERY_HOUR} (always) to {HOURS_A_WEEK - 1}"
            )

    @classmethod
    def from_points(
        cls,
        points: ArrayLike,
        weight: ArrayLike,
        unit: str = PEOPLE_UNIT,
        districts: Districts | Sequence[str | None] | None = None,
    ) -> "Demand":
        """Build demand from points and weights.

        ``districts`` are outlines by which each point is located, or one code per point; without them no
        point has a district. *Shape*: (n, 2) and (n,). *Raises*: ValueError.
        """
        lonlat = checked_points(points)
        weights = np.asarray(weight, dtype=np.float64).reshape(-1)
        if districts is None:
            codes = np.full(len(lonlat), None, dtype=object)
        elif isinstance(districts, Districts):
            codes = districts.assign(lonlat).code
        else:
            codes = np.array([*districts, None], dtype=object)[:-1]
        return cls(lonlat, weights, unit, codes)

    def located_in(self, districts: Districts) -> "Demand":
        """Return the same demand, each point located by other outlines."""
        return replace(Demand.from_points(self.points, self.weight, self.unit, districts), hour=self.hour)

    def __len__(self) -> int:
        return len(self.weight)

    @property
    def total(self) -> float:
        """The sum of all weights, without rounding error."""
        return fsum(self.weight.tolist())

    @cached_property
    def _places(self) -> tuple[cKDTree, Indices, Indices]:
        """The distinct points, a row of each, and the distinct point of each row."""
        points, first, back = np.unique(self.points, axis=0, return_index=True, return_inverse=True)
        return cKDTree(geocentric_vectors(points)), first, back.reshape(-1)

    def find_beside(self, rows: Indices, count: int = 1) -> tuple[Floats, Indices]:
        """Return how far the nearest other points are, and a row of each; infinite, -1 for none. *Shape*: (k, count)."""
        tree, first, back = self._places
        away_m, beside = tree.query(tree.data[back[rows]], k=range(2, 2 + count))
        return np.asarray(away_m), np.append(first, -1)[beside]

    @cached_property
    def beside(self) -> Indices:
        """The rows of the four points around each in a square grid, its own for a missing one. *Shape*: (n, 4)."""
        rows = np.arange(len(self))
        away_m, beside = self.find_beside(rows, _SIDES)
        is_beside = np.isfinite(away_m) & (away_m <= _BESIDE * away_m[:, :1])
        return np.where(is_beside, beside, rows[:, np.newaxis])

    @cached_property
    def spacing_m(self) -> float:
        """The median distance from a point to the next one; 0 if there is only one point."""
        first = self._places[1]
        if len(first) < 2:
            return 0.0
        return float(np.median(self.find_beside(first[:: -(-len(first) // _SPACING_POINTS)])[0]))

    @property
    def weight_in_hour(self) -> Floats:
        """The weight of each point in an hour in which its demand arises. *Shape*: (n,)."""
        if self.hour is None:
            return self.weight
        return np.where(self.hour == EVERY_HOUR, self.weight, self.weight * HOURS_A_WEEK)

    def arising_bits(self, hours: ArrayLike = range(HOURS_A_WEEK)) -> NDArray[np.uint8]:
        """Return one bit for each of some hours of the week, set where the demand of the point arises (`numpy.packbits`).

        *Shape*: (hours,) to (n, hours / 8, rounded up), or to one row where all demand stands at every hour.
        """
        asked = np.asarray(hours)
        every = np.packbits(np.ones((1, len(asked)), dtype=bool), axis=1)
        if self.hour is None:
            return every
        single = np.packbits(np.arange(HOURS_A_WEEK)[:, np.newaxis] == asked, axis=1)
        return np.concatenate((single, every))[self.hour]  # `EVERY_HOUR` is the last row

    def weight_at(self, hour: int) -> Floats:
        """Return the weight of each point in one hour of the week, 0 where nothing arises then.

        *Shape*: (n,). *Raises*: ValueError for an hour that no week has.
        """
        if not 0 <= hour < HOURS_A_WEEK:
            raise ValueError(f"hour {hour} is none of a week; give 0 (Monday 00:00) to {HOURS_A_WEEK - 1}")
        if self.hour is None:
            return self.weight
        return np.where((self.hour == EVERY_HOUR) | (self.hour == hour), self.weight_in_hour, 0.0)

    def at(self, when: datetime) -> "Demand":
        """Return the demand in the hour of the civil week (Asia/Shanghai) in which an instant lies.

        It has the same points; those at which nothing arises then have the weight 0.
        *Raises*: ValueError for a naive time.
        """
        if self.hour is None:
            return self
        return replace(self, weight=self.weight_at(hour_of_week(when)), hour=None)

    def covered_shares(self, places: Floats, is_open: OpenTable, radius_m: float) -> tuple[Floats, Indices]:
        """Return the share of each outline's demand that is served, as `EvenGround.covered_shares`, and each point's row.

        Persons are served whole. A row is -1 for a point in no outline. *Shape*: (outlines, instants) and (n,).
        """
        assert self.even_ground is not None
        share = self.even_ground.covered_shares(places, is_open, radius_m)
        total, row = self._sum_by_outline()
        if self.unit == PEOPLE_UNIT:
            total = total[:, np.newaxis]
            share = np.divide(np.rint(share * total), total, out=share, where=total > 0)
        return share, row

    def added_amounts(
        self, places: Floats, new: Floats, radius_m: float, *, in_turn: bool = False
    ) -> Floats | None:
        """Return the demand that each new place serves and none of the others, as `EvenGround.added_shares`.

        None where sample points must do. *Shape*: (p, 2) and (k, 2), lon, lat, to (k,).
        """
        if self.even_ground is None:
            return None
        added = self.even_ground.added_shares(places, new, radius_m, in_turn=in_turn)
        total, _ = self._sum_by_outline()
        return None if np.isnan(added).any() else np.asarray(total @ added)

    def _sum_by_outline(self) -> tuple[Floats, Indices]:
        """Return the demand of each outline, and the outline of each point; -1 for none."""
        assert self.even_ground is not None
        row, count = self.even_ground.find_rows(self.district), len(self.even_ground.codes)
        total = np.bincount(row + 1, weights=self.weight, minlength=count + 1)[1:]
        return total.astype(np.float64), row

    def round_served(self, served: Floats) -> Floats:
        """Return sums of served demand without rounding error: persons are whole."""
        return np.rint(served) if self.unit == PEOPLE_UNIT and self.even_ground is not None else served

    def sum_served(self, share: NDArray[np.bool_] | Floats) -> float:
        """Return the demand that is served, rounded, where ``share`` of each point's demand is. *Shape*: (n,)."""
        return float(self.round_served(np.array([fsum((self.weight * share).tolist())]))[0])

    def join_points(self, around: "Demand | None") -> tuple[Floats, Floats]:
        """Return the points and weights of this demand, followed by those of the demand around it."""
        if around is None:
            return self.points, self.weight
        return np.concatenate((self.points, around.points)), np.concatenate((self.weight, around.weight))

    def select(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> "Demand":
        """Return the selected points. *Shape*: (n,) booleans, or row numbers."""
        hour = None if self.hour is None else self.hour[rows]
        return Demand(self.points[rows], self.weight[rows], self.unit, self.district[rows], hour)


def assign_areas(demand: Demand, digits: int) -> tuple[NDArray[np.intp], tuple[str, ...]]:
    """Return the area number of each point and the sorted area codes.

    Points outside every area get the number after the last one.
    *Shape*: (n,). *Raises*: ValueError for digits of no level, or district codes with fewer digits.
    """
    if digits not in AREA_CODE_DIGITS.values():
        levels = ", ".join(f"{n} ({level})" for level, n in AREA_CODE_DIGITS.items())
        raise ValueError(f"digits is {digits}; give {levels}")
    number, known = pd.factorize(demand.district)
    if short := sorted(code for code in known if len(code) < digits):
        raise ValueError(
            f"district code {short[0]!r} has fewer than {digits} digits; "
            "give outlines of that level, with codes of GB/T 2260 and GB/T 10114"
        )
    codes, place = np.unique([code[:digits] for code in known], return_inverse=True)
    area = np.append(place, len(codes))[number]  # `factorize` numbers None with -1
    return area, tuple(codes.tolist())


def mix_demands(first: Demand, others: Sequence[tuple[Demand, float]]) -> Demand:
    """Return a demand in which each of the others has a share of the whole, and the first has the rest.

    The whole weighs as much as the first did alone, so that figures stay comparable with it. Points with an hour
    keep it (`Demand.hour`): over a week each kind has its share of the whole, in a single hour riders may weigh
    more or less. *Units*: shares 0..1; the mixture has the unit `WEIGHTED_UNIT`.
    *Raises*: ValueError for shares that are no parts of a whole, or a demand without any weight.
    """
    shares = [share for _, share in others]
    if any(not 0 < share <= 1 for share in shares) or fsum(shares) > 1 + SHARE_SLACK:
        raise ValueError(
            f"the shares {shares} are no parts of a whole; give some above 0 that sum to 1 at most"
        )
    parts = [(first, max(0.0, 1 - fsum(shares))), *others]
    if not all(part.total > 0 for part, _ in parts):
        raise ValueError("a demand of the mixture has no weight; leave it out")
    hours = [
        np.full(len(part), EVERY_HOUR, dtype=np.int16) if part.hour is None else part.hour
        for part, _ in parts
    ]
    return Demand(
        np.concatenate([part.points for part, _ in parts]),
        np.concatenate([part.weight * (share * first.total / part.total) for part, share in parts]),
        WEIGHTED_UNIT,
        np.concatenate([part.district for part, _ in parts]),
        None if all(part.hour is None for part, _ in parts) else np.concatenate(hours),
    )

"""Compute the travel times of many pairs of points and places with Valhalla's matrix.

A planner's question has hundreds of thousands of points. One question to Valhalla holds all points of a
neighbourhood and all places near them. Valhalla then searches once from each place backwards, which costs
as much for 3,000 points as for one.
"""

import json
import os
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.coverage.cells import cells_at_points
from geo.coverage.neighbours import Neighbours
from geo.coverage.pairs import RouteTally
from geo.coverage.reach import PairRoutes
from geo.gaps.finding import cell_spacing_m
from geo.geodesy import Floats, geodesic_m
from geo.nearest.travel import is_below_straight
from yihui.runtime.progress import show_progress
from yihui.runtime.routing_faults import RoutingUnavailable
from yihui.services.stations.routing import MAX_STARTS, StreetNetwork, build_valhalla_config, location_list

_POINTS = 4_000  # of one question
_TABLE = 200_000  # points × places of one question; its answer is about 4 MB
_COARSEST, _FINEST = 4, 9  # H3 resolutions of a neighbourhood
_ACROSS = 1.5  # a neighbourhood is at least as wide as 1.5 limits
_MAX_MATRIX_M = 250_000.0
# Valhalla gives up a search at a cost that it derives from this length; these lengths for each second of the
# limit let it search for at least nine times the limit (measured with Valhalla 3.9.1 on residential streets).
_SEARCH_M_PER_S = {"pedestrian": 20.0, "bicycle": 100.0}
_LONGEST_QUESTION = 1_000_000
Rows = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class StreetMatrix:
    """The streets of a tiles folder for many pairs at once: a `geo.coverage.reach.PairNetwork`.

    ``limit_s`` is the travel time that matters: a way that takes more than nine times as long may count as
    none. ``label`` is shown with the progress. ``tally`` sums up all questions.
    """

    streets: StreetNetwork
    limit_s: float
    label: str
    tally: RouteTally = field(default_factory=RouteTally)

    @property
    def top_speed_m_per_s(self) -> float:
        return self.streets.top_speed_m_per_s

    def routes_of_pairs(self, points: Floats, places: Floats, near: Neighbours) -> PairRoutes:
        """Return the fastest route of each pair, from the point to the place.

        Two questions are asked at a time on two processors; Ctrl+C or the observer of the progress ends the
        work. *Shape*: (n, 2) and (m, 2), lon, lat. *CRS*: WGS84. *Raises*: RoutingUnavailable if Valhalla
        fails.
        """
        seconds, metres = np.full(len(near.station), np.inf), np.full(len(near.station), np.inf)
        off, done = np.zeros(len(points), dtype=bool), 0
        asked = int(np.count_nonzero(near.count))
        with show_progress(self.label, asked) as advance:
            for batch, found in self._answers(points, places, near):
                seconds[batch.pairs] = found.seconds[batch.point_of_pair, batch.place_of_pair]
                metres[batch.pairs] = found.metres[batch.point_of_pair, batch.place_of_pair]
                off[batch.rows] = found.off
                done += len(batch.rows)
                advance(done)
        routes = PairRoutes(seconds, metres, off)
        self.tally.add(near, routes)
        return routes

    def _answers(
        self, points: Floats, places: Floats, near: Neighbours
    ) -> Iterator[tuple["_Batch", "_Table"]]:
        """Yield each batch with its answer, as they come; few wait at a time, so that memory is bounded."""
        batches = _split_pairs(points, near, self.limit_s * self.top_speed_m_per_s)
        workers = max(1, min(4, os.cpu_count() or 1))
        pool = ThreadPoolExecutor(workers)
        try:
            running: dict[Future[_Table], _Batch] = {}
            while True:
                for batch in islice(batches, 2 * workers - len(running)):
                    answer = pool.submit(self._ask_costs, points[batch.rows], places[batch.places])
                    running[answer] = batch
                if not running:
                    return
                ready, _ = wait(running, return_when=FIRST_COMPLETED)
                for answer in ready:
                    self.tally.questions += 1
                    yield running.pop(answer), answer.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _ask_costs(self, points: Floats, places: Floats, *, is_checked: bool = False) -> "_Table":
        """Ask for the costs of all points to all places.

        A point or a place on no street makes Valhalla's answers for the others wrong, or ends Valhalla (measured
        with 3.9.1). So where one is among them, or there is no answer, Valhalla says which are on a street, and
        is asked about those again; also where it still finds none for some of them.
        """
        answer = self._matrix(points, places, must_answer=is_checked)
        if answer:
            off, is_shut = (_find_missing(answer[ends]) for ends in ("sources", "destinations"))
            if not off.any() and not is_shut.any():
                return self._mend_short_ways(points, places, self._read_table(answer))
        if not is_checked:
            config = self._config(points, places)
            off, is_shut = (self.streets.find_off_street(some, config) for some in (points, places))
        if off.all() or is_shut.all():
            return _Table.without_way(off, len(places))
        return self._ask_costs(points[~off], places[~is_shut], is_checked=True).insert(off, is_shut)

    def _matrix(self, points: Floats, places: Floats, *, must_answer: bool) -> dict[str, Any] | None:
        """Return Valhalla's matrix; None if there is none and none must be. *Raises*: RoutingUnavailable."""
        question = {"sources": location_list(points), "targets": location_list(places)}
        try:
            answer = self.streets.query_valhalla(self._config(points, places), "sources_to_targets", question)
            if not isinstance(answer, dict) or not {"sources", "destinations", "durations"} <= answer.keys():
                raise self.streets.build_failure(str(answer))
        except RoutingUnavailable:
            if must_answer:
                raise
            return None
        return answer

    def _read_table(self, answer: dict[str, Any]) -> "_Table":
        try:
            from_street_m = np.array([one["distance"] for one in answer["sources"]])[:, None]
            to_street_m = np.array([one["distance"] for one in answer["destinations"]])
            seconds, metres = _numbers(answer["durations"]), _numbers(answer["distances"])
        except (LookupError, TypeError, ValueError) as error:
            raise self.streets.build_failure(str(answer)) from error
        off_m = from_street_m + to_street_m
        seconds = seconds + off_m / self.top_speed_m_per_s
        off = np.zeros(len(seconds), dtype=bool)
        return _Table(seconds, np.where(np.isinf(seconds), np.inf, metres + off_m), off)

    def _mend_short_ways(self, points: Floats, places: Floats, table: "_Table") -> "_Table":
        """Ask again, as for riders, for pairs whose way is shorter than the straight line, which no way can be.

        Valhalla's answer has the distance from a point to its nearest street alone. Where that street leads nowhere,
        as a one-way street at the edge of the extract, the way begins or ends at another one, farther from the point.
        A way that is still too short counts as none.
        """
        is_short = _find_short_ways(points, places, table.metres)
        rows = np.flatnonzero(is_short.any(axis=1))
        for some in (rows[at : at + MAX_STARTS] for at in range(0, len(rows), MAX_STARTS)):
            at_place = np.flatnonzero(is_short[some].any(axis=0))
            ways = self.streets.ways_between(points[some], places[at_place])
            for row, way in zip(some, ways, strict=True):
                here = at_place[is_short[row, at_place]]
                chosen = is_short[row, at_place]
                table.seconds[row, here] = np.inf if way is None else way.seconds[chosen]
                table.metres[row, here] = np.inf if way is None else way.metres[chosen]
        if len(rows):
            still = is_short & _find_short_ways(points, places, table.metres)
            table.seconds[still] = table.metres[still] = np.inf
        return table

    def _config(self, points: Floats, places: Floats) -> str:
        """Return Valhalla's configuration for one question, whatever the tiles' own file allows."""
        both = np.concatenate((points, places))
        low, high = both.min(axis=0), both.max(axis=0)
        across_m = float(geodesic_m(low[None], high[None])[0]) * 1.1 + 1_000.0
        search_m = self.limit_s * _SEARCH_M_PER_S[self.streets.costing]
        config: dict[str, Any] = build_valhalla_config()
        config["service_limits"][self.streets.costing] = {
            "max_distance": _MAX_MATRIX_M,
            "max_locations": _LONGEST_QUESTION,
            "max_matrix_distance": max(across_m, min(search_m, _MAX_MATRIX_M)),
            "max_matrix_location_pairs": _LONGEST_QUESTION,
        }
        config["loki"]["actions"] = ["sources_to_targets", "locate"]
        config["thor"] = {"source_to_target_algorithm": "timedistancematrix"}
        return json.dumps(config)


@dataclass(frozen=True, slots=True)
class _Table:
    """Costs of all points to all places of one question. *Shape*: (n, m) twice, ``off`` (n,)."""

    seconds: Floats
    metres: Floats
    off: NDArray[np.bool_]

    @classmethod
    def without_way(cls, off: NDArray[np.bool_], places: int) -> "_Table":
        none = np.full((len(off), places), np.inf)
        return cls(none, none, off)

    def insert(self, off: NDArray[np.bool_], is_shut: NDArray[np.bool_]) -> "_Table":
        """Return the table with the points and the places that are on no street.

        *Shape*: (more points,) and (more places,), True where inserted.
        """
        seconds = np.full((len(off), len(is_shut)), np.inf)
        metres, every = seconds.copy(), off.copy()
        there = np.ix_(~off, ~is_shut)
        seconds[there], metres[there], every[~off] = self.seconds, self.metres, self.off
        return _Table(seconds, metres, every)


@dataclass(frozen=True, slots=True)
class _Batch:
    """The points and places of one question, and where its pairs are in the whole and in its table."""

    rows: Rows
    places: Rows
    pairs: Rows
    point_of_pair: Rows
    place_of_pair: Rows


def _split_pairs(points: Floats, near: Neighbours, limit_m: float) -> Iterator[_Batch]:
    """Yield the pairs in batches: the points of one H3 cell with all places near them, or a part of them."""
    asked = np.flatnonzero(near.count)
    if not asked.size:
        return
    cells = cells_at_points(points[asked], _neighbourhood_resolution(limit_m))
    order = np.argsort(cells, kind="stable")
    ends = np.flatnonzero(np.diff(cells[order])) + 1
    for rows in np.split(asked[order], ends):
        yield from _halve(near, np.sort(rows))


def _halve(near: Neighbours, rows: Rows) -> Iterator[_Batch]:
    batch = _batch(near, rows)
    if len(rows) > 1 and (len(rows) > _POINTS or len(rows) * len(batch.places) > _TABLE):
        middle = len(rows) // 2
        yield from _halve(near, rows[:middle])
        yield from _halve(near, rows[middle:])
    else:
        yield batch


def _batch(near: Neighbours, rows: Rows) -> _Batch:
    count = near.count[rows]
    ends = np.cumsum(count)
    pairs = np.arange(ends[-1]) + np.repeat(near.start[rows] - (ends - count), count)
    places, place_of_pair = np.unique(near.station[pairs], return_inverse=True)
    return _Batch(rows, places.astype(np.intp), pairs, np.repeat(np.arange(len(rows)), count), place_of_pair)


def _neighbourhood_resolution(limit_m: float) -> int:
    """Return the finest H3 resolution whose cells are at least as wide as a part of the limit."""
    fitting = (r for r in range(_FINEST, _COARSEST, -1) if cell_spacing_m(r) >= _ACROSS * limit_m)
    return next(fitting, _COARSEST)


def _find_short_ways(points: Floats, places: Floats, metres: Floats) -> NDArray[np.bool_]:
    """Return which ways are shorter than the straight line, beyond rounding. *Shape*: (n, m)."""
    row, place = np.nonzero(np.isfinite(metres))
    is_short = np.zeros(metres.shape, dtype=bool)
    is_short[row, place] = is_below_straight(metres[row, place], geodesic_m(points[row], places[place]))
    return is_short


def _find_missing(ends: list[object]) -> NDArray[np.bool_]:
    """Return which ends of a question are on no street. *Shape*: (n,)."""
    return np.array([one is None for one in ends], dtype=bool)


def _numbers(table: list[list[float | None]]) -> Floats:
    numbers = np.array(table, dtype=np.float64)  # None becomes NaN
    return np.where(np.isnan(numbers), np.inf, numbers)

"""Benchmark 2SFCA and E2SFCA beside PySAL's on the same table of costs, and the gaps of a province by the
hour.
"""

import warnings
from collections.abc import Iterator
from datetime import date
from functools import partial
from time import process_time

import numpy as np
import pandas as pd

from bench.measurement import Measurement, compare_interleaved, speedup_measurement
from bench.stations import BOX_LOWER_LEFT, BOX_UPPER_RIGHT, random_points, random_register
from geo.coverage.demand import Demand
from geo.coverage.floating import DistanceDecay, two_step_access
from geo.coverage.hours import week_instants
from geo.coverage.neighbours import Pairs, find_neighbours
from geo.coverage.reach import Reach
from geo.gaps.finding import compute_gaps
from geo.geodesy import Floats
from geo.nearest.index import StationIndex
from geo.station import Station

DEMAND_POINTS, STATION_COUNT, REACH_M = 100_000, 10_790, 2_000.0
ZONES = ((500.0, 1.0), (1_000.0, 0.68), (2_000.0, 0.22))
ROUNDS = 3
COUNTIES = 136
SPAN_DEG, GRID_POINTS = (3.95, 4.0), (355, 444)  # degrees; number of points, 1 km apart
GAPS_GOAL_S = 20.0


def measure() -> Iterator[Measurement]:
    yield from _catchments(np.random.default_rng(20261120))
    yield _gaps(np.random.default_rng(20261120))


def _catchments(rng: np.random.Generator) -> list[Measurement]:
    everywhere = rng.permutation(
        random_points(rng, DEMAND_POINTS + STATION_COUNT)
    )  # demand and stations share the same towns
    pairs = find_neighbours(everywhere[:DEMAND_POINTS], everywhere[DEMAND_POINTS:], REACH_M).pairs
    people, capacity = (
        rng.integers(1, 500, DEMAND_POINTS).astype(float),
        rng.integers(1, 30, STATION_COUNT).astype(float),
    )
    theirs = _Pysal(pairs, people, capacity)
    found = []
    for name, decay in (
        ("2sfca", DistanceDecay.binary(REACH_M)),
        ("e2sfca", DistanceDecay(ZONES)),
    ):
        weigh = None if name == "2sfca" else _step(ZONES)
        ours_s = compare_interleaved(
            partial(two_step_access, pairs, people, capacity, decay),
            partial(theirs.two_stage, weigh),
            rounds=ROUNDS,
        )
        same = np.allclose(
            two_step_access(pairs, people, capacity, decay),
            theirs.two_stage(weigh),
            rtol=1e-12,
            atol=0,
            equal_nan=True,
        )
        assert same, f"{name}: PySAL's answer is another one"
        detail = f"{len(pairs.cost):,} pairs of {DEMAND_POINTS:,} and {STATION_COUNT:,}, µs a thousand pairs; PySAL access, same answer"
        found.append(
            speedup_measurement(
                f"coverage.{name}_by_access", ours_s, 1, per=len(pairs.cost) // 1_000, detail=detail
            )
        )
    return found


class _Pysal:
    """PySAL's two stages, on tables that are built before the clock starts."""

    def __init__(self, pairs: Pairs, people: Floats, capacity: Floats) -> None:
        self._demand = pd.DataFrame({"demand": people}, index=pd.RangeIndex(len(people), name="geoid"))
        self._supply = pd.DataFrame({"supply": capacity}, index=pd.RangeIndex(len(capacity), name="geoid"))
        self._costs = pd.DataFrame({"origin": pairs.point, "dest": pairs.place, "cost": pairs.cost})

    def two_stage(self, weigh: object) -> Floats:
        from access import fca

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = fca.two_stage_fca(
                self._demand,
                self._supply,
                self._costs,
                REACH_M,
                demand_index=True,
                supply_index=True,
                weight_fn=weigh,
            )
        answer: Floats = found.reindex(self._demand.index).to_numpy()
        return answer


def _step(zones: tuple[tuple[float, float], ...]) -> object:
    from access import weights

    return weights.step_fn(dict(zones))


def _gaps(rng: np.random.Generator) -> Measurement:
    """Measure the gaps of a week: a 1 km grid over an area as large as Shandong, 10,790 stations, 168 hours."""
    lon, lat = (
        np.linspace(BOX_LOWER_LEFT[axis], BOX_LOWER_LEFT[axis] + SPAN_DEG[axis], GRID_POINTS[axis])
        for axis in (0, 1)
    )
    points = np.stack(np.meshgrid(lon, lat), axis=-1).reshape(-1, 2)
    stripe = np.arange(len(points)) * COUNTIES // len(points)
    county = [f"37{number:04d}" for number in stripe.tolist()]
    demand = Demand.from_points(points, rng.integers(0, 2_000, len(points)), "people", county)
    index = StationIndex.build([_moved(station) for station in random_register(rng, STATION_COUNT)])
    week = week_instants(date(2026, 9, 7))
    begin = process_time()
    found = compute_gaps(demand, index, Reach(radius_m=1_000), week)
    seconds = process_time() - begin
    detail = f"{len(points):,} demand points, {STATION_COUNT:,} stations, 168 hours: {len(found):,} gaps"
    return Measurement.at_most("coverage.gaps_of_a_week", seconds, "s", GAPS_GOAL_S, detail)


def _moved(station: Station) -> Station:
    """Move a station from Shandong's bounding box into its western half, which is as large as the province."""
    lon = station.lon or BOX_LOWER_LEFT[0]
    return station.model_copy(
        update={
            "lon": BOX_LOWER_LEFT[0]
            + (lon - BOX_LOWER_LEFT[0]) * SPAN_DEG[0] / (BOX_UPPER_RIGHT[0] - BOX_LOWER_LEFT[0])
        }
    )

"""Access: 2SFCA and E2SFCA against PySAL's on the same table of costs; and the gaps of a province by the hour."""

import warnings
from datetime import date
from functools import partial
from time import process_time

import numpy as np
import pandas as pd

from bench.measurement import Measurement, interleaved, times_faster
from bench.stations import HIGH, LOW, places, register
from geo.coverage import Demand, Reach
from geo.coverage.floating import CatchmentPairs, DistanceDecay, two_step_access
from geo.coverage.neighbours import find_neighbours
from geo.coverage.openness import week_instants
from geo.gaps import compute_gaps
from geo.geodesy import Floats
from geo.nearest.index import StationIndex
from geo.station import Station

DEMAND, PLACES, REACH_M = 100_000, 10_790, 2_000.0
ZONES = ((500.0, 1.0), (1_000.0, 0.68), (2_000.0, 0.22))
ROUNDS = 3
COUNTIES = 136
SPAN, GRID = (3.95, 4.0), (355, 444)  # degrees, and points a kilometre apart
GAPS_WITHIN_S = 20.0


def measure() -> list[Measurement]:
    return [*_catchments(np.random.default_rng(20261120)), _gaps(np.random.default_rng(20261120))]


def _catchments(rng: np.random.Generator) -> list[Measurement]:
    everywhere = rng.permutation(places(rng, DEMAND + PLACES))  # both live in the same towns
    near = find_neighbours(everywhere[:DEMAND], everywhere[DEMAND:], REACH_M)
    pairs = CatchmentPairs.from_compressed_rows(near.start, near.station, near.distance_m)
    people, capacity = rng.integers(1, 500, DEMAND).astype(float), rng.integers(1, 30, PLACES).astype(float)
    theirs = _Pysal(pairs, people, capacity)
    found = []
    for name, decay in (
        ("2sfca", DistanceDecay.binary(REACH_M)),
        ("e2sfca", DistanceDecay.from_zones(ZONES)),
    ):
        weigh = None if name == "2sfca" else _step(ZONES)
        ours_s = interleaved(
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
        detail = f"{len(pairs.cost):,} pairs of {DEMAND:,} and {PLACES:,}, µs a thousand pairs; PySAL access, same answer"
        found.append(
            times_faster(f"coverage.{name}_by_access", ours_s, 1, per=len(pairs.cost) // 1_000, detail=detail)
        )
    return found


class _Pysal:
    """Their two stages, on tables that are made beforehand."""

    def __init__(self, pairs: CatchmentPairs, people: Floats, capacity: Floats) -> None:
        self._demand = pd.DataFrame({"demand": people}, index=pd.RangeIndex(len(people), name="geoid"))
        self._supply = pd.DataFrame({"supply": capacity}, index=pd.RangeIndex(len(capacity), name="geoid"))
        self._costs = pd.DataFrame({"origin": pairs.demand, "dest": pairs.place, "cost": pairs.cost})

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
    """A grid of a kilometre over as much ground as Shandong's, 10,790 stations, all hours of a week."""
    lon, lat = (np.linspace(LOW[axis], LOW[axis] + SPAN[axis], GRID[axis]) for axis in (0, 1))
    points = np.stack(np.meshgrid(lon, lat), axis=-1).reshape(-1, 2)
    stripe = np.arange(len(points)) * COUNTIES // len(points)
    county = [f"37{number:04d}" for number in stripe.tolist()]
    demand = Demand.from_points(points, rng.integers(0, 2_000, len(points)), "people", county)
    index = StationIndex.build([_moved(station) for station in register(rng, PLACES)])
    week = week_instants(date(2026, 9, 7))
    begin = process_time()
    found = compute_gaps(demand, index, Reach(radius_m=1_000), week)
    seconds = process_time() - begin
    return Measurement(
        name="coverage.gaps_of_a_week",
        value=seconds,
        unit="s",
        ratio=None,
        op="<=",
        goal=GAPS_WITHIN_S,
        holds=seconds <= GAPS_WITHIN_S,
        detail=f"{len(points):,} demand points, {PLACES:,} stations, 168 hours: {len(found):,} gaps",
    )


def _moved(station: Station) -> Station:
    """From the box of Shandong into its western half, which has as much ground as the province."""
    lon = station.lon or LOW[0]
    return station.model_copy(update={"lon": LOW[0] + (lon - LOW[0]) * SPAN[0] / (HIGH[0] - LOW[0])})

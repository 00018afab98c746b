"""Small worlds for tests of siting: everything lies so many metres from one point in Jinan."""

from collections.abc import Sequence

import numpy as np

from geo.coverage.demand import Demand
from geo.siting.situation import CandidateSites, SitingSituation
from tests.geo.nearest.brute_force import GEOD, all_distances

geodesics = all_distances
MIDDLE = (117.0, 36.65)


def at(*metres: tuple[float, float]) -> np.ndarray:
    """Points so many metres east and north of the middle. *Shape*: (n, 2)."""
    points = []
    for east, north in metres:
        lon, lat, _ = GEOD.fwd(*MIDDLE, np.degrees(np.arctan2(east, north)), np.hypot(east, north))
        points.append((lon, lat))
    return np.array(points, dtype=np.float64).reshape(-1, 2)


def sites(
    points: np.ndarray, names: Sequence[str] | None = None, cost_fen: Sequence[int] | None = None
) -> CandidateSites:
    return CandidateSites(
        points,
        np.array([*(names or [""] * len(points)), None], dtype=object)[:-1],
        np.full(len(points), "370102", dtype=object),
        None if cost_fen is None else np.array(cost_fen, dtype=np.int64),
    )


def scattered(
    seed: int, demands: int, candidates: int, standing: int, radius_m: float = 900.0
) -> SitingSituation:
    """Points by chance within 3 km."""
    chance = np.random.default_rng(seed)

    def somewhere(count: int) -> np.ndarray:
        return at(*map(tuple, chance.uniform(-3_000, 3_000, (count, 2)).tolist()))

    demand = Demand.from_points(somewhere(demands), chance.integers(0, 50, demands).astype(float))
    return SitingSituation(demand, sites(somewhere(candidates)), somewhere(standing), radius_m)


def served_by(situation: SitingSituation, opened: np.ndarray) -> float:
    """Demand within the radius of any of these points, geodesic by geodesic."""
    near = geodesics(situation.demand.points, opened) <= situation.radius_m
    return float(situation.demand.weight[near.any(axis=1)].sum())

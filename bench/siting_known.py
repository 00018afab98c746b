"""Solve published instances that take too long for ``make test``.

``python -m bench.siting_known`` (``make bench-long``) gives the dense ones 200 seconds each, and proves one of them
on the ellipsoid.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter

import numpy as np
from scipy.spatial import cKDTree

from bench.measurement import Measurement
from geo.geodesy import Floats, geocentric_vectors, geodesic_m
from geo.siting.problem import SitingGoal, SitingLimits, SitingTask
from geo.siting.solve import solve_siting_task
from tools.siting_library import cover_from_lists, parse_p_median
from yihui.planning.siting.solving import TimedSolver

SHARED_DATA = Path(__file__).parents[1].parent / "shared" / "data"
MEDIAN_OPTIMA = {"pmed6": 7824, "pmed7": 5631, "pmed8": 4445, "pmed9": 2734}
SPHERE_OPTIMUM, RADIUS_M, P = 1_153_640, 400.0, 50
# Best plans that we have ever found on the same blocks, by number of sites and radius; the first is the optimum.
BEST_KNOWN = {(50, 400.0): SPHERE_OPTIMUM, (70, 400.0): 1_396_333, (50, 600.0): 1_577_886}
SHORT_S, MOST_BEHIND, MOST_GAP = 30.0, 0.6, 0.01


def measure() -> Iterator[Measurement]:
    """Measure the published instances, one dense one among them; return nothing if the data is missing."""
    if not (SHARED_DATA / "siting").is_dir():
        return
    yield from (_median(name, optimum) for name, optimum in MEDIAN_OPTIMA.items())
    yield measure_dense(70, 400.0, SHORT_S)


def _median(name: str, optimum: int) -> Measurement:
    task = parse_p_median((SHARED_DATA / "siting" / f"{name}.txt").read_text())
    begin = perf_counter()
    plan = solve_siting_task(task)
    seconds = perf_counter() - begin
    detail = f"{seconds:.1f} s to prove {plan.objective:,.0f}; published: {optimum:,}"
    holds = plan.objective == plan.bound == optimum
    return Measurement(
        f"coverage.siting_{name}", plan.objective - optimum, "off", None, "<=", 0.0, holds, detail
    )


def prove_manhattan() -> Measurement:
    """Compare the optimum within 400 m of geodesic distance with the published optimum, which holds on a
    sphere.
    """
    points, people = _read_manhattan()
    begin = perf_counter()
    plan = solve_siting_task(_covering_task(points, people, RADIUS_M, P, geodesic_m))
    seconds = perf_counter() - begin
    share = (plan.objective / SPHERE_OPTIMUM - 1) * 100
    detail = f"{plan.objective:,.0f} proven in {seconds:.1f} s; published for a sphere: {SPHERE_OPTIMUM:,}"
    return Measurement.plain("coverage.siting_manhattan_ellipsoid", share, "%", detail)


def measure_dense(p: int, radius_m: float, seconds: float) -> Measurement:
    """Measure how far the plan of `TimedSolver` stays behind the best known one, on the sphere, and its gap."""
    points, people = _read_manhattan()
    best_known = BEST_KNOWN[p, radius_m]
    plan = TimedSolver(seconds)(_covering_task(points, people, radius_m, p, _sphere_m))
    behind = (1 - plan.objective / best_known) * 100
    detail = f"{plan.objective:,.0f} of {best_known:,} in {seconds:.0f} s; proven gap {plan.gap:.2%}"
    holds = behind <= MOST_BEHIND and plan.gap < MOST_GAP
    name = f"coverage.siting_manhattan_p{p}_{radius_m:.0f}m_{seconds:.0f}s"
    return Measurement(name, behind, "% behind", None, "<=", MOST_BEHIND, holds, detail)


def _read_manhattan() -> tuple[Floats, Floats]:
    """Return the points and the people of 2,713 census blocks. *Shape*: (n, 2), lon, lat; (n,)."""
    lines = (SHARED_DATA / "local-only" / "siting" / "Manhattan2713.txt").read_text().splitlines()[1:]
    rows = np.array([line.split()[:3] for line in lines if line.strip()], dtype=np.float64)
    return rows[:, 1::-1], rows[:, 2]


def _covering_task(
    points: Floats, people: Floats, radius_m: float, p: int, measure_m: Callable[[Floats, Floats], Floats]
) -> SitingTask:
    tree = cKDTree(geocentric_vectors(points))
    near = tree.sparse_distance_matrix(tree, radius_m * 1.01, output_type="coo_matrix")
    metres = measure_m(points[near.row], points[near.col])
    cover: list[list[int]] = [[] for _ in people]
    for demand, site in zip(near.row[metres <= radius_m], near.col[metres <= radius_m], strict=True):
        cover[demand].append(int(site))
    return SitingTask(SitingGoal.MCLP, cover_from_lists(people, cover, len(people)), SitingLimits(p=p))


def _sphere_m(one: Floats, other: Floats) -> Floats:
    """Return distances on a sphere of 6,378,137 m, as the published instance has them (haversine)."""
    (lon, lat), (lon2, lat2) = np.radians(one).T, np.radians(other).T
    half = np.sin((lat2 - lat) / 2) ** 2 + np.cos(lat) * np.cos(lat2) * np.sin((lon2 - lon) / 2) ** 2
    return np.asarray(2 * 6_378_137.0 * np.arcsin(np.sqrt(half)))

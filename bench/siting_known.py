"""Solve published instances that take too long for ``make test``, and one of them on the ellipsoid."""

from pathlib import Path
from time import perf_counter

import numpy as np
from scipy.spatial import cKDTree

from bench.measurement import Measurement
from geo.geodesy import geocentric_vectors, geodesic_m
from geo.siting.limits import SitingLimits
from geo.siting.problem import Cover, SitingGoal, SitingTask
from geo.siting.solve import solve_siting_task
from tools.siting_library import parse_p_median

SHARED_DATA = Path(__file__).parents[1].parent / "shared" / "data"
MEDIAN_OPTIMA = {"pmed6": 7824, "pmed7": 5631, "pmed8": 4445, "pmed9": 2734}
SPHERE_OPTIMUM, RADIUS_M, P = 1_153_640, 400.0, 50


def measure() -> list[Measurement]:
    """Measure the published instances; return nothing if the data is missing."""
    if not (SHARED_DATA / "siting").is_dir():
        return []
    return [*(_median(name, optimum) for name, optimum in MEDIAN_OPTIMA.items()), _manhattan()]


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


def _manhattan() -> Measurement:
    """Compare the optimum within 400 m of geodesic distance with the published optimum, which holds on a
    sphere.
    """
    lines = (SHARED_DATA / "local-only" / "siting" / "Manhattan2713.txt").read_text().splitlines()[1:]
    rows = np.array([line.split()[:3] for line in lines if line.strip()], dtype=np.float64)
    points, people = rows[:, 1::-1], rows[:, 2]
    near = cKDTree(geocentric_vectors(points)).sparse_distance_matrix(
        cKDTree(geocentric_vectors(points)), RADIUS_M, output_type="coo_matrix"
    )
    metres = geodesic_m(points[near.row], points[near.col])
    cover: list[list[int]] = [[] for _ in people]
    for demand, site in zip(near.row[metres <= RADIUS_M], near.col[metres <= RADIUS_M], strict=True):
        cover[demand].append(int(site))
    begin = perf_counter()
    plan = solve_siting_task(
        SitingTask(SitingGoal.MCLP, Cover.from_lists(people, cover, len(people)), SitingLimits(p=P))
    )
    seconds = perf_counter() - begin
    share = (plan.objective / SPHERE_OPTIMUM - 1) * 100
    detail = f"{plan.objective:,.0f} proven in {seconds:.1f} s; published for a sphere: {SPHERE_OPTIMUM:,}"
    return Measurement("coverage.siting_manhattan_ellipsoid", share, "%", None, None, None, None, detail)

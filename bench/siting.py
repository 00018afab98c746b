"""Benchmark siting beside spopt on the same instances, time and memory; and one instance as large as a province.

Each side runs in its own process, so that its peak memory is its own; seconds are processor seconds.
The large instance has a short time limit in ``bench/siting_big.py``; ``python -m bench.siting 300`` (the number of
sites) runs it at its full length, five minutes for each number.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from time import perf_counter

import numpy as np
from scipy.spatial import cKDTree

from bench.measurement import Measurement, peak_mb, resident_mb
from geo.geodesy import Floats
from geo.siting.problem import SitingGoal, SitingLimits, SitingTask
from geo.siting.record import SearchRecord, SitingPlan
from tools.siting_library import cover_from_lists, distances_from_metres
from yihui.planning.siting.solving import TimedSolver

ROOT = Path(__file__).parents[1]
SEED = 8
DEMAND_COUNT, SITE_COUNT, RADIUS_M = 60_000, 5_500, 500.0
CITY_COUNT, SPREAD_M, AREA_SIDE_M = 16, 1_020.0, 400_000.0
LONG_S = 300.0
GOAL_GAP = 0.01


@dataclass(frozen=True, slots=True)
class InstanceSize:
    """An instance for both sides: demand points and sites on a plane, with all distances."""

    goal: SitingGoal
    demands: int
    sites: int
    p: int
    radius_m: float = 500.0
    side_m: float = 6_000.0


COMPARED_INSTANCES = (
    InstanceSize(SitingGoal.MCLP, 2_000, 300, 30),
    InstanceSize(SitingGoal.MCLP, 6_000, 600, 100),
    InstanceSize(SitingGoal.LSCP, 1_000, 200, 0, radius_m=1_000.0),
    InstanceSize(SitingGoal.P_MEDIAN, 200, 200, 20),
    InstanceSize(SitingGoal.P_CENTRE, 100, 30, 5),
)


def measure() -> Iterator[Measurement]:
    """Measure both sides of every instance."""
    for number in range(len(COMPARED_INSTANCES)):
        yield from _side_by_side(number)


def build_cities_task(seed: int = SEED) -> SitingTask:
    """Build the large instance: 60,000 demand points and 5,500 sites in 16 cities of different size.

    A demand point has 20 sites within the radius on average.
    """
    chance = np.random.default_rng(seed)
    size = chance.lognormal(0, 1, CITY_COUNT)
    centre = chance.uniform(0, AREA_SIDE_M, (CITY_COUNT, 2))
    spread = SPREAD_M * np.sqrt(size / size.mean())

    def drawn(count: int) -> Floats:
        city = chance.choice(CITY_COUNT, count, p=size / size.sum())
        return np.asarray(centre[city] + chance.normal(0, 1, (count, 2)) * spread[city][:, None])

    demands, sites = drawn(DEMAND_COUNT), drawn(SITE_COUNT)
    weights = chance.integers(1, 100, DEMAND_COUNT).astype(np.float64)
    return SitingTask(SitingGoal.MCLP, cover_from_lists(weights, _near(sites, demands, RADIUS_M), SITE_COUNT))


def _near(sites: Floats, demands: Floats, radius_m: float) -> list[list[int]]:
    found: object = cKDTree(sites).query_ball_point(demands, radius_m)
    assert isinstance(found, np.ndarray)
    return list(found)


def task_with_p(task: SitingTask, p: int) -> SitingTask:
    """Return the same task with ``p`` sites to choose."""
    return SitingTask(task.goal, task.data, SitingLimits(p=p))


def measure_big(p: int, seconds: float) -> list[Measurement]:
    task = task_with_p(build_cities_task(), p)
    memory = _Memory()
    near_at: list[float] = []
    begin = perf_counter()

    def told(record: SearchRecord) -> None:
        if record.sites is not None and abs(record.bound / record.objective - 1) <= GOAL_GAP and not near_at:
            near_at.append(perf_counter() - begin)

    with memory:
        plan = TimedSolver(seconds=seconds, on_progress=told)(task)
    taken = perf_counter() - begin
    detail = (
        f"{DEMAND_COUNT:,} × {SITE_COUNT:,}, {len(task.data.site_of) / DEMAND_COUNT:.1f} sites a demand, {_format_plan(plan)}, "
        f"{taken:.1f} s of {seconds:.0f}; {GOAL_GAP:.0%} after {near_at[0] if near_at else float('nan'):.0f} s"
    )
    name = f"coverage.siting_big_p{p}"
    goal = GOAL_GAP * 100 if p == 1_000 else None
    return [
        Measurement(f"{name}_gap", plan.gap * 100, "%", None, "<=" if goal else None, goal,
                    plan.gap <= GOAL_GAP if goal else None, detail),
        Measurement.at_most(f"{name}_memory", memory.peak_mb, "MB", 2_048.0,
                            "all solving processes together and this one"),
        Measurement.at_most(f"{name}_overrun", taken - seconds, "s", 1.0,
                            f"how much later than its limit of {seconds:.0f} s the call returns"),
    ]  # fmt: skip


def _format_plan(plan: SitingPlan) -> str:
    return f"{plan.objective:,.0f} ({plan.found_by}) of at most {plan.bound:,.0f} ({plan.bound_by})"


class _Memory:
    """Peak of the summed resident memory of this process and its descendants, sampled ten times a second."""

    def __init__(self) -> None:
        self.peak_mb = 0.0
        self._over = Event()
        self._thread = Thread(target=self._sample, daemon=True)

    def __enter__(self) -> "_Memory":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._over.wait(0.1):
            self.peak_mb = max(self.peak_mb, sum(map(resident_mb, _family())))


def _family() -> list[str]:
    children = Path("/proc/self/task").glob("*/children")
    return ["self", *(pid for file in children for pid in file.read_text().split())]


def _side_by_side(number: int) -> list[Measurement]:
    size = COMPARED_INSTANCES[number]
    ours, theirs = (_apart(side, number) for side in ("ours", "theirs"))
    name = f"coverage.siting_{size.goal}_{size.demands}x{size.sites}"
    same = abs(ours["objective"] - theirs["objective"]) <= 1e-6 * max(1.0, abs(theirs["objective"]))
    told = f"spopt with its solver: {theirs['seconds']:.2f} s, {theirs['objective']:,.1f}"
    worth = f"objective {ours['objective']:,.1f}, {'the same' if same else 'NOT THE SAME'}"
    seconds, memory = ours["seconds"] / theirs["seconds"], ours["megabytes"] / theirs["megabytes"]
    return [
        Measurement(name, ours["seconds"], "s", seconds, "<=", 1.0, same and seconds <= 1, f"{told}; {worth}"),
        Measurement.at_most(
            f"{name}_memory", ours["megabytes"], "MB", 1.0,
            f"peak above what the imports take; spopt with its solver: {theirs['megabytes']:.0f} MB", memory,
        ),
    ]  # fmt: skip


def _apart(side: str, number: int) -> dict[str, float]:
    command = [
        sys.executable,
        "-c",
        f"from bench.siting import run_one_side; run_one_side({side!r}, {number})",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def run_one_side(side: str, number: int) -> None:
    """Solve one instance by one side in this process; print its figures as JSON."""
    size = COMPARED_INSTANCES[number]
    chance = np.random.default_rng(SEED)
    demands = chance.uniform(0, size.side_m, (size.demands, 2))
    sites = chance.uniform(0, size.side_m, (size.sites, 2))
    weights = chance.integers(1, 100, size.demands).astype(np.float64)
    if side == "ours":
        import highspy  # noqa: F401 imported first, so that imports are not measured

        import geo.siting.solve  # noqa: F401
    else:
        import pulp  # type: ignore[import-untyped] # noqa: F401
        import spopt.locate  # noqa: F401
    before = peak_mb()
    begin = _processor_s()
    with _Memory() as memory:  # with the solver's process
        objective = (_ours if side == "ours" else _theirs)(size, weights, demands, sites)
    taken = _processor_s() - begin
    peak = max(peak_mb(), memory.peak_mb) - before
    figures = {"objective": objective, "seconds": taken, "megabytes": max(peak, 1.0)}
    sys.stdout.write(json.dumps(figures) + "\n")


def _processor_s() -> float:
    """Return the processor seconds of this process and of the children that it waited for (spopt's solver)."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def _ours(size: InstanceSize, weights: Floats, demands: Floats, sites: Floats) -> float:
    from geo.siting.solve import solve_siting_task

    limits = SitingLimits(p=size.p or None)
    if size.goal in (SitingGoal.MCLP, SitingGoal.LSCP):
        cover = cover_from_lists(weights, _near(sites, demands, size.radius_m), size.sites)
        return solve_siting_task(SitingTask(size.goal, cover, limits)).objective
    metres = np.hypot(*(demands[:, None] - sites[None]).transpose(2, 0, 1))
    return solve_siting_task(SitingTask(size.goal, distances_from_metres(weights, metres), limits)).objective


def _theirs(size: InstanceSize, weights: Floats, demands: Floats, sites: Floats) -> float:
    """Solve as spopt's documentation does: a matrix of all distances, PuLP, and the solver that comes with it."""
    import pulp
    from spopt.locate import LSCP, MCLP, PCenter, PMedian

    metres = np.hypot(*(demands[:, None] - sites[None]).transpose(2, 0, 1))
    if size.goal is SitingGoal.MCLP:
        model = MCLP.from_cost_matrix(metres, weights, service_radius=size.radius_m, p_facilities=size.p)
    elif size.goal is SitingGoal.LSCP:
        model = LSCP.from_cost_matrix(metres, service_radius=size.radius_m)
    elif size.goal is SitingGoal.P_MEDIAN:
        model = PMedian.from_cost_matrix(metres, weights, p_facilities=size.p)
    else:
        model = PCenter.from_cost_matrix(metres, p_facilities=size.p)
    solved = model.solve(pulp.PULP_CBC_CMD(msg=False))
    return float(pulp.value(solved.problem.objective))


def main() -> None:
    """Run the large instance at full length: ``python -m bench.siting 100 300 1000``."""
    for p in map(int, sys.argv[1:]):
        for line in measure_big(p, LONG_S):
            sys.stdout.write(f"{line.name} {line.value:.4g} {line.unit}; {line.detail}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()

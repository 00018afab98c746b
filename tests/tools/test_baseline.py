"""How a measurement of the bench compares with earlier ones."""

import json
from pathlib import Path

import pytest

from bench.baseline import Baseline, compute_compared, scale_goal
from bench.measurement import Measurement
from bench.parts import Part
from bench.start import COMMANDS, judge_start
from bench.yardsticks import REFERENCE_S, Yardstick

PART = Part("web", "web_page", Yardstick.PYTHON)


def measured(
    value: float, unit: str = "s", *, ratio: float | None = None, op: str | None = None
) -> Measurement:
    return Measurement("web.some", value, unit, ratio, op, None, None, "")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("result", "python_s", "compared"),
    [
        (measured(3.0), 0.5, 6.0),  # on a machine half as fast both are doubled
        (measured(6.0), 1.0, 6.0),
        (measured(100.0, "events/s"), 0.5, 50.0),
        (measured(50.0, "events/s"), 1.0, 50.0),
        (measured(7.0, "MB"), 1.0, 7.0),
        (measured(3.0, ratio=0.4), 1.0, 0.4),
    ],
)
def test_times_and_rates_are_compared_by_the_yardstick_and_the_rest_as_it_is(
    result: Measurement, python_s: float, compared: float
) -> None:
    assert compute_compared(result, PART, {Yardstick.PYTHON: python_s}) == compared


def test_a_time_without_its_yardstick_is_not_compared() -> None:
    assert compute_compared(measured(3.0), PART, {}) is None
    assert compute_compared(measured(3.0, "MB"), PART, {}) == 3.0


@pytest.mark.parametrize("holds", [True, False])
def test_a_machine_one_third_as_fast_reads_the_same_verdict(*, holds: bool) -> None:
    better = 0.9 if holds else 1.1
    python_s = {Yardstick.PYTHON: 3 * REFERENCE_S[Yardstick.PYTHON]}
    time_s = Measurement.at_most("web.some", 3 * better * 2.5, "s", 2.5, "")
    rate = Measurement.at_least("web.some", 100 / (3 * better), "events/s", 100, "")
    ratio = Measurement.at_most("web.some", 3 * better, "s", 1.0, "", better)
    size = Measurement.at_most("web.some", better, "MB", 1.0, "")
    assert [scale_goal(one, PART, python_s).holds for one in (time_s, rate, ratio, size)] == [holds] * 4
    assert scale_goal(time_s, PART, {}) == time_s
    why = next(command for command in COMMANDS if command.work_s)
    taken_s = (0.5 * why.goal + why.work_s) * better
    assert judge_start(why, 3 * taken_s, 3 * 0.5, 3.0).holds is holds
    assert judge_start(why, taken_s, 0.5, 1.0).holds is holds
    assert judge_start(why, taken_s, 0.5, 0.5) == judge_start(why, taken_s, 0.5, 1.0)


def test_the_latency_of_a_network_takes_no_longer_on_a_slower_machine() -> None:
    result = Measurement.at_most("web.first", 4.6, "s", 2.5, "", latency_s=2.0)
    scaled = scale_goal(result, PART, {Yardstick.PYTHON: 3 * REFERENCE_S[Yardstick.PYTHON]})
    assert (scaled.goal, scaled.holds) == (2.0 + 3 * 0.5, False)


def test_a_faster_machine_keeps_the_goals_that_people_wait_for() -> None:
    result = Measurement.at_most("web.some", 2.4, "s", 2.5, "")
    assert scale_goal(result, PART, {Yardstick.PYTHON: 0.5 * REFERENCE_S[Yardstick.PYTHON]}) == result


@pytest.mark.parametrize(
    ("op", "compared", "is_worse"),
    [("<=", 10.9, False), ("<=", 11.3, True), ("<=", 8.0, False), (">=", 8.7, True), (">=", 12.0, False)],
)
def test_worse_is_more_than_a_tenth_to_the_wrong_side(
    op: str, compared: float, *, is_worse: bool, tmp_path: Path
) -> None:
    file = tmp_path / "baseline.json"
    kept, result = Baseline([]), measured(1.0, "MB", op=op)
    for run in (99.0, 10.0, 10.5, 9.8):  # the first one is forgotten: three runs stay
        kept.record(PART, result, run)
    kept.save(file)
    assert json.loads(file.read_text("utf-8"))[0]["runs"] == [10.0, 10.5, 9.8]
    change = Baseline.load(file).compare(result, compared)
    assert change is not None and change.is_worse is is_worse


def test_what_the_runs_of_the_baseline_differ_by_is_not_worse() -> None:
    kept, result = Baseline([]), measured(1.0, "MB")
    for run in (8.0, 10.0, 12.0):
        kept.record(PART, result, run)
    differs, worse = kept.compare(result, 13.0), kept.compare(result, 15.0)
    assert differs is not None and not differs.is_worse
    assert worse is not None and worse.is_worse
    assert Baseline([]).compare(result, 1.0) is None

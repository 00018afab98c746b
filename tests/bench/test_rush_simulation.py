"""The simulated rush, held against what can be computed by hand."""

from dataclasses import replace
from itertools import pairwise

import pytest

from bench.rush_simulation import BATCH, Costs, Installation, find_percentile, simulate_rush

pytestmark = pytest.mark.endure
FREE = Costs(sender_us=0, site_us=0, admission_us=0, relay_us=0, worker_us=0, decision_us=0)
ROOMY = Installation(cores=64)


def at_rate(count: int, per_s: float) -> list[float]:
    return [number / per_s for number in range(count)]


def test_a_lonely_claim_takes_the_sum_of_its_parts() -> None:
    costs = Costs(sender_us=1e3, site_us=2e3, admission_us=3e3, relay_us=4e3, worker_us=5e3, decision_us=6e3)
    course = simulate_rush([0.0, 10.0], costs, ROOMY)
    assert course.answered == pytest.approx([0.006, 0.006])
    assert course.decided == pytest.approx([0.021, 0.021])
    assert (course.waiting, course.over_s) == (1, pytest.approx(10.021))


@pytest.mark.parametrize("sites", [1, 2, 4])
def test_a_site_that_is_too_slow_makes_claims_wait_as_in_a_queue_of_fluid(sites: int) -> None:
    """Claims come in at 1,000/s for 10 s; each site answers 250/s. The last one waits for all before it."""
    course = simulate_rush(at_rate(10_000, 1_000), replace(FREE, site_us=4e3), replace(ROOMY, sites=sites))
    served_per_s = 250 * sites
    assert course.over_s == pytest.approx(10_000 / served_per_s, rel=0.01)
    assert course.answered[-1] == pytest.approx(10_000 / served_per_s - 10, abs=0.05)
    assert course.waiting == pytest.approx(max(10_000 - served_per_s * 10, 2), rel=0.01, abs=3)


@pytest.mark.parametrize(
    ("workers", "cores", "seconds"), [(1, 8, 10.0), (2, 8, 5.0), (8, 8, 1.25), (8, 2, 5.0)]
)
def test_workers_share_the_claims_and_the_cores(workers: int, cores: int, seconds: float) -> None:
    course = simulate_rush([0.0] * 10_000, replace(FREE, worker_us=1e3), Installation(1, workers, cores))
    assert course.over_s == pytest.approx(seconds, rel=0.02, abs=BATCH * 1e-3)


def test_the_servers_take_the_cores_from_the_site() -> None:
    """3 ms of processor a claim on one core serve 333 claims a second, however they are distributed."""
    costs = replace(FREE, site_us=1e3, admission_us=1e3, decision_us=1e3)
    assert simulate_rush([0.0] * 3_000, costs, Installation(cores=1)).over_s == pytest.approx(9.0, rel=0.01)


def test_more_of_anything_never_makes_a_rush_longer() -> None:
    costs = Costs(sender_us=50, site_us=900, admission_us=300, relay_us=100, worker_us=400, decision_us=400)
    sent_at = at_rate(5_000, 2_000)
    for steps in (
        [Installation(cores=cores) for cores in (1, 2, 4, 8)],
        [Installation(workers=workers, cores=16) for workers in (1, 2, 4)],
        [Installation(sites=sites, workers=4, cores=16) for sites in (1, 2, 4)],
    ):
        over = [simulate_rush(sent_at, costs, installation).over_s for installation in steps]
        assert all(later <= earlier * 1.001 for earlier, later in pairwise(over)), over


def test_percentiles() -> None:
    assert find_percentile([float(number) for number in range(101)], 99) == pytest.approx(99.98)

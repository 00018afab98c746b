"""``make soak``: how it judges, and that a short one loads a real site."""

from contextlib import closing
from itertools import islice

import pytest

from tests.soak import MOST_GROWTH, measure_growth, soak


@pytest.mark.parametrize(
    ("samples", "growth"),
    [
        ([300, 300, 300, 300], 0.0),
        ([100, 200, 300, 300, 300, 300, 306, 306], 0.02),  # filling the caches does not count
        ([300, 300, 310, 320, 330, 340, 350, 360], 355 / 315 - 1),
        ([300, 300, 200, 200], -1 / 3),
    ],
)
def test_growth_is_the_last_quarter_against_the_second(samples: list[float], growth: float) -> None:
    assert measure_growth(samples) == pytest.approx(growth)
    assert (growth > MOST_GROWTH) == (samples[-1] == 360)


@pytest.mark.endure
def test_a_short_soak_loads_a_site_and_reads_its_memory() -> None:
    with closing(soak(minutes=60, stations=50, sample_every_s=0.5)) as running:
        samples = list(islice(running, 3))
    assert len(samples) == 3 and all(memory > 50 for memory in samples)

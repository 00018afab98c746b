"""Seeded draws by the ten thousand fall as their weights say (chi-square)."""

from collections import Counter

import pytest
from scipy.stats import chisquare

from rules.lottery.drawing import SeededNumbers, WeightedUrn
from tests.tiers import budget

DRAWS = budget(100_000)
UNLIKELY = 0.001  # the seeds are fixed: a fair drawing passes always, or never


def is_fair(seen: Counter[tuple[str, ...]], chances: dict[tuple[str, ...], float]) -> bool:
    assert set(seen) <= set(chances)
    keys = sorted(chances)
    found = chisquare([seen[key] for key in keys], [chances[key] * DRAWS for key in keys])
    return bool(found.pvalue > UNLIKELY)


@pytest.mark.deeper
def test_numbers_that_a_remainder_would_favour_are_no_more_likely() -> None:
    """Of two bits, three is thrown away: with a remainder 0 would come twice as often as 1 and 2."""
    stream = SeededNumbers(b"seed")
    seen = Counter((str(stream.next_below(3)),) for _ in range(DRAWS))
    assert is_fair(seen, {("0",): 1 / 3, ("1",): 1 / 3, ("2",): 1 / 3})


def test_great_weights_are_exact() -> None:
    """Beyond what floating numbers hold apart: the last of 2**60 + 1 tickets has an owner of its own."""
    urn = WeightedUrn([2**60, 1])
    assert urn._owner(2**60 - 1) == 0  # the edge itself can't be met by chance
    assert urn._owner(2**60) == 1

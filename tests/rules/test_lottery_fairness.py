"""Seeded draws by the ten thousand fall as their weights say (chi-square)."""

from collections import Counter
from itertools import permutations

import pytest
from scipy.stats import chisquare

from rules.lottery.drawing import SeededNumbers, WeightedUrn, compute_places
from rules.lottery.file import DrandRound, LotteryEntry, LotteryGroup, LotteryTerms
from tests.tiers import budget

DRAWS = budget(100_000)
UNLIKELY = 0.001  # the seeds are fixed: a fair drawing passes always, or never


def terms_of(entries: list[LotteryEntry], seats: int, groups: tuple[LotteryGroup, ...] = ()) -> LotteryTerms:
    number = DrandRound(kind="drand", chain="", round=1)
    common = {"lottery": "a", "title": "a", "committed_at": "", "number": number}
    return LotteryTerms(**common, seats=seats, groups=groups, entries=tuple(entries))


def entry(name: str, weight: int = 1, *groups: str) -> LotteryEntry:
    return LotteryEntry(pseudonym=name, weight=weight, groups=groups)


def winners_of(terms: LotteryTerms) -> Counter[tuple[str, ...]]:
    """How often each row of winners came."""
    return Counter(
        tuple(winner.pseudonym for winner in compute_places(terms, seed.to_bytes(32, "big"))[0])
        for seed in range(DRAWS)
    )


def is_fair(seen: Counter[tuple[str, ...]], chances: dict[tuple[str, ...], float]) -> bool:
    assert set(seen) <= set(chances)
    keys = sorted(chances)
    found = chisquare([seen[key] for key in keys], [chances[key] * DRAWS for key in keys])
    return bool(found.pvalue > UNLIKELY)


def rows(weights: dict[str, int], places: int) -> dict[tuple[str, ...], float]:
    """The chance of each row, from first principles: weight over what is left, one after the other."""
    chances = {}
    for row in permutations(weights, places):
        left, chance = sum(weights.values()), 1.0
        for name in row:
            chance *= weights[name] / left
            left -= weights[name]
        chances[row] = chance
    return chances


@pytest.mark.endure
def test_equal_tickets_have_equal_chances_of_every_row() -> None:
    seen = winners_of(terms_of([entry(name) for name in "abcde"], 2))
    assert is_fair(seen, rows(dict.fromkeys("abcde", 1), 2))


@pytest.mark.endure
def test_more_tickets_have_more_chance_of_the_first_place_and_of_those_after_it() -> None:
    weights = {"a": 1, "b": 2, "c": 3, "d": 7}
    seen = winners_of(terms_of([entry(name, weight) for name, weight in weights.items()], 2))
    assert is_fair(seen, rows(weights, 2))
    first = Counter({(name,): 0 for name in weights})
    for row, times in seen.items():
        first[row[:1]] += times
    assert is_fair(first, {(name,): weight / 13 for name, weight in weights.items()})
    assert not is_fair(first, {(name,): 1 / 4 for name in weights})  # the test can tell


@pytest.mark.endure
def test_a_reserved_place_is_drawn_in_its_group_and_its_losers_compete_with_all() -> None:
    entries = [entry("a", 1, "riders"), entry("b", 2, "riders"), entry("c", 3), entry("d", 1)]
    seen = winners_of(terms_of(entries, 2, (LotteryGroup(name="riders", places=1),)))
    weights = {e.pseudonym: e.weight for e in entries}
    chances = {
        (first, second): weights[first] / 3 * weights[second] / (7 - weights[first])
        for first in "ab"
        for second in "abcd"
        if first != second
    }
    assert is_fair(seen, chances)


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

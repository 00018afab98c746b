"""Weighted drawing without replacement, in whole numbers, from a seed, so that the draw can be recomputed."""

import hmac
from collections.abc import Sequence

_BLOCK_BITS = 256
_COUNTER_BYTES = 8


class SeededNumbers:
    """Numbers from a seed: block i is HMAC-SHA256(seed, i as eight bytes, big-endian)."""

    __slots__ = ("_block", "_seed")

    def __init__(self, seed: bytes) -> None:
        self._seed = seed
        self._block = 0

    def next_below(self, bound: int) -> int:
        """Return a number from 0 to ``bound - 1``, each equally likely.

        The number is the highest bits of a block, as many as ``bound - 1`` needs. A number that is too great
        is discarded and the next block is tried, since a remainder would favour small numbers.
        """
        spare = _BLOCK_BITS - (bound - 1).bit_length()
        while True:
            block = hmac.digest(self._seed, self._block.to_bytes(_COUNTER_BYTES, "big"), "sha256")
            self._block += 1
            number = int.from_bytes(block, "big") >> spare
            if number < bound:
                return number


class WeightedUrn:
    """The tickets of several owners, in the order given; an owner leaves the urn when drawn.

    A Fenwick tree holds the sums of weights, so that a draw takes log n steps.
    *Source*: P. Fenwick, A new data structure for cumulative frequency tables, 1994.
    """

    __slots__ = ("_sums", "_tickets", "_weights")

    def __init__(self, weights: Sequence[int]) -> None:
        self._weights = weights
        self._tickets = sum(weights)
        self._sums = [0, *weights]
        for place in range(1, len(self._sums)):
            above = place + (place & -place)
            if above < len(self._sums):
                self._sums[above] += self._sums[place]

    def draw(self, stream: SeededNumbers) -> int:
        """Draw a ticket and return the index of its owner; all tickets of that owner leave the urn."""
        owner = self._owner(stream.next_below(self._tickets))
        weight = self._weights[owner]
        self._tickets -= weight
        place = owner + 1
        while place < len(self._sums):
            self._sums[place] -= weight
            place += place & -place
        return owner

    def _owner(self, ticket: int) -> int:
        place, step = 0, 1 << (len(self._sums).bit_length() - 1)
        while step:
            after = place + step
            if after < len(self._sums) and self._sums[after] <= ticket:
                ticket -= self._sums[after]
                place = after
            step >>= 1
        return place

"""Weighted drawing without putting back, in whole numbers, from a seed that anybody can recompute."""

import hmac
from collections.abc import Sequence

_BLOCK_BITS = 256
_COUNTER_BYTES = 8


class Stream:
    """Numbers from a seed: block i is HMAC-SHA256(seed, i as eight bytes, the highest first)."""

    __slots__ = ("_block", "_seed")

    def __init__(self, seed: bytes) -> None:
        self._seed = seed
        self._block = 0

    def below(self, bound: int) -> int:
        """A number from 0 to ``bound - 1``, each as likely as the others.

        The highest bits of a block that can just hold ``bound - 1`` are taken; what is too great is
        thrown away and the next block tried, since a remainder would favour small numbers.
        """
        spare = _BLOCK_BITS - (bound - 1).bit_length()
        while True:
            block = hmac.digest(self._seed, self._block.to_bytes(_COUNTER_BYTES, "big"), "sha256")
            self._block += 1
            number = int.from_bytes(block, "big") >> spare
            if number < bound:
                return number


class Urn:
    """Tickets of several owners, who lie side by side in the order given; an owner leaves when drawn.

    Sums of weights stand in a Fenwick tree, so that a draw takes log n steps.
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

    def draw(self, stream: Stream) -> int:
        """The number of the owner whose ticket is drawn; all of the owner's tickets leave the urn."""
        owner = self._owner(stream.below(self._tickets))
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

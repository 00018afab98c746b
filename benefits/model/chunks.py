"""Chunks of long lists that every database accepts in one statement."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

CHUNK_SIZE = 500
T = TypeVar("T")


def chunks(items: Sequence[T], size: int = CHUNK_SIZE) -> Iterator[Sequence[T]]:
    """Yield the items in their order, ``size`` at a time."""
    for first in range(0, len(items), size):
        yield items[first : first + size]

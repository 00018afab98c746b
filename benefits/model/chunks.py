"""Long lists in portions that every database takes in one statement."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

AT_ONCE = 500
T = TypeVar("T")


def portions(items: Sequence[T], size: int = AT_ONCE) -> Iterator[Sequence[T]]:
    """The items in their order, some hundreds at a time."""
    for first in range(0, len(items), size):
        yield items[first : first + size]

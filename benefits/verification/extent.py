"""How many of the ledger's rows there are to verify, and who watches it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum


class Extent(IntEnum):
    """Each holds all that the one before it holds.

    ``EXPORT`` lacks what differs between equal ledgers: seals, times, acts, days due, codes, cached sums.
    ``SEALED_EXPORT`` lacks the secrets of draws that are to come. ``DATABASE`` also holds the events.
    """

    EXPORT = 1
    SEALED_EXPORT = 2
    DATABASE = 3


@dataclass(frozen=True, slots=True)
class VerificationWatch:
    """What a verification calls on its way: after each decision, and after each check of whole tables.

    Whatever they raise ends the verification.
    """

    on_bundle: Callable[[], None] = lambda: None
    on_check: Callable[[], None] = lambda: None


NO_WATCH = VerificationWatch()

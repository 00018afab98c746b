"""How many of the ledger's rows there are to verify."""

from enum import IntEnum


class Extent(IntEnum):
    """Each holds all that the one before it holds.

    ``EXPORT`` lacks what differs between equal ledgers: seals, times, acts, days due, codes, cached sums.
    ``SEALED_EXPORT`` lacks the secrets of draws that are to come. ``DATABASE`` also holds the events.
    """

    EXPORT = 1
    SEALED_EXPORT = 2
    DATABASE = 3

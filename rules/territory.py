"""Which codes lie below which: province, city, county, township, enterprise; and who moves from one to another."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache


class PlacedCode(str):
    """An organisation's code, with its place in the tree of a day where the form of the code doesn't say it.

    It equals the bare code as a text: conditions, keys and stored values don't change.
    """

    __slots__ = ("prefixes",)
    prefixes: tuple[str, ...]

    def __new__(cls, code: str, lineage: Sequence[str]) -> "PlacedCode":
        """Return the code as it stands on a day; ``lineage`` are the code and all above it, nearest first."""
        placed = super().__new__(cls, code)
        placed.prefixes = tuple(territory_prefix(above) for above in reversed(lineage))
        return placed


def territory_prefix(code: str) -> str:
    """Return the part of a code that all codes below it share: 370000 → 37, 370200 → 3702, longer ones whole."""
    if len(code) != 6:
        return code
    return code[:2] if code.endswith("0000") else code[:4] if code.endswith("00") else code


def territory_covers(owner: str, code: str) -> bool:
    """Return whether ``code`` is the owner's own or lies below it.

    Townships have nine digits, enterprises ``<area>-<number>``: a number never covers a longer one.
    """
    return territory_prefix(owner) in territory_prefixes(code)


def territory_prefixes(code: str) -> tuple[str, ...]:
    """Return every prefix whose owner covers the code, from the province down."""
    return code.prefixes if isinstance(code, PlacedCode) else _prefixes_of_form(code)


@lru_cache(
    maxsize=8_192
)  # organisations have few codes; without the cache this takes a fifth of a decision's time
def _prefixes_of_form(code: str) -> tuple[str, ...]:
    area, _, enterprise = code.partition("-")
    own = territory_prefix(area)
    parts = [own[:length] for length in (2, 4, 6, 9) if length < len(own)] + [own]
    return tuple(parts) + ((code,) if enterprise else ())


@dataclass(frozen=True, slots=True)
class OrganisationTransfer:
    """The organisations before and after a transfer, each with its place in the tree of that day."""

    before: str
    after: str

    def leaves(self, group: str) -> bool:
        """Return whether the places of a group are for the organisation before, and not for the one after.

        ``group`` is that of a quota: "" for all, a code whose subtree has places of its own, or facts by which
        places are counted, such as ``member.organisation=…``.
        """
        if not group or self.before == self.after:
            return False
        if "=" in group:
            return f"member.organisation={self.before}" in group.split(
                "&"
            )  # no character of a code is escaped
        return territory_covers(group, self.before) and not territory_covers(group, self.after)

"""Derive ids for stations whose register has none."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

_DIGITS = 12  # 48 bits: among 10,790 ids, two are equal with a probability of 1 in 5 million


def derive_station_ids(register: str, places: Iterable[tuple[str, str]]) -> list[str]:
    """Derive an id from each (name, address), the same at every import of the same register.

    Coordinates don't count, so that a corrected point is a move and not another station. Of equal pairs,
    the second, third … in the order of the file have their ordinal in the id.
    """
    seen: Counter[tuple[str, str]] = Counter()
    ids = []
    for name, address in places:
        place = (_normalized(name), _normalized(address))
        seen[place] += 1
        ids.append(_id(register, *place, seen[place]))
    return ids


def _id(register: str, name: str, address: str, ordinal: int) -> str:
    text = "\x1f".join((register, name, address, str(ordinal)))
    return f"{register}-{hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]}"


def _normalized(text: str) -> str:
    """Return the text without spaces, width and case, so that tidying the spelling doesn't change an id."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold()

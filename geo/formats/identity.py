"""Ids for stations whose register gives none."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

_DIGITS = 12  # 48 bits: one chance in five million that two of 10,790 meet


def derived_ids(register: str, places: Iterable[tuple[str, str]]) -> list[str]:
    """An id for each (name, address), the same at every import of the same register.

    The coordinates have no part in it, so that a corrected point is a move and not another
    station. Of equal ones the second, third … in the file's order have their ordinal in the id.
    """
    seen: Counter[tuple[str, str]] = Counter()
    ids = []
    for name, address in places:
        place = (_essence(name), _essence(address))
        seen[place] += 1
        ids.append(_id(register, *place, seen[place]))
    return ids


def _id(register: str, name: str, address: str, ordinal: int) -> str:
    text = "\x1f".join((register, name, address, str(ordinal)))
    return f"{register}-{hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]}"


def _essence(text: str) -> str:
    """What stays when somebody only tidies the spelling: no spaces, no width, no case."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold()

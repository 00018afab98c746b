"""What districts are called: as the outlines name them, else as most of their stations do."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geo.station import Station


def outline_names(outlines: Path) -> dict[str, str]:
    """Code → name of all provinces, cities and districts; reads (or first builds) the outlines' cache."""
    from geo.formats.outline_names import names_by_code

    return names_by_code(outlines)


def stated_names(stations: Iterable["Station"]) -> dict[str, str]:
    """Code → name of the districts that have stations, as most of their stations state it.

    A row may name a part of a district, or mistype it.
    """
    stated: dict[str, Counter[str]] = defaultdict(Counter)
    for station in stations:
        if station.district:
            stated[station.district][station.district_name or station.district] += 1
    return {code: _most_frequent(names) for code, names in sorted(stated.items())}


def _most_frequent(names: Counter[str]) -> str:
    """Ties go to the name that sorts first, so that the same register always reads the same."""
    return min(names, key=lambda name: (-names[name], name))

"""Name districts: distinctly, and where the outlines are not asked as most of their stations do."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geo.station import Station


def distinct_names(codes: Iterable[str], names: Mapping[str, str]) -> dict[str, str]:
    """Return the names of some areas by code, with the city in front where several have one name.

    济南市市中区 and 枣庄市市中区, but 历下区.
    """
    wanted = {code: names.get(code, code) for code in codes}
    counts = Counter(wanted.values())
    return {code: full_area_name(code, names) if counts[name] > 1 else name for code, name in wanted.items()}


def full_area_name(code: str, names: Mapping[str, str]) -> str:
    """Return the name of an area, that of a county with its city, or else its province, in front.

    A code without a name stays as it is.
    """
    above = "" if code.endswith("00") else names.get(f"{code[:4]}00") or names.get(f"{code[:2]}0000", "")
    return f"{above}{names[code]}" if code in names else code


def load_full_area_name(code: str) -> str:
    """Return the full name of an area of China, by the outlines' names."""
    from geo.formats.outlines import load_area_names

    return full_area_name(code, load_area_names())


def majority_district_names(stations: Iterable["Station"]) -> dict[str, str]:
    """Return code → name of the districts that have stations, as stated by most of these stations.

    A single register row may name only a part of a district, or misspell it.
    """
    stated: dict[str, Counter[str]] = defaultdict(Counter)
    for station in stations:
        if station.district:
            stated[station.district][station.district_name or station.district] += 1
    return {code: _most_frequent(names) for code, names in sorted(stated.items())}


def _most_frequent(names: Counter[str]) -> str:
    """Return the most frequent name. A tie goes to the name that sorts first, so the result is deterministic."""
    return min(names, key=lambda name: (-names[name], name))

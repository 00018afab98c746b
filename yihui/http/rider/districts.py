"""The districts to choose from: for who can't or won't say where they are."""

from collections.abc import Mapping
from itertools import groupby

_CITY_DIGITS = 4  # of a district's code; the same with 00 is its city's


def by_city(
    districts: Mapping[str, str], names: Mapping[str, str]
) -> list[tuple[str, list[tuple[str, str]]]]:
    """City → (code, name) of its districts; several cities have a 市中区.

    *Shape*: both map codes to names. Where there is no such city (counties under a province), the
    province heads them, else the code.
    """
    in_order = sorted(districts.items())
    return [
        (names.get(f"{city}00") or names.get(f"{city[:2]}0000") or f"{city}00", list(members))
        for city, members in groupby(in_order, key=lambda item: item[0][:_CITY_DIGITS])
    ]

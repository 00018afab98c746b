"""Districts to choose from, for riders who can't or don't want to share a position."""

from collections.abc import Mapping
from itertools import groupby

_CITY_DIGITS = 4  # prefix of a district's code; with 00 appended it is the city's code


def group_districts_by_city(
    districts: Mapping[str, str], names: Mapping[str, str]
) -> list[tuple[str, list[tuple[str, str]]]]:
    """Group districts by city: city → (code, name) of its districts. Several cities have a 市中区.

    *Shape*: both map codes to names. If the city has no name (counties directly under a province), the
    province's name is used, else the city's code.
    """
    in_order = sorted(districts.items())
    return [
        (names.get(f"{city}00") or names.get(f"{city[:2]}0000") or f"{city}00", list(members))
        for city, members in groupby(in_order, key=lambda item: item[0][:_CITY_DIGITS])
    ]

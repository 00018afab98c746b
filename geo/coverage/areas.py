"""Areas by the beginnings of their codes: five levels, from the province to the community."""

import numpy as np
from numpy.typing import NDArray

from geo.coverage.demand import Demand

# GB/T 2260 (province, city, county) and GB/T 10114 (township or street; community or village).
DIGITS = {"province": 2, "city": 4, "county": 6, "township": 9, "community": 12}


def areas_of(demand: Demand, digits: int) -> tuple[NDArray[np.intp], tuple[str, ...]]:
    """The area of each point, and the areas' codes in order; points in none come after the last.

    *Shape*: (n,). *Raises*: ValueError for digits of no level, or codes that are shorter.
    """
    if digits not in DIGITS.values():
        levels = ", ".join(f"{n} ({level})" for level, n in DIGITS.items())
        raise ValueError(f"digits is {digits}; give {levels}")
    known = {code for code in demand.district.tolist() if code is not None}
    if short := sorted(code for code in known if len(code) < digits):
        raise ValueError(
            f"district code {short[0]!r} has fewer than {digits} digits; "
            "give outlines of that level, with codes of GB/T 2260 and GB/T 10114"
        )
    codes = tuple(sorted({code[:digits] for code in known}))
    place = {code: row for row, code in enumerate(codes)}
    place_of: dict[str | None, int] = {code: place[code[:digits]] for code in known}
    place_of[None] = len(codes)
    area = np.fromiter((place_of[code] for code in demand.district.tolist()), dtype=np.intp)
    return area, codes

"""Assign demand to areas by code prefix, at five levels from province to community."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.coverage.demand import Demand

# GB/T 2260 (province, city, county) and GB/T 10114 (township or street; community or village).
AREA_CODE_DIGITS = {"province": 2, "city": 4, "county": 6, "township": 9, "community": 12}


def assign_areas(demand: Demand, digits: int) -> tuple[NDArray[np.intp], tuple[str, ...]]:
    """Return the area number of each point and the sorted area codes.

    Points outside every area get the number after the last one.
    *Shape*: (n,). *Raises*: ValueError for digits of no level, or district codes with fewer digits.
    """
    if digits not in AREA_CODE_DIGITS.values():
        levels = ", ".join(f"{n} ({level})" for level, n in AREA_CODE_DIGITS.items())
        raise ValueError(f"digits is {digits}; give {levels}")
    number, known = pd.factorize(demand.district)
    if short := sorted(code for code in known if len(code) < digits):
        raise ValueError(
            f"district code {short[0]!r} has fewer than {digits} digits; "
            "give outlines of that level, with codes of GB/T 2260 and GB/T 10114"
        )
    codes, place = np.unique([code[:digits] for code in known], return_inverse=True)
    area = np.append(place, len(codes))[number]  # `factorize` numbers None with -1
    return area, tuple(codes.tolist())

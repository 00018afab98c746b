"""Build the tables of a study by area: places, demand, shares by day and by night, distances, access."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from geo.coverage import Demand, ServedDemand
    from geo.geodesy import Floats
    from yihui.planning.study.ground import StudyArea


@dataclass(frozen=True, slots=True)
class AreaTableInput:
    """The data from which the tables are built. ``places`` and ``usable`` count the stations of each county."""

    ground: "StudyArea"
    demand: "Demand"
    now: "ServedDemand"
    night: "ServedDemand"
    access: "Floats"
    places: Counter[str]
    usable: Counter[str]


def build_area_tables(basis: AreaTableInput) -> "dict[int, pd.DataFrame]":
    """Return one table for each level in the area, by the digits of its codes; areas without demand are
    included.
    """
    return {digits: _table(basis, digits) for digits in basis.ground.digits}


def _table(basis: AreaTableInput, digits: int) -> "pd.DataFrame":
    from geo.coverage import coverage_by_area

    codes = sorted({code[:digits] for code in basis.ground.outlines["code"]})
    now = coverage_by_area(basis.demand, basis.now, digits).reindex(codes)
    night = coverage_by_area(basis.demand, basis.night, digits).reindex(codes)
    now.insert(0, "name", [basis.ground.names.get(code.ljust(6, "0"), code) for code in codes])
    now["places"] = _counted(basis.places, codes, digits)
    now["usable"] = _counted(basis.usable, codes, digits)
    now["night_served"], now["night_share"] = night["served"], night["share"]
    now["access"] = _mean_access(basis, codes, digits)
    return now.fillna({"demand": 0.0, "served": 0.0, "night_served": 0.0})


def _counted(counts: Mapping[str, int], codes: list[str], digits: int) -> list[int]:
    by_prefix: Counter[str] = Counter()
    for code, count in counts.items():
        by_prefix[code[:digits]] += count
    return [by_prefix[code] for code in codes]


def _mean_access(basis: AreaTableInput, codes: list[str], digits: int) -> "Floats":
    """Return the mean access of each area's demand; NaN where an area has none."""
    place = {code: row for row, code in enumerate(codes)}
    row = np.array(
        [place.get((code or "")[:digits], len(codes)) for code in basis.demand.district], dtype=np.intp
    )
    weight = basis.demand.weight
    total = np.bincount(row, weights=weight, minlength=len(codes) + 1)[:-1]
    held = np.bincount(row, weights=weight * basis.access, minlength=len(codes) + 1)[:-1]
    mean: Floats = np.divide(held, total, out=np.full(len(codes), np.nan), where=total > 0)
    return mean

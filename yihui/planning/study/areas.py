"""The tables of a study by area: places, demand, shares by day and by night, ways, access."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from geo.coverage import Demand, Served
    from geo.geodesy import Floats
    from yihui.planning.study.ground import Ground


@dataclass(frozen=True, slots=True)
class Basis:
    """What the tables are made of. ``places`` and ``usable`` count the stations of each county."""

    ground: "Ground"
    demand: "Demand"
    now: "Served"
    night: "Served"
    access: "Floats"
    places: Counter[str]
    usable: Counter[str]


def area_tables(basis: Basis) -> "dict[int, pd.DataFrame]":
    """One table for each level in the area, by the digits of its codes; areas without demand are there too."""
    return {digits: _table(basis, digits) for digits in basis.ground.digits}


def _table(basis: Basis, digits: int) -> "pd.DataFrame":
    from geo.coverage import by_area

    codes = sorted({code[:digits] for code in basis.ground.outlines["code"]})
    now = by_area(basis.demand, basis.now, digits).reindex(codes)
    night = by_area(basis.demand, basis.night, digits).reindex(codes)
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


def _mean_access(basis: Basis, codes: list[str], digits: int) -> "Floats":
    """Of the demand of each area; NaN where there is none."""
    place = {code: row for row, code in enumerate(codes)}
    row = np.array(
        [place.get((code or "")[:digits], len(codes)) for code in basis.demand.district], dtype=np.intp
    )
    weight = basis.demand.weight
    total = np.bincount(row, weights=weight, minlength=len(codes) + 1)[:-1]
    held = np.bincount(row, weights=weight * basis.access, minlength=len(codes) + 1)[:-1]
    mean: Floats = np.divide(held, total, out=np.full(len(codes), np.nan), where=total > 0)
    return mean

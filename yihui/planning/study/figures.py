"""The figures of a study: tables by area."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from geo.geodesy import Floats
from yihui.services.organisations.district_names import distinct_names

if TYPE_CHECKING:
    from datetime import datetime

    import geopandas as gpd
    import pandas as pd

    from geo.coverage.demand import Demand
    from geo.coverage.served import ServedDemand
    from geo.coverage.tables import CoverageFigures, DistanceBand
    from geo.geodesy import Floats
    from yihui.planning.run import StudyArea


@dataclass(frozen=True, slots=True)
class StudyMoment:
    """Coverage at an instant, or in a night from an instant on: by row of the demand, by H3 cell, and overall."""

    at: "datetime"
    demand: "Demand"
    served: "ServedDemand"
    figures: "CoverageFigures"
    distances: "tuple[DistanceBand, ...]"
    cells: "gpd.GeoDataFrame"
    tolerance: float  # of the served demand, where sample points measure it
    distance_tolerances_m: tuple[float, ...]  # of the half and the nine tenths


@dataclass(frozen=True, slots=True)
class AreaTableInput:
    """The data from which the tables are built. ``places`` and ``usable`` count the stations of each county."""

    ground: "StudyArea"
    now: StudyMoment
    night: StudyMoment
    access: "Floats"
    places: Counter[str]
    usable: Counter[str]


def build_area_tables(basis: AreaTableInput) -> "dict[int, pd.DataFrame]":
    """Return one table for each level in the area, by the digits of its codes; areas without demand are
    included.
    """
    return {digits: _table(basis, digits) for digits in basis.ground.digits}


def _table(basis: AreaTableInput, digits: int) -> "pd.DataFrame":
    codes = sorted({code[:digits] for code in basis.ground.outlines["code"]})
    names = distinct_names([code.ljust(6, "0") for code in codes], basis.ground.names)
    return build_area_table(basis, dict(zip(codes, names.values(), strict=True)), digits)


def build_area_table(basis: AreaTableInput, names: "Mapping[str, str]", digits: int) -> "pd.DataFrame":
    """Return the table of the areas that ``names`` has by the first digits of their codes, in their order."""
    from geo.coverage.tables import coverage_by_area

    codes = list(names)
    now = coverage_by_area(basis.now.demand, basis.now.served, digits).reindex(codes)
    night = coverage_by_area(basis.night.demand, basis.night.served, digits).reindex(codes)
    now.insert(0, "name", list(names.values()))
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
        [place.get((code or "")[:digits], len(codes)) for code in basis.now.demand.district], dtype=np.intp
    )
    weight = basis.now.demand.weight
    total = np.bincount(row, weights=weight, minlength=len(codes) + 1)[:-1]
    held = np.bincount(row, weights=weight * basis.access, minlength=len(codes) + 1)[:-1]
    mean: Floats = np.divide(held, total, out=np.full(len(codes), np.nan), where=total > 0)
    return mean

"""The figures of a study: tables by area, down to the townships."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.coverage.demand import Demand
from geo.coverage.served import ServedDemand, distance_tolerances
from geo.coverage.tables import CoverageFigures, DistanceBand, coverage_by_area
from geo.coverage.townships import TOWNSHIP_DIGITS, rest_code
from geo.geodesy import Floats
from geo.station import Station, Status
from yihui.planning.run import StudyArea
from yihui.planning.townships import TownshipOutlines
from yihui.runtime.language import Language
from yihui.services.organisations.district_names import distinct_names


@dataclass(frozen=True, slots=True)
class StudyMoment:
    """Coverage at an instant, or in a night from an instant on: by row of the demand, by H3 cell, and overall."""

    at: datetime
    demand: Demand
    served: ServedDemand
    figures: CoverageFigures
    distances: tuple[DistanceBand, ...]
    cells: gpd.GeoDataFrame
    tolerance: float  # of the served demand, where sample points measure it
    distance_tolerances_m: tuple[float, ...]  # of the half and the nine tenths
    band_tolerances: tuple[float, ...]  # of the demand in each band of distances


@dataclass(frozen=True, slots=True)
class AreaTableInput:
    """The data from which the tables are built. ``places`` and ``usable`` count the stations of each county.

    ``straight`` is served by the straight line, where the reach is by street.
    """

    ground: StudyArea
    now: StudyMoment
    night: StudyMoment
    access: Floats
    places: Counter[str]
    usable: Counter[str]
    straight: ServedDemand | None = None


def build_area_tables(basis: AreaTableInput) -> dict[int, pd.DataFrame]:
    """Return one table for each level in the area, by the digits of its codes; areas without demand are included."""
    tables = {}
    for digits in basis.ground.digits:
        codes = sorted({code[:digits] for code in basis.ground.outlines["code"]})
        names = distinct_names([code.ljust(6, "0") for code in codes], basis.ground.names)
        tables[digits] = build_area_table(basis, dict(zip(codes, names.values(), strict=True)), digits)
    return tables


def build_area_table(basis: AreaTableInput, names: Mapping[str, str], digits: int) -> pd.DataFrame:
    """Return the table of the areas that ``names`` has by the first digits of their codes, in their order."""
    codes = list(names)
    now = coverage_by_area(basis.now.demand, basis.now.served, digits).reindex(codes)
    night = coverage_by_area(basis.night.demand, basis.night.served, digits).reindex(codes)
    now.insert(0, "name", list(names.values()))
    now["places"] = _counted(basis.places, codes, digits)
    now["usable"] = _counted(basis.usable, codes, digits)
    now["night_served"], now["night_share"] = night["served"], night["share"]
    row = _rows_of(basis.now.demand, codes, digits)
    now["access"] = _mean_access(basis, row, len(codes))
    now["tolerance_m"] = _distance_tolerances(basis.now, row, now)
    if basis.straight is not None:
        by_line = coverage_by_area(basis.now.demand, basis.straight, digits)
        now["straight_share"] = by_line["share"].reindex(codes)
    return now.fillna({"demand": 0.0, "served": 0.0, "night_served": 0.0})


def _counted(counts: Mapping[str, int], codes: list[str], digits: int) -> list[int]:
    by_prefix: Counter[str] = Counter()
    for code, count in counts.items():
        by_prefix[code[:digits]] += count
    return [by_prefix[code] for code in codes]


def _rows_of(demand: Demand, codes: list[str], digits: int) -> NDArray[np.intp]:
    """Return the row of each point's area, the number of areas for none. *Shape*: (n,)."""
    place = {code: row for row, code in enumerate(codes)}
    return np.array([place.get((code or "")[:digits], len(codes)) for code in demand.district], dtype=np.intp)


def _mean_access(basis: AreaTableInput, row: NDArray[np.intp], areas: int) -> Floats:
    """Return the mean access of each area's demand; NaN where an area has none."""
    weight = basis.now.demand.weight
    total = np.bincount(row, weights=weight, minlength=areas + 1)[:-1]
    held = np.bincount(row, weights=weight * basis.access, minlength=areas + 1)[:-1]
    mean: Floats = np.divide(held, total, out=np.full(areas, np.nan), where=total > 0)
    return mean


def _distance_tolerances(moment: StudyMoment, row: NDArray[np.intp], table: pd.DataFrame) -> list[float]:
    """Return how far the half and the nine tenths of each area may be off, whichever more; NaN without demand."""
    order = np.argsort(row, kind="stable")
    parts = np.split(order, np.searchsorted(row[order], np.arange(1, len(table) + 1)))
    nearest_m, quantiles = moment.served.nearest_m, table[["median_m", "p90_m"]].to_numpy().tolist()
    found = (
        distance_tolerances(moment.demand.select(part), nearest_m[part], *both) if len(part) else (np.nan,)
        for part, both in zip(parts, quantiles, strict=False)
    )
    return [max(one) for one in found]


@dataclass(frozen=True, slots=True, eq=False)
class StudyTownships:
    """The townships of a study and the rests of its counties.

    ``table`` is indexed by their codes of nine characters, with the columns of `Study.areas`; each name has its
    county in front. The rows of a county sum up to it.
    """

    outlines: TownshipOutlines
    table: pd.DataFrame


def build_study_townships(
    language: Language,
    townships: TownshipOutlines,
    basis: AreaTableInput,
    stations: Sequence[Station],
    counties: Mapping[str, str],
    usable: Sequence[str],
) -> StudyTownships:
    """Build the table of a study's townships.

    ``counties`` maps the ids of the area's stations to counties; ``usable`` are the ids of those that count as open.
    A station without coordinates counts in the rest of its county.
    """
    parts = _locate_stations(townships, stations, counties)
    demand = townships.locate_demand(basis.now.demand)
    inside = replace(
        basis,
        now=replace(basis.now, demand=demand),
        night=replace(basis.night, demand=townships.locate_demand(basis.night.demand)),
        places=Counter(parts[one.id] for one in stations if one.status is not Status.CLOSED_FOR_GOOD),
        usable=Counter(parts[id] for id in usable if id in parts),
    )
    there = {code for code in demand.district.tolist() if code is not None} | inside.places.keys()
    drawn = townships.division.parts
    townships_only = drawn.loc[~drawn["is_rest"], "code"].tolist()
    full = townships.full_names(language)
    names = {code: full.get(code, code) for code in sorted(there | set(townships_only))}
    table = build_area_table(inside, names, TOWNSHIP_DIGITS)
    return StudyTownships(townships, table)


def _locate_stations(
    townships: TownshipOutlines, stations: Sequence[Station], counties: Mapping[str, str]
) -> dict[str, str]:
    """Return the part of a county in which each station lies, by the station's id."""
    known = [station for station in stations if station.id in counties]
    placed = [station for station in known if station.is_placed]
    points = [(station.lon or 0.0, station.lat or 0.0) for station in placed]
    found = {station.id: rest_code(counties[station.id]) for station in known}
    if placed:
        codes = townships.division.assign(points, [counties[station.id] for station in placed]).tolist()
        found |= {station.id: code for station, code in zip(placed, codes, strict=True) if code is not None}
    return found

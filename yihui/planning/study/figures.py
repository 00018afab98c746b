"""The figures of a study: tables by area, counts of places, distances, day and night."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

import numpy as np

from geo.coverage.hours import DAY_HOURS, NIGHT_HOURS
from geo.geodesy import Floats
from yihui.services.organisations.district_names import distinct_names

if TYPE_CHECKING:
    import pandas as pd

    from geo.coverage.demand import Demand
    from geo.coverage.served import ServedDemand
    from geo.geodesy import Floats
    from geo.nearest.index import StationIndex
    from geo.station import Station
    from yihui.planning.run import StudyArea

BAND_EDGES_M = (0.0, 250.0, 500.0, 1_000.0, 2_000.0, 5_000.0, 10_000.0, 20_000.0, 100_000.0)
HOURS_A_DAY, DAYS_A_WEEK = 24, 7
EVENING_HOUR = 22


@dataclass(frozen=True, slots=True)
class AreaTableInput:
    """The data from which the tables are built; ``demand`` is that of the moment. ``places`` and ``usable`` count the stations of each county."""

    ground: "StudyArea"
    demand: "Demand"
    night_demand: "Demand"
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
    codes = sorted({code[:digits] for code in basis.ground.outlines["code"]})
    names = distinct_names([code.ljust(6, "0") for code in codes], basis.ground.names)
    return build_area_table(basis, dict(zip(codes, names.values(), strict=True)), digits)


def build_area_table(basis: AreaTableInput, names: "Mapping[str, str]", digits: int) -> "pd.DataFrame":
    """Return the table of the areas that ``names`` has by the first digits of their codes, in their order."""
    from geo.coverage.tables import coverage_by_area

    codes = list(names)
    now = coverage_by_area(basis.demand, basis.now, digits).reindex(codes)
    night = coverage_by_area(basis.night_demand, basis.night, digits).reindex(codes)
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
        [place.get((code or "")[:digits], len(codes)) for code in basis.demand.district], dtype=np.intp
    )
    weight = basis.demand.weight
    total = np.bincount(row, weights=weight, minlength=len(codes) + 1)[:-1]
    held = np.bincount(row, weights=weight * basis.access, minlength=len(codes) + 1)[:-1]
    mean: Floats = np.divide(held, total, out=np.full(len(codes), np.nan), where=total > 0)
    return mean


@dataclass(frozen=True, slots=True)
class PlaceCounts:
    """Counts of an area's places, without those closed for good.

    ``open``, ``closed`` and ``unknown`` count the placed ones by opening state at the instant. ``usable`` counts
    the open ones that are in service and not reserved for others. ``verified_on`` is the date of the latest
    visit by an officer.
    """

    total: int
    unplaced: int
    by_kind: Mapping[str, int]
    open: int
    closed: int
    unknown: int
    usable: int
    verified_on: date | None


def count_places(stations: "Sequence[Station]", index: "StationIndex", at: datetime) -> PlaceCounts:
    """Count the stations of an area; ``index`` must hold its placed stations."""
    from geo.coverage.reach import OPEN_TO_ALL
    from geo.hours import STATES_BY_CODE
    from geo.station import Status

    alive = [s for s in stations if s.status is not Status.CLOSED_FOR_GOOD]
    states = dict(zip((s.id for s in index.stations), index.states(at).tolist(), strict=True))
    placed = [s for s in alive if s.is_placed]
    held = Counter(STATES_BY_CODE[states[s.id]].value for s in placed)
    usable = [
        s for s in placed if STATES_BY_CODE[states[s.id]].value == "open" and s.access in OPEN_TO_ALL.accesses
    ]
    kinds = Counter(s.kind.value for s in alive)
    return PlaceCounts(
        total=len(alive),
        unplaced=len(alive) - len(placed),
        by_kind=dict(sorted(kinds.items(), key=lambda item: (-item[1], item[0]))),
        open=held["open"],
        closed=held["closed"],
        unknown=held["unknown"],
        usable=len(usable),
        verified_on=max((s.verified_on for s in alive if s.verified_on), default=None),
    )


@dataclass(frozen=True, slots=True)
class DistanceBand:
    """Demand whose nearest place lies ``from_m <= distance < to_m``; the last band has no end."""

    from_m: float
    to_m: float
    demand: float
    share: float


@dataclass(frozen=True, slots=True)
class DistanceDistribution:
    """The distribution of distances: half of the demand has a place within ``median_m``, nine tenths within ``p90_m``.

    A figure is infinite where that much demand has no place within 100 km. *Units*: metres.
    """

    median_m: float
    p90_m: float
    bands: tuple[DistanceBand, ...]


def compute_distance_bands(
    nearest_m: Floats, weight: Floats, median_m: float, p90_m: float
) -> DistanceDistribution:
    """Sum the demand by bands of distance. *Shape*: (n,) both."""
    total = float(weight.sum())
    edges = np.array([*BAND_EDGES_M, np.inf])
    band = np.clip(np.searchsorted(edges, nearest_m, side="right") - 1, 0, len(edges) - 2)
    demand = np.bincount(band, weights=weight, minlength=len(edges) - 1)
    return DistanceDistribution(
        median_m,
        p90_m,
        tuple(
            DistanceBand(float(low), float(high), float(amount), float(amount) / total if total else 0.0)
            for low, high, amount in zip(edges, edges[1:], demand, strict=False)
        ),
    )


@dataclass(frozen=True, slots=True)
class DayNightCoverage:
    """Shares of the demand of all seven days that are served; NaN where no demand arises.

    ``by_hour`` has each hour of the day, *Shape*: (24,). ``day`` and ``night`` are the shares of their hours together.
    ``best`` and ``worst`` are hours of the week, 0 being Monday at 00:00; the earlier of equal hours counts.
    """

    by_hour: Floats
    day: float
    night: float
    best: int
    worst: int


def compute_day_night_coverage(served: Floats, total: Floats) -> DayNightCoverage:
    """Compute the shares from the served and the whole demand of the 168 hours of a civil week.

    *Shape*: (168,) each. *Raises*: ValueError for another number of hours, or a week without demand.
    """
    week = (HOURS_A_DAY * DAYS_A_WEEK,)
    if served.shape != week or total.shape != week or not total.any():
        raise ValueError(f"a week has 168 hours and some demand, not {served.shape} and {total.shape}")
    held, whole = (hours.reshape(DAYS_A_WEEK, HOURS_A_DAY).sum(axis=0) for hours in (served, total))
    share = _ratio(served, total)
    day, night = (
        float(_ratio(held[list(hours)].sum(keepdims=True), whole[list(hours)].sum(keepdims=True))[0])
        for hours in (DAY_HOURS, NIGHT_HOURS)
    )
    return DayNightCoverage(
        _ratio(held, whole), day, night, int(np.nanargmax(share)), int(np.nanargmin(share))
    )


def _ratio(part: Floats, whole: Floats) -> Floats:
    """Return the parts of the wholes; NaN where there is no whole."""
    ratio: Floats = np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
    return ratio

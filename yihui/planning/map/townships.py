"""The townships on a map: a level below the counties, with its own shares by the hour."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo.crs import Datum
from yihui.bootstrap import Wiring
from yihui.planning.study.study import StudySource
from yihui.planning.townships import TownshipOutlines, check_township_datum, find_township_outlines

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from geo.coverage import Demand, HourTable, ServedDemand
    from geo.gaps import TownshipLimits
    from geo.nearest.index import StationIndex
    from maps import WeekFigures


_PROVINCE_DIGITS, _COUNTY_DIGITS = 2, 6
_PROVINCE_TOLERANCE = 0.001  # degrees, about 100 m: as coarse as the outlines of counties


@dataclass(frozen=True, slots=True, eq=False)
class MapTownships:
    """The townships of a map, and the names of all parts by code, each with its county in front."""

    outlines: TownshipOutlines
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class StationCounties:
    """The stations of a map, the county of each (None beyond the border), and which are open at its instant."""

    index: "StationIndex"
    counties: Sequence[str | None]
    is_open: "NDArray[np.bool_]"


def find_map_townships(
    wiring: Wiring, area: str, file: Path | None, datum: Datum | None
) -> MapTownships | None:
    """Find the townships of a map; None for none known.

    *Raises*: FaultError for faulty outlines, an area that is none, or a datum without a file; OSError.
    """
    from yihui.planning.run import load_study_area

    ground = load_study_area(wiring, area)
    check_township_datum(file, datum)
    return name_map_townships(wiring, find_township_outlines(wiring, ground, file, datum))


def name_map_townships(wiring: Wiring, outlines: TownshipOutlines | None) -> MapTownships | None:
    """Return the townships with their names in the reader's language."""
    return None if outlines is None else MapTownships(outlines, outlines.full_names(wiring.language))


def add_township_level(
    levels: "list[gpd.GeoDataFrame]",
    townships: MapTownships | None,
    demand: "Demand",
    served: "ServedDemand",
    stations: StationCounties,
) -> "list[gpd.GeoDataFrame]":
    """Return the levels, and below them the townships and rests where the map has any; their residents are unknown."""
    from geo.coverage import coverage_by_area
    from geo.coverage.townships import TOWNSHIP_DIGITS

    if townships is None:
        return levels
    parts = _drawn_parts(townships)
    rows = _station_rows(townships, stations, parts)
    alive = stations.index.in_register_mask()
    share = coverage_by_area(townships.outlines.locate_demand(demand), served, TOWNSHIP_DIGITS)["share"]
    frame = parts.assign(
        population=np.nan,
        stations=_count(rows[alive], len(parts)),
        open=_count(rows[alive & stations.is_open], len(parts)),
        per_10k=np.nan,
        covered_share=[float(share.get(code, np.nan)) for code in parts["code"]],
    )
    return [*levels, frame]


def add_township_week(
    week: "WeekFigures",
    townships: MapTownships | None,
    demand: "Demand",
    hours: "HourTable",
    stations: StationCounties,
) -> "WeekFigures":
    """Return the figures of the week, followed by those of the townships in the order of their level."""
    from geo.hours import OPEN

    if townships is None:
        return week
    parts = townships.outlines.division.parts
    rows = {code: row for row, code in enumerate(parts["code"])}
    local = townships.outlines.locate_demand(demand)
    row = np.array([rows.get(code, len(rows)) for code in local.district.tolist()], dtype=np.intp)
    served, total = np.empty((2, len(rows), week.share.shape[1]))
    for hour in range(week.share.shape[1]):
        weight = local.weight_at(hour)
        total[:, hour] = np.bincount(row, weight, len(rows) + 1)[:-1]
        served[:, hour] = np.bincount(row, weight * hours.served_at(hour), len(rows) + 1)[:-1]
    share = np.full(served.shape, np.nan)
    np.divide(served, total, out=share, where=total > 0)
    opened = np.zeros((len(rows) + 1, week.open.shape[1]))
    is_open = (week.states == OPEN) & stations.index.in_register_mask()[:, None]
    np.add.at(opened, _station_rows(townships, stations, parts), is_open)
    return replace(
        week,
        codes=[*week.codes, *rows],
        share=np.vstack((week.share, np.minimum(share, 1))),
        open=np.vstack((week.open, opened[:-1])),
    )


def list_county_levels(levels: "Sequence[gpd.GeoDataFrame]") -> "list[gpd.GeoDataFrame]":
    """Return the levels down to the counties."""
    return [frame for frame in levels if all(len(str(code)) <= _COUNTY_DIGITS for code in frame["code"])]


def locate_map_demand(townships: MapTownships | None, demand: "Demand") -> "tuple[Demand, TownshipLimits]":
    """Return a demand of the map with the townships as its districts, and the most ground of one gap."""
    from yihui.planning.study.townships import locate_in_townships

    return locate_in_townships(None if townships is None else townships.outlines, demand)


def list_township_sources(wiring: Wiring, townships: MapTownships | None) -> list[StudySource]:
    """Return the source of the townships, to be shown below the map; nothing without any."""
    return [] if townships is None else [StudySource(townships.outlines.format_source(wiring.language))]


def _drawn_parts(townships: MapTownships) -> "gpd.GeoDataFrame":
    """Return the townships and the rests; a county without townships is drawn whole, so that the level has no holes.

    A province's are simplified: they are looked at from afar, and a page of it would be twice as large.
    """
    parts, names = townships.outlines.division.parts, townships.names
    drawn = parts[["code", "geometry"]].assign(name=[names.get(code, code) for code in parts["code"]])
    if len(townships.outlines.ground.prefix) > _PROVINCE_DIGITS:
        return drawn
    return drawn.set_geometry(shapely.coverage_simplify(drawn.geometry.to_numpy(), _PROVINCE_TOLERANCE))


def _station_rows(
    townships: MapTownships, stations: StationCounties, parts: "gpd.GeoDataFrame"
) -> "NDArray[np.intp]":
    """Return the row of the part in which each station lies; their number for those in none."""
    codes = townships.outlines.division.assign(stations.index.points, stations.counties).tolist()
    row_of = {code: row for row, code in enumerate(parts["code"])}
    return np.array([row_of.get(code, len(row_of)) for code in codes], dtype=np.intp)


def _count(rows: "NDArray[np.intp]", areas: int) -> "NDArray[np.float64]":
    return np.bincount(rows, minlength=areas + 1)[:-1].astype(np.float64)

"""Build the map of ``yihui map``: the register and the coverage of an area at an instant, or over its week."""

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from core.faults import Fault, FaultError
from core.text_marks import N_
from geo.districts import area_code_prefix
from yihui.bootstrap import Wiring
from yihui.planning.map.labels import map_labels
from yihui.planning.study.study import monday_of
from yihui.runtime.assets import load_map_assets
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd

    from geo.nearest.index import StationIndex
    from geo.station import OpeningState, Station
    from maps import BaseMapTiles, ColourClasses, WeekFigures
    from maps.marks import AreaMark, Pin
    from yihui.planning.map.levels import MapScope

TIANDITU_KEY = "YIHUI_TIANDITU_KEY"
THIN_COVERAGE_SHARE = 0.25  # the median county's covered share at its best hour, below which coverage is thin
MOST_GAPS = 200  # the heaviest gaps; more can't be told apart on the map


@dataclass(frozen=True, slots=True)
class CoverageMapOrder:
    """What to draw. ``area`` is the code of a province or a city; ``tiles`` is parsed by `maps.Tiles.of`."""

    at: datetime
    area: str
    register: str | None = None
    radius_m: float = 1_000.0
    with_hours: bool = True
    gaps: str | None = None  # hour, night or week
    proposals: Path | None = None
    tiles: str | None = None
    demand: str | None = None  # a demand for `demand_of`; None: residents, or ground where no census is known


@dataclass(frozen=True, slots=True)
class CoverageMapPage:
    """A finished page and its counts; stations without coordinates are counted, not drawn."""

    page: str
    places: int
    unplaced: int
    districts: int
    hosts: tuple[str, ...] = ()  # of an online base map


def draw_coverage_map(wiring: Wiring, order: CoverageMapOrder) -> CoverageMapPage:
    """Draw the page with everything inside it.

    *Raises*: FaultError if there is nothing to draw, or a file or an address can't be used.
    """
    from maps import MapView, coverage_map
    from yihui.planning.map.levels import build_map_levels

    tiles = parse_tiles(order.tiles)
    pins = _pins(wiring, order)  # read first: this can fail, and the rest takes seconds
    outlines = _outlines(wiring, order.area)
    stations = _stations(wiring, order, outlines)
    sight, title = _sight(wiring, order, outlines)
    levels = build_map_levels(sight)
    gaps = _gaps(wiring, order, sight)
    week = _week(order, sight, levels)
    view = MapView(
        stations=stations,
        levels=levels,
        at=order.at,
        radius_m=order.radius_m,
        states=station_states_at(sight.index, order.at),
        week=week,
        served=served_label(sight.demand.unit, wiring.language),
        gaps=gaps[:MOST_GAPS],
        gaps_found=len(gaps),
        gaps_by_night=order.gaps == "night",
        proposals=pins,
        sources=_sources(wiring, order, stations, title),
        tiles=tiles,
        classes=choose_map_classes(levels, week),
    )
    page = coverage_map(view, map_labels(wiring), load_map_assets())
    placed = sum(station.is_placed for station in stations)
    return CoverageMapPage(page, placed, len(stations) - placed, len(outlines), tiles.hosts)


def _sight(
    wiring: Wiring, order: CoverageMapOrder, outlines: "gpd.GeoDataFrame"
) -> "tuple[MapScope, str | None]":
    """Return the scope of the map, and the title of its demand if that isn't the census.

    The demand is the residents by default, or the ground where the census doesn't cover the area.
    """
    from geo.coverage import Reach
    from geo.formats.facts import shandong_population
    from yihui.planning.demand.run import CENSUS_DEMAND, GROUND_DEMAND, DemandQuery, load_demand
    from yihui.planning.map.levels import MapScope, load_wider_outlines
    from yihui.planning.study.run import DEFAULT_SPACING_M

    spacing_m = DEFAULT_SPACING_M[len(area_code_prefix(order.area))]
    is_known = set(outlines["code"]) <= shandong_population().keys()
    wanted = DemandQuery(
        order.demand or (CENSUS_DEMAND if is_known else GROUND_DEMAND), order.area, spacing_m
    )
    chosen = load_demand(wiring, wanted)
    sight = MapScope(
        outlines=outlines,
        wider=load_wider_outlines(wiring, order.area),
        index=wiring.stations(order.register),
        demand=chosen.demand,
        reach=Reach(order.radius_m, spacing_m),
        at=order.at,
    )
    return sight, None if wanted.built_in == CENSUS_DEMAND else chosen.title


def served_label(unit: str, language: Language) -> str:
    """Return what a share refers to: residents, ground, searches, or the user's own unit."""
    from geo.coverage.demand import GROUND_UNIT, PEOPLE_UNIT
    from yihui.planning.report.phrases import demand_unit_label

    return {PEOPLE_UNIT: "people", GROUND_UNIT: "ground"}.get(unit) or demand_unit_label(unit, language)


def choose_map_classes(levels: "Sequence[gpd.GeoDataFrame]", week: "WeekFigures | None") -> "ColourClasses":
    """Choose breaks for thin coverage where counties' best hours are thin, even fifths elsewhere.

    There are only two sets, so that most maps can be compared side by side.
    """
    import numpy as np

    from maps import ColourClasses
    from maps.classes import EVEN_FIFTHS_BREAKS

    counties = [str(code) for code in levels[-1]["code"]]
    best = levels[-1]["covered_share"].to_numpy(dtype=float)
    if week is not None:
        best = np.nanmax(week.share[-len(counties) :], axis=1, initial=0.0)
    return ColourClasses(EVEN_FIFTHS_BREAKS) if np.nanmedian(best) > THIN_COVERAGE_SHARE else ColourClasses()


def parse_tiles(text: str | None, environ: "Mapping[str, str]" = os.environ) -> "BaseMapTiles":
    """Return the requested base map, none by default. *Raises*: WrongValue."""
    from maps import BaseMapTiles
    from yihui.runtime.arguments import WrongValue

    if not text:
        return BaseMapTiles()
    asked = f"tianditu:{environ.get(TIANDITU_KEY, '')}" if text == "tianditu" else text
    try:
        return BaseMapTiles.parse(asked)
    except ValueError as error:
        shown = "tianditu:…" if text.startswith("tianditu:") else text  # never show the key
        told = N_("{field} can't be {value}")
        raise WrongValue([Fault(told, str(error), field="--tiles", value=shown)]) from error


def _outlines(wiring: Wiring, area: str) -> "gpd.GeoDataFrame":
    from geo.formats.outlines import load_outlines

    outlines = load_outlines(wiring.outlines_cache, within=area)
    if outlines.empty:
        remedy = N_("give the six-digit code of a province or a city, such as 370000 or 370100")
        raise FaultError([Fault(N_("no district lies in {value}"), remedy, field="--area", value=area)])
    return outlines


def _stations(wiring: Wiring, order: CoverageMapOrder, outlines: "gpd.GeoDataFrame") -> list["Station"]:
    """Return the stations of the area: by their district, or by their position if they state none."""
    from geo.districts import Districts
    from yihui.services.station_selection import select_stations

    everywhere = select_stations(wiring, register=order.register)
    prefix = area_code_prefix(order.area)
    inside = [s for s in everywhere if (s.district or "").startswith(prefix)]
    astray = [s for s in everywhere if s.district is None and s.is_placed]
    points = [(s.lon or 0.0, s.lat or 0.0) for s in astray]
    if astray:
        found = Districts(outlines).assign(points).code
        inside += [station for station, code in zip(astray, found, strict=True) if code is not None]
    if not inside:
        remedy = N_("import a register first: yihui stations import FILE.csv --datum wgs84")
        raise FaultError(
            [Fault(N_("there is no station to draw"), remedy, field="--register", value=order.register)]
        )
    return inside


def _sources(
    wiring: Wiring, order: CoverageMapOrder, stations: "Sequence[Station]", demand: str | None
) -> list[str]:
    """List the sources: registers with their import days, outlines, residents, and any other demand."""
    from core.civil_time import civil_date
    from geo.formats.outlines import OUTLINES_SOURCE
    from geo.registry import load_registers

    named = {station.source for station in stations}
    with wiring.database.read() as connection:
        registers = [
            one
            for one in load_registers(connection)
            if order.register in (None, one.name) and (one.source in named or not one.source)
        ]
    told = N_("Register: {source}, imported on {day}")
    return [
        *(
            wiring.render(told, source=one.source or one.name, day=civil_date(one.imported_at))
            for one in registers
        ),
        wiring.render(N_("Outlines: {source}"), source=wiring.render(OUTLINES_SOURCE)),
        wiring.render(N_("Residents: census of 1 November 2020, spread evenly over each county")),
        *([] if demand is None else [wiring.render(N_("Served: {source}"), source=demand)]),
    ]


def station_states_at(index: "StationIndex", at: datetime) -> dict[str, "OpeningState"]:
    """Return the opening state of each station at an instant, by station id."""
    from geo.hours import STATES_BY_CODE as BY_NUMBER

    return {
        station.id: BY_NUMBER[number]
        for station, number in zip(index.stations, index.states(at).tolist(), strict=True)
    }


def _week(
    order: CoverageMapOrder, sight: "MapScope", levels: "Sequence[gpd.GeoDataFrame]"
) -> "WeekFigures | None":
    if not order.with_hours:
        return None
    from geo.coverage import coverage_by_hour
    from yihui.planning.map.week import build_map_week

    return build_map_week(
        sight, coverage_by_hour(sight.demand, sight.index, monday_of(order.at), sight.reach), levels
    )


def _gaps(wiring: Wiring, order: CoverageMapOrder, sight: "MapScope") -> "tuple[AreaMark, ...]":
    if order.gaps is None:
        return ()
    from yihui.planning.map.marks import gap_patches

    return gap_patches(wiring.language, order.gaps, sight)


def _pins(wiring: Wiring, order: CoverageMapOrder) -> "tuple[Pin, ...]":
    if order.proposals is None:
        return ()
    from yihui.planning.map.marks import read_site_pins

    return read_site_pins(wiring, order.proposals)

"""What ``yihui map`` draws: the register and the coverage of an area at an instant, or over its week."""

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from core.faults import Fault, InputFaults
from geo.districts import prefix_of
from yihui.bootstrap import Wiring
from yihui.planning.map.labels import map_labels
from yihui.planning.study.study import monday_of
from yihui.runtime.assets import map_assets
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd

    from geo.nearest.index import StationIndex
    from geo.station import State, Station
    from maps import Classes, Tiles, Week
    from maps.marks import Patch, Pin
    from yihui.planning.map.levels import Sight

TIANDITU_KEY = "YIHUI_TIANDITU_KEY"
THIN = 0.25  # half of the counties have less than this of themselves near a place, at their best hour
MOST_GAPS = 200  # the heaviest: more say nothing to the eye

N_ = str  # marks a text for the message catalogue


@dataclass(frozen=True, slots=True)
class Order:
    """What to draw. ``area`` is the code of a province or a city; ``tiles`` as `maps.Tiles.of` reads it."""

    at: datetime
    area: str
    register: str | None = None
    radius_m: float = 1_000.0
    with_hours: bool = True
    gaps: str | None = None  # hour, night or week
    proposals: Path | None = None
    tiles: str | None = None
    demand: str | None = None  # as `demand_of` takes it; residents, or ground, where none is named


@dataclass(frozen=True, slots=True)
class Drawn:
    """A finished page and what is on it; places without coordinates are counted, not drawn."""

    page: str
    places: int
    unplaced: int
    districts: int
    hosts: tuple[str, ...] = ()  # of an online base map


def draw(wiring: Wiring, order: Order) -> Drawn:
    """The page with everything inside it.

    *Raises*: InputFaults where there is nothing to draw, or a file or an address can't be used.
    """
    from maps import MapView, coverage_map
    from yihui.planning.map.levels import levels_of

    tiles = chosen_tiles(order.tiles)
    pins = _pins(wiring, order)  # what can be wrong, before the seconds that the rest takes
    outlines = _outlines(wiring, order.area)
    stations = _stations(wiring, order, outlines)
    sight, title = _sight(wiring, order, outlines)
    levels = levels_of(sight)
    gaps = _gaps(wiring, order, sight)
    week = _week(order, sight, levels)
    view = MapView(
        stations=stations,
        levels=levels,
        at=order.at,
        radius_m=order.radius_m,
        states=states_at(sight.index, order.at),
        week=week,
        served=served_word(sight.demand.unit, wiring.language),
        gaps=gaps[:MOST_GAPS],
        gaps_found=len(gaps),
        gaps_by_night=order.gaps == "night",
        proposals=pins,
        sources=_sources(wiring, order, stations, title),
        tiles=tiles,
        classes=fitting_classes(levels, week),
    )
    page = coverage_map(view, map_labels(wiring), map_assets())
    placed = sum(station.is_placed for station in stations)
    return Drawn(page, placed, len(stations) - placed, len(outlines), tiles.hosts)


def _sight(wiring: Wiring, order: Order, outlines: "gpd.GeoDataFrame") -> "tuple[Sight, str | None]":
    """What is served is asked of the residents, or of the ground where a census isn't known.

    Beside it what another demand is called.
    """
    from geo.coverage import Reach
    from geo.formats.facts import shandong_population
    from yihui.planning.demand.run import CENSUS, GROUND, DemandWanted, demand_of
    from yihui.planning.map.levels import Sight, outlines_above
    from yihui.planning.study.run import SPACING_M

    spacing_m = SPACING_M[len(prefix_of(order.area))]
    is_known = set(outlines["code"]) <= shandong_population().keys()
    wanted = DemandWanted(order.demand or (CENSUS if is_known else GROUND), order.area, spacing_m)
    chosen = demand_of(wiring, wanted)
    sight = Sight(
        outlines=outlines,
        wider=outlines_above(wiring, order.area),
        index=wiring.stations(order.register),
        demand=chosen.demand,
        reach=Reach(order.radius_m, spacing_m),
        at=order.at,
    )
    return sight, None if wanted.word == CENSUS else chosen.title


def served_word(unit: str, language: Language) -> str:
    """What a share is of: residents, ground, searches, or the user's own unit."""
    from geo.coverage.demand import GROUND, PEOPLE
    from yihui.planning.report.phrases import who

    return {PEOPLE: "people", GROUND: "ground"}.get(unit) or who(unit, language)


def fitting_classes(levels: "Sequence[gpd.GeoDataFrame]", week: "Week | None") -> "Classes":
    """Breaks for thin coverage where counties' best hours are thin, even fifths where they are not.

    Two sets only, so that most maps can be laid side by side.
    """
    import numpy as np

    from maps import Classes
    from maps.classes import EVEN_FIFTHS

    counties = [str(code) for code in levels[-1]["code"]]
    best = levels[-1]["covered_share"].to_numpy(dtype=float)
    if week is not None:
        best = np.nanmax(week.share[-len(counties) :], axis=1, initial=0.0)
    return Classes(EVEN_FIFTHS) if np.nanmedian(best) > THIN else Classes()


def chosen_tiles(text: str | None, environ: "Mapping[str, str]" = os.environ) -> "Tiles":
    """The base map that was asked for, none by default. *Raises*: WrongValue."""
    from maps import Tiles
    from yihui.runtime.arguments import WrongValue

    if not text:
        return Tiles()
    asked = f"tianditu:{environ.get(TIANDITU_KEY, '')}" if text == "tianditu" else text
    try:
        return Tiles.of(asked)
    except ValueError as error:
        shown = "tianditu:…" if text.startswith("tianditu:") else text  # a key is nobody else's
        told = N_("{field} can't be {value}")
        raise WrongValue([Fault(told, str(error), field="--tiles", value=shown)]) from error


def _outlines(wiring: Wiring, area: str) -> "gpd.GeoDataFrame":
    from geo.formats.outlines import load_outlines

    outlines = load_outlines(wiring.outlines_cache, within=area)
    if outlines.empty:
        remedy = N_("give the six-digit code of a province or a city, such as 370000 or 370100")
        raise InputFaults([Fault(N_("no district lies in {value}"), remedy, field="--area", value=area)])
    return outlines


def _stations(wiring: Wiring, order: Order, outlines: "gpd.GeoDataFrame") -> list["Station"]:
    """Those of the area: by their district, or, where none is given, by lying in one of its outlines."""
    from geo.districts import Districts
    from yihui.services.station_selection import chosen_stations

    everywhere = chosen_stations(wiring, register=order.register)
    prefix = prefix_of(order.area)
    inside = [s for s in everywhere if (s.district or "").startswith(prefix)]
    astray = [s for s in everywhere if s.district is None and s.is_placed]
    points = [(s.lon or 0.0, s.lat or 0.0) for s in astray]
    if astray:
        found = Districts(outlines).assign(points).code
        inside += [station for station, code in zip(astray, found, strict=True) if code is not None]
    if not inside:
        remedy = N_("import a register first: yihui stations import FILE.csv --datum wgs84")
        raise InputFaults(
            [Fault(N_("there is no station to draw"), remedy, field="--register", value=order.register)]
        )
    return inside


def _sources(wiring: Wiring, order: Order, stations: "Sequence[Station]", demand: str | None) -> list[str]:
    """Registers with the day on which they were imported, outlines, residents, what else is to be served."""
    from core.civil_time import civil_date
    from geo.formats.outlines import SOURCE
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
            wiring.say(told, source=one.source or one.name, day=civil_date(one.imported_at))
            for one in registers
        ),
        wiring.say(N_("Outlines: {source}"), source=wiring.say(SOURCE)),
        wiring.say(N_("Residents: census of 1 November 2020, spread evenly over each county")),
        *([] if demand is None else [wiring.say(N_("Served: {source}"), source=demand)]),
    ]


def states_at(index: "StationIndex", at: datetime) -> dict[str, "State"]:
    """What holds at each station, by id."""
    from geo.hours import STATES as BY_NUMBER

    return {
        station.id: BY_NUMBER[number]
        for station, number in zip(index.stations, index.states(at).tolist(), strict=True)
    }


def _week(order: Order, sight: "Sight", levels: "Sequence[gpd.GeoDataFrame]") -> "Week | None":
    if not order.with_hours:
        return None
    from geo.coverage import by_hour
    from yihui.planning.map.week import week_on_map

    return week_on_map(sight, by_hour(sight.demand, sight.index, monday_of(order.at), sight.reach), levels)


def _gaps(wiring: Wiring, order: Order, sight: "Sight") -> "tuple[Patch, ...]":
    if order.gaps is None:
        return ()
    from yihui.planning.map.marks import gaps_on_map

    return gaps_on_map(wiring.language, order.gaps, sight)


def _pins(wiring: Wiring, order: Order) -> "tuple[Pin, ...]":
    if order.proposals is None:
        return ()
    from yihui.planning.map.marks import pins_from_file

    return pins_from_file(wiring, order.proposals)

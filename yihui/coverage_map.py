"""What ``yihui map`` draws: the register and the coverage of an area at an instant."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from geo.faults import Fault, InputFaults
from yihui.assets import map_assets
from yihui.bootstrap import Wiring
from yihui.labels import ACCESSES, ENTRIES, FACILITIES, KINDS, STATES

if TYPE_CHECKING:
    import geopandas as gpd

    from geo.index import StationIndex
    from geo.station import State, Station
    from maps import Labels

N_ = str  # marks a text for the message catalogue


@dataclass(frozen=True, slots=True)
class Order:
    """What to draw. ``area`` is the code of a province or a city."""

    at: datetime
    area: str
    register: str | None
    radius_m: float


@dataclass(frozen=True, slots=True)
class Drawn:
    """A finished page and what is on it; places without coordinates are counted, not drawn."""

    page: str
    places: int
    unplaced: int
    districts: int


def draw(wiring: Wiring, order: Order) -> Drawn:
    """The page with everything inside it.

    *Raises*: InputFaults where there is nothing to draw.
    """
    from geo.formats.outlines import SOURCE
    from geo.index import StationIndex
    from maps import CoverageView, coverage_map

    outlines = _outlines(wiring, order.area)
    stations = _stations(wiring, order, outlines)
    index = StationIndex.build(stations)
    view = CoverageView(
        stations=stations,
        districts=_with_figures(outlines, index, order),
        at=order.at,
        radius_m=order.radius_m,
        states=_states(index, order.at),
        sources=(
            wiring.say(N_("Outlines: {source}"), source=SOURCE),
            wiring.say(N_("Residents: census of 1 November 2020")),
        ),
    )
    page = coverage_map(view, _labels(wiring), map_assets())
    placed = sum(station.is_placed for station in stations)
    return Drawn(page, placed, len(stations) - placed, len(outlines))


def _outlines(wiring: Wiring, area: str) -> "gpd.GeoDataFrame":
    from geo.formats.outlines import load_outlines

    outlines = load_outlines(wiring.outlines_cache, within=area)
    if outlines.empty:
        remedy = N_("give the six-digit code of a province or a city, such as 370000 or 370100")
        raise InputFaults([Fault(N_("no district lies in {value}"), remedy, field="--province", value=area)])
    return outlines


def _stations(wiring: Wiring, order: Order, outlines: "gpd.GeoDataFrame") -> list["Station"]:
    """Those of the area: by their district, or, where none is given, by lying in one of its outlines."""
    from geo.districts import Districts, prefix_of
    from yihui.station_choice import chosen_stations

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


def _with_figures(outlines: "gpd.GeoDataFrame", index: "StationIndex", order: Order) -> "gpd.GeoDataFrame":
    from geo.coverage import Reach, coverage
    from geo.formats.facts import shandong_population

    peopled = outlines.assign(population=outlines["code"].map(shandong_population()))
    figures = coverage(
        peopled, index, order.at, reach=Reach(radius_m=order.radius_m), population="population"
    )
    return peopled.join(figures)


def _states(index: "StationIndex", at: datetime) -> dict[str, "State"]:
    from geo.hours import STATES as BY_NUMBER

    return {
        station.id: BY_NUMBER[number]
        for station, number in zip(index.stations, index.states(at).tolist(), strict=True)
    }


def _labels(wiring: Wiring) -> "Labels":
    from maps import Labels, Words

    words = Words(KINDS, STATES, ENTRIES, ACCESSES, FACILITIES)
    return Labels(words=words).translated(wiring.language.text, wiring.language.code)

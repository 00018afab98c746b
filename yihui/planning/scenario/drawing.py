"""What is drawn over the map of a scenario: the stations that change, and the ground that it gains and loses."""

from typing import TYPE_CHECKING, Any

import shapely

from geo.coverage.reach import Reach
from yihui.planning.demand.run import load_demand
from yihui.planning.scenario.request import ScenarioChanges
from yihui.planning.scenario.run import (
    ScenarioResult,
    added_stations,
    build_scenario_order,
    load_scenario_ground,
)

if TYPE_CHECKING:
    from geo.registry.planning import Scenario
    from maps import MapView
    from yihui.bootstrap import Wiring
    from yihui.runtime.language import Language

_DIGITS = 5  # of degrees


def draw_scenario(found: ScenarioResult, changes: ScenarioChanges) -> dict[str, Any]:
    """Return what web/src/desk/scenario.ts draws: stations with what becomes of them, and GeoJSON of the ground. *CRS*: WGS84."""
    what = {id_: name for name in ("late", "closed") for id_ in getattr(changes, name)}
    changed = [(one, what[one.id]) for one in found.today.stations if one.id in what]
    changed += [(one, "added") for one in added_stations(changes)]
    ground = found.served.compare_ground(found.outlines)
    gained, lost = shapely.set_precision(ground, 10.0**-_DIGITS)
    return {
        "stations": [{"id": one.id, "lon": one.lon, "lat": one.lat, "what": said} for one, said in changed],
        "gained": shapely.geometry.mapping(gained),
        "lost": shapely.geometry.mapping(lost),
    }


def draw_today(wiring: "Wiring", asked: "Scenario", language: "Language") -> "MapView":
    """Draw the area of a scenario as it is today, with all hours of its week, as the map of an answer."""
    from yihui.planning.map.areas import build_map_scope
    from yihui.planning.map.of_answer import draw_answer, measure_hours

    order = build_scenario_order(asked)
    demand = load_demand(wiring, order.query).demand
    _, today = load_scenario_ground(wiring, asked.area, asked.radius_m)
    scope = build_map_scope(order, asked.at, today, demand, Reach(order.radius_m), language)
    return draw_answer(scope, measure_hours(scope), language)

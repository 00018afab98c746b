"""What is drawn over the map of a scenario: the stations that change, and the ground that it gains and loses."""

from datetime import datetime
from typing import Any

import shapely

from geo.coverage.hours import HourTable
from geo.coverage.reach import Reach
from geo.registry.planning import Scenario
from maps import map_data
from yihui.bootstrap import Wiring
from yihui.frame.cells import cell_text
from yihui.frame.names import NO_NAMES
from yihui.frame.plain import table_rows
from yihui.planning.charts import draw_chart
from yihui.planning.map.answer import chart_hours, draw_answer, measure_hours
from yihui.planning.map.areas import MapScope, build_map_scope
from yihui.planning.map.text import map_labels
from yihui.planning.scenario.answer import changes_table, scenario_sections
from yihui.planning.scenario.request import ScenarioChanges
from yihui.planning.scenario.run import (
    UNCHANGED,
    ScenarioResult,
    added_stations,
    apply_changes,
    build_scenario_order,
    list_stations,
    load_scenario_demand,
    load_scenario_ground,
    measure_scenario,
)
from yihui.planning.tables import show_chart
from yihui.planning.text import distance_text, moment_text
from yihui.runtime.language import Language
from yihui.views.answer_sheet import render_sheet
from yihui.views.still_map import render_picture

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


def draw_area(wiring: Wiring, asked: Scenario, language: Language) -> dict[str, Any]:
    """Draw the area of a scenario as it is today, with all hours of its week, as the data of an answer's map."""
    drawn = draw_answer(*_measure_area(wiring, asked, language, UNCHANGED, asked.at), language)
    return map_data(drawn, map_labels(language))


def _measure_area(
    wiring: Wiring, asked: Scenario, language: Language, changes: ScenarioChanges, at: datetime
) -> tuple[MapScope, HourTable | None]:
    """Return what a map shows of a scenario's area with changes, and the coverage of its week."""
    order = build_scenario_order(asked)
    demand = load_scenario_demand(wiring, asked).demand
    _, today = load_scenario_ground(wiring, asked.area, asked.radius_m)
    index = apply_changes(today, changes, asked.at)
    scope = build_map_scope(order, at, index, demand, Reach(order.radius_m), language)
    return scope, measure_hours(scope)


def render_scenario_sheet(
    wiring: Wiring, asked: Scenario, changes: ScenarioChanges, area_name: str, language: Language
) -> str:
    """Render a scenario on one A4 sheet, an SVG: its sentence, its figures, the map and the week with its changes, and their list."""
    found = measure_scenario(wiring.in_language(language), asked, changes)
    advice, facts, *_ = scenario_sections(asked, changes, found, language)
    table = changes_table(changes, list_stations(wiring, asked, changes))
    columns, *rows = table_rows(table.columns, table.rows, language, NO_NAMES)
    figures = [
        (language.translate(one.title), cell_text(one.value, language), "")
        for one in facts.facts
        if one.is_on_page
    ]
    at = found.later.at if found.later else asked.at
    scope, hours = _measure_area(wiring, asked, language, changes, at)
    drawn = map_data(draw_answer(scope, hours, language), map_labels(language))
    asks = [area_name, moment_text(at, language), distance_text(asked.radius_m, language), found.chosen.title]
    result = {
        "headline": advice.text,
        "figures": figures[:3],
        "chart": (chart := chart_hours(hours)) and draw_chart(show_chart(chart, language), language),
        "tables": [{"columns": columns, "rows": rows}] if rows else [],
        "limits": [],
    }
    return render_sheet(asked.name, " · ".join(asks), render_picture(drawn, asked.name), result, language)

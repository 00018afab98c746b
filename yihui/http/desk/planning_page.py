"""What the page of a scenario shows: changes in words, stations to choose from, places found, figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from geo.station import Station, Status
from yihui.access.roles import Right
from yihui.http.body import FormFields, form_value
from yihui.http.desk.pages import FormFeedback, OfficerPages
from yihui.http.desk.visit import OfficerVisit
from yihui.http.rider.place_choices import PlaceChoice, find_place_choices
from yihui.planning.scenario.request import DEMANDS, ComparisonTerms, parse_comparison_terms
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.operation.demand_files import list_usable_demands
from yihui.services.operation.jobs import Job, find_latest_job, find_latest_result
from yihui.services.operation.scenarios import Scenario, apply_to_stations, load_area_stations
from yihui.views.form_terms import fault_in_form_terms

if TYPE_CHECKING:
    from yihui.planning.report.tables import ReportTable
    from yihui.planning.scenario.data import ScenarioFigures
    from yihui.runtime.language import Language

MOST_STATIONS = 200  # in a list to choose from; a search shows the others
_MOST_ROWS = 60  # of a table of counties; the workbook has all


@dataclass(frozen=True, slots=True)
class FigureTexts:
    """The figures of a comparison as texts. ``is_old``: the scenario has changed since."""

    hour: int
    terms: str
    finding: str
    tables: "Sequence[ReportTable]"
    is_old: bool


@dataclass(frozen=True, slots=True)
class PlanningPage:
    """A scenario as its page shows it; ``figures`` is None before the first comparison."""

    scenario: Scenario
    area_name: str
    changes: Sequence[str]
    undone: Sequence[str]
    missing: Sequence[str]
    stations: Sequence[Station]
    station_count: int
    chosen_station: str
    query: str
    places: Sequence[PlaceChoice]
    job: Job | None
    figures: "FigureTexts | None"


def scenario_path(id_: str) -> str:
    """Return the path of a scenario's page."""
    return f"/desk/planning/{id_}"


def load_planning_page(
    pages: OfficerPages, visit: OfficerVisit, scenario: Scenario, query: str, station: str
) -> PlanningPage:
    """Load a scenario's page. ``query`` searches places and stations, ``station`` is chosen for a change."""
    from yihui.planning.scenario.text import change_text

    language, wiring = visit.language, pages.site.wiring
    known = load_area_stations(wiring, scenario.area)
    applied = apply_to_stations(scenario, known)
    names = {one.id: one.name for one in (*known, *applied.stations)}
    there = [one for one in applied.stations if one.status is not Status.CLOSED_FOR_GOOD]
    shown = [one for one in there if _matches(one, query, station)]
    places = find_place_choices(pages.site, query, None, language) if query else ()
    figures = load_figures(pages, scenario)
    return PlanningPage(
        scenario=scenario,
        area_name=pages.site.place_names().get(scenario.area, scenario.area),
        changes=[change_text(one, names, language) for one in scenario.state.changes],
        undone=[change_text(one, names, language) for one in reversed(scenario.state.undone)],
        missing=[change_text(one, names, language) for one in applied.missing],
        stations=shown[:MOST_STATIONS],
        station_count=len(there),
        chosen_station=station,
        query=query,
        places=[one for one in places if "lon" in one.where],
        job=_find_job(pages, visit, scenario),
        figures=None if figures is None else _figure_texts(figures, scenario, visit),
    )


def _matches(station: Station, query: str, chosen: str) -> bool:
    return not query or station.id == chosen or query in station.name or query == station.id


def load_figures(pages: OfficerPages, scenario: Scenario) -> "ScenarioFigures | None":
    """Return the figures of the scenario's last comparison; None without one that is done."""
    result = find_latest_result(pages.site.wiring, scenario.owner, scenario_path(scenario.id))
    if result is None:
        return None
    from yihui.planning.scenario.data import FIGURES_ADAPTER

    return FIGURES_ADAPTER.validate_python(result)


def _find_job(pages: OfficerPages, visit: OfficerVisit, scenario: Scenario) -> Job | None:
    """Return the owner's job that compared the scenario last; a reader of the link doesn't see it."""
    if scenario.owner != visit.actor.id:
        return None
    return find_latest_job(pages.site.wiring, scenario.owner, scenario_path(scenario.id))


def _figure_texts(figures: "ScenarioFigures", scenario: Scenario, visit: OfficerVisit) -> FigureTexts:
    from yihui.planning.scenario.text import finding_text, format_figure, scenario_tables, terms_text

    language, unit = visit.language, figures["unit"]
    tables = [
        replace(
            table,
            rows=tuple(
                tuple(
                    format_figure(value, column.unit, unit, language)
                    for value, column in zip(row, table.columns, strict=True)
                )
                for row in table.rows[:_MOST_ROWS]
            ),
        )
        for table in scenario_tables(figures, language)
        if table.rows
    ]
    return FigureTexts(
        datetime.fromisoformat(figures["at"]).hour,
        terms_text(figures, language),
        finding_text(figures, language),
        tables,
        figures["version"] != scenario.version,
    )


def list_demands(pages: OfficerPages, visit: OfficerVisit, area: str) -> Mapping[str, str]:
    """Return what a scenario of an area can be compared by: the built-in demands, and files that were uploaded."""
    scope = pages.scope(visit, Right.PLAN)
    built_in = {code: visit.language.translate(label) for code, label in DEMANDS.items()}
    return {**built_in, **list_usable_demands(pages.site.wiring, scope, area)}


def read_terms(
    pages: OfficerPages, visit: OfficerVisit, scenario: Scenario, sent: FormFields
) -> ComparisonTerms:
    """Return the hour, the reach and the demand of a form. *Raises*: FaultError with all faults."""
    hour, radius, demand = (form_value(sent, name) for name in ("hour", "radius", "demand"))
    return parse_comparison_terms(hour, radius, demand, list_demands(pages, visit, scenario.area))


def list_areas(pages: OfficerPages, scope: OfficerScope) -> Mapping[str, str]:
    """Return the areas that an officer may plan by code: those of the subtrees and all below, in the province."""
    from yihui.bootstrap import PROVINCE_CODE

    names = pages.site.place_names()
    prefix = PROVINCE_CODE[:2]
    inside = sorted(code for code in names if code.startswith(prefix) and scope.covers_district(code))
    return {code: _full_name(code, names) for code in inside}


def _full_name(code: str, names: Mapping[str, str]) -> str:
    city = names.get(f"{code[:4]}00", "")
    return names[code] if code.endswith("00") else f"{city}{names[code]}"


def use_form_terms(feedback: FormFeedback, labels: Mapping[str, str], language: "Language") -> FormFeedback:
    """Return a refused form's feedback with the labels of its fields in place of the commands' options."""
    return replace(
        feedback, problems=[fault_in_form_terms(one, labels, language) for one in feedback.problems]
    )

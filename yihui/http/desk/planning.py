"""/desk/planning: scenarios for an area's stations, their figures beside today's, and reports."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from core.civil_time import CIVIL_TIME, civil_date
from core.faults import FaultError, FaultTable
from core.text_marks import N_
from geo.scenario import HoursChanged, ScenarioChange, ScenarioStep, StationAdded, StationClosed, StationMoved
from yihui.access.acting import state_act
from yihui.access.roles import Right
from yihui.http.body import FormFields, form_value
from yihui.http.desk.faults import FORM_FAULTS
from yihui.http.desk.jobs import JOB_STATE_LABELS
from yihui.http.desk.pages import (
    NO_FEEDBACK,
    ActOutcome,
    FormFeedback,
    OfficerPages,
    build_link,
    require_confirmation,
    require_value,
)
from yihui.http.desk.planning_map import MAP_LAYERS, load_scenario_map, load_scenario_places
from yihui.http.desk.planning_page import (
    PlanningPage,
    list_areas,
    list_demands,
    load_figures,
    load_planning_page,
    read_terms,
    scenario_path,
)
from yihui.http.desk.visit import OfficerVisit
from yihui.planning.scenario.job import COMPARISON_JOB, comparison_parameters
from yihui.planning.scenario.outline import parse_outline
from yihui.services.operation.jobs import JobRequest, request_job
from yihui.services.operation.scenarios import (
    Scenario,
    add_change,
    create_scenario,
    delete_scenario,
    find_shared_scenario,
    list_scenarios,
    rename_scenario,
    require_scenario,
    share_scenario,
    step_scenario,
)

if TYPE_CHECKING:
    from yihui.planning.scenario.data import ScenarioFigures

MAX_COMPARED = 4
_PRIVATE = {"Cache-Control": "no-store"}
_NUMBER = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,10})?")
_DONE: Mapping[str, str] = MappingProxyType(
    {
        "created": N_("The scenario was begun. Its stations are those of today until you change them."),
        "changed": N_("The change was recorded."),
        "undone": N_("One step was taken back."),
        "redone": N_("The step was taken again."),
        "renamed": N_("The scenario has a new name."),
        "shared": N_("Other planners of this place can read the scenario by the link."),
        "unshared": N_("The link leads nowhere now."),
        "deleted": N_("The scenario was deleted."),
    }
)
PLANNING_FAULTS = FaultTable(
    "planning_form",
    {
        "degrees": (N_("“{value}” is no coordinate"), N_("write degrees, such as 117.02")),
        "no_figures": (
            N_("the scenario “{value}” has not been compared with today"),
            N_("open it and compare it first"),
        ),
        "choose": (N_("{count} scenarios were chosen"), N_("choose two to {most}")),
    },
)
_Chosen = Annotated[list[str], Query(default_factory=list)]


def router(made: APIRouter, pages: OfficerPages) -> None:
    wiring = pages.site.wiring

    @made.get("/planning")
    def planning(request: Request) -> Response:
        visit = pages.open(request, Right.PLAN)
        return show_list(visit, NO_FEEDBACK, visit.done(request, _DONE))

    def show_list(visit: OfficerVisit, feedback: FormFeedback, done: str | None = None) -> Response:
        scope = pages.scope(visit, Right.PLAN)
        return pages.render(
            visit,
            "planning.html",
            feedback,
            scenarios=list_scenarios(wiring, scope, visit.actor.id),
            areas=list_areas(pages, scope),
            names=pages.site.place_names(),
            most=MAX_COMPARED,
            done=done,
        )

    @made.post("/planning")
    async def create(request: Request) -> Response:
        def act(visit: OfficerVisit, sent: FormFields) -> ActOutcome:
            name, area = require_value(sent, "name", N_("name")), require_value(sent, "area", N_("area"))
            id_ = create_scenario(wiring, pages.scope(visit, Right.PLAN), visit.actor.id, name, area)
            return _outcome(id_, "created")

        return await pages.submit(request, Right.PLAN, "create", act, show_list)

    @made.get("/planning/compare")
    def compare(request: Request, scenario: _Chosen) -> Response:
        from yihui.planning.scenario.text import comparison_rows, is_comparable, terms_text

        visit = pages.open(request, Right.PLAN)
        chosen = _require_several(pages, visit, scenario)
        figures = [_require_figures(pages, one) for one in chosen]
        return pages.render(
            visit,
            "planning_compare.html",
            scenarios=chosen,
            rows=list(comparison_rows(figures, visit.language)),
            terms=[terms_text(one, visit.language) for one in figures],
            is_comparable=is_comparable(figures),
        )

    @made.get("/planning/shared/{token}")
    def shared(request: Request, token: str) -> Response:
        visit = pages.open(request, Right.PLAN)
        found = find_shared_scenario(wiring, pages.scope(visit, Right.PLAN), token)
        page = load_planning_page(pages, visit, found, "", "")
        return render(visit, page, NO_FEEDBACK, None, shared=f"/desk/planning/shared/{token}")

    @made.get("/planning/shared/{token}/map.json")
    def shared_map(request: Request, token: str) -> Response:
        visit = pages.open(request, Right.PLAN)
        found = find_shared_scenario(wiring, pages.scope(visit, Right.PLAN), token)
        return JSONResponse(
            load_scenario_map(pages, found, load_figures(pages, found), None), headers=_PRIVATE
        )

    @made.get("/planning/{id_}/map.json")
    def own_map(request: Request, id_: str) -> Response:
        found = _require(pages, pages.open(request, Right.PLAN), id_)
        shown = load_scenario_map(pages, found, load_figures(pages, found), scenario_path(id_))
        return JSONResponse(shown, headers=_PRIVATE)

    @made.get("/planning/{id_}")
    def scenario(request: Request, id_: str) -> Response:
        visit = pages.open(request, Right.PLAN)
        return show(visit, id_, NO_FEEDBACK, request, visit.done(request, _DONE))

    def show(
        visit: OfficerVisit,
        id_: str,
        feedback: FormFeedback,
        request: Request | None = None,
        done: str | None = None,
    ) -> Response:
        found = _require(pages, visit, id_)
        asked = {} if request is None else request.query_params
        page = load_planning_page(
            pages, visit, found, asked.get("q", "")[:100], asked.get("station", "")[:128]
        )
        chosen = {name: asked.get(name, "")[:20] for name in ("lon", "lat")}
        return render(visit, page, feedback, done, chosen=chosen)

    def render(
        visit: OfficerVisit,
        page: PlanningPage,
        feedback: FormFeedback,
        done: str | None,
        *,
        shared: str = "",
        chosen: Mapping[str, str] = MappingProxyType({"lon": "", "lat": ""}),
    ) -> Response:
        return pages.render(
            visit,
            "planning_scenario.html",
            feedback,
            page=page,
            scenario=page.scenario,
            may_change=not shared,
            map_address=f"{shared or scenario_path(page.scenario.id)}/map.json",
            layers=MAP_LAYERS,
            chosen=chosen,
            hour=wiring.now().astimezone(CIVIL_TIME).hour,
            demands={} if shared else list_demands(pages, visit, page.scenario.area),
            job_states=JOB_STATE_LABELS,
            done=done,
        )

    @made.post("/planning/{id_}/changes")
    async def change(request: Request, id_: str) -> Response:
        def act(visit: OfficerVisit, sent: FormFields) -> ActOutcome:
            scope = pages.scope(visit, Right.PLAN)
            version, wish = _version(sent), _read_change(sent)
            state_act("scenario", id_, after={"act": wish.act, "station": wish.station})
            add_change(wiring, scope, visit.actor.id, id_, version, wish)
            return _outcome(id_, "changed")

        return await pages.submit(
            request, Right.PLAN, "change", act, lambda visit, feedback: show(visit, id_, feedback)
        )

    @made.post("/planning/{id_}/steps")
    async def step(request: Request, id_: str) -> Response:
        def act(visit: OfficerVisit, sent: FormFields) -> ActOutcome:
            taken = form_value(sent, "step")
            if taken not in (ScenarioStep.UNDONE, ScenarioStep.REDONE):
                raise FaultError(FORM_FAULTS.build("choice", field="step", value=taken[:40]))
            scope = pages.scope(visit, Right.PLAN)
            state_act("scenario", id_, after={"step": taken})
            step_scenario(wiring, scope, visit.actor.id, id_, _version(sent), ScenarioStep(taken))
            return _outcome(id_, taken)

        return await pages.submit(
            request, Right.PLAN, "step", act, lambda visit, feedback: show(visit, id_, feedback)
        )

    @made.post("/planning/{id_}/settings")
    async def settings(request: Request, id_: str) -> Response:
        def act(visit: OfficerVisit, sent: FormFields) -> ActOutcome:
            return _set(pages, visit, id_, sent)

        return await pages.submit(
            request, Right.PLAN, "settings", act, lambda visit, feedback: show(visit, id_, feedback)
        )

    @made.post("/planning/{id_}/comparison")
    async def comparison(request: Request, id_: str) -> Response:
        def act(visit: OfficerVisit, sent: FormFields) -> ActOutcome:
            job = _begin_comparison(pages, visit, id_, sent)
            return ActOutcome(f"/desk/jobs/{job}")

        answer = await pages.submit(
            request, Right.PLAN, "compare", act, lambda visit, feedback: show(visit, id_, feedback)
        )
        pages.site.job_runner.wake()
        return answer

    @made.get("/planning/{id_}/report.{form}")
    def report(request: Request, id_: str, form: str) -> Response:
        visit = pages.open(request, Right.PLAN)
        return _report(pages, visit, _require(pages, visit, id_), form)


def _require(pages: OfficerPages, visit: OfficerVisit, id_: str) -> Scenario:
    scope = pages.scope(visit, Right.PLAN)
    return require_scenario(pages.site.wiring, scope, visit.actor.id, id_)


def _require_several(pages: OfficerPages, visit: OfficerVisit, ids: Sequence[str]) -> list[Scenario]:
    chosen = [*dict.fromkeys(ids)]
    if not 2 <= len(chosen) <= MAX_COMPARED:
        raise FaultError(
            PLANNING_FAULTS.build("choose", field="scenario", count=len(chosen), most=MAX_COMPARED)
        )
    return [_require(pages, visit, one) for one in chosen]


def _require_figures(pages: OfficerPages, scenario: Scenario) -> "ScenarioFigures":
    figures = load_figures(pages, scenario)
    if figures is None:
        raise FaultError(PLANNING_FAULTS.build("no_figures", field="scenario", value=scenario.name))
    return figures


def _set(pages: OfficerPages, visit: OfficerVisit, id_: str, sent: FormFields) -> ActOutcome:
    """Rename, share, stop sharing or delete. *Raises*: FaultError."""
    wiring, scope, owner = pages.site.wiring, pages.scope(visit, Right.PLAN), visit.actor.id
    state_act("scenario", id_, after={"act": form_value(sent, "act")[:40]})
    match form_value(sent, "act"):
        case "rename":
            rename_scenario(wiring, scope, owner, id_, require_value(sent, "name", N_("name")))
            return _outcome(id_, "renamed")
        case "share":
            share_scenario(wiring, scope, owner, id_, shared=True)
            return _outcome(id_, "shared")
        case "unshare":
            share_scenario(wiring, scope, owner, id_, shared=False)
            return _outcome(id_, "unshared")
        case "delete":
            require_confirmation(sent)
            delete_scenario(wiring, scope, owner, id_)
            return ActOutcome(build_link("/desk/planning", done="deleted"))
        case other:
            raise FaultError(FORM_FAULTS.build("choice", field="act", value=other[:40]))


def _begin_comparison(pages: OfficerPages, visit: OfficerVisit, id_: str, sent: FormFields) -> str:
    """Begin the job that compares a scenario with today; return the job's id. *Raises*: FaultError."""
    wiring = pages.site.wiring
    scenario = _require(pages, visit, id_)
    terms = read_terms(pages, visit, scenario, sent)
    outline = parse_outline(form_value(sent, "outline"))
    at = terms.instant(civil_date(wiring.now()))
    parameters = comparison_parameters(scenario, terms, at, outline)
    asked = JobRequest(COMPARISON_JOB, scenario.area, scenario.name, scenario_path(id_), parameters)
    state_act("scenario", id_, after={"job": asked.id})
    return request_job(wiring, visit.actor, asked)


def _read_change(sent: FormFields) -> ScenarioChange:
    """Return the change of a form. *Raises*: FaultError with every fault of its fields."""
    act = form_value(sent, "act")
    if act == "added":
        name = require_value(sent, "name", N_("name"))[:200]
        lon, lat = _read_point(sent)
        hours = form_value(sent, "hours")[:200]
        return StationAdded(station=_new_id(sent), name=name, lon=lon, lat=lat, hours_text=hours)
    station = require_value(sent, "station", N_("station"))[:128]
    if act == "moved":
        lon, lat = _read_point(sent)
        return StationMoved(station=station, lon=lon, lat=lat)
    if act == "closed":
        return StationClosed(station=station)
    if act == "hours":
        return HoursChanged(
            station=station, hours_text=require_value(sent, "hours", N_("opening hours"))[:200]
        )
    raise FaultError(FORM_FAULTS.build("choice", field="act", value=act[:40]))


def _new_id(sent: FormFields) -> str:
    """Return the id of a station that a scenario adds: no register has one like it."""
    return f"scenario:{_version(sent) + 1}"


def _read_point(sent: FormFields) -> tuple[float, float]:
    """Return longitude and latitude in WGS84. *Raises*: FaultError."""
    faults, found = [], []
    for name, most in (("lon", 180.0), ("lat", 90.0)):
        text = form_value(sent, name)
        if _NUMBER.fullmatch(text) and abs(float(text)) <= most:
            found.append(float(text))
        else:
            faults.append(PLANNING_FAULTS.build("degrees", field=name, value=text[:40]))
    if faults:
        raise FaultError(faults)
    return found[0], found[1]


def _version(sent: FormFields) -> int:
    text = form_value(sent, "version")
    if not (text.isascii() and text.isdecimal() and len(text) < 9):
        raise FaultError(FORM_FAULTS.build("choice", field="version", value=text[:40]))
    return int(text)


def _outcome(id_: str, done: str) -> ActOutcome:
    return ActOutcome(build_link(scenario_path(id_), done=done))


def _report(pages: OfficerPages, visit: OfficerVisit, scenario: Scenario, form: str) -> Response:
    """Return the report of the last comparison as a workbook or PDF. *Raises*: FaultError."""
    if form not in ("xlsx", "pdf"):
        raise FaultError(FORM_FAULTS.build("choice", field="report", value=form[:40]))
    figures, now = _require_figures(pages, scenario), pages.site.wiring.now()
    page = load_planning_page(pages, visit, scenario, "", "")
    if form == "pdf":
        from yihui.planning.scenario.page import render_scenario_pdf

        places = load_scenario_places(pages, scenario, figures)
        content = render_scenario_pdf(scenario.name, page.changes, figures, places, visit.language, now)
        media_type = "application/pdf"
    else:
        from yihui.planning.scenario.xlsx import render_scenario_xlsx

        content = render_scenario_xlsx(scenario.name, page.changes, figures, visit.language, now)
        media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    headers = {
        "Content-Disposition": f'attachment; filename="scenario-{scenario.area}.{form}"',
        "Cache-Control": "no-store",
    }
    return Response(content, media_type=media_type, headers=headers)

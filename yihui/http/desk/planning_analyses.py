"""/desk/planning/analyses: begin one of the planning commands from a form, and find what was begun."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from core.civil_time import CIVIL_TIME, civil_date
from core.faults import Fault, FaultError, raise_faults
from core.text_marks import N_
from geo.registry.demand_files import UPLOADED_DEMAND
from geo.usage_counts import next_publication_day
from yihui.access.roles import Right
from yihui.bootstrap import PROVINCE_CODE
from yihui.frame.fields import FieldKind, FormField, TypedFile, parse_values, read_typed, typed_values
from yihui.frame.forms import FormView
from yihui.http.body import FormFields, UploadedFile, form_value, read_file_form
from yihui.http.desk.jobs import JOB_STATE_LABELS
from yihui.http.desk.pages import NO_FEEDBACK, FormFeedback, OfficerPages, OfficerVisit
from yihui.planning.analysis.forms import (
    ANALYSIS_FORMS,
    FORM_FAULTS,
    PLANNING_TABS,
    AnalysisForm,
    find_form,
    name_page_faults,
)
from yihui.planning.analysis.job import ANALYSIS_JOB, AnalysisRequest, begin_analysis
from yihui.planning.demand.request import DEMANDS, SEARCHES_DEMAND
from yihui.planning.order import AreaOrder
from yihui.runtime.language import Language
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.operation.demand_files import list_covered_demand_files
from yihui.services.operation.jobs import list_jobs, list_jobs_of_places
from yihui.services.organisations.district_names import full_area_name
from yihui.services.stations.upkeep import list_registers

MAX_ANALYSIS_FORM_BYTES = 16 << 20  # its files together


def list_areas(pages: OfficerPages, scope: OfficerScope) -> Mapping[str, str]:
    """Return the areas that an officer may plan by code: those of the subtrees and all below, in the province."""
    names = pages.site.place_names()
    prefix = PROVINCE_CODE[:2]
    inside = sorted(code for code in names if code.startswith(prefix) and scope.covers_district(code))
    return {code: full_area_name(code, names) for code in inside}


def _read_fields(
    form: AnalysisForm, sent: FormFields, files: Mapping[str, UploadedFile]
) -> dict[str, object]:
    """Return what was typed into the fields of a page; what stands there from the beginning counts as not typed."""
    asked = {one.name: one for one in form.page_fields}
    given = {
        name: TypedFile(file.name, file.content)
        for name, file in files.items()
        if name in asked and asked[name].kind is FieldKind.FILE
    }
    return {
        name: value
        for name, value in read_typed(form.order, sent, given).items()
        if name in asked
        and value is not asked[name].default
        and value != asked[name].begin(asked[name].default)
    }


def router(made: APIRouter, pages: OfficerPages) -> None:
    wiring = pages.site.wiring

    @made.get("/planning")
    def analyses(request: Request) -> Response:
        visit = pages.open(request, Right.PLAN)
        done = list_jobs_of_places(wiring, ANALYSIS_JOB, pages.scope(visit, Right.PLAN))
        own = [one for one in list_jobs(wiring, visit.actor) if one.kind == ANALYSIS_JOB]
        return pages.render(
            visit,
            "planning_analyses.html",
            tabs=PLANNING_TABS,
            kinds=ANALYSIS_FORMS,
            going=[one for one in own if not one.state.is_ended],
            finished=done,
            states=JOB_STATE_LABELS,
        )

    @made.get("/planning/analyses/new/{kind}")
    def new(request: Request, kind: str) -> Response:
        return show_form(pages.open(request, Right.PLAN), kind, NO_FEEDBACK)

    def show_form(visit: OfficerVisit, kind: str, feedback: FormFeedback) -> Response:
        from yihui.planning.text import day_text  # it needs pandas, which a site without extras lacks
        from yihui.services.stations.street_network import has_street_network

        chosen = find_form(kind)
        areas = list_areas(pages, pages.scope(visit, Right.PLAN))
        names = {one.name for one in chosen.page_fields}
        day = find_search_day(pages, areas) if chosen.needs_searches or "demand" in names else None
        fields = offer_fields(chosen.page_fields, list_offered(pages, visit, has_searches=day is None))
        begun = {one.name: chosen.choose_begun(one) for one in fields}
        if len(areas) == 1:
            ((code, name),) = areas.items()
            begun["area"] = f"{name}（{code}）"
        values = typed_values(chosen.order, feedback.sent) if feedback.sent else begun
        return pages.render(
            visit,
            "planning_analysis_form.html",
            feedback,
            code=kind,
            kind=chosen,
            form=FormView(fields, visit.language, values, feedback.problems),
            lacks_streets="travel" in names and not has_street_network(wiring),
            has_areas=bool(areas),
            searches_from="" if day is None else day_text(day, visit.language),
            most_megabytes=MAX_ANALYSIS_FORM_BYTES >> 20,
        )

    @made.post("/planning/analyses/new/{kind}")
    async def begin(request: Request, kind: str) -> Response:
        visit = await pages.open_form(request, Right.PLAN)
        sent, files = await read_file_form(request, MAX_ANALYSIS_FORM_BYTES)

        def act(visit: OfficerVisit, sent: FormFields) -> str:
            return _begin(pages, visit, kind, sent, files)

        def again(visit: OfficerVisit, feedback: FormFeedback) -> Response:
            return show_form(visit, kind, feedback)

        await run_in_threadpool(find_form, kind)
        answer = await pages.carry_out(visit, sent, Right.PLAN, "begin", act, again)
        pages.site.job_runner.wake()
        return answer


def _begin(
    pages: OfficerPages, visit: OfficerVisit, kind: str, sent: FormFields, files: Mapping[str, UploadedFile]
) -> str:
    """Begin the job of a form. *Raises*: FaultError with the faults of its fields."""
    from yihui.services.desk.choices import resolve_planned_area

    form, language, wiring = find_form(kind), visit.language, pages.site.wiring
    scope, names = pages.scope(visit, Right.PLAN), pages.site.place_names()
    typed, area, faults = _read_fields(form, sent, files), PROVINCE_CODE, list[Fault]()
    try:
        try:
            area = resolve_planned_area(names, form_value(sent, "area"), list_areas(pages, scope))
        except FaultError as error:
            faults += error.faults
        faults += [
            FORM_FAULTS.build("choice", field=name, value=str(typed[name])[:40])
            for name, known in list_offered(pages, visit, has_searches=True).items()
            if name in typed and typed[name] not in known
        ]
        try:
            order = parse_values(form.order, {**typed, "area": area}, wiring.now())
        except FaultError as error:
            faults += error.faults
        raise_faults(faults)
        given = {name: one for name, one in typed.items() if isinstance(one, TypedFile)}
        title = _name_question(form, order, names.get(area, area), language)
        request = AnalysisRequest(kind, order, given, title, language.code)
        job = begin_analysis(wiring, scope, visit.actor, request)
    except FaultError as error:
        raise type(error)(name_page_faults(form.order, error.faults, language)) from error
    return f"/desk/jobs/{job}"


def _name_question(form: AnalysisForm, order: AreaOrder, area: str, language: Language) -> str:
    """Return what lists call a question: its kind and area, and what tells it from others of them: instant or week, radius."""
    week = getattr(order, "week_of", None)
    when = week.isoformat() if week else order.at and f"{order.at.astimezone(CIVIL_TIME):%Y-%m-%d %H:%M}"
    radius = "" if order.streets else language.render(N_("{count} m"), count=f"{order.radius_m:,.0f}")
    return " · ".join(text for text in (language.translate(form.label), area, when, radius) if text)


def offer_fields(fields: Sequence[FormField], offered: Mapping[str, Mapping[str, str]]) -> list[FormField]:
    """Return the fields of a form, those with choices of the site as such."""
    return [
        replace(one, kind=FieldKind.CHOICE, choices=offered[one.name]) if one.name in offered else one
        for one in fields
    ]


def find_search_day(pages: OfficerPages, areas: Collection[str]) -> date | None:
    """Return the day from which there may be searches to show in some of an officer's areas; None where there are some."""
    from yihui.planning.demand.run import find_first_search_day
    from yihui.planning.searches.run import has_searches

    day, today = find_first_search_day(pages.site.wiring), civil_date(pages.site.wiring.now())
    if day is not None or not areas or PROVINCE_CODE in areas:
        return day
    widest = [code for code in areas if f"{code[:4]}00" == code or f"{code[:4]}00" not in areas]
    return (
        None if any(has_searches(pages.site.wiring, code) for code in widest) else next_publication_day(today)
    )


def list_offered(
    pages: OfficerPages, visit: OfficerVisit, *, has_searches: bool
) -> Mapping[str, Mapping[str, str]]:
    """Return the demands and registers that the officer can choose, by the name of their field."""
    built_in = {code: label for code, label in DEMANDS.items() if has_searches or SEARCHES_DEMAND not in code}
    files = list_covered_demand_files(pages.site.wiring, pages.scope(visit, Right.PLAN))
    registers = {one.name: one.name for one in list_registers(pages.site.wiring)}
    return {
        "demand": {**built_in, **{f"{UPLOADED_DEMAND}{one.id}": one.name for one in files}},
        **dict.fromkeys(("only_register", "before_register", "after_register"), registers),
    }

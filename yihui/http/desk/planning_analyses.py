"""/desk/planning/analyses: begin one of the planning commands from a form, and find what was begun."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from core.text_marks import N_
from geo.registry.demand_files import UPLOADED_DEMAND
from yihui.access.roles import Right
from yihui.http.body import FormFields, UploadedFile, form_value, read_file_form
from yihui.http.desk.faults import check_choice
from yihui.http.desk.jobs import JOB_STATE_LABELS
from yihui.http.desk.pages import NO_FEEDBACK, FormFeedback, OfficerPages, OfficerVisit
from yihui.planning.analysis.fields import DEMANDS, AnalysisField, FieldKind
from yihui.planning.analysis.forms import ANALYSIS_FORMS, AnalysisForm, find_form
from yihui.planning.analysis.job import (
    ANALYSIS_JOB,
    AnalysisRequest,
    GivenFile,
    begin_analysis,
)
from yihui.planning.demand.request import SEARCHES_DEMAND
from yihui.planning.text import day_text
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.operation.demand_files import list_covered_demand_files
from yihui.services.operation.jobs import list_jobs, list_jobs_of_places
from yihui.services.organisations.district_names import full_area_name
from yihui.services.stations.upkeep import list_registers
from yihui.views.form_terms import fault_in_form_terms

if TYPE_CHECKING:
    from yihui.runtime.language import Language

MAX_ANALYSIS_FORM_BYTES = 16 << 20  # its files together


def list_areas(pages: OfficerPages, scope: OfficerScope) -> Mapping[str, str]:
    """Return the areas that an officer may plan by code: those of the subtrees and all below, in the province."""
    from yihui.bootstrap import PROVINCE_CODE

    names = pages.site.place_names()
    prefix = PROVINCE_CODE[:2]
    inside = sorted(code for code in names if code.startswith(prefix) and scope.covers_district(code))
    return {code: full_area_name(code, names) for code in inside}


def read_area(pages: OfficerPages, visit: OfficerVisit, sent: FormFields) -> str:
    """Return the code of the area that a form names, the officer's own first. *Raises*: FaultError."""
    from yihui.services.desk.choices import resolve_planned_area

    own = list_areas(pages, pages.scope(visit, Right.PLAN))
    return resolve_planned_area(pages.site.place_names(), form_value(sent, "area"), own)


def use_form_terms(feedback: FormFeedback, labels: Mapping[str, str], language: "Language") -> FormFeedback:
    """Return a refused form's feedback with the labels of its fields in place of the commands' options."""
    return replace(
        feedback, problems=[fault_in_form_terms(one, labels, language) for one in feedback.problems]
    )


def read_typed(fields: Sequence[AnalysisField], sent: FormFields) -> dict[str, str]:
    """Return what was typed into the fields; several choices of one field with commas between. Skip empty fields."""
    typed = {
        one.option: ",".join(sent.get(one.option, []))
        if one.kind is FieldKind.CHOICES
        else form_value(sent, one.option)
        for one in fields
    }
    return {option: value for option, value in typed.items() if value}


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
            kinds=ANALYSIS_FORMS,
            going=[one for one in own if not one.state.is_ended],
            finished=done,
            states=JOB_STATE_LABELS,
        )

    @made.get("/planning/analyses/new/{kind}")
    def new(request: Request, kind: str) -> Response:
        return show_form(pages.open(request, Right.PLAN), kind, NO_FEEDBACK)

    def show_form(visit: OfficerVisit, kind: str, feedback: FormFeedback) -> Response:
        from yihui.services.stations.street_network import has_street_network

        chosen = find_form(kind)
        has_travel = any(one.option == "travel" for one in chosen.fields)
        return pages.render(
            visit,
            "planning_analysis_form.html",
            feedback,
            code=kind,
            kind=chosen,
            typed=_list_field_values(chosen, feedback),
            choices=list_site_choices(pages, visit),
            searches_from=_first_search_day_text(pages, visit, chosen),
            has_streets=has_travel and has_street_network(wiring),
            most_megabytes=MAX_ANALYSIS_FORM_BYTES >> 20,
        )

    @made.post("/planning/analyses/new/{kind}")
    async def begin(request: Request, kind: str) -> Response:
        visit = await pages.open_form(request, Right.PLAN)
        sent, files = await read_file_form(request, MAX_ANALYSIS_FORM_BYTES)

        def act(visit: OfficerVisit, sent: FormFields) -> str:
            return _begin(pages, visit, kind, sent, files)

        def again(visit: OfficerVisit, feedback: FormFeedback) -> Response:
            labels = find_form(kind).option_labels
            return show_form(visit, kind, use_form_terms(feedback, labels, visit.language))

        await run_in_threadpool(find_form, kind)
        answer = await pages.carry_out(visit, sent, Right.PLAN, "begin", act, again)
        pages.site.job_runner.wake()
        return answer


def _begin(
    pages: OfficerPages,
    visit: OfficerVisit,
    kind: str,
    sent: FormFields,
    files: Mapping[str, UploadedFile],
) -> str:
    """Begin the job of a form. *Raises*: FaultError with the faults of its fields."""
    chosen, choices = find_form(kind), list_site_choices(pages, visit)
    area = read_area(pages, visit, sent)
    typed = read_typed(chosen.fields, sent) | {"area": area}
    for one in chosen.fields:
        if one.kind in ("demand", "register"):  # the area is looked at by who may plan where
            check_choice(f"--{one.option}", typed.get(one.option, ""), ("", *choices[one.kind]))
    given = {name: GivenFile(one.name, one.content) for name, one in files.items()}
    title = f"{visit.language.translate(chosen.label)} · {pages.site.place_names().get(area, area)}"
    request = AnalysisRequest(kind, typed, given, visit.language.code)
    job = begin_analysis(pages.site.wiring, pages.scope(visit, Right.PLAN), visit.actor, request, title)
    return f"/desk/jobs/{job}"


def _first_search_day_text(pages: OfficerPages, visit: OfficerVisit, form: AnalysisForm) -> str:
    """Return the day from which a form can offer riders' searches; an empty text where it can now, or never does."""
    from yihui.planning.demand.run import find_first_search_day

    asks = form.demand or any(one.kind is FieldKind.DEMAND for one in form.fields)
    day = find_first_search_day(pages.site.wiring) if asks else None
    return "" if day is None else day_text(day, visit.language)


def _list_field_values(kind: AnalysisForm, feedback: FormFeedback) -> Mapping[str, str]:
    """Return what the fields show: what was typed, or else the defaults."""
    if not feedback.sent:
        return {one.option: one.default for one in kind.fields}
    return {name: ",".join(values) for name, values in feedback.sent.items()}


def list_site_choices(pages: OfficerPages, visit: OfficerVisit) -> Mapping[str, Mapping[str, str]]:
    """Return the areas, demands and registers that the officer can choose, by the kind of their field.

    Riders' searches are offered where some can be shown.
    """
    from yihui.planning.demand.run import find_first_search_day

    scope, language = pages.scope(visit, Right.PLAN), visit.language
    areas = list_areas(pages, scope)
    files = list_covered_demand_files(pages.site.wiring, scope)
    uploaded = {f"{UPLOADED_DEMAND}{one.id}": one.name for one in files}
    has_searches = find_first_search_day(pages.site.wiring) is None
    built_in = {
        code: language.translate(label)
        for code, label in DEMANDS.items()
        if has_searches or SEARCHES_DEMAND not in code
    }
    names = [one.name for one in list_registers(pages.site.wiring)]
    return {
        "area": areas,
        "demand": {**built_in, **uploaded},
        "register": {"": language.translate(N_("all registers")), **{name: name for name in names}},
    }

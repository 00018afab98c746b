"""/desk/planning/analyses: begin one of the planning commands from a form, find what was begun, and read what it found."""

import json
from collections.abc import Collection, Mapping
from datetime import date
from functools import partial
from typing import Any, Literal

from fastapi import APIRouter, Request, Response

from core.faults import FaultError, raise_faults
from geo.usage_counts import next_publication_day
from yihui.access.roles import Right
from yihui.bootstrap import PROVINCE_CODE, Wiring
from yihui.frame.feedback import NO_FEEDBACK, FormFeedback
from yihui.frame.fields import FieldKind, FormField, TypedFile
from yihui.frame.files import saved_response
from yihui.frame.forms import FormView
from yihui.frame.pages import OfficerVisit
from yihui.frame.typed import parse_values, read_fields, typed_values
from yihui.http.body import FormFields, UploadedFile, form_value, read_file_form
from yihui.http.desk.hand_pages import HandPages
from yihui.http.desk.jobs import JOB_STATE_LABELS
from yihui.http.desk.previewed_files import retain_files
from yihui.http.desk.sent_values import check_choice
from yihui.planning.analysis.forms import (
    ANALYSIS_FORMS,
    PLANNING_TABS,
    AnalysisForm,
    find_form,
    name_page_faults,
)
from yihui.planning.analysis.job import ANALYSIS_JOB, DRAWN_MAP, AnalysisRequest, begin_analysis, load_order
from yihui.planning.analysis.question import (
    SentencePart,
    list_forged,
    list_question,
    name_differences,
    name_question,
    offer_fields,
)
from yihui.planning.answer_texts import MOST_ROWS, order_rows_as
from yihui.planning.scenario.noun import list_demands
from yihui.planning.scenario.request import has_proposals, list_takes
from yihui.runtime.errors import fault_line
from yihui.services.desk.choices import find_named_areas, list_planned_areas, resolve_planned_area
from yihui.services.operation.jobs import (
    Job,
    JobState,
    list_jobs,
    list_jobs_of_places,
    list_made_files,
    load_made_file,
    require_job_of_place,
)
from yihui.services.stations.upkeep import list_registers

MAX_ANALYSIS_FORM_BYTES = 16 << 20  # its files together
LISTED_ROWS, MOST_UNFOLDED = 10, 20  # of a longer table until all are wanted; answer.css folds the others
_BY_STREET = ("travel", "minutes")
Json = Mapping[str, Any]


def router(made: APIRouter, pages: HandPages) -> None:
    wiring = pages.site.wiring

    def load(request: Request, id_: str) -> tuple[OfficerVisit, Job, Json]:
        visit = pages.open(request, Right.PLAN)
        job, result = require_job_of_place(wiring, ANALYSIS_JOB, pages.scope(visit, Right.PLAN), id_)
        return visit, job, result or {}

    def list_analyses(visit: OfficerVisit, _: FormFeedback) -> Response:
        own = [one for one in list_jobs(wiring, visit.actor) if one.kind == ANALYSIS_JOB]
        return pages.render(
            visit,
            "planning_analyses.html",
            tabs=PLANNING_TABS,
            kinds=ANALYSIS_FORMS,
            going=[one for one in own if not one.state.is_ended],
            finished=list_jobs_of_places(wiring, ANALYSIS_JOB, pages.scope(visit, Right.PLAN)),
            states=JOB_STATE_LABELS,
        )

    @made.get("/planning/analyses/new/{kind}")
    def new(request: Request, kind: str) -> Response:
        """Show an empty form, or that of an analysis as it was asked for; its files are chosen anew."""
        if not (asked := request.query_params.get("again", "")):
            return show_form(pages.open(request, Right.PLAN), NO_FEEDBACK, kind)
        visit, job, _ = load(request, asked)
        check_choice("again", str(job.parameters["analysis"]), (kind,))
        order, fields = load_order(job), find_form(kind).page_fields
        filled = {
            one.name: one.begin(getattr(order, one.name)) for one in fields if one.kind is not FieldKind.FILE
        }
        filled["area"] = pages.area_choice(order.area)
        return show_form(visit, NO_FEEDBACK, kind, filled)

    def show_form(
        visit: OfficerVisit, feedback: FormFeedback, kind: str, filled: Mapping[str, str] | None = None
    ) -> Response:
        from yihui.planning.text import day_text  # it needs pandas, which a site without extras lacks
        from yihui.services.stations.street_network import has_street_network

        form, areas, names = find_form(kind), _list_areas(pages, visit), pages.site.place_names()
        day = _find_search_day(wiring, visit.day, form, areas)
        offered = _offer_fields(pages, visit, form, has_searches=day is None)
        fields = [one for one in offered if one.name not in _BY_STREET or has_street_network(wiring)]
        begun = {one.name: form.choose_begun(one) for one in fields}
        if len(areas) == 1:
            begun["area"] = pages.area_choice(*areas)
        values = typed_values(form.order, feedback.sent) if feedback.sent else filled or begun
        return pages.render(
            visit,
            "planning_analysis_form.html",
            feedback,
            meant=find_named_areas(names, values["area"], areas) if feedback.problems else (),
            code=kind,
            kind=form,
            form=FormView(fields, visit.language, values, feedback.problems),
            lacks_streets=len(fields) < len(offered),
            has_areas=bool(areas),
            searches_from="" if day is None else day_text(day, visit.language),
            most_megabytes=MAX_ANALYSIS_FORM_BYTES >> 20,
        )

    pages.add_page(made, "/planning", Right.PLAN, list_analyses)

    @made.post("/planning/analyses/new/{kind}")
    async def begin(request: Request, kind: str) -> Response:
        visit = await pages.open_form(request, Right.PLAN)
        sent, files = await read_file_form(request, MAX_ANALYSIS_FORM_BYTES)
        names = [one.name for one in find_form(kind).page_fields if one.kind is FieldKind.FILE]
        begin_, show = partial(_begin, pages, kind=kind), partial(show_form, kind=kind)
        act, again = retain_files(wiring, names, files, begin_, show)
        answer = await pages.carry_out(visit, sent, Right.PLAN, "begin", act, again)
        pages.site.job_runner.wake()
        return answer

    @made.get("/planning/analyses/{id_}")
    def analysis(request: Request, id_: str, other: str = "", rows: Literal["", "all"] = "") -> Response:
        visit, job, result = load(request, id_)
        code, order, language = str(job.parameters["analysis"]), job.parameters["order"], visit.language
        kind, files = find_form(code), list_made_files(wiring, job.id)
        demands = list_demands(wiring, pages.scope(visit, Right.PLAN), job.place)
        takes = list_takes(code, job.place, order, demands) if files else ()  # type: ignore[arg-type]
        if takes:
            told = json.loads(load_made_file(wiring, job.id, f"sites-{job.place}.json").content)
            takes = [take for take in takes if has_proposals(told, take)]
        done = list_jobs_of_places(wiring, ANALYSIS_JOB, pages.scope(visit, Right.PLAN))
        others = [one for one in done if one.id != job.id and one.parameters["analysis"] == code]
        check_choice("other", other, ("", *(one.id for one in others)))
        asked = _list_question(pages, visit, job, result)
        beside, differing = None, ("", "")
        if other:
            _, its_job, found = load(request, other)
            beside = {"job": its_job, **_show_result(visit, order_rows_as(found, result), rows)}
            differing = name_differences(asked, _list_question(pages, visit, its_job, found))
        return pages.render(
            visit,
            "planning_analysis.html",
            job=job,
            code=code,
            kind=kind,
            is_own=job.officer == visit.actor.id,
            asked=asked,
            shown=_show_result(visit, result, rows),
            takes=takes,
            has_lost=job.state is JobState.DONE and all(one.is_kept for one in files),
            others=others,
            beside=beside,
            differing=differing,
            files=[one for one in files if one.name != DRAWN_MAP],
            has_map=any(one.name == DRAWN_MAP for one in files),
            faults=[fault_line(one, language) for one in name_page_faults(kind.order, job.faults, language)],
            states=JOB_STATE_LABELS,
        )

    @made.get("/planning/analyses/{id_}/{file}")
    def download(request: Request, id_: str, file: str) -> Response:
        """Answer with a file; the still map, and the sheet of sentence, figures, map, chart and first rows, are drawn."""
        from yihui.views.answer_sheet import render_sheet
        from yihui.views.still_map import render_picture

        visit, job, result = load(request, id_)
        if file not in ("picture.svg", "sheet.svg"):
            found = load_made_file(wiring, job.id, file)
            return saved_response(found.content, found.name, found.media_type)
        drawn = render_picture(json.loads(load_made_file(wiring, job.id, DRAWN_MAP).content), job.title)
        if file == "sheet.svg":
            asked = [*(one.text for one in _list_question(pages, visit, job, result)), result.get("period")]
            title = visit.language.translate(find_form(str(job.parameters["analysis"])).label)
            told, question = _show_result(visit, result, ""), " · ".join(filter(None, asked))
            drawn = render_sheet(title, question, drawn, told, visit.language)
        return Response(drawn, media_type="image/svg+xml")


def _begin(
    pages: HandPages, visit: OfficerVisit, sent: FormFields, kind: str, files: Mapping[str, UploadedFile]
) -> str:
    """Begin the job of a form. *Raises*: FaultError with the faults of its fields."""
    form, language, wiring = find_form(kind), visit.language, pages.site.wiring
    sent_files = {name: TypedFile(file.name, file.content) for name, file in files.items()}
    fields, names = _offer_fields(pages, visit, form, has_searches=True), pages.site.place_names()
    typed = read_fields(fields, sent, sent_files)
    typed = {
        one.name: typed[one.name] for one in fields if not one.is_begun(typed.get(one.name, one.default))
    }
    faults = list_forged(fields, typed)
    try:
        try:
            typed["area"] = resolve_planned_area(names, form_value(sent, "area"), _list_areas(pages, visit))
        except FaultError as error:
            faults, typed["area"] = [*error.faults, *faults], PROVINCE_CODE  # the other fields are read, too
        try:
            order = parse_values(form.order, typed, wiring.now())
        except FaultError as error:
            faults += error.faults
        raise_faults(faults)
        given = {name: one for name, one in typed.items() if isinstance(one, TypedFile)}
        title = name_question(form, order, names.get(order.area, order.area), language)
        request = AnalysisRequest(kind, order, given, title, language.code)
        job = begin_analysis(wiring, pages.scope(visit, Right.PLAN), visit.actor, request)
    except FaultError as error:
        raise type(error)(name_page_faults(form.order, error.faults, language)) from error
    return f"/desk/jobs/{job}"


def _list_areas(pages: HandPages, visit: OfficerVisit) -> Mapping[str, str]:
    return list_planned_areas(pages.site.place_names(), pages.scope(visit, Right.PLAN))


def _offer_fields(
    pages: HandPages, visit: OfficerVisit, form: AnalysisForm, *, has_searches: bool
) -> list[FormField]:
    """Return the fields of a form with the areas, demands and registers that the officer can choose."""
    wiring = pages.site.wiring
    demands = list_demands(wiring, pages.scope(visit, Right.PLAN), "", has_searches=has_searches)
    registers = {one.name: one.name for one in list_registers(wiring)}
    return offer_fields(form, _list_areas(pages, visit), demands, registers)


def _find_search_day(wiring: Wiring, today: date, form: AnalysisForm, areas: Collection[str]) -> date | None:
    """Return the day from which there may be searches to show in some areas; None where there are some, or none is asked for."""
    from yihui.planning.demand.run import find_first_search_day
    from yihui.planning.searches.run import has_searches

    if not form.needs_searches and all(one.name != "demand" for one in form.page_fields):
        return None
    day = find_first_search_day(wiring)
    if day is not None or not areas or PROVINCE_CODE in areas:
        return day
    widest = (code for code in areas if f"{code[:4]}00" == code or f"{code[:4]}00" not in areas)
    return None if any(has_searches(wiring, code) for code in widest) else next_publication_day(today)


def _list_question(pages: HandPages, visit: OfficerVisit, job: Job, result: Json) -> list[SentencePart]:
    """Return the parts of a job's question. Whether there are searches takes time to find: it is stored with the result."""
    form, has_searches = find_form(str(job.parameters["analysis"])), result.get("has_searches")
    if has_searches is None:
        has_searches = _find_search_day(pages.site.wiring, visit.day, form, [job.place]) is None
    fields = _offer_fields(pages, visit, form, has_searches=bool(has_searches))
    return [*list_question(load_order(job), fields, pages.site.place_names(), visit.language)]


def _show_result(visit: OfficerVisit, result: Json, rows: str) -> Json:
    """Return a result as its page shows it, with its chart, and how many rows are listed: the others are there to be sorted."""
    from yihui.planning.charts import draw_chart

    chart, most = result.get("chart"), MOST_ROWS if rows else MOST_UNFOLDED
    sizes = [(one, len(one["rows"])) for one in result.get("tables", ())]
    return {
        **dict.fromkeys(("lines", "figures", "limits", "colours"), ()),
        **dict.fromkeys(("headline", "period", "holiday", "has_reach"), ""),
        **result,
        "tables": [{**one, "count": n, "listed": n if n <= most else LISTED_ROWS} for one, n in sizes],
        "chart": chart and draw_chart(chart, visit.language),
    }

"""/desk/planning/analyses/{id}: what an analysis found: its question to ask again, figures, map, chart, table, files."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response

from core.text_marks import N_
from yihui.access.roles import Right
from yihui.frame.fields import FieldKind, FormField
from yihui.http.desk.faults import check_choice
from yihui.http.desk.files import saved_response
from yihui.http.desk.jobs import JOB_STATE_LABELS
from yihui.http.desk.pages import OfficerPages, OfficerVisit
from yihui.http.desk.planning_analyses import find_search_day, list_areas, list_offered, offer_fields
from yihui.planning.analysis.forms import find_form, name_page_faults
from yihui.planning.analysis.job import ANALYSIS_JOB, DRAWN_MAP, load_order
from yihui.planning.answer_texts import order_rows_as
from yihui.runtime.errors import fault_line
from yihui.services.operation.jobs import (
    Job,
    JobState,
    list_jobs_of_places,
    list_made_files,
    load_made_file,
    require_job_of_place,
)

if TYPE_CHECKING:
    from yihui.runtime.language import Language

LISTED_ROWS, _SORTED_ROWS = 10, 300  # of a table until all are wanted; answer.css folds the others
PICTURE_FILE, SHEET_FILE = "picture.svg", "sheet.svg"  # drawn of the job's map when they are asked for
# What each question says, also where nobody typed it; what else was typed stands beside it.
_IN_SENTENCE = ("area", "at", "week_of", "radius_m", "demand", "p", "before_register", "after_register")

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class QuestionPart:
    """A part of a question, as a control of its sentence: its field, its value, and what may be chosen in its place."""

    name: str
    label: str
    kind: str  # of `FieldKind`; “kept” has no control
    value: str
    text: str
    choices: Mapping[str, str]


def list_question(
    pages: OfficerPages, visit: OfficerVisit, job: Job, result: Json | None, *, is_asked_again: bool = True
) -> list[QuestionPart]:
    """Return the parts of a question: those of every one, and what was typed besides. A file is asked for again.

    Only who may ask again is offered what there is to choose. Whether there are searches takes time to find: the job
    has stored it with its result.
    """
    order, form = load_order(job), find_form(str(job.parameters["analysis"]))
    parts, fields = [], form.page_fields
    left_out = "at" if getattr(order, "week_of", None) else "week_of"  # it is about an instant or a week
    has_demand = is_asked_again and any(one.name == "demand" for one in fields)
    is_offered = (result or {}).get("has_searches")
    if has_demand and is_offered is None:
        is_offered = find_search_day(pages, [job.place]) is None
    for one in offer_fields(fields, list_offered(pages, visit, has_searches=bool(is_offered))):
        value = one.begin(getattr(order, one.name))
        has_file = getattr(order, f"{one.name.removesuffix('_register')}_file", None)
        is_in_sentence = one.name in _IN_SENTENCE and one.name != left_out and not has_file
        if is_in_sentence or (value and one.name in order.model_fields_set):
            parts.append(_build_part(pages, visit, one, value))
    return parts


def _build_part(pages: OfficerPages, visit: OfficerVisit, one: FormField, value: str) -> QuestionPart:
    language, kind = visit.language, one.kind.name.lower()
    title = language.translate(one.prompt.title)
    short = title.partition("（")[0].partition(" (")[0]  # without what an empty field means
    choices = {code: language.title(text) for code, text in (one.choices or {}).items()}
    if one.kind is FieldKind.AREA:
        names, own = pages.site.place_names(), list_areas(pages, pages.scope(visit, Right.PLAN))
        return QuestionPart(one.name, title, kind, value, names.get(value, value), own)
    if one.kind is FieldKind.CHOICE:
        if value and value not in choices:  # a file or a register that is gone: asking again refuses it
            choices = {value: language.translate(N_("no longer offered here")), **choices}
        if not one.required and not one.default:
            nothing = N_("all registers") if one.name.endswith("register") else N_("not chosen")
            choices = {"": language.translate(nothing), **choices}
    text = choices.get(value, value.replace("T", " ") if one.kind is FieldKind.INSTANT else value)
    if one.name == "radius_m" and value:
        from yihui.planning.text import distance_text

        text = distance_text(float(value), language)
    if one.kind is FieldKind.CHOICES:
        text = language.format_list(choices.get(part, part) for part in value.split(","))
    if one.name not in _IN_SENTENCE:
        text = language.render(N_("{name}: {detail}"), name=short, detail=text)
    if one.kind in (FieldKind.FILE, FieldKind.TARGET, FieldKind.TICK, FieldKind.CHOICES):
        text = {FieldKind.TICK: short, FieldKind.CHOICES: text}.get(one.kind, "")
        return QuestionPart(one.name, title, kind if one.kind is FieldKind.FILE else "kept", value, text, {})
    return QuestionPart(one.name, title, kind, value, text, choices)


def router(made: APIRouter, pages: OfficerPages) -> None:
    wiring = pages.site.wiring

    @made.get("/planning/analyses/{id_}")
    def analysis(request: Request, id_: str) -> Response:
        from yihui.planning.scenario.request import list_takes

        visit = pages.open(request, Right.PLAN)
        scope = pages.scope(visit, Right.PLAN)
        job, result = require_job_of_place(wiring, ANALYSIS_JOB, scope, id_)
        code, order = str(job.parameters["analysis"]), job.parameters["order"]
        kind, files = find_form(code), list_made_files(wiring, job.id)
        others = [
            one
            for one in list_jobs_of_places(wiring, ANALYSIS_JOB, scope)
            if one.id != job.id and one.parameters["analysis"] == code
        ]
        chosen = request.query_params.get("other", "")
        check_choice("other", chosen, ("", *(one.id for one in others)))
        rows = request.query_params.get("rows", "")
        check_choice("rows", rows, ("", "all"))
        asked = list_question(pages, visit, job, result)
        beside, differing = None, ("", "")
        if chosen:
            other, found = require_job_of_place(wiring, ANALYSIS_JOB, scope, chosen)
            found = order_rows_as(found or {}, result or {})
            beside = {"job": other, **_show_result(found, visit.language, rows == "all")}
            its = list_question(pages, visit, other, found, is_asked_again=False)
            differing = _name_differences(asked, its)
        return pages.render(
            visit,
            "planning_analysis.html",
            job=job,
            code=code,
            kind=kind,
            is_own=job.officer == visit.actor.id,
            asked=asked,
            shown=_show_result(result, visit.language, rows == "all"),
            takes=list_takes(code, job.place, order) if files else (),  # type: ignore[arg-type]
            has_lost=job.state is JobState.DONE and all(one.is_kept for one in files),
            others=others,
            beside=beside,
            differing=differing,
            files=[one for one in files if one.name != DRAWN_MAP],
            has_map=any(one.name == DRAWN_MAP for one in files),
            faults=[
                fault_line(one, visit.language)
                for one in name_page_faults(kind.order, job.faults, visit.language)
            ],
            states=JOB_STATE_LABELS,
        )

    @made.get("/planning/analyses/{id_}/{file}")
    def download(request: Request, id_: str, file: str) -> Response:
        visit = pages.open(request, Right.PLAN)
        job, result = require_job_of_place(wiring, ANALYSIS_JOB, pages.scope(visit, Right.PLAN), id_)
        if file in (PICTURE_FILE, SHEET_FILE):
            drawn = load_made_file(wiring, job.id, DRAWN_MAP).content
            return Response(_draw(pages, visit, job, result or {}, drawn, file), media_type="image/svg+xml")
        found = load_made_file(wiring, job.id, file)
        return saved_response(found.content, found.name, found.media_type)


def _draw(pages: OfficerPages, visit: OfficerVisit, job: Job, result: Json, drawn: bytes, file: str) -> str:
    """Draw the still map of a result, or one sheet with its sentence, figures, map, chart and first rows."""
    from yihui.planning.sheet import render_sheet
    from yihui.views.still_map import render_picture

    picture = render_picture(json.loads(drawn), job.title)
    if file == PICTURE_FILE:
        return picture
    asked = list_question(pages, visit, job, result, is_asked_again=False)
    question = " · ".join(text for text in (*(one.text for one in asked), result.get("period")) if text)
    title = visit.language.translate(find_form(str(job.parameters["analysis"])).label)
    return render_sheet(title, question, picture, result, visit.language)


def _name_differences(one: list[QuestionPart], other: list[QuestionPart]) -> tuple[str, str]:
    """Return of each of two questions the parts that the other doesn't have so."""
    both = {part.text for part in one} & {part.text for part in other}
    first, second = (
        " · ".join(part.text for part in parts if part.text and part.text not in both)
        for parts in (one, other)
    )
    return first, second


def _show_result(result: Json | None, language: "Language", is_whole: bool) -> Json:
    """Return a result as its page shows it: the first table's rows, and the chart drawn; nothing of one that isn't done."""
    from yihui.planning.charts import render_answer_chart

    result = result or {}
    chart = result.get("chart")
    return {
        **dict.fromkeys(("lines", "figures", "limits", "colours"), ()),
        **dict.fromkeys(("headline", "period", "holiday", "has_reach"), ""),
        **result,
        "tables": [_show_table(one, is_whole) for one in result.get("tables", ())],
        "chart": chart and {**chart, "svg": render_answer_chart(chart, language)},
    }


def _show_table(table: Json, is_whole: bool) -> Json:
    """Return a table, how many rows it has, and how many of them are listed: the others are there to be sorted."""
    count = len(table["rows"])
    rows = table["rows"] if is_whole else table["rows"][:_SORTED_ROWS]
    return {**table, "rows": rows, "count": count, "listed": count if is_whole else min(count, LISTED_ROWS)}

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
from yihui.http.desk.planning_analyses import (
    list_areas,
    list_offered,
    name_page_faults,
    offer_fields,
)
from yihui.planning.analysis.forms import find_form
from yihui.planning.analysis.job import ANALYSIS_JOB, load_order
from yihui.planning.text import distance_text
from yihui.runtime.errors import fault_line
from yihui.services.operation.jobs import (
    Job,
    list_jobs_of_places,
    list_made_files,
    load_made_file,
    require_job_of_place,
)

if TYPE_CHECKING:
    from yihui.runtime.language import Language

LISTED_ROWS = 10  # of a table until all are wanted
MAP_FILE, PICTURE_FILE, SHEET_FILE = "drawn.json", "picture.svg", "sheet.svg"  # made when they are asked for
# The parts of a question that its sentence holds; the rest is kept as it was typed.
_IN_SENTENCE = ("area", "at", "week_of", "radius_m", "demand", "p", "before_register", "after_register")

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class QuestionPart:
    """A part of a question, as a control of its sentence: its field, its value, and what may be chosen in its place."""

    name: str
    label: str
    kind: str  # of `FieldKind`
    value: str
    text: str
    choices: Mapping[str, str]


def list_question(
    pages: OfficerPages, visit: OfficerVisit, job: Job
) -> tuple[list[QuestionPart], list[tuple[str, str]]]:
    """Return the parts of a question's sentence, and what else was typed, by field. Files are not kept: they are asked for."""
    language, order = visit.language, load_order(job.parameters)
    form = find_form(str(job.parameters["analysis"]))
    parts: list[QuestionPart] = []
    kept: list[tuple[str, str]] = []
    for one in offer_fields(form.page_fields, list_offered(pages, visit)):
        value = one.begin(getattr(order, one.name))
        if one.kind is FieldKind.FILE and value:
            parts.append(QuestionPart(one.name, language.translate(one.prompt.title), "file", "", "", {}))
        elif one.name in _IN_SENTENCE and not getattr(
            order, f"{one.name.removesuffix('_register')}_file", None
        ):
            parts.append(_build_part(pages, visit, one, value))
        elif one.kind is not FieldKind.FILE and value:
            each = value.split(",") if one.kind is FieldKind.CHOICES else [value]
            kept += [(one.name, part) for part in each]
    return parts, kept


def _build_part(pages: OfficerPages, visit: OfficerVisit, one: FormField, value: str) -> QuestionPart:
    language, choices = (
        visit.language,
        {code: visit.language.title(text) for code, text in (one.choices or {}).items()},
    )
    text = choices.get(value, value.replace("T", " "))
    if one.kind is FieldKind.AREA:
        choices = dict(list_areas(pages, pages.scope(visit, Right.PLAN)))
        text = pages.site.place_names().get(value, value)
    elif one.kind is FieldKind.CHOICE and not one.required and not one.default:
        choices = {"": language.translate(N_("all registers")), **choices}
    elif one.name == "radius_m" and value:
        text = distance_text(float(value), language)
    return QuestionPart(
        one.name, language.translate(one.prompt.title), one.kind.name.lower(), value, text, choices
    )


def router(made: APIRouter, pages: OfficerPages) -> None:
    wiring = pages.site.wiring

    @made.get("/planning/analyses/{id_}")
    def analysis(request: Request, id_: str) -> Response:
        visit = pages.open(request, Right.PLAN)
        scope = pages.scope(visit, Right.PLAN)
        job, result = require_job_of_place(wiring, ANALYSIS_JOB, scope, id_)
        code = str(job.parameters["analysis"])
        kind = find_form(code)
        others = [
            one
            for one in list_jobs_of_places(wiring, ANALYSIS_JOB, scope)
            if one.id != job.id and one.parameters["analysis"] == code
        ]
        chosen = request.query_params.get("other", "")
        check_choice("other", chosen, ("", *(one.id for one in others)))
        rows = request.query_params.get("rows", "")
        check_choice("rows", rows, ("", "all"))
        beside = None
        if chosen:
            other, found = require_job_of_place(wiring, ANALYSIS_JOB, scope, chosen)
            beside = {"job": other, **_show_result(found, visit.language, rows == "all")}
        asked, kept = list_question(pages, visit, job)
        return pages.render(
            visit,
            "planning_analysis.html",
            job=job,
            code=code,
            kind=kind,
            is_own=job.officer == visit.actor.id,
            asked=asked,
            kept=kept,
            shown=_show_result(result, visit.language, rows == "all"),
            others=others,
            beside=beside,
            files=list_made_files(wiring, job.id),
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
        drawn = (result or {}).get("map")
        if isinstance(drawn, dict) and file == MAP_FILE:
            return Response(json.dumps(drawn, ensure_ascii=False), media_type="application/json")
        if isinstance(drawn, dict) and file in (PICTURE_FILE, SHEET_FILE):
            return Response(_draw(pages, visit, job, result or {}, file), media_type="image/svg+xml")
        found = load_made_file(wiring, job.id, file)
        return saved_response(found.content, found.name, found.media_type)


def _draw(pages: OfficerPages, visit: OfficerVisit, job: Job, result: Json, file: str) -> str:
    """Draw the still map of a result, or one sheet with its sentence, figures, map, chart and first rows."""
    from maps.picture import render_picture
    from yihui.planning.sheet import render_sheet

    picture = render_picture(result["map"], job.title)
    if file == PICTURE_FILE:
        return picture
    asked, _ = list_question(pages, visit, job)
    question = " · ".join(text for text in (*(one.text for one in asked), result.get("period")) if text)
    return render_sheet(job.title, question, picture, result, visit.language)


def _show_result(result: Json | None, language: "Language", is_whole: bool) -> Json:
    """Return a result as its page shows it: the first table's rows, the chart drawn, the legend of the map."""
    from yihui.planning.report.charts import render_answer_chart

    if result is None:
        return {"lines": [], "tables": []}
    chart, drawn = result.get("chart"), result.get("map") or {}
    areas = drawn.get("areas")
    return {
        **{name: result.get(name, ()) for name in ("lines", "figures", "limits")},
        **{name: result.get(name, "") for name in ("holiday", "period")},
        "tables": [_show_table(one, is_whole) for one in result["tables"]],
        "chart": chart and {**chart, "svg": render_answer_chart(chart, language)},
        "map": drawn,
        "legend": areas
        and len(areas["names"]) > 1
        and list(zip(areas["colours"], areas["breaks"], areas["breaks"][1:], strict=False)),
    }


def _show_table(table: Json, is_whole: bool) -> Json:
    """Return a table with its rows to list, and how many there are."""
    count = len(table["rows"])
    return {**table, "rows": table["rows"][: count if is_whole else LISTED_ROWS], "count": count}

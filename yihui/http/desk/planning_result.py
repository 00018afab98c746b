"""/desk/planning/analyses/{id}: what an analysis found: its question to ask again, figures, map, chart, table, files."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response

from yihui.access.roles import Right
from yihui.http.desk.faults import check_choice
from yihui.http.desk.files import saved_response
from yihui.http.desk.jobs import JOB_STATE_LABELS
from yihui.http.desk.pages import OfficerPages, OfficerVisit
from yihui.http.desk.planning_analyses import list_site_choices
from yihui.planning.analysis.forms import find_form
from yihui.planning.analysis.job import ANALYSIS_JOB
from yihui.runtime.errors import fault_line
from yihui.services.operation.jobs import (
    Job,
    list_jobs_of_places,
    list_made_files,
    load_made_file,
    require_job_of_place,
)
from yihui.views.form_terms import fault_in_form_terms

if TYPE_CHECKING:
    from yihui.runtime.language import Language

LISTED_ROWS = 10  # of a table until all are wanted
MAP_FILE, PICTURE_FILE, SHEET_FILE = "drawn.json", "picture.svg", "sheet.svg"  # made when they are asked for
# The parts of a question that its sentence holds; the rest is kept as it was typed.
_IN_SENTENCE = ("area", "at", "week-of", "radius", "demand", "p", "before", "after")

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AskedPart:
    """A part of a question, as a control of its sentence: its field, its value, and what may be chosen in its place."""

    name: str
    label: str
    kind: str
    value: str
    choices: Mapping[str, str]

    @property
    def text(self) -> str:
        return self.choices.get(self.value, self.value.replace("T", " "))


def kept_values(job: Job) -> dict[str, str]:
    """Return what was typed for an analysis, by the name of its field."""
    typed = job.parameters["typed"]
    assert isinstance(typed, dict)
    return {str(name): str(value) for name, value in typed.items()}


def list_asked(pages: OfficerPages, visit: OfficerVisit, job: Job) -> tuple[list[AskedPart], dict[str, str]]:
    """Return the parts of a question's sentence, and what else was typed."""
    language, typed = visit.language, kept_values(job)
    known, given = list_site_choices(pages, visit), job.parameters["files"]
    assert isinstance(given, dict)
    parts = []
    for one in find_form(str(job.parameters["analysis"])).fields:
        if one.option in given:  # a file is not kept
            parts.append(AskedPart(one.option, language.translate(one.label), one.kind.value, "", {}))
        elif one.option in _IN_SENTENCE:
            choices = known.get(one.kind, {})
            value = typed.pop(one.option, one.default)
            parts.append(AskedPart(one.option, language.translate(one.label), one.kind.value, value, choices))
    return parts, typed


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
        asked, kept = list_asked(pages, visit, job)
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
                fault_in_form_terms(fault_line(one, visit.language), kind.option_labels, visit.language)
                for one in job.faults
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
    asked, _ = list_asked(pages, visit, job)
    question = " · ".join(one.text for one in asked if one.text)
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
        "holiday": result.get("holiday", ""),
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

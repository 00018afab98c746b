"""Analyses as background jobs: begun with an order, run, and stored with their files."""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from pydantic_core import to_json

from core.faults import FaultError
from core.text_marks import N_
from yihui.access.acting import state_act
from yihui.access.actor import Actor
from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.frame.fields import FieldKind, TypedFile, fields_of
from yihui.frame.typed import parse_values
from yihui.operations.uploads import open_work_folder
from yihui.planning.analysis.forms import FORM_FAULTS, find_form, name_page_faults
from yihui.planning.demand.request import DEMANDS
from yihui.planning.order import AreaOrder
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.operation.demand_files import authorise_demand, check_demand_area, list_usable_demands
from yihui.services.operation.job_runs import SHARES, JobKind, JobRun, observe_job
from yihui.services.operation.jobs import (
    Job,
    JobFile,
    JobRequest,
    request_job,
    store_made_files,
    write_given_files,
)

if TYPE_CHECKING:
    from yihui.planning.answer import Answer
    from yihui.planning.answer_texts import AnswerTexts
    from yihui.runtime.language import Language

ANALYSIS_JOB = "planning.analysis"
ANALYSES_PAGE = "/desk/planning/analyses"
DRAWN_MAP = "drawn.json"  # the file of a job that its page draws
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "geojson": "application/geo+json",
    "gpkg": "application/geopackage+sqlite3",
    "html": "text/html; charset=utf-8",
    "json": "application/json",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "zip": "application/zip",
}


@dataclass(frozen=True, slots=True)
class AnalysisRequest:
    """An analysis that an officer begins: its kind, its order with files by their fields, a title, and the language."""

    kind: str
    order: AreaOrder
    files: Mapping[str, TypedFile]
    title: str
    language: str


def begin_analysis(wiring: Wiring, scope: OfficerScope, actor: Actor, request: AnalysisRequest) -> str:
    """Store a job that computes an analysis; return its id. *Raises*: FaultError with the faults of the fields."""
    order, area = request.order, request.order.area
    check_demand_area(scope, area)
    find_form(request.kind).check_targets(order)
    _check_choices(wiring, scope, order)
    given = tuple(JobFile(str(getattr(order, name)), "", one.content) for name, one in request.files.items())
    parameters = {
        "analysis": request.kind,
        "language": request.language,
        "order": order.model_dump(mode="json", exclude_unset=True),
    }
    job = JobRequest(ANALYSIS_JOB, area, request.title, f"{ANALYSES_PAGE}/{{job}}", parameters, given)
    state_act("analysis", job.id, organisation=area, after={"analysis": request.kind, "job": job.id})
    return request_job(wiring, actor, job)


def _check_choices(wiring: Wiring, scope: OfficerScope, order: AreaOrder) -> None:
    """*Raises*: FaultError for a demand or a register that the officer can't choose, or searches that can't be shown."""
    from yihui.planning.demand.run import check_searches
    from yihui.services.stations.selection import check_register

    demand = order.demand
    if demand not in ("", *DEMANDS) and demand not in list_usable_demands(wiring, scope, order.area):
        raise FaultError(FORM_FAULTS.build("choice", field="demand", value=demand[:40]))
    if demand in DEMANDS:
        check_searches(wiring, demand, order.area)
    for name in ("only_register", "before_register", "after_register"):
        check_register(wiring, getattr(order, name, None))


def load_order(job: Job, folder: Path = Path()) -> AreaOrder:
    """Return the order of a job, whose files lie in a folder; without an instant or a week, the usual one when it was begun."""
    stored = job.parameters["order"]
    assert isinstance(stored, Mapping)
    order = parse_values(find_form(str(job.parameters["analysis"])).order, stored, job.requested_at)
    files = {
        one.name: folder / file
        for one in fields_of(type(order))
        if one.kind is FieldKind.FILE and (file := getattr(order, one.name)) is not None
    }
    return order.model_copy(update=files)


def run_analysis_job(run: JobRun) -> Mapping[str, object]:
    """Compute an analysis and store its files; return its texts, and whether its area has searches to ask about.

    *Raises*: FaultError; JobCancelled; JobInterrupted.
    """
    from yihui.planning.analysis.kinds import ANALYSIS_KINDS, AnalysisRun
    from yihui.planning.searches.run import has_searches
    from yihui.planning.tables import answer_texts
    from yihui.runtime.language import load_language

    parameters = run.job.parameters
    code = str(parameters["analysis"])
    kind, language = ANALYSIS_KINDS[code], load_language(str(parameters["language"]))
    with open_work_folder(run.wiring) as folder:
        order = load_order(run.job, folder)
        authorise_demand(run.wiring, run.actor, order.demand)
        write_given_files(run.wiring, run.job.id, folder)
        with observe_job(run, kind.count_steps(order)):
            answer = kind.run(AnalysisRun(run.wiring.in_language(language), order, folder))
    notes = name_page_faults(type(order), answer.notes, language)
    answer = replace(answer, notes=tuple(notes))
    texts = answer_texts(answer, language)
    drawn = texts.pop("map", None)
    made = [*_build_files(answer, f"{code}-{run.job.place}", run.job.title, texts, language)]
    kept = [one for one in made if one.name == f"sites-{run.job.place}.json"]  # a scenario is made of it
    if drawn is not None:
        kept.append(_build_file(DRAWN_MAP, to_json(drawn)))
    others = [one for one in made if one not in kept]
    store_made_files(run.wiring, run.job.id, run.job.officer, others, kept)
    return {**texts, "has_searches": has_searches(run.wiring, order.area)}


def _build_files(
    answer: "Answer", name: str, title: str, texts: "AnswerTexts", language: "Language"
) -> Iterator[JobFile]:
    """Yield the files for download: all pictures, and all layers, in one archive; the figures; a workbook of tables."""
    from core.sheets.workbook_rendering import Worksheet, render_workbook
    from yihui.planning.answer import answer_json
    from yihui.planning.tables import table_worksheet

    many = {}
    for path, content in answer.files:
        if path.suffix[1:] in _MEDIA_TYPES:
            yield _build_file(path.name, content)
        else:
            many[path.name] = content
    if many:
        yield _build_zip(f"{name}.zip", many)
    if answer.asked:
        yield _build_file(f"{name}.json", to_json(answer_json(answer, language)))
    if answer.tables:
        about = Worksheet(language.render(N_("about")), [[line] for line in (title, "", *texts["lines"])])
        sheets = [
            table_worksheet(one, language, f"{number} {language.translate(one.title)}")
            for number, one in enumerate(answer.tables, 1)
        ]
        yield _build_file(f"{name}.xlsx", render_workbook([about, *sheets]))


def _build_file(name: str, content: str | bytes) -> JobFile:
    """Build a file; its media type follows from the ending of its name."""
    encoded = content.encode() if isinstance(content, str) else content
    return JobFile(name, _MEDIA_TYPES[name.rpartition(".")[2]], encoded)


def _build_zip(name: str, files: Mapping[str, str | bytes]) -> JobFile:
    """Build an archive of files by name; the same files give the same bytes."""
    content = io.BytesIO()
    with ZipFile(content, "w", ZIP_DEFLATED) as archive:
        for one, data in files.items():
            archive.writestr(ZipInfo(one, _ZIP_TIME), data, ZIP_DEFLATED)
    return _build_file(name, content.getvalue())


ANALYSIS_JOB_KIND = JobKind(Right.PLAN, SHARES, run_analysis_job, is_long=True)

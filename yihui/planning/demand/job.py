"""Read an uploaded file of demand as a background job, once: its preview and its page show what the job stored."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pydantic import TypeAdapter

from core.faults import Fault, FaultError
from geo.registry.demand_files import DemandFile
from yihui.access.actor import Actor
from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.planning.answer_texts import AnswerTexts
from yihui.runtime.language import LANGUAGES, load_language
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.operation.demand_files import DEMAND_UPLOAD_FAULTS, check_demand_area, store_demand_file
from yihui.services.operation.job_runs import SHARES, JobKind, JobRun, observe_job
from yihui.services.operation.jobs import (
    JobRequest,
    JobState,
    find_latest_job,
    find_latest_result,
    request_job,
)
from yihui.services.operation.uploads import load_upload

DEMAND_JOB = "planning.demand"
PREVIEWS = "/desk/planning/demand/preview"


@dataclass(frozen=True, slots=True)
class DemandReading:
    """How a file was read: its notes, and by language the sentences about it and its sums by area."""

    notes: list[Fault]
    texts: dict[str, AnswerTexts]


@dataclass(frozen=True, slots=True)
class DemandPreview:
    """What is known of an uploaded file: the job that reads it now, or its faults, or how it was read."""

    job: str | None = None
    faults: tuple[Fault, ...] = ()
    reading: DemandReading | None = None


_READING: TypeAdapter[DemandReading] = TypeAdapter(DemandReading)


def parse_demand_reading(stored: Mapping[str, object]) -> DemandReading:
    """Return a reading as a job or a file of demand stores it."""
    return _READING.validate_python(stored)


def begin_demand_reading(wiring: Wiring, actor: Actor, upload: str) -> str:
    """Store a job that reads an uploaded file; return its id. *Raises*: FaultError."""
    found = load_upload(wiring, actor, upload)
    area, page = found.options.get("area", ""), f"{PREVIEWS}/{upload}"
    return request_job(wiring, actor, JobRequest(DEMAND_JOB, area, found.name, page, {"upload": upload}))


def load_demand_preview(wiring: Wiring, actor: Actor, upload: str) -> DemandPreview:
    """Load what is known of the officer's own upload. *Raises*: FaultError if it is gone."""
    load_upload(wiring, actor, upload)
    page = f"{PREVIEWS}/{upload}"
    job = find_latest_job(wiring, actor.id, page)
    if job is None or job.state is JobState.CANCELLED:
        return DemandPreview()
    if not job.state.is_ended:
        return DemandPreview(job.id)
    result = find_latest_result(wiring, actor.id, page) if job.state is JobState.DONE else None
    return DemandPreview(faults=job.faults, reading=None if result is None else parse_demand_reading(result))


def store_read_upload(
    wiring: Wiring, scope: OfficerScope, actor: Actor, upload: str, name: str
) -> DemandFile:
    """Store an uploaded file under a name if it was read without a fault. *Raises*: FaultError with every fault."""
    check_demand_area(scope, load_upload(wiring, actor, upload).options.get("area", ""))
    found = load_demand_preview(wiring, actor, upload)
    if found.reading is None:
        raise FaultError(found.faults or [DEMAND_UPLOAD_FAULTS.build("unread", field="file")])
    summary = _READING.dump_python(found.reading, mode="json")
    return store_demand_file(wiring, scope, actor, upload, name, summary)


def run_demand_job(run: JobRun) -> Mapping[str, object]:
    """Read the file of a job. *Raises*: FaultError with all faults of the file; JobCancelled; JobInterrupted."""
    from yihui.planning.demand.answer import build_demand_answer
    from yihui.planning.demand.uploads import read_demand_upload
    from yihui.planning.tables import answer_texts

    with observe_job(run):
        summary = read_demand_upload(run.wiring, run.actor, str(run.job.parameters["upload"]))
        answers = {code: build_demand_answer(summary, load_language(code)) for code in LANGUAGES}
    texts = {
        code: answer_texts(replace(answer, notes=()), load_language(code)) for code, answer in answers.items()
    }
    reading: Mapping[str, object] = _READING.dump_python(
        DemandReading(list(summary.chosen.notes), texts), mode="json"
    )
    return reading


DEMAND_JOB_KIND = JobKind(Right.PLAN, SHARES, run_demand_job, is_long=True)

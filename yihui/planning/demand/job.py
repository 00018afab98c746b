"""Read an uploaded file of demand as a background job, once: its page shows what the job found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from core.faults import Fault, FaultError
from yihui.access.roles import Right
from yihui.planning.answer_texts import AnswerTexts
from yihui.planning.demand.fields import read_form_of
from yihui.planning.demand.query import DemandQuery
from yihui.runtime.language import LANGUAGES, load_language
from yihui.services.operation.demand_files import DEMAND_UPLOAD_FAULTS
from yihui.services.operation.job_runs import SHARES, JobKind, JobRun, observe_job
from yihui.services.operation.jobs import (
    JobRequest,
    JobState,
    find_latest_job,
    find_latest_result,
    insert_job,
)
from yihui.services.operation.uploads import load_upload

if TYPE_CHECKING:
    from yihui.access.actor import Actor
    from yihui.bootstrap import Wiring
    from yihui.frame.acts import Doing
    from yihui.planning.demand.file import DemandFileReading

DEMAND_JOB = "planning.demand"


@dataclass(frozen=True, slots=True)
class DemandReading:
    """What is known of a file: by language the sentences about it and its sums by area, and notes; or its faults.

    ``job`` is the one that reads it now.
    """

    texts: Mapping[str, AnswerTexts] = field(default_factory=dict)
    notes: Sequence[Fault] = ()
    faults: Sequence[Fault] = ()
    job: str = ""


READING: TypeAdapter[DemandReading] = TypeAdapter(DemandReading)  # as a job and a file of demand store it


def begin_reading(act: "Doing[Any, Any]", upload: str, name: str, area: str, page: str) -> None:
    """Store a job that reads an uploaded file, in the transaction of an act. *Raises*: FaultError."""
    request = JobRequest(DEMAND_JOB, area, name, page, {"upload": upload})
    insert_job(act.connection, act.actor, request, act.now)


def load_reading(wiring: "Wiring", actor: "Actor", page: str) -> DemandReading:
    """Load what is known of the officer's own upload, whose page is named."""
    job = find_latest_job(wiring, actor.id, page)
    if job is None or job.state is JobState.CANCELLED:
        return DemandReading()
    if not job.state.is_ended:
        return DemandReading(job=job.id)
    result = find_latest_result(wiring, actor.id, page) if job.state is JobState.DONE else None
    return DemandReading(faults=job.faults) if result is None else READING.validate_python(result)


def run_demand_job(run: JobRun) -> Mapping[str, object]:
    """Read the file of a job. *Raises*: FaultError with all faults of the file; JobCancelled; JobInterrupted."""
    from yihui.planning.demand.answer import build_demand_answer
    from yihui.planning.demand.run import read_uploaded_demand
    from yihui.planning.tables import answer_texts

    with observe_job(run):
        upload = load_upload(run.wiring, run.actor, str(run.job.parameters["upload"]))
        form, area = read_form_of(upload.options, upload.name), upload.options["area"]
        chosen = read_uploaded_demand(run.wiring, "", area, upload.content, form)
        assert chosen.file_reading is not None
        _refuse_persons(chosen.file_reading)
        query = DemandQuery(upload.name, area, form.spacing_m, form)
        languages = [load_language(code) for code in LANGUAGES]
        answers = [replace(build_demand_answer(query, chosen, one), notes=()) for one in languages]
    texts = {one.code: answer_texts(answer, one) for one, answer in zip(languages, answers, strict=True)}
    reading: Mapping[str, object] = READING.dump_python(DemandReading(texts, chosen.notes), mode="json")
    return reading


def _refuse_persons(found: "DemandFileReading") -> None:
    """*Raises*: FaultError where columns are about persons; “name” alone may be that of a place."""
    from members import find_personal_headers

    known = set(find_personal_headers(found).values())
    personal = [one for one in found.headers if "身份证" in one or (one in known and one.lower() != "name")]
    if personal:
        value = "、".join(personal)[:100]
        raise FaultError(DEMAND_UPLOAD_FAULTS.build("personal", file=found.file, value=value))


DEMAND_JOB_KIND = JobKind(Right.PLAN, SHARES, run_demand_job, is_long=True)

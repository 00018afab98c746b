"""/desk/jobs: the officer's background jobs, with their progress as server-sent events; each can be cancelled."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from types import MappingProxyType

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from pydantic_core import to_json

from core.text_marks import N_
from yihui.access.acting import state_act
from yihui.http.body import FormFields
from yihui.http.desk.pages import NO_FEEDBACK, ActOutcome, FormFeedback, OfficerPages, build_link
from yihui.http.desk.visit import OfficerVisit
from yihui.planning.analysis.job import ANALYSIS_JOB
from yihui.planning.demand.job import DEMAND_JOB
from yihui.runtime.errors import fault_line
from yihui.services.ledger.verification import VERIFICATION_JOB
from yihui.services.operation.jobs import Job, JobState, cancel_job, list_jobs, require_job
from yihui.services.rules.desk_simulation import SIMULATION_JOB

_POLL_S = 1.0
_MAX_STREAMS = 50  # pages that listen at once; the others reload
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # keeps nginx from buffering the stream
JOB_KIND_LABELS: Mapping[str, str] = MappingProxyType(
    {
        ANALYSIS_JOB: N_("analysis of a planner"),
        DEMAND_JOB: N_("reading of a file of demand"),
        VERIFICATION_JOB: N_("verification of the ledger"),
        SIMULATION_JOB: N_("simulation of a rule"),
    }
)
JOB_STATE_LABELS: Mapping[JobState, str] = MappingProxyType(
    {
        JobState.WAITING: N_("waits for its turn"),
        JobState.RUNNING: N_("is running"),
        JobState.DONE: N_("is done"),
        JobState.FAILED: N_("has failed"),
        JobState.CANCELLED: N_("was cancelled"),
    }
)
_DONE: Mapping[str, str] = MappingProxyType({"cancelled": N_("The job was cancelled.")})


def router(made: APIRouter, pages: OfficerPages) -> None:
    listening: set[object] = set()

    @made.get("/jobs")
    def jobs(request: Request) -> Response:
        visit = pages.open(request)
        return pages.render(
            visit,
            "jobs.html",
            jobs=list_jobs(pages.site.wiring, visit.actor),
            kinds=JOB_KIND_LABELS,
            states=JOB_STATE_LABELS,
            done=visit.done(request, _DONE),
        )

    @made.get("/jobs/{id_}")
    def job(request: Request, id_: str) -> Response:
        return show(pages.open(request), id_, NO_FEEDBACK)

    def show(visit: OfficerVisit, id_: str, feedback: FormFeedback) -> Response:
        found = require_job(pages.site.wiring, visit.actor, id_)
        faults = [fault_line(fault, visit.language) for fault in found.faults]
        return pages.render(
            visit,
            "job.html",
            feedback,
            job=found,
            faults=faults,
            kinds=JOB_KIND_LABELS,
            states=JOB_STATE_LABELS,
        )

    @made.post("/jobs/{id_}/cancel")
    async def cancel(request: Request, id_: str) -> Response:
        def act(visit: OfficerVisit, sent: FormFields) -> ActOutcome:
            state_act("job", id_)
            cancel_job(pages.site.wiring, visit.actor, id_)
            return ActOutcome(build_link("/desk/jobs", done="cancelled"))

        return await pages.submit_own(
            request, "cancel", act, lambda visit, feedback: show(visit, id_, feedback)
        )

    @made.get("/jobs/{id_}/progress")
    async def progress(request: Request, id_: str) -> Response:
        """Stream the progress of a job until it ends. A client that doesn't listen reloads the page."""
        visit = await run_in_threadpool(pages.open, request)
        await run_in_threadpool(require_job, pages.site.wiring, visit.actor, id_)
        if len(listening) >= _MAX_STREAMS:
            return Response(status_code=204, headers=_HEADERS)  # the browser doesn't connect again
        told = _stream(pages, visit, id_, listening)
        return StreamingResponse(told, media_type="text/event-stream", headers=_HEADERS)


async def _stream(
    pages: OfficerPages, visit: OfficerVisit, id_: str, listening: set[object]
) -> AsyncIterator[bytes]:
    mark = object()
    listening.add(mark)
    site, last = pages.site, b""
    try:
        while not (site.update_notifier.ended or site.job_runner.is_stopping):
            found = await run_in_threadpool(require_job, site.wiring, visit.actor, id_)
            text = job_event(found, visit)
            yield text if text != last else b": still running\n\n"
            last = text
            if found.state.is_ended:
                return
            await asyncio.sleep(_POLL_S)
    finally:
        listening.discard(mark)


def job_event(job: Job, visit: OfficerVisit) -> bytes:
    """Return a job's progress as one server-sent event (HTML, 9.2)."""
    data = {
        "state": visit.language.translate(JOB_STATE_LABELS[job.state]),
        "ended": job.state.is_ended,
        "done": job.done,
        "total": job.total,
    }
    return b"event: progress\ndata: " + to_json(data) + b"\n\n"

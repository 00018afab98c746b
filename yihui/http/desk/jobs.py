"""/desk/jobs: the officer's background jobs; a job's page shows how far it is, and leads to its result when it is done."""

from collections.abc import Mapping
from time import monotonic, sleep

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from core.faults import FaultError
from core.text_marks import N_
from yihui.access.acting import state_act
from yihui.frame.feedback import NO_FEEDBACK, FormFeedback
from yihui.frame.pages import OfficerVisit, build_link
from yihui.http.body import FormFields
from yihui.http.desk.hand_pages import HandPages
from yihui.operations.uploads import load_upload
from yihui.planning.analysis.job import ANALYSIS_JOB
from yihui.planning.demand.noun import DEMAND_JOB
from yihui.runtime.errors import fault_line
from yihui.services.ledger.verification import VERIFICATION_JOB
from yihui.services.operation.jobs import Job, JobState, cancel_job, list_jobs, require_job
from yihui.services.rules.desk_simulation import SIMULATION_JOB

JOB_KIND_LABELS: Mapping[str, str] = {
    ANALYSIS_JOB: N_("analysis of a planner"),
    DEMAND_JOB: N_("reading of a file of demand"),
    VERIFICATION_JOB: N_("verification of the ledger"),
    SIMULATION_JOB: N_("simulation of a rule"),
}
JOB_STATE_LABELS: Mapping[JobState, str] = {
    JobState.WAITING: N_("waits for its turn"),
    JobState.RUNNING: N_("is running"),
    JobState.DONE: N_("is done"),
    JobState.FAILED: N_("has failed"),
    JobState.CANCELLED: N_("was cancelled"),
}
_SOON_S, _BEGINS_S, _STEP_S = 4.0, 0.5, 0.1
_DONE: Mapping[str, str] = {"cancelled": N_("The job was cancelled.")}


def router(made: APIRouter, pages: HandPages) -> None:
    @made.get("/jobs")
    def jobs(request: Request) -> Response:
        visit = pages.open(request, done=_DONE)
        return pages.render(
            visit,
            "jobs.html",
            jobs=list_jobs(pages.site.wiring, visit.actor),
            kinds=JOB_KIND_LABELS,
            states=JOB_STATE_LABELS,
        )

    @made.get("/jobs/{id_}")
    def job(request: Request, id_: str) -> Response:
        visit = pages.open(request)
        asks_again = "hx-request" in request.headers
        found = require_job(pages.site.wiring, visit.actor, id_) if asks_again else wait_for(visit, id_)
        if found.state.is_ended and asks_again:
            return Response(headers={"HX-Refresh": "true", "Cache-Control": "no-store"})
        if found.state is JobState.DONE or (found.state is JobState.FAILED and shows_faults(visit, found)):
            return RedirectResponse(found.page, 303, {"Cache-Control": "no-store"})
        return show(visit, found, NO_FEEDBACK)

    def wait_for(visit: OfficerVisit, id_: str) -> Job:
        """Return a job once it has ended, or as it is after some seconds, so that a short one's first page is its result."""
        began = monotonic()
        while True:
            found = require_job(pages.site.wiring, visit.actor, id_)
            most_s = _SOON_S if found.state is JobState.RUNNING else _BEGINS_S
            if found.state.is_ended or monotonic() - began > most_s:
                return found
            sleep(_STEP_S)

    def shows_faults(visit: OfficerVisit, found: Job) -> bool:
        """Return whether the page of a failed job shows its faults: a question does, a preview while its upload is stored."""
        if found.kind != DEMAND_JOB:
            return found.kind == ANALYSIS_JOB
        try:
            load_upload(pages.site.wiring, visit.actor, str(found.parameters["upload"]))
        except FaultError:
            return False
        return True

    def show(visit: OfficerVisit, found: Job, feedback: FormFeedback) -> Response:
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
        def act(visit: OfficerVisit, sent: FormFields) -> str:
            state_act("job", id_)
            cancel_job(pages.site.wiring, visit.actor, id_)
            return build_link("/desk/jobs", done="cancelled")

        def again(visit: OfficerVisit, feedback: FormFeedback) -> Response:
            return show(visit, require_job(pages.site.wiring, visit.actor, id_), feedback)

        return await pages.submit(request, None, "cancel", act, again)

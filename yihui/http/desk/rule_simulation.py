"""/desk/rules/simulations: begin a simulation of a draft or a version, and show the figures of a finished one."""

from functools import partial

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from core.civil_time import civil_date
from core.text_marks import N_
from yihui.access.roles import Right
from yihui.bootstrap import PROVINCE_CODE
from yihui.frame.feedback import FormFeedback
from yihui.frame.pages import OfficerVisit
from yihui.http.body import FormFields, form_value, read_form
from yihui.http.desk.hand_pages import HandPages, read_day, require_value
from yihui.http.desk.jobs import JOB_STATE_LABELS
from yihui.http.desk.rules import TABLE_PREFIX, read_rule_file
from yihui.services.operation.jobs import list_jobs_of_places, require_job_of_place
from yihui.services.rules.desk_simulation import (
    SIMULATION_JOB,
    SimulatedText,
    begin_simulation,
    load_simulated_version,
    read_simulated_draft,
    read_simulation_request,
)
from yihui.services.rules.simulation import SimulationRequest
from yihui.services.rules.simulation_report import REPORT_JSON

_TRIED_STATES = ("submitted", "rejected", "coming")


def router(made: APIRouter, pages: HandPages) -> None:
    wiring, show_form = pages.site.wiring, partial(render_simulation_form, pages)

    @made.get("/rules/simulations")
    def simulations(request: Request) -> Response:
        visit = pages.open(request, Right.READ_SIMULATIONS)
        found = list_jobs_of_places(wiring, SIMULATION_JOB, pages.scope(visit, Right.READ_SIMULATIONS))
        return pages.render(visit, "rule_simulations.html", simulations=found)

    @made.get("/rules/simulations/new")
    def new(request: Request, version: str = "") -> Response:
        visit = pages.open(request, Right.SIMULATE_RULES)
        return show_form(visit, FormFeedback(sent={"version": [version[:64]]}))

    @made.post("/rules/simulations/new")
    async def of_draft(request: Request) -> Response:
        """Show the form for a draft that comes from the form where it is written; nothing is stored."""
        visit = await pages.open_form(request, Right.SIMULATE_RULES)
        sent = await read_form(request)
        kept = {n: v for n, v in sent.items() if n == "text" or n.startswith(TABLE_PREFIX)}
        return await run_in_threadpool(show_form, visit, FormFeedback(sent=kept))

    @made.post("/rules/simulations")
    async def begin(request: Request) -> Response:
        def act(visit: OfficerVisit, sent: FormFields) -> str:
            draft = _read_draft(pages, sent)
            request = SimulationRequest(
                tuple(draft.file.texts()),
                place=form_value(sent, "place"),
                since=read_day(sent, "since"),
                until=read_day(sent, "until"),
                backdate=form_value(sent, "backdate") == "yes",
            )
            return f"/desk/jobs/{begin_simulation(wiring, visit.actor, draft, request)}"

        answer = await pages.submit(request, Right.SIMULATE_RULES, "begin", act, show_form)
        pages.site.job_runner.wake()
        return answer

    @made.get("/rules/simulations/{id_}")
    def simulation(request: Request, id_: str) -> Response:
        from yihui.views.rule_simulation import build_simulation_view

        visit = pages.open(request, Right.READ_SIMULATIONS)
        scope = pages.scope(visit, Right.READ_SIMULATIONS)
        job, result = require_job_of_place(wiring, SIMULATION_JOB, scope, id_)
        report = None if result is None else REPORT_JSON.validate_python(result)
        return pages.render(
            visit,
            "rule_simulation.html",
            job=job,
            view=report and build_simulation_view(report, visit.language),
            version=job.parameters["hash"],
            texts=read_simulation_request(job).texts,
            states=JOB_STATE_LABELS,
            is_own=job.officer == visit.actor.id,
        )


def render_simulation_form(pages: HandPages, visit: OfficerVisit, feedback: FormFeedback) -> Response:
    """Render the form for a draft or a version. *Raises*: FaultError if there is neither."""
    draft = _read_draft(pages, feedback.sent)
    entry = draft.version
    scope = visit.scope(Right.SIMULATE_RULES)
    own = [PROVINCE_CODE] if scope is None else sorted(scope)
    return pages.render(
        visit,
        "rule_simulation_form.html",
        feedback,
        draft=draft,
        entry=entry,
        tables={name: v[-1] for name, v in feedback.sent.items() if name.startswith(TABLE_PREFIX)},
        places=own,
        is_backdated=_is_backdated(feedback, draft),
        today=civil_date(pages.site.wiring.now()),
    )


def _read_draft(pages: HandPages, sent: FormFields) -> SimulatedText:
    """Return the version or the draft of a form. *Raises*: FaultError if there is neither."""
    if hash_ := form_value(sent, "version"):
        return load_simulated_version(pages.site.wiring, hash_)
    require_value(sent, "text", N_("text of the rule"))
    return read_simulated_draft(read_rule_file(sent))


def _is_backdated(feedback: FormFeedback, draft: SimulatedText) -> bool:
    """Return whether the form begins with the tick: a draft's own days have seen no event yet."""
    if feedback.problems:
        return form_value(feedback.sent, "backdate") == "yes"
    return draft.version is None or draft.version.state in _TRIED_STATES

"""Simulate a draft or a version against the journal for the officers' pages, as a background job.

The figures are those of ``yihui rules simulate``, for the members of one subtree, and without any member.
"""

from dataclasses import dataclass, replace

from pydantic import TypeAdapter

from yihui.access.acting import state_act
from yihui.access.actor import Actor
from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.services.access.authorisation import authorise_actor
from yihui.services.operation.job_runs import SHARES, JobKind, JobRun, observe_job
from yihui.services.operation.jobs import Job, JobRequest, Json, request_job
from yihui.services.rules.documents import RuleFile
from yihui.services.rules.simulation import SimulationRequest, check_request, run_simulation
from yihui.services.rules.simulation_drafts import load_drafts, load_present_rules
from yihui.services.rules.simulation_report import REPORT_JSON, build_simulation_report
from yihui.services.rules.versions import IndexedVersion, load_version_index, read_title

SIMULATION_JOB = "rules.simulation"
_REQUEST = TypeAdapter(SimulationRequest)


@dataclass(frozen=True, slots=True)
class SimulatedText:
    """What is simulated: a rule's text with its tables, and the version that it is, if it is one."""

    file: RuleFile
    title: str
    version: IndexedVersion | None = None


def load_simulated_version(wiring: Wiring, hash_: str) -> SimulatedText:
    """Load the version that shall be simulated. *Raises*: FaultError if there is none."""
    with wiring.database.read() as connection:
        index = load_version_index(wiring, connection)
    entry = index.require(hash_)
    return SimulatedText(index.file_of(entry), entry.title, entry)


def read_simulated_draft(file: RuleFile) -> SimulatedText:
    """Return a draft that shall be simulated; what is wrong with it is found when the simulation is begun."""
    return SimulatedText(file, read_title(file.text))


def begin_simulation(wiring: Wiring, actor: Actor, draft: SimulatedText, request: SimulationRequest) -> str:
    """Check what shall be simulated, and store the job; return its id.

    *Raises*: RuleFaults with every finding; FaultError if the days make no sense, or the place isn't the officer's.
    """
    check_request(request)
    authorise_actor(wiring, actor, Right.SIMULATE_RULES, request.place)
    load_drafts(request.texts, load_present_rules(wiring))
    hash_ = draft.version.hash if draft.version else None
    parameters = {"request": _REQUEST.dump_python(request, mode="json"), "hash": hash_}
    page = "/desk/rules/simulations/{job}"
    job = JobRequest(SIMULATION_JOB, request.place, draft.title or draft.file.name, page, parameters)
    state_act("simulation", job.id, organisation=request.place, after={"simulated": hash_ or "draft"})
    return request_job(wiring, actor, job)


def read_simulation_request(job: Job) -> SimulationRequest:
    """Return what a job simulates."""
    return _REQUEST.validate_python(job.parameters["request"])


def run_simulation_job(run: JobRun) -> Json:
    """Simulate what a job names. *Raises*: FaultError; JobCancelled; JobInterrupted."""
    with observe_job(run):
        done = run_simulation(run.wiring, read_simulation_request(run.job))
    stored: Json = REPORT_JSON.dump_python(replace(build_simulation_report(done), members=()), mode="json")
    return stored


SIMULATION_JOB_KIND = JobKind(Right.SIMULATE_RULES, SHARES, run_simulation_job)

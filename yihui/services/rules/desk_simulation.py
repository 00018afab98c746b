"""Simulate a draft or a version against the journal for the officers' pages, as a background job.

The figures are those of ``yihui rules simulate``, for the members of one subtree, and without any member.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from pydantic import TypeAdapter

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from members import is_organisation_code
from yihui.access.acting import state_act
from yihui.access.actor import Actor
from yihui.access.roles import Right
from yihui.bootstrap import PROVINCE_CODE, Wiring
from yihui.services.access.authorisation import authorise_actor
from yihui.services.operation.job_runs import SHARES, JobKind, JobRun, observe_job
from yihui.services.operation.jobs import Job, JobRequest, Json, request_job
from yihui.services.rules.desk_simulation_figures import RuleSimulationFigures, build_rule_simulation_figures
from yihui.services.rules.documents import RuleFile
from yihui.services.rules.simulation import SimulationRequest, run_simulation
from yihui.services.rules.simulation_drafts import load_drafts, load_present_rules
from yihui.services.rules.version_cases import require_version, version_file
from yihui.services.rules.versions import IndexedVersion, load_version_index

SIMULATION_JOB = "rules.simulation"
DRAFT_NAME = "rule.yaml"
_NOTHING_REPLAYED = frozenset({"simulation.nothing_stored", "simulation.no_event_left"})
_TEXTS = TypeAdapter(tuple[tuple[str, str], ...])

RULE_SIMULATION_FAULTS = FaultTable(
    "rule_simulation",
    {
        "place": (
            N_("“{value}” is no organisation's code"),
            N_("write the code of your union or of one below it"),
        ),
        "days_reversed": (N_("the last day {value} comes before the first day {since}"), N_("exchange them")),
        "empty": (
            N_("the journal holds no event of a member in these days"),
            N_("choose other days, or leave both empty for the whole journal"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class SimulatedText:
    """What is simulated: a rule's text with its tables, and the version that it is, if it is one."""

    file: RuleFile
    title: str
    version: IndexedVersion | None = None


@dataclass(frozen=True, slots=True)
class SimulationTerms:
    """The place and the days of a simulation, as an officer typed them."""

    place: str
    since: date | None = None
    until: date | None = None
    is_backdated: bool = False


_FIGURES = TypeAdapter(RuleSimulationFigures)


def load_simulated_version(wiring: Wiring, hash_: str) -> SimulatedText:
    """Load the version that shall be simulated. *Raises*: FaultError if there is none."""
    with wiring.database.read() as connection:
        index = load_version_index(wiring, connection)
    entry = require_version(index, hash_)
    return SimulatedText(version_file(index, entry), entry.title, entry)


def read_simulated_draft(text: str, tables: Mapping[str, str]) -> SimulatedText:
    """Return a draft that shall be simulated; what is wrong with it is found when the simulation is begun."""
    from rules.yaml.rule_text import parse_rule_document

    value = parse_rule_document(DRAFT_NAME, text).value
    title = value.get("title") if isinstance(value, dict) else None
    return SimulatedText(RuleFile(DRAFT_NAME, text, tables), str(title or ""))


def begin_simulation(wiring: Wiring, actor: Actor, draft: SimulatedText, terms: SimulationTerms) -> str:
    """Check what shall be simulated, and store the job; return its id.

    *Raises*: RuleFaults with every finding; FaultError if the terms make no sense, or the place isn't the officer's.
    """
    _check_terms(terms)
    authorise_actor(wiring, actor, Right.SIMULATE_RULES, terms.place)
    texts = list(draft.file.texts())
    load_drafts(texts, load_present_rules(wiring))
    parameters = {
        "texts": texts,
        "hash": draft.version.hash if draft.version else None,
        "since": terms.since.isoformat() if terms.since else None,
        "until": terms.until.isoformat() if terms.until else None,
        "backdate": terms.is_backdated,
    }
    page = "/desk/rules/simulations/{job}"
    title = draft.title or DRAFT_NAME
    job = JobRequest(SIMULATION_JOB, terms.place, title, page, parameters)
    simulated = draft.version.hash if draft.version else "draft"
    state_act("simulation", job.id, organisation=terms.place, after={"simulated": simulated})
    return request_job(wiring, actor, job)


def _check_terms(terms: SimulationTerms) -> None:
    """*Raises*: FaultError with every fault of the place and the days."""
    faults: list[Fault] = []
    if not is_organisation_code(terms.place):
        faults.append(RULE_SIMULATION_FAULTS.build("place", field="place", value=terms.place[:40]))
    if terms.since and terms.until and terms.until < terms.since:
        reversed_ = RULE_SIMULATION_FAULTS.build(
            "days_reversed", field="until", value=terms.until.isoformat(), since=terms.since.isoformat()
        )
        faults.append(reversed_)
    if faults:
        raise FaultError(faults)


def run_simulation_job(run: JobRun) -> Json:
    """Simulate what a job names. *Raises*: FaultError; JobCancelled; JobInterrupted."""
    asked, place = run.job.parameters, run.job.place
    order = SimulationRequest(
        texts=_TEXTS.validate_python(asked["texts"]),
        since=_day(asked["since"]),
        until=_day(asked["until"]),
        backdate=bool(asked["backdate"]),
        place=None if place == PROVINCE_CODE else place,
    )
    try:
        with observe_job(run):
            done = run_simulation(run.wiring, order)
        figures = build_rule_simulation_figures(run.wiring, done, place)
    except FaultError as error:
        if {fault.code for fault in error.faults} & _NOTHING_REPLAYED:
            raise FaultError(RULE_SIMULATION_FAULTS.build("empty", field="since")) from error
        raise
    stored: Json = _FIGURES.dump_python(figures, mode="json")
    return stored


SIMULATION_JOB_KIND = JobKind(Right.SIMULATE_RULES, SHARES, run_simulation_job)


def read_simulation_figures(result: Json) -> RuleSimulationFigures:
    """Return the figures of a finished job."""
    return _FIGURES.validate_python(result)


def read_simulated_texts(job: Job) -> tuple[tuple[str, str], ...]:
    """Return the names and texts that a job simulates: the rule, and its tables."""
    return _TEXTS.validate_python(job.parameters["texts"])


def _day(value: object) -> date | None:
    return date.fromisoformat(str(value)) if value else None

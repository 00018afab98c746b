"""Simulate a draft or a version against the journal for the officers' pages, as a background job.

The figures are those of ``yihui rules simulate``, for the members of one subtree, and without any member.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pydantic import TypeAdapter

from core.faults import Fault, FaultError, FaultTable
from core.money import format_yuan, parse_amount
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
from yihui.services.rules.simulation_drafts import (
    MAX_WHAT_IF_VALUES,
    check_drafts,
    load_present_rules,
    parse_what_if,
)
from yihui.services.rules.version_cases import require_version, version_file
from yihui.services.rules.versions import IndexedVersion, load_version_index

SIMULATION_JOB = "rules.simulation"
SIMULATIONS_PAGE = "/desk/rules/simulations"
DRAFT_NAME = "rule.yaml"
_WHOLE = re.compile(r"-?[0-9]{1,15}")
_NOTHING_REPLAYED = frozenset({"simulation.nothing_stored", "simulation.no_event_left"})
_TEXTS = TypeAdapter(tuple[tuple[str, str], ...])

RULE_SIMULATION_FAULTS = FaultTable(
    "rule_simulation",
    {
        "place": (
            N_("“{value}” is no organisation's code"),
            N_("write the code of your union or of one below it"),
        ),
        "number": (
            N_("“{value}” is no number"),
            N_("write an amount in yuan, any other value as a whole number"),
        ),
        "beyond": (
            N_("“{value}” is outside of what the rule allows: {least} to {most}"),
            N_("write a value within these bounds"),
        ),
        "parameter_missing": (
            N_("values are given, but no parameter that shall have them"),
            N_("choose the parameter, or leave the values empty"),
        ),
        "reversed": (
            N_("the values never arrive: from {first} to {last} by steps of {step}"),
            N_("write the smaller value first, and a step above 0"),
        ),
        "too_many": (
            N_("these are {count} values, at most {most} are tried at once"),
            N_("take a larger step"),
        ),
        "days_reversed": (N_("the last day {value} comes before the first day {since}"), N_("exchange them")),
        "empty": (
            N_("the journal holds no event of a member in these days"),
            N_("choose other days, or leave both empty for the whole journal"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class RuleParameter:
    """A whole number of a rule that can be given other values; the bounds are the rule's own."""

    name: str
    title: str
    value: int
    unit: str | None
    least: int | None
    most: int | None


@dataclass(frozen=True, slots=True)
class SimulatedText:
    """What is simulated: a rule's text with its tables, and the version that it is, if it is one."""

    file: RuleFile
    title: str
    parameters: tuple[RuleParameter, ...]
    version: IndexedVersion | None = None


@dataclass(frozen=True, slots=True)
class SimulationTerms:
    """The place, the days and the values of a simulation, as an officer typed them."""

    place: str
    since: date | None = None
    until: date | None = None
    is_backdated: bool = False
    parameter: str = ""
    first: str = ""
    last: str = ""
    step: str = ""


_FIGURES = TypeAdapter(RuleSimulationFigures)


def load_simulated_version(wiring: Wiring, hash_: str) -> SimulatedText:
    """Load the version that shall be simulated. *Raises*: FaultError if there is none."""
    with wiring.database.read() as connection:
        index = load_version_index(wiring, connection)
    entry = require_version(index, hash_)
    file = version_file(index, entry)
    return SimulatedText(file, entry.title, find_parameters(file.text), entry)


def read_simulated_draft(text: str, tables: Mapping[str, str]) -> SimulatedText:
    """Return a draft that shall be simulated; what is wrong with it is found when the simulation is begun."""
    from rules.yaml.rule_text import parse_rule_document

    value = parse_rule_document(DRAFT_NAME, text).value
    title = value.get("title") if isinstance(value, dict) else None
    return SimulatedText(RuleFile(DRAFT_NAME, text, tables), str(title or ""), find_parameters(text))


def find_parameters(text: str) -> tuple[RuleParameter, ...]:
    """Return the whole numbers among the parameters of a rule, or among those that an adaptation sets."""
    from rules.yaml.rule_text import parse_rule_document

    value = parse_rule_document(DRAFT_NAME, text).value
    if not isinstance(value, dict):
        return ()
    stated, adapted = value.get("parameters"), value.get("set")
    if "adapts" in value:
        named = adapted if isinstance(adapted, dict) else {}
        numbers = {str(name): one for name, one in named.items() if type(one) is int}
        return tuple(RuleParameter(name, name, one, None, None, None) for name, one in numbers.items())
    named = stated if isinstance(stated, dict) else {}
    return tuple(
        _parameter(str(name), one)
        for name, one in named.items()
        if isinstance(one, dict) and type(one.get("value")) is int
    )


def _parameter(name: str, stated: Mapping[str, object]) -> RuleParameter:
    def bound(key: str) -> int | None:
        found = stated.get(key)
        return found if type(found) is int else None

    unit = stated.get("unit")
    title = str(stated.get("title") or name)
    return RuleParameter(
        name, title, bound("value") or 0, None if unit is None else str(unit), bound("least"), bound("most")
    )


def begin_simulation(wiring: Wiring, actor: Actor, draft: SimulatedText, terms: SimulationTerms) -> str:
    """Check what shall be simulated, and store the job; return its id.

    *Raises*: RuleFaults with every finding; FaultError if the terms make no sense, or the place isn't the officer's.
    """
    what_if = _check_terms(terms, draft.parameters)
    authorise_actor(wiring, actor, Right.SIMULATE_RULES, terms.place)
    texts = list(draft.file.texts())
    check_drafts(texts, load_present_rules(wiring), parse_what_if(what_if) if what_if else None)
    parameters = {
        "texts": texts,
        "hash": draft.version.hash if draft.version else None,
        "since": terms.since.isoformat() if terms.since else None,
        "until": terms.until.isoformat() if terms.until else None,
        "backdate": terms.is_backdated,
        "what_if": what_if,
    }
    page = f"{SIMULATIONS_PAGE}/{{job}}"
    title = draft.title or DRAFT_NAME
    job = JobRequest(SIMULATION_JOB, terms.place, title, page, parameters)
    simulated = draft.version.hash if draft.version else "draft"
    state_act("simulation", job.id, organisation=terms.place, after={"simulated": simulated})
    return request_job(wiring, actor, job)


def _check_terms(terms: SimulationTerms, parameters: Sequence[RuleParameter]) -> str | None:
    """Return the values to try as `yihui rules simulate --what-if` takes them. *Raises*: FaultError with every fault."""
    faults: list[Fault] = []
    if not is_organisation_code(terms.place):
        faults.append(RULE_SIMULATION_FAULTS.build("place", field="place", value=terms.place[:40]))
    if terms.since and terms.until and terms.until < terms.since:
        reversed_ = RULE_SIMULATION_FAULTS.build(
            "days_reversed", field="until", value=terms.until.isoformat(), since=terms.since.isoformat()
        )
        faults.append(reversed_)
    what_if = _check_values(terms, parameters, faults)
    if faults:
        raise FaultError(faults)
    return what_if


def _check_values(
    terms: SimulationTerms, parameters: Sequence[RuleParameter], faults: list[Fault]
) -> str | None:
    if not (terms.first or terms.last or terms.parameter):
        return None
    if not terms.parameter:
        faults.append(RULE_SIMULATION_FAULTS.build("parameter_missing", field="parameter"))
        return None
    parameter = next((one for one in parameters if one.name == terms.parameter), None)
    is_money = parameter is not None and parameter.unit == "fen"
    typed = {"first": terms.first, "last": terms.last or terms.first, "step": terms.step or "1"}
    values = {name: _parse_value(text, is_money) for name, text in typed.items()}
    wrong = {typed[name]: name for name, value in values.items() if value is None}
    faults += [
        RULE_SIMULATION_FAULTS.build("number", field=name, value=text[:40]) for text, name in wrong.items()
    ]
    first, last, step = values["first"], values["last"], values["step"]
    if first is None or last is None or step is None:
        return None
    if step < 1 or last < first:
        faults.append(
            RULE_SIMULATION_FAULTS.build(
                "reversed", field="first", first=typed["first"], last=typed["last"], step=typed["step"]
            )
        )
        return None
    if (count := (last - first) // step + 1) > MAX_WHAT_IF_VALUES:
        faults.append(
            RULE_SIMULATION_FAULTS.build(
                "too_many", field="step", count=f"{count:,}", most=MAX_WHAT_IF_VALUES
            )
        )
        return None
    if parameter is not None:
        faults += _faults_beyond(parameter, {typed[name]: values[name] or 0 for name in ("first", "last")})
    return f"{terms.parameter[:80]}={first}..{last}:{step}"


def _parse_value(text: str, is_money: bool) -> int | None:
    """Return a value in the unit of its parameter, money in fen; None if the text is none."""
    if is_money:
        return parse_amount(text).fen
    return int(text) if _WHOLE.fullmatch(text) else None


def _faults_beyond(parameter: RuleParameter, values: Mapping[str, int]) -> list[Fault]:
    """Return a fault for each value, by its text, that the rule itself forbids."""
    least, most = parameter.least, parameter.most
    return [
        RULE_SIMULATION_FAULTS.build(
            "beyond",
            field="first",
            value=text[:40],
            least=_bound_text(least, parameter),
            most=_bound_text(most, parameter),
        )
        for text, value in values.items()
        if (least is not None and value < least) or (most is not None and value > most)
    ]


def _bound_text(bound: int | None, parameter: RuleParameter) -> str:
    if bound is None:
        return "…"
    return format_yuan(bound) if parameter.unit == "fen" else str(bound)


def run_simulation_job(run: JobRun) -> Json:
    """Simulate what a job names. *Raises*: FaultError; JobCancelled; JobInterrupted."""
    asked, place = run.job.parameters, run.job.place
    order = SimulationRequest(
        texts=_TEXTS.validate_python(asked["texts"]),
        since=_day(asked["since"]),
        until=_day(asked["until"]),
        backdate=bool(asked["backdate"]),
        what_if=str(asked["what_if"]) if asked["what_if"] else None,
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

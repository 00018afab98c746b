"""Parse an officer's test cases: a sentence, the member, the event, earlier grants, the expected result."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, RootModel, ValidationError

from core.faults import Fault
from core.source_text import shorten_quote
from core.text_marks import N_
from core.yaml.document import DocumentPath, YamlDocument
from rules.event_facts import EventFacts
from rules.expressions.typecheck import KIND_TITLES
from rules.facts import FACT_CATALOGUE, FACTS_BY_EVENT, PYTHON_TYPES, Fact, FactValue, payload_facts
from rules.faults import build_unknown_name_fault, rule_fault_table
from rules.yaml.rule_text import add_validation_faults, parse_rule_document
from rules.yaml.wording import NonEmptyText, SlugName, StrictFileModel

CASE_MEMBER = "m1"
_NOON = time(4, tzinfo=UTC)  # 12:00 in Asia/Shanghai

_USE_ONE = N_("use one of: {names}")
_FAULTS = rule_fault_table(
    {
        "not-cases": (
            N_("the file holds no cases: {value}"),
            N_("begin every case with - case: and a sentence, then rule:, event:, member:, expect:"),
        ),
        "wrong-fact": (
            N_("{field} must be {kind}, this is {value}"),
            N_("write it as the list of facts says: yihui rules facts"),
        ),
        "unknown-value": (N_("{path} is never {value}"), N_("use one of: {values}")),
        "unknown-name.rule": (N_("there is no rule {name} here"), _USE_ONE),
        "unknown-name.event": (N_("there is no event {name}"), _USE_ONE),
        "unknown-name.fact": (N_("there is no fact {name} here"), _USE_ONE),
    }
)
CaseOutcome = Literal["due", "entered", "waiting", "refused", "none"]
CaseCount = Annotated[int, Field(ge=0, le=10**12)]


class CaseEvent(StrictFileModel):
    """The event of a case; every other key is a field of its payload."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True)

    type: NonEmptyText
    occurred_on: date
    known_on: date | None = None


class CasePriorGrant(StrictFileModel):
    """An earlier grant of another rule to this member."""

    rule: SlugName
    day: date = Field(alias="on")
    used: bool = False


class CaseHistory(StrictFileModel):
    """Earlier grants, entries and amounts, as far as this rule counts them.

    ``granted`` counts for each of the limits (one number: for all), on the day of the event; ``granted_on``
    lists days of grants; ``better`` are rules that granted something more valuable on the same event.
    """

    granted: CaseCount | Annotated[tuple[CaseCount, ...], Field(max_length=5)] = 0
    granted_on: Annotated[tuple[date, ...], Field(max_length=100)] = ()
    quota_used: CaseCount = 0
    budget_left_fen: CaseCount | None = None
    caps_fen: dict[SlugName, CaseCount] = Field(default_factory=dict)
    earlier: Annotated[tuple[CasePriorGrant, ...], Field(max_length=100)] = ()
    better: tuple[SlugName, ...] = ()
    entries: CaseCount = 0
    waiting: CaseCount = 0


class ExpectedResult(StrictFileModel):
    """The expected result; only the keys that the case states are compared."""

    outcome: CaseOutcome
    amount_fen: CaseCount | tuple[CaseCount, ...] | None = None
    quantity: CaseCount | tuple[CaseCount, ...] | None = None
    reasons: tuple[NonEmptyText, ...] | None = None
    remedies: tuple[NonEmptyText | None, ...] | None = None
    not_known: tuple[NonEmptyText, ...] | None = None
    period: NonEmptyText | None = None
    key: NonEmptyText | None = None
    quota: CaseCount | None = None
    expires_on: date | None = None


class CaseDefinition(StrictFileModel):
    """One case as its file states it."""

    case: NonEmptyText
    rule: SlugName
    event: CaseEvent
    member: dict[str, object]
    application: dict[str, object] = Field(default_factory=dict)
    before: CaseHistory = CaseHistory()
    expect: ExpectedResult


class CaseFile(RootModel[Annotated[tuple[CaseDefinition, ...], Field(min_length=1, max_length=5_000)]]):
    """A list of cases."""

    model_config = ConfigDict(strict=True, frozen=True)


@dataclass(frozen=True, slots=True)
class RuleCase:
    """One valid case: its event or a member has every fact that it names."""

    file: str
    number: int
    line: int
    sentence: str
    rule: str
    event: EventFacts
    facts: Mapping[str, FactValue]
    before: CaseHistory
    expect: ExpectedResult


def parse_rule_cases(
    file: str, text: str, ids: Collection[str]
) -> tuple[tuple[RuleCase, ...], tuple[Fault, ...]]:
    """Return the cases of a text and all faults; with any fault, return no cases."""
    document = parse_rule_document(file, text)
    cases = tuple(_cases(document))
    for case in cases:
        if case.rule not in ids:
            _unknown(document, (case.number, "rule"), case.rule, ids, "rule")
    faults = tuple(document.sorted_faults())
    return ((), faults) if faults else (cases, ())


def _cases(document: YamlDocument) -> Iterator[RuleCase]:
    if document.value is None:
        return  # the document has the faults already
    if not isinstance(document.value, tuple):
        document.add_fault((), _FAULTS.build("not-cases", value=shorten_quote(document.text)))
        return
    try:
        written = CaseFile.model_validate(document.value).root
    except ValidationError as error:
        add_validation_faults(document, error, CaseFile)
        return
    for number, case in enumerate(written):
        sound = _sound(document, number, case)
        if sound is not None:
            yield sound


def _sound(document: YamlDocument, number: int, case: CaseDefinition) -> RuleCase | None:
    event = case.event
    if event.type not in FACTS_BY_EVENT:
        _unknown(document, (number, "event", "type"), event.type, FACTS_BY_EVENT, "event")
        return None
    fields = payload_facts(event.type)
    payload = {
        name: _value(document, (number, "event", name), value, fields)
        for name, value in (event.model_extra or {}).items()
    }
    facts = _facts(document, number, "member", case.member)
    facts |= _facts(document, number, "application", case.application)
    at = datetime.combine(event.occurred_on, _NOON)
    facts_of = EventFacts(
        "cases", str(number + 1), event.type, at, event.occurred_on, CASE_MEMBER, payload, event.known_on
    )
    line = document.place((number,)).line
    return RuleCase(
        document.file, number, line, case.case, case.rule, facts_of, facts, case.before, case.expect
    )


def _facts(
    document: YamlDocument, number: int, of: str, values: Mapping[str, object]
) -> dict[str, FactValue]:
    """Return the facts of the member, or of the steps of the application."""
    known = {path.removeprefix(f"{of}."): fact for path, fact in FACT_CATALOGUE.items() if fact.source == of}
    return {
        f"{of}.{name}": _value(document, (number, of, name), value, known) for name, value in values.items()
    }


def _value(document: YamlDocument, path: DocumentPath, value: object, known: Mapping[str, Fact]) -> FactValue:
    """Return the value of a fact; add a fault if its name is unknown or its value is of another kind."""
    name = str(path[-1])
    fact = known.get(name)
    if fact is None:
        _unknown(document, path, name, known, "fact")
        return None
    if value is None:
        return None
    if type(value) is not PYTHON_TYPES[fact.kind]:
        document.add_fault(path, _FAULTS.build("wrong-fact", terms={"kind": KIND_TITLES[fact.kind]}))
        return None
    values = value if isinstance(value, tuple) else (value,)
    if fact.allowed and not fact.open and any(one not in fact.allowed for one in values):
        document.add_fault(
            path, _FAULTS.build("unknown-value", path=fact.path, values="、".join(fact.allowed))
        )
    return value  # type: ignore[return-value]  # its type was compared just now


def _unknown(
    document: YamlDocument, path: DocumentPath, name: str, known: Collection[str], kind: str
) -> None:
    params = {"names": ", ".join(sorted(known)), "name": name[:80]}
    fault = build_unknown_name_fault(_FAULTS, f"unknown-name.{kind}", name, known, **params)
    document.add_fault(path, fault, document.key_spots.get(path) if path[-1] == name else None)

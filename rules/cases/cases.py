"""An officer's cases: a sentence, who it is about, what happened, what was before, what must come of it."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from difflib import get_close_matches
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, RootModel, ValidationError

from rules.event import EventFacts
from rules.expressions.likeness import KIND_TITLES
from rules.facts import CATALOGUE, EVENTS, PYTHON_TYPES, Fact, Value, payload_of
from rules.finding import Finding, shortened
from rules.yaml.complaints import complain
from rules.yaml.document import Path, YamlDocument
from rules.yaml.wording import Document, Name, Text
from rules.yaml.yaml_text import read_document

N_ = str  # marks a text for the message catalogue

MEMBER = "m1"
_NOON = time(4, tzinfo=UTC)  # of Asia/Shanghai

Outcome = Literal["due", "entered", "waiting", "refused", "none"]
Count = Annotated[int, Field(ge=0, le=10**12)]


class CaseEvent(Document):
    """What happened; every other key is a field of the event."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True)

    type: Text
    occurred_on: date
    known_on: date | None = None


class EarlierGrant(Document):
    """What another rule had granted this member."""

    rule: Name
    day: date = Field(alias="on")
    used: bool = False


class Before(Document):
    """What had been granted before, as far as this rule counts it.

    ``granted`` counts for each of the limits (one number: for all), on the day of the event; ``granted_on``
    says the days; ``better`` are rules that gave something better on the same event.
    """

    granted: Count | Annotated[tuple[Count, ...], Field(max_length=5)] = 0
    granted_on: Annotated[tuple[date, ...], Field(max_length=100)] = ()
    quota_used: Count = 0
    budget_left_fen: Count | None = None
    caps_fen: dict[Name, Count] = Field(default_factory=dict)
    earlier: Annotated[tuple[EarlierGrant, ...], Field(max_length=100)] = ()
    better: tuple[Name, ...] = ()
    entries: Count = 0
    waiting: Count = 0


class Expected(Document):
    """What must come of it; only what is written is compared."""

    outcome: Outcome
    amount_fen: Count | tuple[Count, ...] | None = None
    quantity: Count | tuple[Count, ...] | None = None
    reasons: tuple[Text, ...] | None = None
    remedies: tuple[Text | None, ...] | None = None
    not_known: tuple[Text, ...] | None = None
    period: Text | None = None
    key: Text | None = None
    quota: Count | None = None
    expires_on: date | None = None


class WrittenCase(Document):
    """One case as it stands in the file."""

    case: Text
    rule: Name
    event: CaseEvent
    member: dict[str, object]
    application: dict[str, object] = Field(default_factory=dict)
    before: Before = Before()
    expect: Expected


class CaseFile(RootModel[Annotated[tuple[WrittenCase, ...], Field(min_length=1, max_length=5_000)]]):
    """A list of cases."""

    model_config = ConfigDict(strict=True, frozen=True)


@dataclass(frozen=True, slots=True)
class RuleCase:
    """One case, sound: every fact is one that its event or a member has."""

    file: str
    number: int
    line: int
    sentence: str
    rule: str
    event: EventFacts
    facts: Mapping[str, Value]
    before: Before
    expect: Expected


def read_cases(
    file: str, text: str, ids: Collection[str]
) -> tuple[tuple[RuleCase, ...], tuple[Finding, ...]]:
    """The cases of a text, and everything that is wrong with it; no cases where anything is."""
    document = read_document(file, text)
    cases = [case for case in _cases(document) if _names_a_rule(document, case, ids)]
    findings = tuple(document.told())
    return ((), findings) if findings else (tuple(cases), ())


def _names_a_rule(document: YamlDocument, case: RuleCase, ids: Collection[str]) -> bool:
    if case.rule not in ids:
        path = (case.number, "rule")
        _unknown(document, path, case.rule, ids, N_("there is no rule {name} here"))
    return case.rule in ids


def _cases(document: YamlDocument) -> Iterator[RuleCase]:
    if document.value is None:
        return  # its faults are told
    if not isinstance(document.value, tuple):
        document.find(
            (),
            "not-cases",
            N_("the file holds no cases: {value}"),
            N_("begin every case with - case: and a sentence, then rule:, event:, member:, expect:"),
            value=shortened(document.text),
        )
        return
    try:
        written = CaseFile.model_validate(document.value).root
    except ValidationError as error:
        complain(document, error, CaseFile)
        return
    for number, case in enumerate(written):
        sound = _sound(document, number, case)
        if sound is not None:
            yield sound


def _sound(document: YamlDocument, number: int, case: WrittenCase) -> RuleCase | None:
    event = case.event
    if event.type not in EVENTS:
        _unknown(document, (number, "event", "type"), event.type, EVENTS, N_("there is no event {name}"))
        return None
    fields = payload_of(event.type)
    payload = {
        name: _value(document, (number, "event", name), value, fields)
        for name, value in (event.model_extra or {}).items()
    }
    facts = _facts(document, number, "member", case.member)
    facts |= _facts(document, number, "application", case.application)
    at = datetime.combine(event.occurred_on, _NOON)
    facts_of = EventFacts(
        "cases", str(number + 1), event.type, at, event.occurred_on, MEMBER, payload, event.known_on
    )
    line = document.place((number,)).line
    return RuleCase(
        document.file, number, line, case.case, case.rule, facts_of, facts, case.before, case.expect
    )


def _facts(document: YamlDocument, number: int, of: str, values: Mapping[str, object]) -> dict[str, Value]:
    """The facts of the member, or of the steps of the application."""
    known = {path.removeprefix(f"{of}."): fact for path, fact in CATALOGUE.items() if fact.source == of}
    return {
        f"{of}.{name}": _value(document, (number, of, name), value, known) for name, value in values.items()
    }


def _value(document: YamlDocument, path: Path, value: object, known: Mapping[str, Fact]) -> Value:
    """The value of a fact; what is misspelt or of another kind is told."""
    name = str(path[-1])
    fact = known.get(name)
    if fact is None:
        _unknown(document, path, name, known, N_("there is no fact {name} here"))
        return None
    if value is None:
        return None
    if type(value) is not PYTHON_TYPES[fact.kind]:
        document.find(
            path,
            "wrong-fact",
            N_("{field} must be {kind}, this is {value}"),
            N_("write it as the list of facts says: yihui rules facts"),
            terms={"kind": KIND_TITLES[fact.kind]},
        )
        return None
    values = value if isinstance(value, tuple) else (value,)
    if fact.allowed and not fact.open and any(one not in fact.allowed for one in values):
        document.find(
            path,
            "unknown-value",
            N_("{path} is never {value}"),
            N_("use one of: {values}"),
            params={"path": fact.path, "values": "、".join(fact.allowed)},
        )
    return value  # type: ignore[return-value]  # its type was compared just now


def _unknown(document: YamlDocument, path: Path, name: str, known: Collection[str], message: str) -> None:
    close = get_close_matches(name[:80], known, 1, 0.6)
    document.find(
        path,
        "unknown-name",
        message,
        N_("did you mean {suggestion}?") if close else N_("use one of: {names}"),
        params={"name": name[:80], "suggestion": (close or [""])[0], "names": ", ".join(sorted(known))},
        place=document.key_spots.get(path) if path[-1] == name else None,
    )

"""The form of an application, made from its rule: what the rule reads of an application, and the values it knows. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal as OneOf

from core.civil_time import parse_past_date, start_of_day
from core.faults import Fault, FaultError, FaultTable
from core.money import parse_amount
from core.text_marks import N_
from members import has_personal_number
from rules import EventFacts, Fact, FactValue, Rule
from rules.expressions.syntax import And, Compare, FactReference, InTest, Literal, Node, walk_nodes
from rules.facts import payload_facts

FieldKind = OneOf["choice", "number", "yuan", "day", "text"]
_EVENT, _MEMBER, _PARAMETER = "event.", "member.", "param."
_SUBMITTED = ("application.applied_on", "application.submitted_on")
_TODAY = frozenset({"event.occurred_on", *_SUBMITTED})  # the day of who applies now
# What an applicant states; numbers with the most that an event may hold.
STATED_FIELDS = (
    "case_level",
    "school_stage",
    "occasion",
    "happened_on",
    "days",
    "child_age",
    "amount_fen",
    "year",
)
_MOST: Mapping[str, int] = {"days": 10_000, "child_age": 100}
_MOST_FEN, _LONGEST = 10**12, 100
# What the member calls a thing that rules read; everything else has the catalogue's title.
FIELD_TITLES: Mapping[str, str] = {
    "case_level": N_("How hard it is for your family"),
    "school_stage": N_("What school your child goes to"),
    "occasion": N_("What happened"),
    "happened_on": N_("On which day it happened"),
    "days": N_("Days in hospital"),
    "child_age": N_("How old your child is"),
    "amount_fen": N_("Amount in yuan"),
    "year": N_("For which year"),
}
FORM_FAULTS = FaultTable(
    "application_form",
    {
        "missing": (N_("“{title}” is not filled in"), N_("fill it in")),
        "choice": (N_("“{title}”: this can't be chosen"), N_("choose one of the list")),
        "number": (N_("“{title}”: this is no whole number up to {most}"), N_("write digits, such as 3")),
        "yuan": (N_("“{title}”: this is no amount"), N_("write yuan in digits, such as 3500.50")),
        "day": (N_("“{title}”: this is no day up to {last}"), N_("write it like 2026-05-01")),
        "text": (
            N_("“{title}”: this is longer than {most} characters, or holds signs that can't be stored"),
            N_("write it shorter, in letters, digits and usual signs"),
        ),
        "personal": (
            N_("“{title}”: this holds a phone number or an ID number"),
            N_("leave the number out; the union knows who you are"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class FormField:
    """One thing that the applicant states; ``default`` is what the union knows of it."""

    name: str
    kind: FieldKind
    choices: tuple[str, ...] = ()
    default: str = ""


@dataclass(frozen=True, slots=True)
class RuleReason:
    """A condition of a rule that does not hold as things are known now, in the rule's own words."""

    text: str
    remedy: str | None
    values: Mapping[str, FactValue]


@dataclass(frozen=True, slots=True)
class ApplicationForm:
    """What a rule asks of an applicant; ``fixed`` are the values that the rule leaves no choice of."""

    rule: Rule
    fields: tuple[FormField, ...]
    fixed: Mapping[str, str | int]

    @property
    def programme(self) -> str:
        assert self.rule.definition.process is not None
        return self.rule.definition.process.programme

    @property
    def attachments(self) -> int:
        """How many papers the rule asks for."""
        return self.rule.definition.process.attachments if self.rule.definition.process else 0

    @property
    def is_per_application(self) -> bool:
        """Whether the rule counts each application, so that several may be open at once."""
        return any("event.application" in limit.per for limit in self.rule.limits)


def build_form(rule: Rule, facts: Mapping[str, FactValue], today: date) -> ApplicationForm:
    """Build the form of a rule with a process, for a member with some facts."""
    known, trees = payload_facts(rule.definition.on), list(_trees(rule))
    fixed: dict[str, str | int] = {"year": today.year}
    fields = []
    among = (
        [node for tree in trees[:1] for node in _conjuncts(tree)]
        if rule.definition.audience_condition
        else []
    )
    for name in STATED_FIELDS:
        if _EVENT + name not in rule.compiled.reads:
            continue
        only = _literals(_EVENT + name, among)
        if len(only) == 1:
            fixed[name] = only[0]
            continue
        field = _build_field(rule, known[name], trees, facts, today)
        if name == "year" and len(field.choices) == 1:
            fixed["year"] = int(field.choices[0])
            continue
        fields.append(field)
        fixed.pop(name, None)
    return ApplicationForm(rule, tuple(fields), fixed)


def _trees(rule: Rule) -> Iterator[Node]:
    """Yield the conditions of a rule, the one that selects applications first."""
    conditions = rule.expressions.conditions
    if rule.definition.audience_condition in conditions:
        yield conditions[rule.definition.audience_condition or ""].tree
    yield from (one.tree for one in (*conditions.values(), *rule.expressions.numbers.values()))


def _conjuncts(node: Node) -> Iterator[Node]:
    if isinstance(node, And):
        for part in node.parts:
            yield from _conjuncts(part)
    else:
        yield node


def _literals(path: str, nodes: Iterable[Node]) -> list[str | int]:
    """Return the values with which conditions compare a fact, in their order."""
    found: list[str | int] = []
    for node in nodes:
        match node:
            case Compare(
                operator="==", left=FactReference(path=read), right=Literal(value=str() | int() as value)
            ):
                found += [value] if read == path else []
            case InTest(item=FactReference(path=read), options=tuple() as options) if read == path:
                found += [
                    one.value for one in options if isinstance(one, Literal) and isinstance(one.value, str)
                ]
    return list(dict.fromkeys(found))


def _build_field(
    rule: Rule, fact: Fact, trees: list[Node], facts: Mapping[str, FactValue], today: date
) -> FormField:
    name = fact.path.removeprefix(_EVENT)
    if name == "year":
        years = [year for year in (today.year, today.year - 1) if _may_hold(rule, {"year": year}, today)]
        choices = tuple(str(year) for year in years or [today.year])
        return FormField(name, "choice", choices, choices[0])
    if fact.kind == "fen":
        return FormField(name, "yuan")
    if fact.kind == "integer":
        return FormField(name, "number")
    if fact.kind == "date":
        return FormField(name, "day")
    nodes = [node for tree in trees for node in walk_nodes(tree)]
    named = [str(one) for one in _literals(fact.path, nodes)]
    choices = tuple(named or (one for one in fact.allowed if one != "none"))
    same = str(facts.get(_find_same_fact(fact.path, nodes)) or "")
    kind: FieldKind = "choice" if choices else "text"
    return FormField(name, kind, choices, same if same in choices else "")


def _find_same_fact(path: str, nodes: Iterable[Node]) -> str:
    """Return the member's fact that a rule compares with what is stated; empty if there is none."""
    for node in nodes:
        match node:
            case Compare(operator="==", left=FactReference(path=one), right=FactReference(path=other)):
                if path in (one, other):
                    return other if one == path else one
    return ""


def _may_hold(rule: Rule, stated: Mapping[str, FactValue], today: date) -> bool:
    """Return whether no condition that reads only what is stated, the day and parameters is broken."""
    names = {_EVENT + name for name in stated}
    return not any(True for _ in _find_unmet(rule, stated, {}, today, lambda path: path in names))


def accepts_day(form: ApplicationForm, day: date) -> bool:
    """Return whether no condition on the day alone, or on the only year that can be stated, is broken on a day."""
    year = {name: value for name, value in form.fixed.items() if name == "year"}
    about_day = _find_unmet(form.rule, {}, {}, day, lambda _: False)
    about_year = _find_unmet(form.rule, year, {}, day, lambda path: path == "event.year") if year else ()
    return not any(True for _ in (*about_day, *about_year))


def list_reasons(rule: Rule, facts: Mapping[str, FactValue], today: date) -> list[RuleReason]:
    """List the conditions on the member and the day that do not hold, as things are known now."""
    return list(_find_unmet(rule, {}, facts, today, lambda path: path.startswith(_MEMBER)))


def find_audience_reason(
    form: ApplicationForm, facts: Mapping[str, FactValue], today: date
) -> Mapping[str, FactValue] | None:
    """Return the values for which a rule is not for the member, as things are known now; None if it is."""
    rule = form.rule
    if rule.definition.among is None:
        return None
    values = _read_values(rule, {"programme": form.programme, **form.fixed}, facts, today)
    if rule.compiled.evaluators[0](values) is not False:
        return None
    among = rule.expressions.conditions[rule.definition.audience_condition or ""]
    return {path: values[path] for path in among.reads if path.startswith(_MEMBER)}


def _read_values(
    rule: Rule, stated: Mapping[str, FactValue], facts: Mapping[str, FactValue], today: date
) -> dict[str, FactValue]:
    event = EventFacts("", "", rule.definition.on, start_of_day(today), today, "", stated)
    return rule.compiled.read_facts(event, {**facts, **dict.fromkeys(_SUBMITTED, today)})


def _find_unmet(
    rule: Rule,
    stated: Mapping[str, FactValue],
    facts: Mapping[str, FactValue],
    today: date,
    belongs: Callable[[str], bool],
) -> Iterator[RuleReason]:
    values = _read_values(rule, stated, facts, today)
    evaluators = rule.compiled.evaluators[rule.first_required_index :]
    for condition, evaluate in zip(rule.required, evaluators, strict=False):
        reads = [path for path in condition.reads if not path.startswith(_PARAMETER)]
        about = [path for path in reads if path not in _TODAY]
        is_about_it = all(belongs(path) for path in about) and (about or not stated)
        if is_about_it and evaluate(values) is not True:
            yield RuleReason(condition.otherwise, condition.remedy, {path: values[path] for path in reads})


def read_form_values(form: ApplicationForm, typed: Callable[[str], str], today: date) -> dict[str, str | int]:
    """Return what the applicant stated, with what the rule fixes. *Raises*: FaultError with every fault at once."""
    stated: dict[str, str | int] = dict(form.fixed)
    faults: list[Fault] = []
    ended_on = form.rule.definition.in_force.until  # it still takes what happened until then
    for field in form.fields:
        read = _read_value(field, typed(field.name).strip(), min(today, ended_on or today))
        if isinstance(read, Fault):
            faults.append(read)
        else:
            stated[field.name] = read
    if faults:
        raise FaultError(faults)
    return stated


def _read_value(field: FormField, text: str, last: date) -> str | int | Fault:
    def refuse(code: str, most: int = 0) -> Fault:
        terms = {"title": FIELD_TITLES[field.name]}
        return FORM_FAULTS.build(code, field=field.name, most=most, last=last, terms=terms)

    if not text:
        return refuse("missing")
    match field.kind:
        case "choice":
            if text not in field.choices:
                return refuse("choice")
            return int(text) if field.name == "year" else text
        case "number":
            most = _MOST[field.name]
            is_number = text.isdecimal() and len(text) <= len(str(most))
            return int(text) if is_number and int(text) <= most else refuse("number", most=most)
        case "yuan":
            fen = parse_amount(text[:60]).fen
            return fen if fen is not None and 0 <= fen <= _MOST_FEN else refuse("yuan")
        case "day":
            day = parse_past_date(text, last)
            return refuse("day") if isinstance(day, Fault) else day.isoformat()
        case "text":
            return read_text(text, refuse, _LONGEST)


def read_text(text: str, refuse: Callable[[str, int], Fault], most: int) -> str | Fault:
    """Return a text as it was typed, with its pictures and emojis; or the fault for one that can't be stored whole."""
    text = text.replace("\r\n", "\n")
    is_storable = all(sign == "\n" or sign.isprintable() or sign in "\u200d\ufe0f" for sign in text)
    if len(text) > most or not is_storable:
        return refuse("text", most)
    return refuse("personal", most) if has_personal_number(text) else text

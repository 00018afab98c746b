"""Check for facts that no door fills, for known() of what always is, and for ages in place of birthdays' numbers."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from core.source_text import SourcePosition
from core.text_marks import N_
from core.yaml.document import DocumentPath, YamlDocument
from rules.expressions.functions import KNOWN_FUNCTION
from rules.expressions.syntax import (
    Call,
    Compare,
    FactReference,
    InTest,
    Literal,
    Node,
    child_nodes,
    walk_nodes,
)
from rules.facts import BIRTHDAY_NUMBER
from rules.faults import rule_fault_table
from rules.linting.prover import ProofOutcome
from rules.linting.search import RequiredTruth
from rules.linting.subject import LintSubject

_EVENT, _PROGRAMME, _CALENDAR = "event.", "event.programme", "event.calendar"
_FAULTS = rule_fault_table(
    {
        "unfilled": (
            N_("no form asks for {path} and no door fills it"),
            N_("count by a fact that is known, or make sure that the sender of these events states it"),
            N_("It stays unknown for whoever applies here, and what isn't known is refused."),
        ),
        "always-known": (
            N_("known({path}) is true for every member: where nothing is recorded it is {default}"),
            N_("compare the fact with a value, such as '劳模' in member.honours"),
        ),
        "age-on-birthday": (
            N_("an age counts solar years, and some of these birthdays are lunar"),
            N_("compare event.nth, which counts birthdays in the member's calendar: event.nth == 50"),
            N_("A lunar birthday comes up to a month before the member's age rises, or after it."),
        ),
    }
)


@dataclass(frozen=True, slots=True)
class FactSources:
    """What the doors of the application fill.

    ``filled`` has the fields of events' data by type of event; a type that isn't there is not judged. ``defaults``
    are the facts of a member of whom nothing is recorded. Officers' acts of their own fill the events of the
    programmes ``apart``.
    """

    filled: Mapping[str, Collection[str]] = field(default_factory=dict)
    defaults: Mapping[str, object] = field(default_factory=dict)
    apart: Collection[str] = ()


def check_fact_sources(subject: LintSubject, sources: FactSources) -> None:
    """Report facts of the event that nothing fills, and known() of a fact that is never unknown."""
    filled = sources.filled.get(subject.definition.on)
    if filled is not None and not _is_within(subject, _PROGRAMME, sources.apart):
        _check_filled(subject, {f"{_EVENT}{name}" for name in (*filled, "occurred_on")})
    for document, place, tree in iter_trees(subject):
        for path in _list_asked(tree):
            if (default := sources.defaults.get(path)) is not None:
                shown = "[]" if default == () else repr(default)
                fault = _FAULTS.build("always-known", severity="warning", path=path, default=shown)
                document.add_fault(place, fault)


def check_birthday_ages(subject: LintSubject) -> None:
    """Report ages that a rule on birthdays, lunar ones too, compares."""
    if BIRTHDAY_NUMBER.path not in subject.facts or _is_within(subject, _CALENDAR, ("solar",)):
        return
    for document, place, tree in iter_trees(subject):
        compared = (
            side for node in walk_nodes(tree) if isinstance(node, Compare) for side in child_nodes(node)
        )
        if any(_is_age(part) for side in compared for part in walk_nodes(side)):
            document.add_fault(place, _FAULTS.build("age-on-birthday", severity="warning"))


def _is_age(node: Node) -> bool:
    match node:
        case Call(name="age") | FactReference(path="member.age"):
            return True
    return False


def _is_within(subject: LintSubject, path: str, values: Collection[str]) -> bool:
    """Return whether the rule is proven to hold only where a fact of the event has one of these values."""
    if path not in subject.facts:
        return False
    at = SourcePosition(1, 1)
    named = InTest(FactReference(path, at), tuple(Literal(one, at) for one in values), at)
    found = subject.prover.find_member(*subject.base_truths, RequiredTruth(named, False))
    return found is ProofOutcome.NEVER


def _check_filled(subject: LintSubject, filled: Collection[str]) -> None:
    read = {path for path in subject.rule.compiled.reads if path.startswith(_EVENT)}
    for path in sorted(read.difference(filled)):
        where = ((document, place) for document, place, reads in _places(subject) if path in reads)
        document, place = next(where, (subject.document, ()))
        document.add_fault(place, _FAULTS.build("unfilled", severity="warning", path=path))


def _list_asked(tree: Node) -> Iterator[str]:
    """Yield the facts of which known() asks whether they are known."""
    for node in walk_nodes(tree):
        match node:
            case Call(name=name, arguments=(FactReference(path=path),)) if name == KNOWN_FUNCTION:
                yield path


def _places(subject: LintSubject) -> Iterator[tuple[YamlDocument, DocumentPath, Collection[str]]]:
    """Yield each part of a rule with the facts that it reads."""
    for index, limit in enumerate(subject.rule.limits):
        yield subject.document, ("limit", index, "per"), limit.per
    yield subject.document, ("allocate", "quota_per"), subject.rule.allocation.per
    for document, path, tree in iter_trees(subject):
        yield document, path, {node.path for node in walk_nodes(tree) if isinstance(node, FactReference)}


def iter_trees(subject: LintSubject) -> Iterator[tuple[YamlDocument, DocumentPath, Node]]:
    """Yield each condition and each number of a rule, with its place."""
    rows = (row for table in subject.tables for row in table.rows)
    for stated in (*subject.base_conditions, *subject.group_conditions, *rows):
        yield stated.document, stated.path, stated.tree
    allocate = subject.definition.allocate
    for text, number in subject.rule.expressions.numbers.items():
        named = [name for name in ("rank", "weight") if getattr(allocate, name) == text]
        yield subject.document, ("allocate", named[0]) if named else ("benefit",), number.tree

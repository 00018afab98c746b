"""Check for slips that leave a rule valid: what is used nowhere, can't happen any more, or is granted a second time."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from core.money import format_yuan
from core.text_marks import N_
from rules.event_facts import HAPPENED_ON
from rules.expressions.syntax import Call, FactReference, Node, Quotient, walk_nodes
from rules.faults import rule_fault_table
from rules.linting.amounts import list_part_amounts
from rules.linting.sources import iter_trees
from rules.linting.subject import LintSubject
from rules.model.definition import RuleDefinition
from rules.model.terms import Limit

_FAULTS = rule_fault_table(
    {
        "unused-parameter": (
            N_("the parameter {name} is used nowhere"),
            N_("write param.{name} where its value belongs, or leave it out"),
        ),
        "entries-after-end": (
            N_("entries are taken until {until}, but the rule ends on {end}"),
            N_("let the entries end with the rule, or the rule later"),
            N_("Who enters after the rule's end is silently left out."),
        ),
        "same-again": (
            N_("the rule {rule} grants the same to the same members for the same event"),
            N_("leave out one of the two rules"),
            N_("Each member would get it twice."),
        ),
        "fen-for-yuan": (
            N_("this is {yuan} yuan: amounts are in fen"),
            N_("write 100 times as much if so many yuan were meant"),
        ),
        "rounding-unstated": (
            N_("{value} may come to parts of a fen, and the rule doesn't say how they are rounded"),
            N_("add round: down, up or half_up beside the expression"),
        ),
        "unequal-shared-limit": (
            N_("the rule {rule} shares the limit “{name}” with other times, per or every"),
            N_("write the same times:, per: and every: in all rules that share it"),
            N_("Who was granted one of them would get the other more or less often, as their order has it."),
        ),
        "reversed-days": (
            N_("{value} counts back: the first of two days is the earlier one"),
            N_("write {function}({earlier}, {later})"),
            N_("The number is 0 or less for everybody."),
        ),
    }
)
_LITTLE_FEN = 1_000
"""Money of less than ten yuan is mostly a slip."""
_EARLIER = frozenset(
    f"event.{name}" for event, name in HAPPENED_ON.items() if name != "on" or event == "session.attended"
) | {"member.birthday", "member.joined_on"}
_LATER = frozenset(
    {"event.occurred_on", *(f"application.{one}_on" for one in ("applied", "submitted", "published"))}
)
_FROM_TO = frozenset({"age", "days_between", "months_between", "years"})
"""The functions of an earlier and a later day."""
_PARAMETER = re.compile(r"\bparam\.(\w+)")
_NAMES_ALONE = {"id", "title", "purpose", "basis", "in_force", "programme", "budget"}


def check_parameters(subject: LintSubject) -> None:
    """Report parameters that neither the rule nor a table of it reads."""
    texts = (subject.document.text, *(table.text for table in subject.table_documents.values()))
    used = {name for text in texts for name in _PARAMETER.findall(text)}
    for name in subject.definition.parameters:
        if name not in used:
            fault = _FAULTS.build("unused-parameter", severity="warning", name=name)
            subject.document.add_fault(("parameters", name), fault)


def check_entries(subject: LintSubject) -> None:
    """Report entries that are still taken when the rule, with all versions of its programme, has ended."""
    entries, end = subject.definition.allocate.entries, subject.definition.programme_span.until
    if entries and entries.until and end and entries.until > end:
        fault = _FAULTS.build("entries-after-end", severity="warning", until=entries.until, end=end)
        subject.document.add_fault(("allocate", "entries"), fault)


def check_money(subject: LintSubject) -> None:
    """Report amounts of money that look like yuan where fen are meant, and fractions whose rounding isn't stated."""
    for part in list_part_amounts(subject):
        for given in part.amounts:
            reckoned = given.formula_amount
            if reckoned is None and part.is_money and given.most_fen and given.most_fen < _LITTLE_FEN:
                fault = _FAULTS.build("fen-for-yuan", severity="warning", yuan=format_yuan(given.most_fen))
                given.document.add_fault(given.path, fault)
            if (
                reckoned is not None
                and not given.states_rounding
                and _may_have_parts(reckoned.expression.tree)
            ):
                fault = _FAULTS.build("rounding-unstated", severity="warning", value=reckoned.expression.text)
                given.document.add_fault(given.path, fault)


def _may_have_parts(tree: Node) -> bool:
    return any(isinstance(node, Quotient) for node in walk_nodes(tree))


def check_day_order(subject: LintSubject) -> None:
    """Report functions of two days whose first one is known to be the later."""
    for document, path, tree in iter_trees(subject):
        for node in walk_nodes(tree):
            match node:
                case Call(name, (FactReference(later), FactReference(earlier))) if (
                    name in _FROM_TO and later in _LATER and earlier in _EARLIER
                ):
                    fault = _FAULTS.build(
                        "reversed-days",
                        value=f"{name}({later}, {earlier})",
                        function=name,
                        earlier=earlier,
                        later=later,
                    )
                    document.add_fault(path, fault)


def check_second_rules(subjects: Sequence[LintSubject], others: Iterable[RuleDefinition]) -> None:
    """Report rules of one owner that differ by their names alone while both are in force.

    Of two checked rules the one with the later id is told; of ``others``, which aren't, the checked one.
    """
    checked = {subject.definition.id for subject in subjects}
    alike = defaultdict[str, list[RuleDefinition]](list)
    for definition in (*others, *(subject.definition for subject in subjects)):
        alike[_describe_grants(definition)].append(definition)
    for subject in subjects:
        ours = subject.definition
        twins = {
            twin.id
            for twin in alike[_describe_grants(ours)]
            if (twin.id < ours.id or twin.id not in checked)
            and twin.id != ours.id
            and ours.in_force.overlaps(twin.in_force)
        }
        if twins:
            fault = _FAULTS.build("same-again", severity="warning", rule=min(twins))
            subject.document.add_fault(("id",), fault)


def check_shared_limits(subjects: Sequence[LintSubject], others: Iterable[RuleDefinition]) -> None:
    """Report limits that share their name with one of the same owner on the same days, but count otherwise."""
    known = {
        (one.id, one.in_force.since): one for one in (*others, *(subject.definition for subject in subjects))
    }
    sharing = defaultdict[tuple[str, str | None], list[tuple[RuleDefinition, Limit]]](list)
    for definition in known.values():
        for limit in definition.limits:
            sharing[definition.owner, limit.shared].append((definition, limit))
    for subject in subjects:
        ours = subject.definition
        for index, limit in enumerate(ours.limits):
            unequal = [
                other.id
                for other, theirs in sharing[ours.owner, limit.shared]
                if limit.shared
                and ours.in_force.overlaps(other.in_force)
                and _describe_limit(other, theirs) != _describe_limit(ours, limit)
            ]
            if unequal:
                fault = _FAULTS.build("unequal-shared-limit", rule=min(unequal), name=limit.shared)
                subject.document.add_fault(("limit", index, "shared"), fault)


def _describe_limit(definition: RuleDefinition, limit: Limit) -> tuple[object, ...]:
    """Return how a limit counts; ``where`` may differ from rule to rule."""
    every = definition.resolve_period(limit.every)
    span = definition.programme_span if every == "programme_period" else None
    return definition.resolve_figure(limit.times), limit.per, every, span


def _describe_grants(definition: RuleDefinition) -> str:
    """Return all of a rule but its names, its basis and its days."""
    return definition.model_dump_json(exclude=_NAMES_ALONE)

"""Evaluate the rules for an event, a member's facts and a date: the benefits due, and the reasons."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from core.text_marks import N_
from rules.engine.day import build_due_benefits
from rules.engine.decision import Condition, ConditionResult, Decision, DueBenefit, RivalRule
from rules.engine.library import RuleLibrary
from rules.engine.rule import BenefitAmount, BenefitPart, Rule
from rules.engine.scarcity import build_entry_terms, build_quota
from rules.engine.turns import build_limit_slots
from rules.event import EventFacts
from rules.expressions.conditions import ZenValue
from rules.facts import FactValue
from rules.model.amounts import AMOUNT_IS_ZERO, AmountError, FormulaAmount
from rules.model.period import last_day

_TOO_LATE = N_("it became known too late after it had occurred")
_TOO_LATE_REMEDY = N_("ask your union: whoever told it late may apply for an exception")
_KNOWN_IN_TIME = "known_in_time(event)"


def evaluate_rules(
    event: EventFacts, facts: Mapping[str, FactValue], library: RuleLibrary, at: date
) -> tuple[Decision, ...]:
    """Return the decisions of all rules that apply to this member, ordered by rule id.

    ``at`` selects the versions: the civil date on which the event occurred. ``facts`` are the member's,
    keyed like ``member.status``; a missing fact is unknown. A rule applies to a member whose organisation
    (or, without one, whose district) lies below its owner and for whom ``among`` holds.

    Raises: WrongFactError for a fact of another type than the catalogue states.
    """
    code = facts.get("member.organisation") or facts.get("member.district")
    if not isinstance(code, str):
        return ()
    candidates = library.candidates(event.type, code, at)
    made = [made for rule in candidates if (made := _decide(rule, event, facts, library)) is not None]
    return _with_rivals(made, candidates) if library.has_rivals else tuple(made)


@dataclass(slots=True)
class _Look:
    """The evaluation of one rule for one member."""

    rule: Rule
    values: dict[str, FactValue]
    context: dict[str, ZenValue]
    verdicts: list[bool]

    def checks(self, first: int) -> list[ConditionResult]:
        """Return the result of each required condition."""
        verdicts, values, required = self.verdicts, self.values, self.rule.required
        if False not in verdicts:
            return [ConditionResult(condition, True, False, values) for condition in required]
        return [
            ConditionResult(
                condition,
                verdicts[index],
                not verdicts[index] and self.is_unknown(index, condition),
                values,
            )
            for index, condition in enumerate(required, first)
        ]

    def is_unknown(self, index: int, condition: Condition) -> bool:
        """Return whether a condition that doesn't hold is undecided, because a fact that it reads is unknown."""
        values = self.values
        if all(values[path] is not None for path in condition.reads):
            return False
        return not self.rule.compiled.is_false(index, self.context)

    def row(self, rows: tuple[Condition, ...], first: int) -> tuple[int | None, bool]:
        """Return the first row that holds; an undecided row before it leaves the amount unknown."""
        for index, condition in enumerate(rows):
            if self.verdicts[first + index]:
                return index, False
            if self.is_unknown(first + index, condition):
                return None, True
        return None, False

    def amounts_fen(self, first: int, conditions: list[ConditionResult]) -> tuple[list[int], int]:
        """Return the amount of every part and the index of the next conditions; record what is undecided."""
        amounts_fen = []
        for part in self.rule.parts:
            amount: BenefitAmount = part.amount
            if part.table is not None:
                row, unknown = self.row(part.rows, first)
                conditions.append(ConditionResult(part.table, row is not None, unknown, self.values))
                amount = 0 if row is None else part.amounts[row]
                first += len(part.rows)
            if not isinstance(amount, int):
                amount = self.formula_amount_fen(part, amount, conditions)
            amounts_fen.append(amount)
        return amounts_fen, first

    def formula_amount_fen(
        self, part: BenefitPart, amount: FormulaAmount, conditions: list[ConditionResult]
    ) -> int:
        """Return the amount of an expression; record the expression as a condition with the values read."""
        failure, unknown, amount_fen = "", False, 0
        try:
            amount_fen = amount.amount_fen(self.values)
        except AmountError as error:
            failure, unknown = error.message, error.unknown
        else:
            if not amount_fen and part.benefit.kind in ("cash", "voucher"):
                failure = AMOUNT_IS_ZERO
        expression = amount.expression
        condition = Condition(expression.text, failure, None, expression.reads)
        conditions.append(ConditionResult(condition, not failure, unknown, self.values))
        return amount_fen


def _decide(
    rule: Rule, event: EventFacts, facts: Mapping[str, FactValue], library: RuleLibrary
) -> Decision | None:
    values = rule.compiled.read_facts(event, facts)
    context = rule.compiled.build_zen_context(values)
    look = _Look(rule, values, context, rule.compiled.evaluate(context))
    first = rule.first_required_index
    if first and not look.verdicts[0]:
        return None
    conditions = look.checks(first)
    amounts_fen, groups = look.amounts_fen(first + len(rule.required), conditions)
    definition, on = rule.definition, event.occurred_on
    if definition.grace:
        conditions.append(_known_in_time(event, definition.grace))
    day = library.rule_day(rule, on)
    limits = build_limit_slots(rule, day.periods, event, values, conditions)
    conditions += day.outside
    quota, entry = None, None
    if definition.allocate.mode != "everyone":
        quota = build_quota(rule, on, values, facts, conditions)
        entry = build_entry_terms(rule, values, look.verdicts[groups:], conditions)
    benefits: tuple[DueBenefit, ...] = ()
    if not [checked for checked in conditions if not checked.holds]:
        benefits = day.benefits or build_due_benefits(rule, amounts_fen, on)
    return Decision(
        definition.id,
        definition.title,
        rule.hash,
        event.member,
        on,
        "due" if benefits else "refused",
        tuple(conditions),
        benefits,
        limits,
        quota,
        day.caps,
        day.demands,
        (),
        entry,
        definition.allocate.waiting_list,
        definition.id in library.depended_on,
    )


def _known_in_time(event: EventFacts, grace: str) -> ConditionResult:
    """Judge by the event's own ``known_on``, never by a clock, so that a replay gives the same result."""
    on_time = event.known_on is None or event.known_on <= last_day(event.occurred_on, grace)
    condition = Condition(_KNOWN_IN_TIME, _TOO_LATE, _TOO_LATE_REMEDY, ("event.known_on",))
    return ConditionResult(condition, on_time, False, {"event.known_on": event.known_on})


def _with_rivals(decided: list[Decision], rules: Iterable[Rule]) -> tuple[Decision, ...]:
    """Add rivals to the decisions: if a rule names another as its alternative, each is a rival of the other."""
    rivals: dict[str, dict[str, RivalRule]] = {}
    due = {decision.rule_id for decision in decided if decision.benefits}
    for rule in rules:
        if rule.id not in due:
            continue
        for dependency in rule.definition.depends:
            for other in due.intersection(dependency.better_of or ()) - {rule.id}:
                for one, two in ((rule.id, other), (other, rule.id)):
                    rival = RivalRule(two, dependency.otherwise, dependency.remedy)
                    rivals.setdefault(one, {}).setdefault(two, rival)
    return tuple(
        replace(decision, rivals=tuple(found[key] for key in sorted(found)))
        if decision.benefits and (found := rivals.get(decision.rule_id))
        else decision
        for decision in decided
    )

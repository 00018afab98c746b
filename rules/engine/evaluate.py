"""Evaluate the rules for an event, a member's facts and a date: the benefits due, and the reasons."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from core.faults import FaultError
from core.text_marks import N_
from rules.engine.day import (
    LIMIT_FACT_UNKNOWN,
    build_due_benefits,
    build_limit_slots,
    outside_period_result,
)
from rules.engine.decision import (
    AMOUNT_PREFIX,
    AmountTerms,
    Condition,
    ConditionResult,
    Decision,
    DueBenefit,
    EntryTerms,
    Quota,
    RivalRule,
    format_key_part,
)
from rules.engine.library import RuleLibrary
from rules.engine.rule import BenefitAmount, BenefitPart, Rule
from rules.event_facts import EventFacts
from rules.expressions.evaluator import UNDECIDED, Evaluator, PartialFacts
from rules.expressions.expression import Expression
from rules.facts import FactValue
from rules.model.amounts import AMOUNT_IS_ZERO, AMOUNT_UNKNOWN, FormulaAmount, compute_whole_number
from rules.model.period import Span, last_day, period_key
from rules.territory import territory_covers, territory_prefix

_GROUP_NOT_KNOWN = N_("a fact by which the places are counted isn't known")
_NO_PLACES = N_("no places were set aside for this organisation")
_RANK_NOT_KNOWN = N_("the rank isn't known, since a fact that it is reckoned from isn't known")
_WEIGHT_NOT_KNOWN = N_(
    "the weight in the draw isn't known, since a fact that it is reckoned from isn't known"
)
_NO_WEIGHT = N_("the weight in the draw comes to less than 1")
_ORGANISATION = "member.organisation"
_DISTRICT = "member.district"


def build_quotas(
    rule: Rule,
    on: date,
    values: Mapping[str, FactValue],
    facts: Mapping[str, FactValue],
    conditions: list[ConditionResult],
) -> tuple[Quota, ...]:
    """Return the quotas that the grant counts against, the narrowest first: of all, of a combination of
    facts, or of each subtree with places of its own that contains the member's organisation. A share of the
    participants has no size yet.
    """
    allocation = rule.allocation
    if isinstance(allocation.every, Span) and not allocation.every.holds(on):
        conditions.append(outside_period_result(allocation.every, on))
    period = period_key(allocation.every, on, rule.definition.programme_span)
    if allocation.share:
        return (Quota(0, period),)  # counted when the entries are fixed
    if allocation.sizes:
        return _of_subtrees(allocation.sizes, period, facts, conditions)
    for path in allocation.per:
        if values[path] is None:
            condition = Condition(f"known({path})", _GROUP_NOT_KNOWN, None, (path,))
            conditions.append(ConditionResult(condition, False, True, values))
    group = "&".join([format_key_part(path, values[path]) for path in allocation.per])
    assert allocation.size is not None, "the definition has a quota or quotas"
    return (Quota(allocation.size, period, group),)


def _of_subtrees(
    sizes: Mapping[str, int], period: str, facts: Mapping[str, FactValue], conditions: list[ConditionResult]
) -> tuple[Quota, ...]:
    """Return the quotas of all subtrees that contain the member's organisation, the narrowest first."""
    path = _ORGANISATION if facts.get(_ORGANISATION) else _DISTRICT
    code = facts.get(path)
    found = [owner for owner in sizes if isinstance(code, str) and territory_covers(owner, code)]
    if not found:
        condition = Condition("places_for(member.organisation)", _NO_PLACES, None, (path,))
        conditions.append(ConditionResult(condition, False, False, {path: code}))
        return (Quota(0, period, "none"),)
    found.sort(key=lambda owner: len(territory_prefix(owner)), reverse=True)
    return tuple(Quota(sizes[owner], period, owner) for owner in found)


def build_entry_terms(
    rule: Rule, values: Mapping[str, FactValue], groups: Sequence[int], conditions: list[ConditionResult]
) -> EntryTerms | None:
    """Return the input of a draw or a ranking for this member; None for rules that collect no entries."""
    allocate, allocation = rule.definition.allocate, rule.allocation
    if allocate.entries is None or allocate.mode not in ("lottery", "by_rank"):
        return None
    last = allocate.entries.until
    assert last is not None, "the definition's entries end"
    rank = _number(allocation.rank, values, _RANK_NOT_KNOWN, conditions)
    weight = _number(allocation.weight, values, _WEIGHT_NOT_KNOWN, conditions)
    if weight is not None and weight < 1:
        assert allocation.weight is not None
        condition = Condition(allocation.weight.text, _NO_WEIGHT, None, allocation.weight.reads)
        conditions.append(ConditionResult(condition, False, False, values))
    return EntryTerms(allocate.mode, allocate.entries.since, last, weight or 1, rank, tuple(groups))


def _number(
    expression: Expression | None,
    values: Mapping[str, FactValue],
    unknown: str,
    conditions: list[ConditionResult],
) -> int | None:
    """Return a whole number and record it as a condition; None if there is no expression or it is unknown."""
    if expression is None:
        return None
    number = compute_whole_number(expression, values)
    condition = Condition(expression.text, "" if number is not None else unknown, None, expression.reads)
    conditions.append(ConditionResult(condition, number is not None, number is None, values))
    return number


_TOO_LATE = N_("it became known too late after it had occurred")
_TOO_LATE_REMEDY = N_("ask your union: whoever told it late may apply for an exception")
_KNOWN_IN_TIME = "known_in_time(event)"


def evaluate_rules(
    event: EventFacts, facts: Mapping[str, FactValue], library: RuleLibrary
) -> tuple[Decision, ...]:
    """Return the decisions of all rules that apply to this member, ordered by rule id.

    :func:`find_version_day` selects the versions. ``facts`` are the member's, keyed like ``member.status``; a
    missing fact is unknown. A rule applies to a member whose organisation
    (or, without one, whose district) lies below its owner and for whom ``among`` holds.

    Raises: WrongFactError for a fact of another type than the catalogue states.
    """
    candidates = find_candidates(event, facts, library)
    made = [made for rule in candidates if (made := _decide(rule, event, facts, library)) is not None]
    return _with_rivals(made, candidates) if library.has_rivals else tuple(made)


def find_version_day(rule: Rule, event: EventFacts) -> date:
    """Return the day whose version of a rule decides: of what happened, if it is applied for within days of that."""
    return event.happened_on if rule.definition.has_term else event.version_on


def find_candidates(
    event: EventFacts, facts: Mapping[str, FactValue], library: RuleLibrary
) -> tuple[Rule, ...]:
    """Return the versions that look at an event of a member, by rule id.

    Of each rule the day of its version and the member's place are those that count for it.
    """
    here = _find_place(facts)
    if not library.looks_back or event.stated_day is None:
        return library.candidates(event.type, here, event.version_on) if here else ()
    then = _find_place(event.member_then or facts)
    chosen = {
        rule.id: rule
        for place in (here, then)
        for day in (event.version_on, event.happened_on)
        for rule in (library.candidates(event.type, place, day) if place else ())
        if day == find_version_day(rule, event) and place == (then if rule.definition.member_as_of else here)
    }
    return tuple(chosen[rule_id] for rule_id in sorted(chosen))


def _find_place(facts: Mapping[str, FactValue]) -> str | None:
    """Return the member's organisation, or without one the district; None if neither is known."""
    code = facts.get("member.organisation") or facts.get("member.district")
    return code if isinstance(code, str) else None


@dataclass(slots=True)
class _Look:
    """The evaluation of one rule for one member."""

    rule: Rule
    values: dict[str, FactValue]
    evaluators: tuple[Evaluator, ...]

    def checks(self, first: int) -> list[ConditionResult]:
        """Return the result of each required condition."""
        values, results = self.values, []
        for condition, evaluate in zip(self.rule.required, self.evaluators[first:], strict=False):
            verdict = evaluate(values)
            unknown = verdict is None and self.reads_unknown(condition)
            results.append(ConditionResult(condition, verdict is True, unknown, values))
        return results

    def reads_unknown(self, condition: Condition) -> bool:
        """Return whether a fact that a condition reads is unknown."""
        return None in [self.values[path] for path in condition.reads]

    def row(self, rows: tuple[Condition, ...], first: int) -> tuple[int | None, bool]:
        """Return the first row that holds; an undecided row before it leaves the amount unknown."""
        for index, condition in enumerate(rows):
            verdict = self.evaluators[first + index](self.values)
            if verdict:
                return index, False
            if verdict is None and self.reads_unknown(condition):
                return None, True
        return None, False

    def groups(self, first: int) -> list[int]:
        """Return the indexes of the lottery groups that the member belongs to."""
        evaluators = self.evaluators[first : first + len(self.rule.allocation.groups)]
        return [index for index, evaluate in enumerate(evaluators) if evaluate(self.values)]

    def find_binding_limits(self, first: int, conditions: list[ConditionResult]) -> list[bool] | None:
        """Return for each limit whether it binds the member; None if all do.

        A limit of which that isn't known is recorded as a condition that fails.
        """
        if len(self.evaluators) == first:  # the usual case
            return None
        limits = self.rule.limits
        evaluators, binding = iter(self.evaluators[first:]), []
        for limit in limits:
            verdict = next(evaluators)(self.values) if limit.where else True
            if limit.where and verdict is None and self.reads_unknown(limit.where):
                unknown = replace(limit.where, otherwise=LIMIT_FACT_UNKNOWN)
                conditions.append(ConditionResult(unknown, False, True, self.values))
            binding.append(verdict is not False)
        return binding

    def amounts_fen(self, first: int, conditions: list[ConditionResult]) -> tuple[list[int], int]:
        """Return the amount of every part and the index of the next conditions; record what is undecided."""
        amounts_fen = []
        for part in self.rule.parts:
            amount: BenefitAmount = part.amount
            if part.table is not None:
                row, unknown = self.row(part.rows, first)
                condition = part.table if row is None else part.matches[row]
                conditions.append(ConditionResult(condition, row is not None, unknown, self.values))
                amount = 0 if row is None else part.amounts[row]
                first += len(part.rows)
            if not isinstance(amount, int):
                amount = self.formula_amount_fen(part, amount, conditions)
            amounts_fen.append(amount)
        return amounts_fen, first

    def formula_amount_fen(
        self, part: BenefitPart, amount: FormulaAmount, conditions: list[ConditionResult]
    ) -> int:
        """Return the amount of an expression; record the expression with the values read and what it came to."""
        failure, unknown, amount_fen = "", False, 0
        results: dict[str, FactValue] = {}
        try:
            exact = amount.compute_exact(self.values)
            results[f"{AMOUNT_PREFIX}exact/{part.name}"] = str(exact)
            amount_fen = results[f"{AMOUNT_PREFIX}fen/{part.name}"] = amount.bound(exact)
        except FaultError as error:
            failure, unknown = error.faults[0].message, error.code == AMOUNT_UNKNOWN
        else:
            if not amount_fen and part.benefit.kind in ("cash", "voucher"):
                failure = AMOUNT_IS_ZERO
        expression = amount.expression
        terms = AmountTerms(
            None, None, None, amount.floor_fen, amount.ceiling_fen, amount.rounding, amount.to_fen
        )
        reads = (*expression.reads, *results)
        condition = Condition(expression.text, failure, None, reads, None, terms)
        conditions.append(ConditionResult(condition, not failure, unknown, {**self.values, **results}))
        return amount_fen


def _decide(
    rule: Rule, event: EventFacts, facts: Mapping[str, FactValue], library: RuleLibrary
) -> Decision | None:
    if rule.definition.member_as_of and event.member_then is not None:
        facts = event.member_then
    values = rule.compiled.read_facts(event, facts)
    look = _Look(rule, values, rule.compiled.evaluators)
    first = rule.first_required_index
    if first and not look.evaluators[0](values):
        return None
    conditions = look.checks(first)
    amounts_fen, groups = look.amounts_fen(first + len(rule.required), conditions)
    definition, on, version_on = rule.definition, event.occurred_on, event.version_on
    if definition.grace:
        conditions.append(_known_in_time(event, definition.resolve_duration(definition.grace)))
    happened_on = event.happened_on
    day = library.rule_day(rule, on, happened_on)
    binding = look.find_binding_limits(groups + len(rule.allocation.groups), conditions)
    limits = build_limit_slots(rule, day.periods, event, values, conditions, binding)
    conditions += day.outside
    quotas: tuple[Quota, ...] = ()
    entry = None
    if definition.allocate.mode != "everyone":
        quotas = build_quotas(rule, version_on, values, facts, conditions)
        entry = build_entry_terms(rule, values, look.groups(groups), conditions)
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
        quotas[0] if quotas else None,
        day.caps,
        day.demands,
        (),
        entry,
        definition.allocate.waiting_list,
        definition.id in library.depended_on,
        quotas[1:],
        event.submitted_on,
        None if happened_on == version_on else happened_on,
    )


def _known_in_time(event: EventFacts, grace: str) -> ConditionResult:
    """Judge by the event's own ``known_on``, never by a clock, so that a replay gives the same result.

    So are the submissions that chose the version: told late with an earlier day, none is a way around the grace.
    """
    told = ((event.occurred_on, event.known_on), *event.submissions)
    late = [known_on for day, known_on in told if known_on and known_on > last_day(day, grace)]
    condition = Condition(_KNOWN_IN_TIME, _TOO_LATE, _TOO_LATE_REMEDY, ("event.known_on",))
    return ConditionResult(
        condition, not late, False, {"event.known_on": late[0] if late else event.known_on}
    )


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


def may_consider_event(rule: Rule, event: Mapping[str, FactValue]) -> bool:
    """Return whether ``among`` can hold for an event of which these facts are known, whoever the member is.

    The member's facts count as not chosen yet, not as unknown: the answer is false only if it is for everybody.
    """
    if not rule.first_required_index:
        return True
    verdict = rule.compiled.evaluators[0](PartialFacts({**rule.definition.parameter_values, **event}))
    return verdict is True or verdict is UNDECIDED

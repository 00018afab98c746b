"""Quota and entry terms of a decision, for rules with limited places."""

from collections.abc import Mapping, Sequence
from datetime import date

from core.text_marks import N_
from rules.engine.day import format_key_part, outside_period_result
from rules.engine.decision import Condition, ConditionResult, EntryTerms, Quota
from rules.engine.rule import Rule
from rules.expressions.expression import Expression
from rules.facts import FactValue
from rules.model.amounts import compute_whole_number
from rules.model.period import Span, period_key
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

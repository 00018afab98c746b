"""Run test cases and compare each result with the expected one."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from rules.cases.cases import CaseHistory, RuleCase
from rules.engine.admission import Admission, DecisionUsage, PriorGrant, admit_decision
from rules.engine.decision import Decision, LimitSlots
from rules.engine.evaluate import evaluate_rules
from rules.engine.library import RuleLibrary
from rules.model.period import parse_period_key

ComparedValue = str | int | date | tuple[str | int | None, ...] | None
CASE_OUTCOMES = {"granted": "due", "entered": "entered", "waiting": "waiting", "refused": "refused"}
RULE_WORDED_REFUSALS = ("needs-other", "not-with-other", "better-given")
"""Refusals whose text stands in the rule."""


@dataclass(frozen=True, slots=True)
class CaseDifference:
    """One value that differs from the expected one."""

    name: str
    expected: ComparedValue
    actual: ComparedValue


@dataclass(frozen=True, slots=True)
class CaseRuling:
    """The result of one case; ``decision`` is None if the rule does not apply to the member."""

    case: RuleCase
    decision: Decision | None
    used: DecisionUsage
    admission: Admission | None
    differences: tuple[CaseDifference, ...]


def run_case(case: RuleCase, library: RuleLibrary, translate: Callable[[str], str] = str) -> CaseRuling:
    """Decide and admit one case as the ledger would; compare the product's own reasons in translation."""
    decisions = evaluate_rules(case.event, case.facts, library)
    decision = next((made for made in decisions if made.rule_id == case.rule), None)
    used = _used(case.before, decision) if decision else DecisionUsage()
    admission = admit_decision(decision, used) if decision and decision.benefits else None
    return CaseRuling(
        case, decision, used, admission, tuple(_differences(case, decision, admission, translate))
    )


def _used(before: CaseHistory, decision: Decision) -> DecisionUsage:
    return DecisionUsage(
        slots=[_taken(before, index, decision) for index in range(len(decision.limits))],
        quota=before.quota_used,
        budgets_left_fen=(
            {} if before.budget_left_fen is None else dict.fromkeys(decision.budgets, before.budget_left_fen)
        ),
        caps_fen=before.caps_fen,
        earlier=_earlier(before),
        better=frozenset(before.better),
        entries=before.entries,
        waiting=before.waiting,
    )


def _taken(before: CaseHistory, index: int, decision: Decision) -> dict[int, date]:
    """Return the taken slots of a limit: a grant of another period takes none of this one."""
    counts = before.granted
    if isinstance(counts, tuple):
        counts = counts[index] if index < len(counts) else 0
    days = [day for day in before.granted_on if _counts_on(day, decision.limits[index])]
    return dict(enumerate([*days, *[decision.counted_on] * counts], 1))


def _counts_on(day: date, limit: LimitSlots) -> bool:
    if limit.window_days is not None or not limit.period[:1].isdigit():
        return True
    first, last = parse_period_key(limit.period)
    return first <= day <= last


def _earlier(before: CaseHistory) -> dict[str, list[PriorGrant]]:
    found: dict[str, list[PriorGrant]] = {}
    for grant in before.earlier:
        found.setdefault(grant.rule, []).append(PriorGrant(grant.day, grant.used))
    return found


def _differences(
    case: RuleCase, decision: Decision | None, admission: Admission | None, translate: Callable[[str], str]
) -> Iterator[CaseDifference]:
    expected: dict[str, ComparedValue] = {
        name: getattr(case.expect, name) for name in case.expect.model_fields_set
    }
    if expected["outcome"] == "refused":
        expected.setdefault("not_known", ())  # a fact that the case forgot must not pass for a refusal
    said = _said(decision, admission, translate)
    for name, value in expected.items():
        if value != said.get(name):
            yield CaseDifference(name, value, said.get(name))


def _said(
    decision: Decision | None, admission: Admission | None, translate: Callable[[str], str]
) -> dict[str, ComparedValue]:
    """Return every value that a case can state as expected."""
    if decision is None:
        return {"outcome": "none"}
    missing = decision.missing
    refusals = admission.refusals if admission else ()
    admitted = admission is not None and admission.outcome != "refused"
    given = admission.of(decision).benefits if admission and admitted else ()
    return {
        "outcome": CASE_OUTCOMES[admission.outcome] if admission else decision.outcome,
        "amount_fen": _of_parts([due.amount_fen for due in given]),
        "quantity": _of_parts([due.quantity for due in given]),
        "expires_on": given[0].expires_on if given else None,
        "reasons": (
            *(translate(checked.else_text) for checked in missing),
            *(one.message if one.code in RULE_WORDED_REFUSALS else one.code for one in refusals),
        ),
        "remedies": (
            *(translate(checked.remedy) if checked.remedy else None for checked in missing),
            *(refusal.remedy for refusal in refusals if refusal.code in RULE_WORDED_REFUSALS),
        ),
        "not_known": tuple(sorted({path for c in missing if c.unknown for path in c.not_known})),
        "period": decision.limit.period,
        "key": decision.limit.key,
        "quota": decision.quota.size if decision.quota else None,
    }


def _of_parts(values: Sequence[int]) -> ComparedValue:
    """Return one value if there is one part, else one value for each part."""
    return values[0] if len(values) == 1 else tuple(values) or None

"""Decides the cases and says, side by side, what was expected and what came of it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from rules.cases.cases import Before, RuleCase
from rules.engine.admission import Admission, Earlier, Refusal, Used, admit
from rules.engine.decision import Decision
from rules.engine.evaluate import evaluate
from rules.engine.library import Library

Said = str | int | date | tuple[str | int | None, ...] | None
OUTCOMES = {"granted": "due", "entered": "entered", "waiting": "waiting", "refused": "refused"}
IN_RULES_WORDS = ("needs-other", "not-with-other", "better-given")
"""Refusals whose text stands in the rule."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that came out otherwise."""

    name: str
    expected: Said
    actual: Said


@dataclass(frozen=True, slots=True)
class Ruling:
    """What became of one case: nothing where the rule doesn't look at the member."""

    case: RuleCase
    decision: Decision | None
    used: Used
    admission: Admission | None
    differences: tuple[Difference, ...]


def run_case(case: RuleCase, library: Library, translate: Callable[[str], str] = str) -> Ruling:
    """Decides and admits one case as the ledger would; reasons of ours are compared as they are translated."""
    on = case.event.occurred_on
    decisions = evaluate(case.event, case.facts, library, on)
    decision = next((made for made in decisions if made.rule_id == case.rule), None)
    used = _used(case.before, decision) if decision else Used()
    admission = admit(decision, used) if decision and decision.benefits else None
    return Ruling(case, decision, used, admission, tuple(_differences(case, decision, admission, translate)))


def _used(before: Before, decision: Decision) -> Used:
    return Used(
        slots=[_taken(before, index, decision.occurred_on) for index in range(len(decision.limits))],
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


def _taken(before: Before, index: int, today: date) -> dict[int, date]:
    counts = before.granted
    if isinstance(counts, tuple):
        counts = counts[index] if index < len(counts) else 0
    return dict(enumerate([*before.granted_on, *[today] * counts], 1))


def _earlier(before: Before) -> dict[str, list[Earlier]]:
    found: dict[str, list[Earlier]] = {}
    for grant in before.earlier:
        found.setdefault(grant.rule, []).append(Earlier(grant.day, grant.used))
    return found


def _differences(
    case: RuleCase, decision: Decision | None, admission: Admission | None, translate: Callable[[str], str]
) -> Iterator[Difference]:
    expected: dict[str, Said] = {name: getattr(case.expect, name) for name in case.expect.model_fields_set}
    if expected["outcome"] == "refused":
        expected.setdefault("not_known", ())  # a fact that somebody forgot must not pass for a refusal
    said = _said(decision, admission, translate)
    for name, value in expected.items():
        if value != said.get(name):
            yield Difference(name, value, said.get(name))


def _said(
    decision: Decision | None, admission: Admission | None, translate: Callable[[str], str]
) -> dict[str, Said]:
    """All that a case can ask for."""
    if decision is None:
        return {"outcome": "none"}
    missing = decision.missing
    refusals = admission.refusals if admission else ()
    given = () if admission is None or admission.outcome == "refused" else decision.benefits
    return {
        "outcome": OUTCOMES[admission.outcome] if admission else decision.outcome,
        "amount_fen": _of_parts([due.amount_fen for due in given]),
        "quantity": _of_parts([due.quantity for due in given]),
        "expires_on": given[0].expires_on if given else None,
        "reasons": (*(translate(checked.else_text) for checked in missing), *map(_reason, refusals)),
        "remedies": (
            *(translate(checked.remedy) if checked.remedy else None for checked in missing),
            *(refusal.remedy for refusal in refusals if refusal.code in IN_RULES_WORDS),
        ),
        "not_known": tuple(sorted({path for c in missing if c.unknown for path in c.not_known})),
        "period": decision.limit.period,
        "key": decision.limit.key,
        "quota": decision.quota.size if decision.quota else None,
    }


def _of_parts(values: Sequence[int]) -> Said:
    """One value where there is one part, else one for each."""
    return values[0] if len(values) == 1 else tuple(values) or None


def _reason(refusal: Refusal) -> str:
    """What the rule says itself is said in its words; what the ledger says, by its code."""
    return refusal.message if refusal.code in IN_RULES_WORDS else refusal.code

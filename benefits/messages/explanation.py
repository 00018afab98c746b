"""The explanation that is stored with every decision: each condition with the values read."""

from collections.abc import Mapping, Sequence

from pydantic_core import to_json

from benefits.model.ruling import Reason
from rules import Admission, ConditionResult, Decision


def condition_reasons(decision: Decision) -> tuple[Reason, ...]:
    """Return one reason for each condition that doesn't hold, in the rule's own words."""
    return tuple(_reason(checked) for checked in decision.missing)


def _reason(checked: ConditionResult) -> Reason:
    if checked.unknown:
        return Reason(
            "unknown", checked.else_text, checked.remedy or "", {"facts": "、".join(checked.not_known)}
        )
    return Reason("condition", checked.else_text, checked.remedy or "")


def admission_reasons(admission: Admission) -> tuple[Reason, ...]:
    """Return one reason for each bound that leaves no room."""
    return tuple(Reason(r.code, r.message, r.remedy, r.params) for r in admission.refusals)


def explanation_text(decision: Decision, reasons: Sequence[Reason], uses: Mapping[str, int]) -> str:
    """Return the explanation as JSON, the same for the same decision.

    It holds the rule's title, each condition with the values read, and every reason for a refusal. ``uses`` is
    what a grant takes of which counter, so that counters can be proved and given back.
    """
    content = {
        "title": decision.rule_title,
        "conditions": [_condition_json(checked) for checked in decision.conditions],
        "reasons": [
            {"code": reason.code, "text": reason.text, "remedy": reason.remedy, "params": dict(reason.params)}
            for reason in reasons
        ],
        "uses": dict(uses),
    }
    return to_json(content).decode()


def _condition_json(checked: ConditionResult) -> dict[str, object]:
    condition, values = checked.condition, checked.values
    return {
        "that": condition.that,
        "holds": checked.holds,
        "unknown": checked.unknown,
        "values": {path: values[path] for path in condition.reads},
        "else": checked.else_text,
        "remedy": condition.remedy,
    }

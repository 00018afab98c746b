"""The explanation that is stored with every decision: each condition with the values read.

The words of an explanation (the title, each condition, the reason and the remedy) are the same for thousands of
decisions. They are stored once, as a form, and a decision stores the form's id and what differs: the values
read, which conditions hold, and the reasons that don't follow from these. ``expand_explanation`` puts both
together again, to the byte of ``render_explanation``.

What members were told must stay the same: whoever changes how reasons follow from conditions (``_reason``,
``ConditionResult.else_text``, ``_MARKS``) has to store the reasons of old decisions as they were read until then.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache
from hashlib import sha256
from typing import Any

from pydantic_core import from_json, to_json

from benefits.model.ruling import Reason
from rules import Admission, AmountTerms, Condition, ConditionResult, Decision

_STATUS, _NO_MEMBERSHIP = "member.status", frozenset({"left", "deceased", "none"})


def condition_reasons(decision: Decision) -> tuple[Reason, ...]:
    """Return one reason for each condition that doesn't hold, in the rule's own words.

    Where a reason is that somebody is no member, facts of a member are not missing, and no reason names them.
    """
    return _reasons(decision.conditions)


def _reasons(conditions: Iterable[ConditionResult]) -> tuple[Reason, ...]:
    failed = [checked for checked in conditions if not checked.holds]
    if any(_names_no_member(checked) for checked in failed):
        failed = [checked for checked in failed if not (checked.unknown and _lacks_facts_of_member(checked))]
    return tuple(_reason(checked) for checked in failed)


def _names_no_member(checked: ConditionResult) -> bool:
    return _STATUS in checked.condition.reads and checked.values[_STATUS] in _NO_MEMBERSHIP


def _lacks_facts_of_member(checked: ConditionResult) -> bool:
    return all(path.startswith("member.") for path in checked.not_known)


def _reason(checked: ConditionResult) -> Reason:
    if checked.unknown:
        return Reason(
            "unknown", checked.else_text, checked.remedy or "", {"facts": "、".join(checked.not_known)}
        )
    return Reason("condition", checked.else_text, checked.remedy or "", checked.remedy_params)


def admission_reasons(admission: Admission) -> tuple[Reason, ...]:
    """Return one reason for each bound that leaves no room."""
    return tuple(Reason(r.code, r.message, r.remedy, r.params) for r in admission.refusals)


_KEPT_FORMS = 10_000
_ID_DIGITS = 32
_WORDS = ("that", "otherwise", "remedy", "reads", "least", "amount")  # of a condition
# How a condition came out, by whether it holds and whether a value was unknown.
_MARKS = {(True, False): "1", (False, False): "0", (False, True): "?", (True, True): "!"}
_MEANINGS = {mark: meaning for meaning, mark in _MARKS.items()}


@dataclass(frozen=True)
class ExplanationForm:
    """The words that explanations have in common: the rule's title and its conditions."""

    title: str
    conditions: tuple[Condition, ...]

    @cached_property
    def content(self) -> str:
        """The form as JSON, the same for the same form."""
        conditions = [asdict(one) for one in self.conditions]
        return to_json({"title": self.title, "conditions": conditions}).decode()

    @cached_property
    def id(self) -> str:
        """The digest of the content."""
        return compute_form_id(self.content)

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """The values that the conditions read, each once, in the order of an explanation's values."""
        return tuple(dict.fromkeys(path for one in self.conditions for path in one.reads))


def compute_form_id(content: str) -> str:
    """Return the id of a form: the first half of the SHA-256 of its content."""
    return sha256(content.encode()).hexdigest()[:_ID_DIGITS]


@lru_cache(maxsize=_KEPT_FORMS)
def _find_form(title: str, conditions: tuple[Condition, ...]) -> ExplanationForm:
    return ExplanationForm(title, conditions)


@lru_cache(maxsize=_KEPT_FORMS)
def parse_form(content: str) -> ExplanationForm:
    """Parse the JSON of a form. *Raises*: ValueError, KeyError or TypeError if it is none."""
    found = from_json(content)
    words = ({name: one[name] for name in _WORDS} for one in found["conditions"])
    return ExplanationForm(found["title"], tuple(_parse_condition(one) for one in words))


def _parse_condition(words: Mapping[str, Any]) -> Condition:
    amount = words["amount"]
    terms = None if amount is None else AmountTerms(**amount)
    return Condition(**{**words, "reads": tuple(words["reads"]), "amount": terms})


def form_of(decision: Decision) -> ExplanationForm:
    """Return the form of a decision's explanation."""
    return _find_form(decision.rule_title, tuple(checked.condition for checked in decision.conditions))


def explanation_text(decision: Decision, reasons: Sequence[Reason], uses: Mapping[str, int]) -> str:
    """Return the JSON that a decision stores: the id of the form, the values read, what holds, and other reasons.

    ``uses`` is what a grant takes of which counter, so that counters can be proved and given back; it comes last.
    Where two conditions read different values of one path, the explanation is stored whole.
    """
    form = form_of(decision)
    values: dict[str, object] = {}
    for checked in decision.conditions:
        for path in checked.condition.reads:
            value = checked.values[path]
            if values.setdefault(path, value) is not value and to_json(values[path]) != to_json(value):
                return to_json(render_explanation(decision, reasons, uses)).decode()
    content: dict[str, object] = {
        "form": form.id,
        "holds": "".join(_MARKS[checked.holds, checked.unknown] for checked in decision.conditions),
        "values": list(values.values()),
    }
    if reasons and tuple(reasons) != _reasons(decision.conditions):
        content["reasons"] = _reasons_json(reasons)
    elif not reasons and decision.missing:
        content["reasons"] = []
    content["uses"] = uses
    return to_json(content).decode()


def form_id(text: str) -> str | None:
    """Return the id of the form that a stored explanation needs; None for one that is whole, or erased.

    *Raises*: ValueError or TypeError if it is no explanation.
    """
    found = dict(from_json(text)).get("form")
    return None if found is None else str(found)


def expand_explanation(text: str, forms: Mapping[str, ExplanationForm]) -> dict[str, Any]:
    """Return a stored explanation with the words of its form: title, conditions, reasons and uses.

    One that was stored whole, or was erased, is returned as it is. *Raises*: KeyError if its form isn't there.
    """
    content: dict[str, Any] = from_json(text)
    if "form" not in content:
        return content
    form = forms[content["form"]]
    values = dict(zip(form.paths, content["values"], strict=True))
    conditions = [
        ConditionResult(condition, *_MEANINGS[mark], values)
        for condition, mark in zip(form.conditions, content["holds"], strict=True)
    ]
    reasons = content["reasons"] if "reasons" in content else _reasons_json(_reasons(conditions))
    return _content(form.title, conditions, reasons, content["uses"])


def render_explanation(
    decision: Decision, reasons: Sequence[Reason], uses: Mapping[str, int]
) -> dict[str, Any]:
    """Return the whole explanation of a decision, as ``expand_explanation`` does of a stored one."""
    whole = _content(decision.rule_title, decision.conditions, _reasons_json(reasons), dict(uses))
    found: dict[str, Any] = from_json(to_json(whole))
    return found


def _content(
    title: str,
    conditions: Iterable[ConditionResult],
    reasons: Sequence[Mapping[str, object]],
    uses: Mapping[str, int],
) -> dict[str, Any]:
    return {
        "title": title,
        "conditions": [_condition_json(checked) for checked in conditions],
        "reasons": reasons,
        "uses": uses,
    }


def _reasons_json(reasons: Iterable[Reason]) -> list[dict[str, object]]:
    return [
        {"code": reason.code, "text": reason.text, "remedy": reason.remedy, "params": dict(reason.params)}
        for reason in reasons
    ]


def _condition_json(checked: ConditionResult) -> dict[str, object]:
    condition, values = checked.condition, checked.values
    return {
        "that": condition.that,
        "holds": checked.holds,
        "unknown": checked.unknown,
        "values": {path: values[path] for path in condition.reads},
        "else": checked.else_text,
        "remedy": condition.remedy,
        "amount": None if condition.amount is None else asdict(condition.amount),
    }

"""A version that ends earlier than its file says, since something else follows; it keeps its hash."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from rules.engine.rule import Rule
from rules.model.span import Span
from rules.overrides.file import AdaptationDefinition

Amend = Callable[[Rule], Rule | None]
"""What is made of a rule that was read; None: it never holds."""
AmendAdaptation = Callable[[AdaptationDefinition, str], AdaptationDefinition | None]
"""The same of an adaptation, with the name of its file."""


def as_written(rule: Rule) -> Rule:
    """Nothing is changed."""
    return rule


def ended(rule: Rule, last_day: date) -> Rule | None:
    """The version until a last day; None where it would have begun only later.

    Its programme stays what it was: limits and quotas by programme period go on counting.
    """
    span = rule.definition.in_force
    if span.since > last_day:
        return None
    if span.until is not None and span.until <= last_day:
        return rule
    fewer = {
        "in_force": Span.model_validate({"from": span.since, "until": last_day}),
        "programme": rule.definition.programme_span,
    }
    return replace(rule, definition=rule.definition.model_copy(update=fewer))


def adaptation_as_written(adaptation: AdaptationDefinition, file: str) -> AdaptationDefinition:
    """Nothing is changed."""
    return adaptation


def adaptation_ended(adaptation: AdaptationDefinition, last_day: date) -> AdaptationDefinition | None:
    """The adaptation until a last day; None where it would have begun only later."""
    span = adaptation.in_force
    if span.since > last_day:
        return None
    if span.until is not None and span.until <= last_day:
        return adaptation
    left = Span.model_validate({"from": span.since, "until": last_day})
    return adaptation.model_copy(update={"in_force": left})

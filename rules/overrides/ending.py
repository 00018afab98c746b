"""End a rule version earlier than its file says, because another version follows. The hash stays the same."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from rules.engine.rule import Rule
from rules.model.span import Span
from rules.overrides.file import AdaptationDefinition

RuleAmendment = Callable[[Rule], Rule | None]
"""What is made of a rule that was read; None: it never holds."""
AdaptationAmendment = Callable[[AdaptationDefinition, str], AdaptationDefinition | None]
"""The same of an adaptation, with the name of its file."""


def leave_rule_unchanged(rule: Rule) -> Rule:
    """Return the rule unchanged."""
    return rule


def end_rule_on(rule: Rule, last_day: date) -> Rule | None:
    """Return the version ending on ``last_day``, or None if the version begins after that day.

    The programme span stays, so that limits and quotas by programme period continue to count.
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


def leave_adaptation_unchanged(adaptation: AdaptationDefinition, file: str) -> AdaptationDefinition:
    """Return the adaptation unchanged."""
    return adaptation


def end_adaptation_on(adaptation: AdaptationDefinition, last_day: date) -> AdaptationDefinition | None:
    """Return the adaptation ending on ``last_day``, or None if it begins after that day."""
    span = adaptation.in_force
    if span.since > last_day:
        return None
    if span.until is not None and span.until <= last_day:
        return adaptation
    left = Span.model_validate({"from": span.since, "until": last_day})
    return adaptation.model_copy(update={"in_force": left})

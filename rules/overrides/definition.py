"""A file that adapts a higher level's rule, and amendments that end a rule or an adaptation early."""

from datetime import date
from typing import Annotated

from pydantic import Field

from rules.engine.rule import Rule
from rules.model.definition import Requirement
from rules.model.figures import Basis, ParameterValue
from rules.model.period import Span
from rules.model.terms import LowerLevels
from rules.yaml.wording import NonEmptyText, ParameterName, SlugName, StrictFileModel, TerritoryCode


class Addition(StrictFileModel):
    """An additional part of the benefit, paid out of the lower level's budget."""

    amount_fen: Annotated[int, Field(ge=1, le=10**12)]
    budget: SlugName
    title: NonEmptyText | None = None


class AdaptationDefinition(StrictFileModel):
    """One adaptation: parameters to set, conditions to add, an amount to add, fewer rights for lower levels.

    Without ``until`` it holds as long as the rule. ``lower_levels`` may only take away from what the
    levels below may do.
    """

    adapts: SlugName
    owner: TerritoryCode
    title: NonEmptyText
    basis: Annotated[tuple[Basis, ...], Field(min_length=1)]
    in_force: Span
    values: Annotated[dict[ParameterName, ParameterValue], Field(max_length=30)] = Field(
        default_factory=dict, alias="set"
    )
    require: Annotated[tuple[Requirement, ...], Field(max_length=20)] = ()
    top_up: Addition | None = None
    lower_levels: LowerLevels | None = None

    @property
    def id(self) -> str:
        """The id that all its versions share: the rule and the owner (``birthday-cake@370200``)."""
        return f"{self.adapts}@{self.owner}"


class Amendments:
    """What is made of each rule and adaptation that is read; this one leaves all unchanged."""

    def rule(self, rule: Rule) -> Rule | None:
        """Return what holds of a rule; None if it never holds."""
        return rule

    def adaptation(self, adaptation: AdaptationDefinition, file: str) -> AdaptationDefinition | None:
        """Return what holds of the adaptation in a file; None if it never holds."""
        return adaptation


def end_rule_on(rule: Rule, last_day: date) -> Rule | None:
    """Return the version ending on ``last_day``, or None if the version begins after that day.

    The programme span stays, so that limits and quotas by programme period continue to count.
    """
    span = rule.definition.in_force.ending_on(last_day)
    if span is None or span is rule.definition.in_force:
        return rule if span else None
    return rule.during(span)


def end_adaptation_on(adaptation: AdaptationDefinition, last_day: date) -> AdaptationDefinition | None:
    """Return the adaptation ending on ``last_day``, or None if it begins after that day."""
    span = adaptation.in_force.ending_on(last_day)
    return None if span is None else adaptation.model_copy(update={"in_force": span})

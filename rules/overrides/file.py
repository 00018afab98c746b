"""What a file may say that adapts a higher level's rule for the organisations below its owner."""

from typing import Annotated

from pydantic import Field

from rules.model.adaptation import LowerLevels
from rules.model.basis import Basis
from rules.model.definition import Requirement
from rules.model.parameter import ParameterValue
from rules.model.span import Span
from rules.yaml.wording import Code, Document, Name, Text, Word


class Addition(Document):
    """What is added to the benefit: a part of its own, paid out of the lower level's budget."""

    amount_fen: Annotated[int, Field(ge=1, le=10**12)]
    budget: Name
    title: Text | None = None


class AdaptationDefinition(Document):
    """One adaptation: parameters set, conditions added, an amount added, less left to those below.

    Without ``until`` it holds as long as the rule. ``lower_levels`` may only take away from what the
    levels below may do.
    """

    adapts: Name
    owner: Code
    title: Text
    basis: Annotated[tuple[Basis, ...], Field(min_length=1)]
    in_force: Span
    values: Annotated[dict[Word, ParameterValue], Field(max_length=30)] = Field(
        default_factory=dict, alias="set"
    )
    require: Annotated[tuple[Requirement, ...], Field(max_length=20)] = ()
    top_up: Addition | None = None
    lower_levels: LowerLevels | None = None

    @property
    def id(self) -> str:
        """What its versions share: the rule, and for whom (``birthday-cake@370200``)."""
        return f"{self.adapts}@{self.owner}"

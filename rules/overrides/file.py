"""Format of a file that adapts a higher level's rule for the organisations below its owner."""

from typing import Annotated

from pydantic import Field

from rules.model.adaptation import LowerLevels
from rules.model.basis import Basis
from rules.model.definition import Requirement
from rules.model.parameter import ParameterValue
from rules.model.span import Span
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

"""Dependency of one rule on the grants of another."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from core.text_marks import N_
from rules.model.every import CountingPeriod
from rules.yaml.wording import Duration, MemberMessage, SlugName, StrictFileModel


class Dependency(StrictFileModel):
    """Exactly one of: ``after`` a benefit was granted or used, ``not_with`` one of the same period,
    ``better_of`` this one and others that are due on the same event.
    """

    after: SlugName | None = None
    state: Literal["granted", "used"] = "granted"
    within: Duration | None = None
    not_with: SlugName | None = None
    every: CountingPeriod = "rule_lifetime"
    better_of: Annotated[tuple[SlugName, ...], Field(min_length=1, max_length=20)] | None = None
    otherwise: MemberMessage = Field(alias="else")
    remedy: MemberMessage | None = None

    @property
    def rules(self) -> tuple[str, ...]:
        """The ids of the other rules."""
        return self.better_of or tuple(name for name in (self.after, self.not_with) if name)

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if sum(part is not None for part in (self.after, self.not_with, self.better_of)) != 1:
            raise PydanticCustomError(
                "dependency", N_("exactly one of after:, not_with: and better_of: stands here: {value}")
            )
        alien = {"state", "within"} if self.after is None else set()
        alien |= {"every"} if self.not_with is None else set()
        if alien & self.model_fields_set:
            raise PydanticCustomError(
                "dependency", N_("state: and within: go with after:, every: with not_with:, this is {value}")
            )
        return self

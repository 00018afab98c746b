"""Limit on how often a benefit is granted."""

from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from core.text_marks import N_
from rules.model.every import CountingPeriod
from rules.yaml.wording import NonEmptyText, StrictFileModel, TimesFigure


class Limit(StrictFileModel):
    """At most ``times`` grants for each combination of ``per`` (``member`` or facts) in each period."""

    times: TimesFigure
    per: Annotated[tuple[NonEmptyText, ...], Field(min_length=1, max_length=10)] = ("member",)
    every: CountingPeriod

    @model_validator(mode="after")
    def _once_is_once(self) -> Self:
        if self.every == "once" and self.times != 1:
            raise PydanticCustomError("limit", N_("every: once goes with times: 1, this is {value}"))
        return self

"""How often somebody may be granted a benefit."""

from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from rules.model.every import Every
from rules.yaml.wording import Document, Text, Times

N_ = str  # marks a text for the message catalogue


class Limit(Document):
    """``times`` for each combination of ``per`` (``member`` or facts) in each period."""

    times: Times
    per: Annotated[tuple[Text, ...], Field(min_length=1, max_length=10)] = ("member",)
    every: Every

    @model_validator(mode="after")
    def _once_is_once(self) -> Self:
        if self.every == "once" and self.times != 1:
            raise PydanticCustomError("limit", N_("every: once goes with times: 1, this is {value}"))
        return self

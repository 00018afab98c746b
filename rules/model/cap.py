"""Ceilings that no rule may pass."""

from datetime import date
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from rules.model.basis import Basis
from rules.yaml.wording import Document, Name, Text

N_ = str  # marks a text for the message catalogue


class CapAmount(Document):
    """What a cap allows within a span, and where that was read."""

    since: date = Field(alias="from")
    amount_fen: Annotated[int, Field(ge=1, le=10**12)]
    basis: Basis


class CapDefinition(Document):
    """A ceiling: for each grant, or for all that a member is granted in a calendar year.

    Each amount holds until the next one begins.
    """

    cap: Name
    title: Text
    per: Literal["grant", "member_and_year"]
    amounts: Annotated[tuple[CapAmount, ...], Field(min_length=1)]
    note: Text | None = None

    @model_validator(mode="after")
    def _ascend(self) -> Self:
        days = [amount.since for amount in self.amounts]
        if any(later <= earlier for earlier, later in pairwise(days)):
            raise PydanticCustomError("cap", N_("the amounts stand in the order of their from: dates"))
        return self

    def at(self, day: date) -> CapAmount | None:
        """What is allowed on a day; None before the first amount."""
        return next((amount for amount in reversed(self.amounts) if amount.since <= day), None)

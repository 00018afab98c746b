"""Caps that no rule may exceed."""

from datetime import date
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from core.text_marks import N_
from rules.model.basis import Basis
from rules.yaml.wording import NonEmptyText, SlugName, StrictFileModel


class CapAmount(StrictFileModel):
    """Amount that a cap allows from a day on, with its source."""

    since: date = Field(alias="from")
    amount_fen: Annotated[int, Field(ge=1, le=10**12)]
    basis: Basis


class CapDefinition(StrictFileModel):
    """A cap for each grant, or for the total that a member is granted in a calendar year.

    Each amount holds until the next one begins.
    """

    cap: SlugName
    title: NonEmptyText
    per: Literal["grant", "member_and_year"]
    amounts: Annotated[tuple[CapAmount, ...], Field(min_length=1)]
    note: NonEmptyText | None = None

    @model_validator(mode="after")
    def _ascend(self) -> Self:
        days = [amount.since for amount in self.amounts]
        if any(later <= earlier for earlier, later in pairwise(days)):
            raise PydanticCustomError("cap", N_("the amounts stand in the order of their from: dates"))
        return self

    def amount_on(self, day: date) -> CapAmount | None:
        """Return the amount in force on a day; None before the first one."""
        return next((amount for amount in reversed(self.amounts) if amount.since <= day), None)

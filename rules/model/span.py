"""A span of civil dates."""

from datetime import date
from typing import Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from core.text_marks import N_
from rules.yaml.wording import StrictFileModel


class Span(StrictFileModel):
    """Civil dates, both included; without ``until`` the span is open."""

    since: date = Field(alias="from")
    until: date | None = None

    @model_validator(mode="after")
    def _runs_forward(self) -> Self:
        if self.until and self.until < self.since:
            raise PydanticCustomError("span", N_("until: comes before from: in {value}"))
        return self

    def holds(self, day: date) -> bool:
        """Return whether a day lies within the span."""
        return self.since <= day and (self.until is None or day <= self.until)

    def encloses(self, other: "Span") -> bool:
        """Return whether every day of the other span lies within this one."""
        ends_in_time = self.until is None or (other.until is not None and other.until <= self.until)
        return self.since <= other.since and ends_in_time

    def overlaps(self, other: "Span") -> bool:
        """Return whether two spans share a day."""
        return (other.until is None or self.since <= other.until) and (
            self.until is None or other.since <= self.until
        )

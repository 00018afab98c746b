"""What is said about stations: the typed payloads of the ``station.*`` events."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

StationId = Annotated[str, Field(min_length=1, max_length=128)]
Reporter = Annotated[str, Field(pattern=r"^[0-9a-f]{16,64}$")]  # a keyed hash, never a person's name


class Observation(StrEnum):
    """What a rider found at the door."""

    FINE = "fine"
    CLOSED = "closed"
    LOCKED = "locked"
    CROWDED = "crowded"
    BROKEN = "broken"
    WRONG_PLACE = "wrong_place"


class _Payload(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Reported(_Payload):
    """``station.reported``: somebody who was there says how it was."""

    station: StationId
    observation: Observation
    reporter: Reporter | None = None
    facility: str | None = Field(default=None, min_length=1, max_length=40)

    @model_validator(mode="after")
    def _broken_is_something(self) -> Self:
        if (self.observation is Observation.BROKEN) != (self.facility is not None):
            raise ValueError("a facility is named when it is broken, and only then")
        return self


class Searched(_Payload):
    """``station.searched``: somebody looked and found nothing open. Cell and hour, nothing else.

    ``cell`` is an H3 cell; ``hour`` counts the hours of the week from Monday 00:00 in Shanghai.
    """

    cell: str = Field(pattern=r"^[0-9a-f]{15}$")
    hour: int = Field(ge=0, le=167)


class ClosedToday(_Payload):
    """``station.closed_today``: the keeper closes for one civil day (Asia/Shanghai)."""

    station: StationId
    on: date
    reason: str = Field(default="", max_length=200)


class ExceptionSet(_Payload):
    """``station.exception_set``: other hours on dates that the keeper names; empty hours: closed."""

    station: StationId
    first: date
    last: date
    hours_text: str = Field(default="", max_length=200)
    reason: str = Field(default="", max_length=200)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last < self.first:
            raise ValueError(f"the last day {self.last} is before the first day {self.first}")
        return self


class Inspected(_Payload):
    """``station.inspected``: an officer was there; what is missing from the standard, if anything."""

    station: StationId
    on: date
    meets_standard: bool
    missing: tuple[Annotated[str, Field(min_length=1, max_length=80)], ...] = ()

    @model_validator(mode="after")
    def _missing_means_not_met(self) -> Self:
        if self.meets_standard and self.missing:
            raise ValueError("a station that meets the standard misses nothing")
        return self

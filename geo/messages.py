"""Typed payloads of the ``station.*`` events."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from core.text_marks import N_

# the number that identifies a report to its rider
ReportNumber = Annotated[str, Field(pattern=r"^[a-z2-7]{4}(-[a-z2-7]{4}){3}$")]
StationId = Annotated[str, Field(min_length=1, max_length=128)]
Reporter = Annotated[str, Field(pattern=r"^[0-9a-f]{16,64}$")]  # a keyed hash, never a person's name
# identifies the key that was used, never the key itself
KeeperKeyId = Annotated[str, Field(pattern=r"^[a-z2-7]{8}$")]
PublicText = Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]  # shown to riders
HoursText = Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x09\x0b-\x1f\x7f-\x9f]*$")]
MAX_EXCEPTION_DAYS = 366


H3Cell = Annotated[str, Field(pattern=r"^[0-9a-f]{15}$")]  # id of a cell of H3
HourOfWeek = Annotated[int, Field(ge=0, le=167)]  # from Monday 00:00 in Shanghai
MAX_SEARCHES_PER_EVENT = 1_000_000  # of one event
MAX_USES_PER_EVENT = 100_000  # of one event


class Observation(StrEnum):
    """What a rider found at the door."""

    FINE = "fine"
    CLOSED = "closed"
    LOCKED = "locked"
    CROWDED = "crowded"
    BROKEN = "broken"
    WRONG_PLACE = "wrong_place"


class Answer(StrEnum):
    """A keeper's answer to a rider's report."""

    FIXED = "fixed"
    OPEN_NOW = "open_now"
    ON_IT = "on_it"
    CANNOT_FIND = "cannot_find"
    THANKS = "thanks"
    CORRECTED = "corrected"  # given by a change of the register alone, like the next
    RESTORED = "restored"
    WITHDRAWN = "withdrawn"  # by the rider, who takes it back


class _Payload(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Reported(_Payload):
    """``station.reported``: somebody who was there says how it was.

    A rider is known by ``reporter``, a keeper by ``keeper``; who is neither is heard, but doesn't count.
    ``is_over``: a keeper says that the door is locked no more, or that it is crowded no more.
    ``lon`` and ``lat`` (WGS84): where a place really is that was not found where the map shows it.
    """

    station: StationId
    observation: Observation
    reporter: Reporter | None = None
    keeper: KeeperKeyId | None = None
    facility: Annotated[PublicText, Field(min_length=1, max_length=40)] | None = None  # broken, or fine again
    is_over: bool = False
    lon: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)] | None = None
    lat: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)] | None = None

    @model_validator(mode="after")
    def _broken_is_something(self) -> Self:
        named = self.facility is not None
        if named != (self.observation is Observation.BROKEN) and self.observation is not Observation.FINE:
            raise PydanticCustomError(
                "facility", N_("name a facility when it is broken or works again, and only then")
            )
        return self

    @model_validator(mode="after")
    def _what_is_over_can_end(self) -> Self:
        ends = (Observation.LOCKED, Observation.CROWDED)
        if self.is_over and (self.keeper is None or self.observation not in ends):
            raise PydanticCustomError(
                "is_over", N_("only a keeper says that it is locked or crowded no more, and only of these")
            )
        return self

    @model_validator(mode="after")
    def _pin_is_whole(self) -> Self:
        if (self.lon is None) != (self.lat is None):
            raise PydanticCustomError("pin", N_("longitude and latitude are given together or not at all"))
        if self.lon is not None and self.observation is not Observation.WRONG_PLACE:
            raise PydanticCustomError(
                "pin", N_("a point goes with wrong_place only: it is where the place is")
            )
        return self

    @model_validator(mode="after")
    def _one_speaker(self) -> Self:
        if self.reporter is not None and self.keeper is not None:
            raise PydanticCustomError("speaker", N_("a report comes from a rider or from a keeper, not both"))
        return self


class Searched(_Payload):
    """``station.searched``: so many looked for a place, and ``found`` one open near them or did not.

    ``cell`` is an H3 cell, ``hour`` the hour of the week that they asked about. Nothing else is told: no
    position, no person, no second.
    """

    cell: H3Cell
    hour: HourOfWeek
    found: bool = False
    count: int = Field(default=1, ge=1, le=MAX_SEARCHES_PER_EVENT)


class Used(_Payload):
    """``station.used``: so many rested at a station within one hour; nothing says who.

    ``hour`` is the hour of the week in which they did, from Monday 00:00 in Shanghai.
    """

    station: StationId
    hour: HourOfWeek
    count: int = Field(default=1, ge=1, le=MAX_USES_PER_EVENT)


class Answered(_Payload):
    """``station.answered``: what a keeper, or without one an officer, answers to a rider's report, called by its number.

    ``withdrawn``: the rider takes it back.
    """

    station: StationId
    keeper: KeeperKeyId | None = None
    report: ReportNumber
    answer: Answer
    note: PublicText = ""

    @field_validator("answer")
    @classmethod
    def _corrected_by_a_change(cls, answer: Answer) -> Answer:
        if answer in (Answer.CORRECTED, Answer.RESTORED):
            raise PydanticCustomError(
                "corrected", N_("a change of the register alone answers that it was corrected")
            )
        return answer


class ClosedToday(_Payload):
    """``station.closed_today``: the keeper, or without one an officer, closes for one civil day (Asia/Shanghai)."""

    station: StationId
    on: date
    reason: PublicText = ""
    keeper: KeeperKeyId | None = None


class ExceptionSet(_Payload):
    """``station.exception_set``: other hours on dates that the keeper, or without one an officer, names.

    Empty hours: closed. 照常: the usual hours after all. The later of two exceptions holds.
    """

    station: StationId
    first: date
    last: date
    hours_text: HoursText = ""
    reason: PublicText = ""
    keeper: KeeperKeyId | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last < self.first:
            raise PydanticCustomError("order", N_("the last day lies before the first day"))
        if (self.last - self.first).days >= MAX_EXCEPTION_DAYS:
            raise PydanticCustomError("too_long", N_("an exception lasts a year at most"))
        return self


class Inspected(_Payload):
    """``station.inspected``: an officer was there; what is missing from the standard, if anything."""

    station: StationId
    on: date
    meets_standard: bool
    missing: tuple[Annotated[PublicText, Field(min_length=1, max_length=80)], ...] = Field((), max_length=50)
    keeper: KeeperKeyId | None = None

    @model_validator(mode="after")
    def _missing_means_not_met(self) -> Self:
        if self.meets_standard and self.missing:
            raise PydanticCustomError("standard", N_("a station that meets the standard misses nothing"))
        return self


# the payloads of events that concern one station's status
StationPayload = Reported | Answered | ClosedToday | ExceptionSet | Inspected

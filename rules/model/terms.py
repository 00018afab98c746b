"""Terms of a rule: limits, dependencies, claim, clawback, and what lower levels may change."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from core.text_marks import N_
from rules.model.period import CountingPeriod
from rules.yaml.wording import (
    Duration,
    MemberMessage,
    NonEmptyText,
    ParameterName,
    SlugName,
    StrictFileModel,
    TimesFigure,
)

SharedName = Annotated[str, StringConstraints(pattern=r"""^[^\s|/&='"]{1,30}$""")]
"""The name of a limit that several rules of one owner share."""


class Limit(StrictFileModel):
    """At most ``times`` grants for each combination of ``per`` (``member`` or facts) in each period.

    All rules of its owner whose limit is ``shared`` by the same name count together. Whom ``where`` doesn't hold for
    is not limited by it.
    """

    times: TimesFigure
    per: Annotated[tuple[NonEmptyText, ...], Field(min_length=1, max_length=10)] = ("member",)
    every: CountingPeriod
    shared: SharedName | None = None
    where: NonEmptyText | None = None

    @model_validator(mode="after")
    def _once_is_once(self) -> Self:
        if self.every == "once" and self.times != 1:
            raise PydanticCustomError("limit", N_("every: once goes with times: 1, this is {value}"))
        return self


class Dependency(StrictFileModel):
    """Exactly one of: ``after`` a benefit was granted or used, ``better_of`` this one and others that are due on
    the same event.
    """

    after: SlugName | None = None
    state: Literal["granted", "used"] = "granted"
    within: Duration | None = None
    better_of: Annotated[tuple[SlugName, ...], Field(min_length=1, max_length=20)] | None = None
    otherwise: MemberMessage = Field(alias="else")
    remedy: MemberMessage | None = None

    @property
    def rules(self) -> tuple[str, ...]:
        """The ids of the other rules."""
        return self.better_of or ((self.after,) if self.after else ())

    @model_validator(mode="before")
    @classmethod
    def _excludes_by_limit(cls, stated: object) -> object:
        if isinstance(stated, dict) and "not_with" in stated:
            raise PydanticCustomError(
                "dependency",
                N_(
                    "instead of not_with: both rules have a limit that they share, like limit: {{times: 1, per: [member], every: calendar_year, shared: 礼品}}; this is {value}"
                ),
            )
        return stated

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.after is None) == (self.better_of is None):
            raise PydanticCustomError(
                "dependency", N_("exactly one of after: and better_of: stands here: {value}")
            )
        if self.after is None and {"state", "within"} & self.model_fields_set:
            raise PydanticCustomError("dependency", N_("state: and within: go with after:, this is {value}"))
        return self


class Claim(StrictFileModel):
    """A grant lapses unless the member claims it ``within`` this time."""

    within: Duration


WaitingValue = Literal["keep", "reprice", "ask"]


class OnChange(StrictFileModel):
    """What members on a waiting list get when this version changes the value: what held when they came
    (``keep``), this version's value (``reprice``), or what an officer decides (``ask``).
    """

    waiting: WaitingValue


class Clawback(StrictFileModel):
    """The share to reverse if an event occurs within a time after the grant."""

    on: NonEmptyText
    within: Duration
    share_percent: Annotated[int, Field(ge=1, le=100)] = 100
    text: MemberMessage


class TopUp(StrictFileModel):
    """The greatest amount that an organisation below may add."""

    most_fen: Annotated[int, Field(ge=1, le=10**12)]


class LowerLevels(StrictFileModel):
    """Rights of lower levels: set parameters within their least and most, add conditions, add an amount."""

    may_set: tuple[ParameterName, ...] = ()
    may_require: bool = False
    may_top_up: TopUp | None = None

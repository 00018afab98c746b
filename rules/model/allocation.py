"""Allocation of a benefit that is not enough for all: mode, quotas, lottery, ranking, waiting list."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from core.text_marks import N_
from rules.model.period import CountingPeriod, Span
from rules.territory import territory_covers
from rules.yaml.wording import CountFigure, NonEmptyText, StrictFileModel, TerritoryCode

AllocationMode = Literal["everyone", "first_come", "lottery", "by_rank"]
ShareRounding = Literal["down", "up"]
COLLECTED_MODES: tuple[AllocationMode, ...] = ("lottery", "by_rank")
"""Entries are collected first, and granted by a draw or by their rank."""


class Group(StrictFileModel):
    """Places of a lottery that are reserved for members for whom ``where`` holds."""

    where: NonEmptyText
    places: CountFigure


class Share(StrictFileModel):
    """Places as a share: ``places`` of every ``of`` members whom the rule considered in the period.

    They are counted once, when the entries are fixed, and rounded as stated.
    """

    places: CountFigure
    of: CountFigure
    round: ShareRounding = "down"


class Allocation(StrictFileModel):
    """Grant to everyone, in order of arrival, by lot, or by rank (the highest first), within a quota per
    period.
    """

    mode: AllocationMode = "everyone"
    quota: CountFigure | None = None
    quota_per: Annotated[tuple[NonEmptyText, ...], Field(max_length=5)] = ()
    quotas: Annotated[dict[TerritoryCode, CountFigure], Field(min_length=1, max_length=2_000)] | None = None
    share: Share | None = None
    every: CountingPeriod = "programme_period"
    rank: NonEmptyText | None = None
    entries: Span | None = None
    weight: NonEmptyText | None = None
    groups: Annotated[tuple[Group, ...], Field(max_length=20)] = ()
    waiting_list: bool = False

    @property
    def is_collected(self) -> bool:
        """Whether a benefit that is due becomes an entry instead of a grant."""
        return self.mode in COLLECTED_MODES

    @property
    def outermost_quotas(self) -> Mapping[str, int | str]:
        """The quotas that lie within no other: a grant below one takes a place of it as well."""
        stated = self.quotas or {}
        return {
            owner: size
            for owner, size in stated.items()
            if not any(other != owner and territory_covers(other, owner) for other in stated)
        }

    @model_validator(mode="after")
    def _quota_goes_with_scarcity(self) -> Self:
        stated = sum(size is not None for size in (self.quota, self.quotas, self.share))
        if stated != (self.mode != "everyone"):
            raise PydanticCustomError(
                "quota",
                N_(
                    "every mode: but everyone has one of quota:, quotas: and share:, everyone has none, this is {value}"
                ),
            )
        if self.quota_per and self.quota is None:
            raise PydanticCustomError("quota", N_("quota_per: goes with quota:, this is {value}"))
        return self

    @model_validator(mode="after")
    def _share_waits_for_the_participants(self) -> Self:
        if self.share is not None and not self.is_collected:
            raise PydanticCustomError(
                "share",
                N_(
                    "share: goes with lottery and by_rank, since who takes part is known when entries close: {value}"
                ),
            )
        if self.share is not None and self.groups:
            raise PydanticCustomError(
                "share",
                N_("groups: keep a fixed number of places and can't stand beside share:, this is {value}"),
            )
        return self

    @model_validator(mode="after")
    def _entries_are_collected(self) -> Self:
        wanted = {
            "entries": self.is_collected,
            "rank": self.mode == "by_rank",
        }
        for key, is_wanted in wanted.items():
            if (getattr(self, key) is not None) != is_wanted:
                raise PydanticCustomError(
                    "allocation",
                    N_(
                        "entries: goes with lottery and by_rank, rank: with by_rank, and they need them: {value}"
                    ),
                )
        if self.mode != "lottery" and (self.weight or self.groups):
            raise PydanticCustomError("allocation", N_("weight: and groups: go with lottery: {value}"))
        if self.entries and self.entries.until is None:
            raise PydanticCustomError("allocation", N_("entries: has an until:, this is {value}"))
        if self.waiting_list and self.mode == "everyone":
            raise PydanticCustomError("allocation", N_("a waiting list goes with a quota, this is {value}"))
        return self

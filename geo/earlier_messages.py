"""Earlier versions of the payloads of station events, and the upcaster of each to the next version.

Never change or remove a model here: events of that version are stored in journals, topics and files.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from core.text_marks import N_

PayloadData = Mapping[str, object]
Upcaster = Callable[[PayloadData], PayloadData]


class SearchedV1(BaseModel):
    """Version 1: one search that found nothing open."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    cell: str = Field(pattern=r"^[0-9a-f]{15}$")
    hour: int = Field(ge=0, le=167)


def upcast_searched_v1(data: PayloadData) -> PayloadData:
    """1 → 2: add the values that version 1 implied: one search that found nothing."""
    return {**data, "found": False, "count": 1}


class ReportedV1(BaseModel):
    """Version 1: without a point."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    station: str = Field(min_length=1, max_length=128)
    observation: Literal["fine", "closed", "locked", "crowded", "broken", "wrong_place"]
    reporter: str | None = Field(default=None, pattern=r"^[0-9a-f]{16,64}$")
    keeper: str | None = Field(default=None, pattern=r"^[a-z2-7]{8}$")
    facility: str | None = Field(
        default=None, min_length=1, max_length=40, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$"
    )

    @model_validator(mode="after")
    def _broken_is_something(self) -> Self:
        if (self.facility is not None) != (self.observation == "broken") and self.observation != "fine":
            raise PydanticCustomError(
                "facility", N_("name a facility when it is broken or works again, and only then")
            )
        return self

    @model_validator(mode="after")
    def _one_speaker(self) -> Self:
        if self.reporter is not None and self.keeper is not None:
            raise PydanticCustomError("speaker", N_("a report comes from a rider or from a keeper, not both"))
        return self


def upcast_reported_v1(data: PayloadData) -> PayloadData:
    """1 → 2: return the data unchanged; version 1 had no field for the point."""
    return data


EARLIER_VERSIONS: Mapping[str, tuple[tuple[type[BaseModel], Upcaster], ...]] = MappingProxyType(
    {
        "station.reported": ((ReportedV1, upcast_reported_v1),),
        "station.searched": ((SearchedV1, upcast_searched_v1),),
    }
)

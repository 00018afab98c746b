"""A query to a station index, validated once."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

import numpy as np

from geo.hours import STATES_BY_CODE
from geo.nearest.filters import Filters, StaticFilters
from geo.nearest.timetables import Mask
from geo.nearest.travel_time import Travel


@dataclass(frozen=True, slots=True)
class StationQuery:
    """A query to a station index.

    ``widest`` limits how many places may be searched (`SearchTooWide`). *Raises*: ValueError that
    quotes the invalid value.
    """

    k: int
    when: datetime | None
    filters: Filters
    travel: Travel | None
    within_m: float | None
    widest: int | None = None

    def __post_init__(self) -> None:
        if self.k < 1:
            raise ValueError(f"k is {self.k}; ask for at least one station")
        if self.within_m is not None and not self.within_m >= 0:
            raise ValueError(f"within_m is {self.within_m}; give metres, 0 or more")
        if self.when is None:
            if self.filters.depends_on_date:
                raise ValueError(
                    "open or not, verified lately or not: that depends on the instant; give `when`"
                )
        elif self.when.utcoffset() is None:
            raise ValueError(f"the time {self.when.isoformat()} has no offset; give an aware datetime")

    @property
    def start(self) -> datetime:
        if self.when is None:
            raise ValueError("the hours of stations depend on the instant; give `when`")
        return self.when.astimezone(UTC).replace(microsecond=0)

    @property
    def seconds_per_m(self) -> float:
        return 0.0 if self.travel is None else self.travel.seconds_per_m

    @property
    def limit_m(self) -> float:
        return np.inf if self.within_m is None else self.within_m

    @property
    def static_filters(self) -> StaticFilters:
        return self.filters.static_filters(self.when)

    @property
    def accepted_states(self) -> Mask:
        """Which opening states pass, by their codes."""
        return _accepted(self.filters)


@lru_cache(maxsize=64)
def _accepted(filters: Filters) -> Mask:
    mask = np.array([filters.accepts_state(state) for state in STATES_BY_CODE], dtype=bool)
    mask.setflags(write=False)
    return mask

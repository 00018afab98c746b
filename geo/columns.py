"""What filters ask about, as columns over all stations of an index."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from geo.filters import Filters
from geo.sites import Indices
from geo.station import Access, Entry, Kind, Station, Status

Codes = NDArray[np.int8]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Columns:
    """One code per station and property, and per facility the stations that have it."""

    kind: Codes
    status: Codes
    access: Codes
    entry: Codes
    facilities: Mapping[str, Indices]

    @classmethod
    def of(cls, stations: Sequence[Station]) -> "Columns":
        holders: dict[str, list[int]] = {}
        for index, station in enumerate(stations):
            for facility in station.facilities:
                holders.setdefault(facility, []).append(index)
        return cls(
            kind=_codes(Kind, (s.kind for s in stations)),
            status=_codes(Status, (s.status for s in stations)),
            access=_codes(Access, (s.access for s in stations)),
            entry=_codes(Entry, (s.entry for s in stations)),
            facilities={name: np.array(held, dtype=np.intp) for name, held in holders.items()},
        )

    def passing(self, asked: Filters) -> Mask:
        """Which stations pass all that doesn't depend on the instant. *Shape*: (n,)."""
        in_service = frozenset({Status.ACTIVE}) if asked.ask_hours else frozenset(Status)
        mask = _one_of(self.status, Status, asked.accepted_statuses & in_service)
        for column, values, chosen in (
            (self.kind, Kind, asked.kinds),
            (self.access, Access, asked.accesses),
            (self.entry, Entry, asked.entries),
        ):
            if chosen:
                mask &= _one_of(column, values, chosen)
        for facility in asked.facilities:
            has = np.zeros(len(mask), dtype=bool)
            has[self.facilities.get(facility, np.empty(0, dtype=np.intp))] = True
            mask &= has
        return mask


def _codes(values: type[StrEnum], column: Iterable[StrEnum]) -> Codes:
    code = {value: index for index, value in enumerate(values)}
    return np.fromiter((code[value] for value in column), dtype=np.int8)


def _one_of(column: Codes, values: type[StrEnum], chosen: Iterable[StrEnum]) -> Mask:
    wanted = set(chosen)
    return np.array([value in wanted for value in values], dtype=bool)[column]

"""Filter options of the rider's page: only kinds and facilities that occur in the register."""

from collections.abc import Mapping
from dataclasses import dataclass

from yihui.http.snapshot import Snapshot
from yihui.views.labels import FACILITY_LABELS, STATION_KIND_LABELS


@dataclass(frozen=True, slots=True)
class FilterOptions:
    """Labels by code, in display order."""

    kinds: Mapping[str, str]
    facilities: Mapping[str, str]


NO_FILTER_OPTIONS = FilterOptions({}, {})


def build_filter_options(snapshot: Snapshot) -> FilterOptions:
    kinds = {station.kind.value for station in snapshot.stations}
    facilities = frozenset[str]().union(*(station.facilities for station in snapshot.stations))
    return FilterOptions(
        {code: word for code, word in STATION_KIND_LABELS.items() if code in kinds},
        {code: word for code, word in FACILITY_LABELS.items() if code in facilities},
    )


class FilterOptionsCache:
    """Caches the filter options until the register changes."""

    def __init__(self) -> None:
        self._last: tuple[int, FilterOptions] | None = None

    def get(self, snapshot: Snapshot) -> FilterOptions:
        last = self._last
        if last is None or last[0] != snapshot.version.register:
            last = self._last = snapshot.version.register, build_filter_options(snapshot)
        return last[1]

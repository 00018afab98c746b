"""Where riders rested, as a study may tell it: whole groups of ten or more, never what would give fewer away."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from core.civil_time import civil_date
from geo.registry import shown_uses
from geo.rest_counts import StationUse, by_station
from yihui.bootstrap import Wiring


@dataclass(frozen=True, slots=True)
class Uses:
    """Rests of some months in an area: by station, then those of several stations of a district together.

    ``months`` are their first days; ``district`` of each is the county where the study has the station.
    """

    months: tuple[date, ...] = ()
    places: tuple[StationUse, ...] = ()

    def of_station(self) -> dict[str, StationUse]:
        """By id, those that are told alone."""
        return {use.station: use for use in self.places if use.station is not None}

    def by_area(self, digits: int) -> Counter[str]:
        """How many in each area, by the first digits of its code: a sum of whole groups."""
        found: Counter[str] = Counter()
        for use in self.places:
            found[use.district[:digits]] += use.count
        return found


def uses_of(wiring: Wiring, counties: Mapping[str, str], prefix: str, register: str | None) -> Uses:
    """What may be told today of an area, whose stations ``counties`` has with their counties.

    Of one register alone nothing is told of several stations together: they may be others'.
    """
    with wiring.database.read() as connection:
        shown = list(shown_uses(connection, civil_date(wiring.now())))
    groups = [
        group
        for group in shown
        if group.station in counties
        or (group.station is None and register is None and group.district.startswith(prefix))
    ]
    told = by_station(groups)
    placed = [
        StationUse(use.station, counties.get(use.station or "", use.district), use.count, use.busiest)
        for use in told
    ]
    return Uses(tuple(sorted({group.month for group in groups})), tuple(placed))

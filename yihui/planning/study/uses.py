"""Load where riders rested, for a study.

Only whole groups of ten or more are used, so that no smaller group can be inferred.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from core.civil_time import civil_date
from geo.registry import load_use_groups
from geo.rest_counts import StationUse, sum_uses_by_station
from yihui.bootstrap import Wiring


@dataclass(frozen=True, slots=True)
class StudyUses:
    """Rests of some months in an area: by station, then for several stations of a district together.

    ``months`` are the first days of the months. The ``district`` of each entry is the county that the study
    assigns to the station.
    """

    months: tuple[date, ...] = ()
    places: tuple[StationUse, ...] = ()

    def by_station(self) -> dict[str, StationUse]:
        """Return the entries of single stations by station id."""
        return {use.station: use for use in self.places if use.station is not None}

    def count_by_area(self, digits: int) -> Counter[str]:
        """Count the rests in each area by the first digits of its code; each count is a sum of whole groups."""
        found: Counter[str] = Counter()
        for use in self.places:
            found[use.district[:digits]] += use.count
        return found


def load_study_uses(
    wiring: Wiring, counties: Mapping[str, str], prefix: str, register: str | None
) -> StudyUses:
    """Load the publishable rests of an area; ``counties`` maps its station ids to counties.

    With one register, groups of several stations are omitted, because they may include other registers' stations.
    """
    with wiring.database.read() as connection:
        shown = list(load_use_groups(connection, civil_date(wiring.now())))
    groups = [
        group
        for group in shown
        if group.station in counties
        or (group.station is None and register is None and group.district.startswith(prefix))
    ]
    told = sum_uses_by_station(groups)
    placed = [
        StationUse(use.station, counties.get(use.station or "", use.district), use.count, use.busiest)
        for use in told
    ]
    return StudyUses(tuple(sorted({group.month for group in groups})), tuple(placed))

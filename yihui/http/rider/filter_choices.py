"""What the rider's page offers to choose: what the register holds, and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass

from yihui.http.snapshot import Snapshot
from yihui.views.labels import FACILITIES, KINDS


@dataclass(frozen=True, slots=True)
class Offers:
    """Words by code, in the order in which they are shown."""

    kinds: Mapping[str, str]
    facilities: Mapping[str, str]


NOTHING = Offers({}, {})


def offers_of(snapshot: Snapshot) -> Offers:
    kinds = {station.kind.value for station in snapshot.stations}
    facilities = frozenset[str]().union(*(station.facilities for station in snapshot.stations))
    return Offers(
        {code: word for code, word in KINDS.items() if code in kinds},
        {code: word for code, word in FACILITIES.items() if code in facilities},
    )


class LastOffers:
    """Looks through all stations only when the register has changed."""

    def __init__(self) -> None:
        self._last: tuple[int, Offers] | None = None

    def of(self, snapshot: Snapshot) -> Offers:
        last = self._last
        if last is None or last[0] != snapshot.version.register:
            last = self._last = snapshot.version.register, offers_of(snapshot)
        return last[1]

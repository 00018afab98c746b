"""What ``yihui plan coverage`` is to measure, and the checks of its options before any file is read."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from core.faults import Fault, FaultTable
from core.text_marks import N_
from geo.coverage.reach import OPEN_TO_ALL
from geo.nearest.filters import Filters
from geo.station import Access, Kind
from yihui.planning.order import TOWNSHIP_LEVEL, AreaOrder
from yihui.runtime.arguments import CANNOT_BE

_FINEST = 15
CELL_LEVEL = "cell"
COVERAGE_LEVELS = ("province", "city", "county", TOWNSHIP_LEVEL, "community", CELL_LEVEL)
COVERAGE_OPTION_FAULTS = FaultTable(
    "usage",
    {
        "choice": (CANNOT_BE, N_("choose one of {known}")),
        "resolution": (CANNOT_BE, N_("give 0 to 15, such as 7 (5 km²)")),
    },
)


@dataclass(frozen=True, slots=True)
class CoverageOrder(AreaOrder):
    """What to measure. ``by`` is one of `COVERAGE_LEVELS`; ``townships`` are used for the level of that name.

    Places that are open to all count, those for a ``member`` or an ``employer``'s staff besides, of all ``kinds`` if
    none is named.
    """

    at: datetime
    by: str = "county"
    member: bool = False
    employer: str = ""
    kinds: Collection[str] = ()
    resolution: int = 7
    hours: bool = False

    @property
    def filters(self) -> Filters:
        """Which places count."""
        accesses = OPEN_TO_ALL.accesses | ({Access.MEMBERS} if self.member else set())
        kinds = frozenset(map(Kind, self.kinds))
        return replace(OPEN_TO_ALL, accesses=accesses, employer=self.employer, kinds=kinds)

    def find_faults(self) -> Iterator[Fault]:
        yield from AreaOrder.find_faults(self)
        if self.by not in COVERAGE_LEVELS:
            yield _fault("choice", "--by", self.by, COVERAGE_LEVELS)
        if not 0 <= self.resolution <= _FINEST:
            yield _fault("resolution", "--resolution", str(self.resolution))
        for one in self.kinds:
            if one not in set(Kind):
                yield _fault("choice", "--kind", one, tuple(Kind))


def _fault(code: str, field: str, text: str, known: Collection[str] = ()) -> Fault:
    return COVERAGE_OPTION_FAULTS.build(code, field=field, value=text, known=", ".join(known))

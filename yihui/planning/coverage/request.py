"""What ``yihui plan coverage`` is to measure, and the checks of its options before any file is read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from geo.coverage.reach import OPEN_TO_ALL
from geo.nearest.filters import Filters
from geo.station import Access, Kind
from yihui.planning.order import AreaOrder
from yihui.planning.township_options import TOWNSHIP_LEVEL
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
    """What to measure. ``by`` is one of `COVERAGE_LEVELS`; ``townships`` are used for the level of that name."""

    at: datetime
    by: str = "county"
    filters: Filters = OPEN_TO_ALL
    resolution: int = 7
    hours: bool = False


def check_coverage_order(order: CoverageOrder) -> None:
    """Check the settings. *Raises*: FaultError with all faults."""
    if faults := [*_wrong(order)]:
        raise FaultError(faults)


def _wrong(order: CoverageOrder) -> Iterator[Fault]:
    yield from order.find_range_faults()
    if order.by not in COVERAGE_LEVELS:
        yield _fault("choice", "--by", order.by, COVERAGE_LEVELS)
    if not 0 <= order.resolution <= _FINEST:
        yield _fault("resolution", "--resolution", str(order.resolution))


def coverage_filters(member: bool, employer: str, kinds: Sequence[str]) -> Filters:
    """Return which places count: those open to all, and those for members or an employer's staff."""
    accesses = OPEN_TO_ALL.accesses | ({Access.MEMBERS} if member else set())
    return replace(OPEN_TO_ALL, accesses=accesses, employer=employer, kinds=frozenset(map(_kind, kinds)))


def _kind(text: str) -> Kind:
    try:
        return Kind(text.strip().lower())
    except ValueError as error:
        raise FaultError(_fault("choice", "--kind", text, tuple(Kind))) from error


def _fault(code: str, field: str, text: str, known: Sequence[str] = ()) -> Fault:
    return COVERAGE_OPTION_FAULTS.build(code, field=field, value=text, known=", ".join(known))

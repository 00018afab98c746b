"""What ``yihui plan compare`` is to compare."""

from dataclasses import dataclass
from datetime import datetime

from geo.coverage.reach import OPEN_TO_ALL
from geo.nearest.filters import Filters
from yihui.planning.order import AreaOrder

CURRENT_SIDE = "now"


@dataclass(frozen=True, slots=True)
class CompareOrder(AreaOrder):
    """What to compare. A side is a register file, a register name, a date, ``now``, or ``name@date``.

    Both sides are evaluated at ``at``. ``datum`` is the datum of the sides that are files.
    """

    before: str
    after: str
    at: datetime
    filters: Filters = OPEN_TO_ALL
    hours: bool = False

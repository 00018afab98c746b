"""Check a set of stations: report problems, their severity and their remedies."""

from typing import TYPE_CHECKING

from core.lazy_door import build_door

if TYPE_CHECKING:
    from geo.checks.checks import CheckCriteria, check_stations
    from geo.checks.finding import FindingCode, FindingReason, FindingSeverity, StationFinding
    from geo.checks.staleness import STALE_AFTER_DAYS
else:
    __getattr__ = build_door(__name__)

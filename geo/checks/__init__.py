"""geo.checks: what is wrong with a set of stations, how bad it is, and how to mend it."""

from geo.checks.checks import Standpoint, check_stations
from geo.checks.finding import Code, Finding, Reason, Severity
from geo.checks.staleness import STALE_AFTER_DAYS

__all__ = ["STALE_AFTER_DAYS", "Code", "Finding", "Reason", "Severity", "Standpoint", "check_stations"]

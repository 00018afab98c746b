"""Check a set of stations: report problems, their severity and their remedies."""

from geo.checks.checks import CheckCriteria, check_stations
from geo.checks.finding import FindingCode, FindingReason, FindingSeverity, StationFinding
from geo.checks.staleness import STALE_AFTER_DAYS

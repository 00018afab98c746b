"""Public names of the geo package: stations, nearest search, opening hours, districts and datums.

Each name is imported on first use, so that a command that needs no heavy module starts quickly.
Coverage lists its own public names in `geo.coverage`.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.faults import Fault, FaultError
    from geo.crs import Datum, from_wgs84, to_wgs84
    from geo.districts import AssignmentFlag, District, DistrictLevel, DistrictMatches, Districts
    from geo.hours import Opening, Schedules
    from geo.nearest.filters import Filters
    from geo.nearest.index import StationIndex
    from geo.nearest.query import NearestQuery
    from geo.nearest.result import Match, NearestResult, SkippedStation
    from geo.nearest.travel import Network, RouteCosts, Travel
    from geo.station import Access, Calendar, Entry, Kind, OpeningState, Station, Status
    from geo.status.live import LiveSummary, build_live_summary
    from geo.status.live_status import LiveState, LiveStatus

__all__ = [
    "Access",
    "AssignmentFlag",
    "Calendar",
    "Datum",
    "District",
    "DistrictLevel",
    "DistrictMatches",
    "Districts",
    "Entry",
    "Fault",
    "FaultError",
    "Filters",
    "Kind",
    "LiveState",
    "LiveStatus",
    "LiveSummary",
    "Match",
    "NearestQuery",
    "NearestResult",
    "Network",
    "Opening",
    "OpeningState",
    "RouteCosts",
    "Schedules",
    "SkippedStation",
    "Station",
    "StationIndex",
    "Status",
    "Travel",
    "build_live_summary",
    "from_wgs84",
    "to_wgs84",
]

_HOMES = {
    "geo.crs": {"Datum", "from_wgs84", "to_wgs84"},
    "geo.districts": {"District", "DistrictMatches", "Districts", "AssignmentFlag", "DistrictLevel"},
    "core.faults": {"Fault", "FaultError"},
    "geo.nearest.filters": {"Filters"},
    "geo.hours": {"Opening", "Schedules"},
    "geo.nearest.index": {"StationIndex"},
    "geo.status.live": {"LiveSummary", "build_live_summary"},
    "geo.status.live_status": {"LiveState", "LiveStatus"},
    "geo.nearest.query": {"NearestQuery"},
    "geo.nearest.result": {"Match", "NearestResult", "SkippedStation"},
    "geo.station": {"Access", "Calendar", "Entry", "Kind", "OpeningState", "Station", "Status"},
    "geo.nearest.travel": {"Network", "RouteCosts", "Travel"},
}


def __getattr__(name: str) -> object:
    home = next((module for module, names in _HOMES.items() if name in names), None)
    if home is None:
        raise AttributeError(f"module 'geo' has no attribute {name!r}")
    return getattr(import_module(home), name)

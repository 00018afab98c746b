"""geo: which station, how far, open when I arrive, and who is covered.

Names are fetched when first used, so that a command that needs none of the heavy parts stays quick.
Coverage has a folder of its own with its own list of names: `geo.coverage`.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.faults import Fault, InputFaults
    from geo.crs import Datum, from_wgs84, to_wgs84
    from geo.districts import District, DistrictHits, Districts, Flag, Level
    from geo.hours import Opening, Schedules
    from geo.nearest.filters import Filters
    from geo.nearest.index import StationIndex
    from geo.nearest.network import Network, Ways
    from geo.nearest.result import Hit, Nearest, Skip
    from geo.nearest.travel_time import Travel
    from geo.station import Access, Calendar, Entry, Kind, State, Station, Status
    from geo.status.live import Live, live_at
    from geo.status.live_status import LiveState, LiveStatus

__all__ = [
    "Access",
    "Calendar",
    "Datum",
    "District",
    "DistrictHits",
    "Districts",
    "Entry",
    "Fault",
    "Filters",
    "Flag",
    "Hit",
    "InputFaults",
    "Kind",
    "Level",
    "Live",
    "LiveState",
    "LiveStatus",
    "Nearest",
    "Network",
    "Opening",
    "Schedules",
    "Skip",
    "State",
    "Station",
    "StationIndex",
    "Status",
    "Travel",
    "Ways",
    "from_wgs84",
    "live_at",
    "to_wgs84",
]

_HOMES = {
    "geo.crs": {"Datum", "from_wgs84", "to_wgs84"},
    "geo.districts": {"District", "DistrictHits", "Districts", "Flag", "Level"},
    "core.faults": {"Fault", "InputFaults"},
    "geo.nearest.filters": {"Filters"},
    "geo.hours": {"Opening", "Schedules"},
    "geo.nearest.index": {"StationIndex"},
    "geo.status.live": {"Live", "live_at"},
    "geo.status.live_status": {"LiveState", "LiveStatus"},
    "geo.nearest.result": {"Hit", "Nearest", "Skip"},
    "geo.nearest.network": {"Network", "Ways"},
    "geo.station": {"Access", "Calendar", "Entry", "Kind", "State", "Station", "Status"},
    "geo.nearest.travel_time": {"Travel"},
}


def __getattr__(name: str) -> object:
    home = next((module for module, names in _HOMES.items() if name in names), None)
    if home is None:
        raise AttributeError(f"module 'geo' has no attribute {name!r}")
    return getattr(import_module(home), name)

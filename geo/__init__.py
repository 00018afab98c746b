"""geo: which station, how far, open when I arrive, and who is covered.

Names are fetched when first used, so that a command that needs none of the heavy parts stays quick.
Coverage has a folder of its own with its own list of names: `geo.coverage`.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geo.crs import Datum, from_wgs84, to_wgs84
    from geo.districts import District, DistrictHits, Districts, Flag, Level
    from geo.faults import Fault, InputFaults
    from geo.filters import Filters
    from geo.hours import Opening, Schedules
    from geo.index import StationIndex
    from geo.live import Live, live_at
    from geo.live_status import LiveState, LiveStatus
    from geo.nearest import Hit, Nearest, Skip
    from geo.network import Network, Ways
    from geo.station import Access, Calendar, Entry, Kind, State, Station, Status
    from geo.travel import Travel

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
    "geo.faults": {"Fault", "InputFaults"},
    "geo.filters": {"Filters"},
    "geo.hours": {"Opening", "Schedules"},
    "geo.index": {"StationIndex"},
    "geo.live": {"Live", "live_at"},
    "geo.live_status": {"LiveState", "LiveStatus"},
    "geo.nearest": {"Hit", "Nearest", "Skip"},
    "geo.network": {"Network", "Ways"},
    "geo.station": {"Access", "Calendar", "Entry", "Kind", "State", "Station", "Status"},
    "geo.travel": {"Travel"},
}


def __getattr__(name: str) -> object:
    home = next((module for module, names in _HOMES.items() if name in names), None)
    if home is None:
        raise AttributeError(f"module 'geo' has no attribute {name!r}")
    return getattr(import_module(home), name)

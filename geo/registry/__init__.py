"""geo.registry: the stations in the database, with all that ever changed."""

from geo.registry.diff import Change, Diff, Move
from geo.registry.placings import Placing, place_station
from geo.registry.stations import (
    HistoryEntry,
    Register,
    RegisterSummary,
    check_gone,
    find,
    history,
    import_stations,
    load_registers,
    load_stations,
    preview,
    register_version,
)

__all__ = [
    "Change",
    "Diff",
    "HistoryEntry",
    "Move",
    "Placing",
    "Register",
    "RegisterSummary",
    "check_gone",
    "find",
    "history",
    "import_stations",
    "load_registers",
    "load_stations",
    "place_station",
    "preview",
    "register_version",
]

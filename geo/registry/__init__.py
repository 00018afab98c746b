"""geo.registry: the stations in the database, with all that ever changed."""

from geo.registry.as_of import first_import, stations_as_of
from geo.registry.diff import Change, Diff, Move
from geo.registry.inspections import Inspection, last_inspection
from geo.registry.keepers import IssuedKey, KeeperKey, admitted, issue, load_keys, revoke
from geo.registry.placings import Placing, place_station
from geo.registry.sayings import (
    StationEvent,
    find_saying,
    keeper_stations,
    known_stations,
    live_version,
    load_live,
    record_sayings,
)
from geo.registry.searches import count_searches, forget_searches, has_old_searches, shown_searches
from geo.registry.stations import (
    HistoryEntry,
    Register,
    RegisterSummary,
    changed_since,
    check_gone,
    find,
    history,
    import_stations,
    load_registers,
    load_stations,
    neighbours,
    preview,
    register_version,
)

__all__ = [
    "Change",
    "Diff",
    "HistoryEntry",
    "Inspection",
    "IssuedKey",
    "KeeperKey",
    "Move",
    "Placing",
    "Register",
    "RegisterSummary",
    "StationEvent",
    "admitted",
    "changed_since",
    "check_gone",
    "count_searches",
    "find",
    "find_saying",
    "first_import",
    "forget_searches",
    "has_old_searches",
    "history",
    "import_stations",
    "issue",
    "keeper_stations",
    "known_stations",
    "last_inspection",
    "live_version",
    "load_keys",
    "load_live",
    "load_registers",
    "load_stations",
    "neighbours",
    "place_station",
    "preview",
    "record_sayings",
    "register_version",
    "revoke",
    "shown_searches",
    "stations_as_of",
]

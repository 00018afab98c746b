"""geo.registry: the stations in the database, with all that ever changed."""

from geo.registry.as_of import first_import, stations_as_of
from geo.registry.diff import Change, Diff, Move
from geo.registry.inspections import Inspection, last_inspection
from geo.registry.keepers import (
    IssuedKey,
    KeeperKey,
    admitted,
    as_typed,
    issue,
    load_keys,
    recognised,
    revoke,
)
from geo.registry.placings import Placing, place_station
from geo.registry.reports import (
    RIDERS,
    KeepersAnswer,
    Report,
    find_report,
    recent_reports,
    sayings_of_reports,
)
from geo.registry.said import StationEvent
from geo.registry.sayings import (
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
from geo.registry.uses import count_uses, forget_uses, has_old_uses, shown_uses

__all__ = [
    "RIDERS",
    "Change",
    "Diff",
    "HistoryEntry",
    "Inspection",
    "IssuedKey",
    "KeeperKey",
    "KeepersAnswer",
    "Move",
    "Placing",
    "Register",
    "RegisterSummary",
    "Report",
    "StationEvent",
    "admitted",
    "as_typed",
    "changed_since",
    "check_gone",
    "count_searches",
    "count_uses",
    "find",
    "find_report",
    "first_import",
    "forget_searches",
    "forget_uses",
    "has_old_searches",
    "has_old_uses",
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
    "recent_reports",
    "recognised",
    "record_sayings",
    "register_version",
    "revoke",
    "sayings_of_reports",
    "shown_searches",
    "shown_uses",
    "stations_as_of",
]

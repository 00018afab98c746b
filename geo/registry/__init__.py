"""geo.registry: the stations in the database, with the history of their changes."""

from typing import TYPE_CHECKING

from lazy_loader import attach

if TYPE_CHECKING:
    from geo.registry.keys import (
        StationDevice, add_device, find_device_by_key, load_devices, load_readings, record_reading,
        revoke_device, KeeperKey, find_keeper_key, issue_keeper_key, load_keeper_keys, normalise_keeper_key,
        revoke_keeper_key,
    )  # fmt: skip
    from geo.registry.diff import RegisterDiff, Register, check_unconfirmed
    from geo.registry.hand_changes import Placing, change_by_hand, place_station
    from geo.registry.inspections import Inspection, last_inspection
    from geo.registry.links import link_stations, load_links, unlink_station
    from geo.registry.reports import (
        RIDER_SOURCE, KeeperAnswer, RiderReport, StationEvent, find_report, find_reports_by_number,
        load_recent_reports, load_status_reports,
    )  # fmt: skip
    from geo.registry.statements import (
        find_known_station_ids, find_surveyed_point, list_revocable, live_version, load_live_summaries,
        record_status_reports, revoke_change, stations_by_keeper_key, stations_reported_since,
    )  # fmt: skip
    from geo.registry.stations import (
        RegisterSummary, StationHistoryEntry, VersionSpan, changed_station_ids, find_station,
        find_station_registers, import_stations, load_changes_since, load_current_stations, load_neighbours,
        load_registers, load_station_history, load_stations, load_stations_as_of, preview_import,
        register_version,
    )  # fmt: skip
    from geo.registry.usage_counts import (
        has_search_groups, load_search_groups, load_use_groups, record_search_counts, record_use_counts,
    )  # fmt: skip
else:
    __getattr__, __dir__, __all__ = attach(
        __name__,
        submod_attrs={
            "keys": ["StationDevice", "add_device", "find_device_by_key", "load_devices", "load_readings",
                "record_reading", "revoke_device", "KeeperKey", "find_keeper_key", "issue_keeper_key",
                "load_keeper_keys", "normalise_keeper_key", "revoke_keeper_key"],
            "diff": ["RegisterDiff", "Register", "check_unconfirmed"],
            "hand_changes": ["Placing", "change_by_hand", "place_station"],
            "inspections": ["Inspection", "last_inspection"],
            "links": ["link_stations", "load_links", "unlink_station"],
            "reports": ["RIDER_SOURCE", "KeeperAnswer", "RiderReport", "StationEvent", "find_report",
                "find_reports_by_number", "load_recent_reports", "load_status_reports"],
            "statements": ["find_known_station_ids", "find_surveyed_point", "list_revocable", "live_version",
                "load_live_summaries", "record_status_reports", "revoke_change", "stations_by_keeper_key",
                "stations_reported_since"],
            "stations": ["RegisterSummary", "StationHistoryEntry", "VersionSpan", "changed_station_ids",
                "find_station", "find_station_registers", "import_stations", "load_changes_since",
                "load_current_stations", "load_neighbours", "load_registers", "load_station_history",
                "load_stations", "load_stations_as_of", "preview_import", "register_version"],
            "usage_counts": ["has_search_groups", "load_search_groups", "load_use_groups", "record_search_counts",
                "record_use_counts"],
        },
    )  # fmt: skip

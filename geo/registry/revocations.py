"""Take changes by hand back, and read from a station's history where others than its keeper placed it."""

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from geo.registry.corrections import KEEPER
from geo.registry.hand_changes import PLACED, REVOKED, SET, change_by_hand, read_fields
from geo.registry.stations import StationHistoryEntry, load_station_history
from geo.station import Station

_FAULTS = FaultTable(
    "revocation",
    {
        "no_change": (
            N_("the station has no change {value} that can be taken back"),
            N_("choose one of those that its page names"),
        ),
        "over": (
            N_("what the change {value} set holds no more"),
            N_("look at what was changed since, and set the field anew"),
        ),
    },
)


def list_revocable(history: Sequence[StationHistoryEntry], station: Station) -> list[StationHistoryEntry]:
    """List the changes by hand that can be taken back, the newest first: those whose values still hold."""
    return [entry for entry in reversed(history) if entry.change in (SET, PLACED) and _holds(entry, station)]


def _holds(entry: StationHistoryEntry, station: Station) -> bool:
    set_to: dict[str, object] = json.loads(entry.after)
    return set_to == read_fields(station, set_to)


def revoke_change(connection: Connection, station: Station, sequence: int, by: str, at: datetime) -> Station:
    """Give the values from before a change by hand back, and return the station as it is now.

    *Raises*: FaultError if the station has no such change, or if its values hold no more.
    """
    history = load_station_history(connection, station.id)
    found = [entry for entry in history if entry.sequence == sequence and entry.change in (SET, PLACED)]
    if not found:
        raise FaultError(_FAULTS.build("no_change", field="change", value=sequence))
    if not _holds(found[0], station):
        raise FaultError(_FAULTS.build("over", field="change", value=sequence))
    return change_by_hand(connection, station.id, json.loads(found[0].before), by, at, REVOKED)


def find_surveyed_point(history: Sequence[StationHistoryEntry]) -> tuple[float, float] | None:
    """Return where an import or an officer last placed a station (WGS84); None if neither ever did.

    A station that returns has all of its fields in its entry, also a point that its keeper set: nobody placed it anew.
    """
    point: dict[str, float | None] = {"lon": None, "lat": None}
    surveyed, keepers = dict(point), list[dict[str, float | None]]()
    for entry in history:
        said = json.loads(entry.after)
        if "lon" not in said and "lat" not in said:
            continue
        point |= {name: said[name] for name in point if name in said}
        if entry.cause.startswith(KEEPER):
            keepers.append(dict(point))
        elif entry.change != "returned" or point not in keepers:
            surveyed = dict(point)
    lon, lat = surveyed["lon"], surveyed["lat"]
    return None if lon is None or lat is None else (lon, lat)

"""Link the new id of a station with its old one: the station keeps the old id, and both find it.

A link is an entry of the station's history, so that it needs no table of its own.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, RowMapping, insert, select, update

from core.faults import FaultError, FaultTable, raise_faults
from core.text_marks import N_
from geo.registry import records
from geo.registry.hand_changes import carry_changes_over
from geo.registry.tables import keeper_keys, station_changes, station_devices, station_photos, stations
from geo.station import Station
from store import lock_exclusive

LINKED, UNLINKED = "linked", "unlinked"
_FAULTS = FaultTable(
    "link",
    {
        "unknown": (N_("there is no station {value}"), N_("`yihui stations list` shows the ids")),
        "same": (N_("the old id and the new one are the same: {value}"), N_("name two ids")),
        "still_there": (
            N_("the station {value} is still in its register: these are two stations"),
            N_("import the register in which it is no longer listed, and link the two then"),
        ),
        "linked": (
            N_("the id {value} belongs to the station {owner} already"),
            N_("`yihui stations show {value}` shows that station"),
        ),
        "not_linked": (
            N_("the id {value} is not linked with a station"),
            N_("`yihui stations show ID` shows what is linked with a station"),
        ),
        "other_register": (
            N_("{value} is in the register “{owner}”, and the old id in “{register}”"),
            N_("link stations of one register"),
        ),
        "twice": (
            N_("the ids {value} and {other} are linked as one station, but each has a row"),
            N_("delete one of the two rows"),
        ),
    },
)


def load_links(connection: Connection) -> Mapping[str, str]:
    """Return the station's id by each other id that is linked with it."""
    c = station_changes.c
    wanted = select(c.station_id, c.change, c.after).where(c.change.in_((LINKED, UNLINKED)))
    links: dict[str, str] = {}
    for station_id, change, after in connection.execute(wanted.order_by(c.sequence)):
        if change == LINKED:
            links[json.loads(after)["id"]] = station_id
        else:
            links.pop(json.loads(after)["id"], None)
    return links


def linked_ids(connection: Connection, id: str) -> list[str]:
    """Return an id with all others that were linked with it."""
    return [id, *(other for other, owner in load_links(connection).items() if owner == id)]


def apply_links(read: Sequence[Station], links: Mapping[str, str], file: str) -> list[Station]:
    """Return the stations of a file under the ids that they keep.

    *Raises*: FaultError where a file has rows for both ids of one station.
    """
    moved = [
        station.model_copy(update={"id": links[station.id]}) if station.id in links else station
        for station in read
    ]
    first: dict[str, str] = {}
    twice = [
        _FAULTS.build("twice", file=file, field="id", value=station.id, other=first[kept.id])
        for station, kept in zip(read, moved, strict=True)
        if first.setdefault(kept.id, station.id) != station.id
    ]
    raise_faults(twice)
    return moved


def link_entries(
    links: Mapping[str, str], at: datetime, cause: str, change: str = LINKED
) -> Iterable[dict[str, object]]:
    """Yield the entries of the history that record links, or their end (new id → the station's id)."""
    for new, old in links.items():
        yield records.history_entry(old, at, change, cause, after=json.dumps({"id": new}, ensure_ascii=False))


def link_stations(connection: Connection, old: str, new: str, at: datetime, by: str) -> str:
    """Link a new id with a station's old one, and return the id that the station keeps.

    If the new id was imported as a station of its own, the old station takes its values, its keepers'
    keys, its devices and its photos. Before the import, the next import takes the new id for the old one.
    *Raises*: FaultError if there is no such old id, or if both are different stations.
    """
    lock_exclusive(connection, "import of stations")  # so that changes are numbered in the order of commits
    links = load_links(connection)
    kept = links.get(old, old)
    before, after = _row(connection, kept), _row(connection, new)
    if before is None:
        raise FaultError(_FAULTS.build("unknown", field="OLD", value=old))
    if kept == new:
        raise FaultError(_FAULTS.build("same", field="NEW", value=new))
    if new in links:
        if links[new] == kept:
            return kept
        raise FaultError(_FAULTS.build("linked", field="NEW", value=new, owner=links[new]))
    if after is not None:
        _check(before, after)
        _merge(connection, kept, after, at, by)
    connection.execute(insert(station_changes), list(link_entries({new: kept}, at, by)))
    return kept


def unlink_station(connection: Connection, new: str, at: datetime, by: str) -> str:
    """End a link that was an error, and return the id of the station that kept its own.

    The station keeps its values until the next import, which adds the other id as a station of its own.
    *Raises*: FaultError if the id is not linked.
    """
    lock_exclusive(connection, "import of stations")
    kept = load_links(connection).get(new)
    if kept is None:
        raise FaultError(_FAULTS.build("not_linked", field="NEW", value=new))
    connection.execute(insert(station_changes), list(link_entries({new: kept}, at, by, UNLINKED)))
    return kept


def _row(connection: Connection, id: str) -> RowMapping | None:
    return connection.execute(select(stations).where(stations.c.id == id)).mappings().one_or_none()


def _check(before: RowMapping, after: RowMapping) -> None:
    if before["register"] != after["register"]:
        fault = _FAULTS.build(
            "other_register",
            field="NEW",
            value=after["id"],
            owner=after["register"],
            register=before["register"],
        )
        raise FaultError(fault)
    if before["gone_at"] is None:
        raise FaultError(_FAULTS.build("still_there", field="OLD", value=before["id"]))


def _merge(connection: Connection, kept: str, after: RowMapping, at: datetime, by: str) -> None:
    """Give the values of the row ``after`` to the station ``kept``, but for its changes by hand; mark that row as gone."""
    values = {name: value for name, value in after.items() if name != "id"}
    values |= carry_changes_over(connection, kept, after["id"])
    connection.execute(update(stations).where(stations.c.id == kept).values(**values))
    for table in (keeper_keys, station_devices, station_photos):
        moved = update(table).where(table.c.station_id == after["id"]).values(station_id=kept)
        connection.execute(moved)
    if after["gone_at"] is not None:
        return
    connection.execute(update(stations).where(stations.c.id == after["id"]).values(gone_at=at))
    (station,) = records.query_stations(
        connection, records.present_stations_query().where(stations.c.id == kept)
    )
    text, old_text = (
        records.station_fields_json(one, records.STATION_FIELDS)
        for one in (station, station.model_copy(update={"id": after["id"]}))
    )
    returned = records.history_entry(kept, at, "returned", by, after=text)
    gone = records.history_entry(after["id"], at, "gone", by, before=old_text)
    connection.execute(insert(station_changes), [returned, gone])

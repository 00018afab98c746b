"""The register in the database: import stations and load them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain

from sqlalchemy import (
    Connection,
    Executable,
    and_,
    bindparam,
    func,
    insert,
    or_,
    select,
    union,
    update,
)

from core.faults import raise_faults
from geo.registry import records
from geo.registry.diff import (
    Register,
    RegisterDiff,
    check_unconfirmed,
    compare_stations,
    count_standing_elsewhere,
    list_foreign_ids,
)
from geo.registry.hand_changes import forget_published, load_hand_changed
from geo.registry.inspections import apply_inspection_date, last_inspection_dates
from geo.registry.links import apply_links, link_entries, linked_ids, load_links
from geo.registry.tables import registers, station_changes, station_statements, stations
from geo.station import Station
from store import lock_exclusive

_ROWS = 5_000  # rows per statement
_REACH_DEG = 0.0005  # about 50 m


@dataclass(frozen=True, slots=True)
class RegisterSummary:
    """A stored register with the number of its stations."""

    name: str
    source: str
    file: str
    imported_at: datetime
    stations: int


@dataclass(frozen=True, slots=True)
class StationHistoryEntry:
    """One entry of a station's history; ``before`` and ``after`` are JSON of what changed."""

    sequence: int
    at: datetime
    change: str
    before: str
    after: str
    cause: str


def preview_import(
    connection: Connection,
    register: Register,
    read: Sequence[Station],
    *,
    complete: bool = True,
    link: bool = False,
) -> RegisterDiff:
    """Return what an import would change; write nothing.

    With ``link``, stations that are probably gone ones under another id keep their old ids.
    A field that was changed by hand stays until its publisher's own value changes. A station that was inspected
    stays verified.
    *Raises*: FaultError if an id belongs to another register, or if two rows have linked ids.
    """
    read = apply_links(read, load_links(connection), register.file)
    diff = _compare(connection, register, read, complete=complete)
    if not link or not diff.same:
        return diff
    links = {pair.after.id: pair.before.id for pair in diff.same}
    read = apply_links(read, links, register.file)
    return replace(_compare(connection, register, read, complete=complete), linked=links)


def _compare(
    connection: Connection, register: Register, read: Sequence[Station], *, complete: bool
) -> RegisterDiff:
    present = {station.id: station for station in load_stations(connection, register=register.name)}
    new = [station.id for station in read if station.id not in present]
    owners = find_station_registers(connection, new)
    raise_faults(list_foreign_ids(owners, register, len(read)))
    changed = load_hand_changed(connection, register.name)
    inspected = last_inspection_dates(connection, register.name)
    left: dict[str, tuple[str, ...]] = {}
    taken: dict[str, tuple[str, ...]] = {}
    for number, station in enumerate(read := list(read)):
        if (by_hand := changed.get(station.id)) is not None:
            read[number], taken[station.id] = by_hand.apply_to(station)
            left[station.id] = tuple(name for name in by_hand.published if name not in taken[station.id])
        read[number] = apply_inspection_date(read[number], inspected)
    diff = compare_stations(present, owners, read, complete=complete)
    elsewhere = _count_elsewhere(connection, register, diff.added)
    by_hand_left, by_hand_taken = (
        {id: names for id, names in some.items() if names} for some in (left, taken)
    )
    return replace(diff, elsewhere=elsewhere, left=by_hand_left, taken=by_hand_taken)


def _count_elsewhere(
    connection: Connection, register: Register, added: Sequence[Station]
) -> Mapping[str, int]:
    if not added:
        return {}
    return count_standing_elsewhere(
        added,
        (
            (summary.name, station)
            for summary in load_registers(connection)
            if summary.name != register.name
            for station in load_stations(connection, register=summary.name)
        ),
    )


def import_stations(
    connection: Connection,
    register: Register,
    read: Sequence[Station],
    at: datetime,
    *,
    complete: bool = True,
    confirmed: bool = False,
    link: bool = False,
) -> RegisterDiff:
    """Replace the register by the stations that were read. The same import again changes nothing.

    Runs in the caller's transaction: an error leaves the register unchanged. Absent stations are marked as
    gone, unless ``complete`` is false (rows were left out).
    *Raises*: FaultError if an id belongs to another register, or, unless the caller has ``confirmed`` it,
    if more than 5 % would be gone or most new stations stand in another register.
    """
    lock_exclusive(connection, "import of stations")  # so that changes are numbered in the order of commits
    diff = preview_import(connection, register, read, complete=complete, link=link)
    if not confirmed:
        check_unconfirmed(diff, register.file)
    _store_register(connection, register, at)
    _write(connection, register, diff, at)
    return diff


def load_stations(
    connection: Connection,
    *,
    register: str | None = None,
    box: tuple[float, float, float, float] | None = None,
) -> list[Station]:
    """Return the present stations, ordered by id. ``box``: only those between west, south, east and north."""
    query = records.present_stations_query().order_by(stations.c.id)
    if box is not None:
        west, south, east, north = box
        query = query.where(stations.c.lon.between(west, east), stations.c.lat.between(south, north))
    if register is not None:
        query = query.where(stations.c.register == register)
    return records.query_stations(connection, query)


def find_station(connection: Connection, id: str) -> Station | None:
    """Return one station by its id, or by one that was linked with it; None if it doesn't exist or is gone."""
    query = records.present_stations_query()
    found = records.query_stations(connection, query.where(stations.c.id == id))
    if not found and (kept := load_links(connection).get(id)):
        found = records.query_stations(connection, query.where(stations.c.id == kept))
    return found[0] if found else None


def load_neighbours(connection: Connection, station: Station) -> list[Station]:
    """Return stations that may share a station's place, including itself.

    They are in its district, or within 0.0005 degrees of its point.
    """
    c = stations.c
    near = [c.id == station.id]
    if station.district:
        near.append(c.district == station.district)
    if station.lon is not None and station.lat is not None:
        box = (
            c.lon.between(station.lon - _REACH_DEG, station.lon + _REACH_DEG),
            c.lat.between(station.lat - _REACH_DEG, station.lat + _REACH_DEG),
        )
        near.append(and_(*box))
    return records.query_stations(
        connection, records.present_stations_query().where(or_(*near)).order_by(c.id)
    )


def load_station_history(connection: Connection, id: str) -> list[StationHistoryEntry]:
    """Return the changes of a station under all its ids, oldest first."""
    c, ids = station_changes.c, linked_ids(connection, id)
    query = select(c.sequence, c.at, c.change, c.before, c.after, c.cause).where(c.station_id.in_(ids))
    return [StationHistoryEntry(*row) for row in connection.execute(query.order_by(c.sequence))]


def load_registers(connection: Connection) -> list[RegisterSummary]:
    """Return the registers ordered by name, each with the number of its stations."""
    r, there = registers.c, (stations.c.register == registers.c.name) & stations.c.gone_at.is_(None)
    query = select(r.name, r.source, r.file, r.imported_at, func.count(stations.c.id)).outerjoin(
        stations, there
    )
    return [RegisterSummary(*row) for row in connection.execute(query.group_by(r.name).order_by(r.name))]


def find_station_registers(connection: Connection, ids: Sequence[str]) -> Mapping[str, str]:
    """Return the register of each known id, including gone stations."""
    query = select(stations.c.id, stations.c.register)
    return {row.id: row.register for row in records.rows_with(connection, query, stations.c.id, ids)}


def _store_register(connection: Connection, register: Register, at: datetime) -> None:
    """Store the register's source, file and digest; the same file again changes nothing."""
    c = registers.c
    known = connection.execute(
        select(c.source, c.file, c.digest).where(c.name == register.name)
    ).one_or_none()
    values = {"source": register.source, "file": register.file, "digest": register.digest}
    if known is None:
        connection.execute(insert(registers).values(name=register.name, imported_at=at, **values))
    elif known._asdict() != values:
        connection.execute(update(registers).where(c.name == register.name).values(imported_at=at, **values))


def _write(connection: Connection, register: Register, diff: RegisterDiff, at: datetime) -> None:
    from geo.registry.corrections import (
        answer_corrected,  # here: whoever only reads needs neither numpy nor pyproj
    )

    version = register_version(connection)
    forget_published(connection, load_hand_changed(connection, register.name), diff.taken)
    replaced = (
        *diff.returned,
        *(move.after for move in diff.moved),
        *(change.after for change in diff.changed),
    )
    rows = (records.station_row_values(station, register.name) for station in diff.added)
    _execute(connection, insert(stations), rows)
    changed = update(stations).where(stations.c.id == bindparam("key"))  # each row names its columns
    rows = (records.station_row_values(station, register.name) for station in replaced)
    _execute(connection, changed, ({"key": values.pop("id"), **values} for values in rows))
    _execute(connection, changed, ({"key": station.id, "gone_at": at} for station in diff.gone))
    changes = (
        records.history_entry(id, at, what, register.file, before, after)
        for id, what, before, after in _history_entries(diff)
    )
    linked = link_entries(diff.linked, at, register.file)
    _execute(connection, insert(station_changes), chain(linked, changes))
    answer_corrected(connection, version, at)


def _execute(connection: Connection, statement: Executable, rows: Iterable[dict[str, object]]) -> None:
    for portion in records.batches(rows, _ROWS):
        connection.execute(statement, portion)


def _history_entries(diff: RegisterDiff) -> Iterable[tuple[str, str, str, str]]:
    """Yield (station, change, before, after) for the history."""
    for change, new in (("added", diff.added), ("returned", diff.returned)):
        for station in new:
            yield station.id, change, "{}", records.station_fields_json(station, records.STATION_FIELDS)
    for pair in (*diff.moved, *diff.changed):
        before, after = (records.station_fields_json(one, pair.fields) for one in (pair.before, pair.after))
        yield pair.after.id, "moved" if pair.is_moved else "changed", before, after
    for station in diff.gone:
        yield station.id, "gone", records.station_fields_json(station, records.STATION_FIELDS), "{}"


def register_version(connection: Connection) -> int:
    """Return a number that grows with every change of a station, so that caches know when to reload."""
    newest = select(func.coalesce(func.max(station_changes.c.sequence), 0))
    return int(connection.execute(newest).scalar_one())


def load_changes_since(
    connection: Connection, version: int, most: int
) -> tuple[list[Station], list[str]] | None:
    """Return stations that changed after a version of the register, and the ids of those that are gone.

    None if more than ``most`` changed: then loading all stations is faster.
    """
    c = station_changes.c
    query = select(c.station_id).where(c.sequence > version).distinct().limit(most + 1)
    ids = sorted(connection.execute(query).scalars())
    if len(ids) > most:
        return None
    there = load_current_stations(connection, ids)
    return list(there.values()), sorted(set(ids) - there.keys())


@dataclass(frozen=True, slots=True)
class VersionSpan:
    """A span of versions, after the first number up to the second.

    ``register`` numbers the register's changes, ``live`` the status reports.
    """

    register: tuple[int, int]
    live: tuple[int, int]


def changed_station_ids(connection: Connection, span: VersionSpan, after: str, limit: int) -> list[str]:
    """Return the ids of stations that changed or had a new report, in order, up to ``limit`` after an id."""
    c, s = station_changes.c, station_statements.c
    changed = select(c.station_id).where(c.sequence > span.register[0], c.sequence <= span.register[1])
    spoken_of = select(s.station_id).where(s.sequence > span.live[0], s.sequence <= span.live[1])
    both = union(changed, spoken_of).subquery()
    query = select(both.c.station_id).where(both.c.station_id > after).order_by(both.c.station_id)
    return list(connection.execute(query.limit(limit)).scalars())


def load_current_stations(connection: Connection, ids: Sequence[str]) -> Mapping[str, Station]:
    """Return by id those of the stations that are present now."""
    there = records.present_stations_query()
    queries = (there.where(stations.c.id.in_(portion)) for portion in records.batches(ids))
    return {station.id: station for query in queries for station in records.query_stations(connection, query)}


def load_stations_as_of(
    connection: Connection, at: datetime, *, register: str | None = None
) -> list[Station]:
    """Return the stations that were present at an instant, as they were then, ordered by id."""
    rows = select(*(stations.c[name] for name in records.STATION_FIELDS))
    if register is not None:
        rows = rows.where(stations.c.register == register)
    every = {station.id: station for station in records.query_stations(connection, rows)}
    gone = {id for (id,) in connection.execute(select(stations.c.id).where(stations.c.gone_at.is_not(None)))}
    there = every.keys() - gone
    c = station_changes.c
    since = select(c.station_id, c.change, c.before).where(c.at > at).order_by(c.sequence.desc())
    undone: dict[str, dict[str, object]] = {}
    for id, change, before in connection.execute(since):
        if id not in every:
            continue
        if change in ("added", "returned"):
            there.discard(id)
        else:
            if change == "gone":
                there.add(id)
            undone.setdefault(id, {}).update(json.loads(before))
    return [
        Station.model_validate({**every[id].model_dump(mode="json"), **undone[id]})
        if id in undone
        else every[id]
        for id in sorted(there)
    ]

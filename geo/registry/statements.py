"""Store status reports of stations, load the live status from them, and take back what changed a station."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, insert, select

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from geo.formats.facility_words import FACILITY_TERMS, parse_facilities
from geo.hours import name_usual_hours
from geo.messages import Answered, Inspected, Reported
from geo.registry import records
from geo.registry.corrections import KEEPER
from geo.registry.hand_changes import PLACED, REVOKED, SET, change_by_hand, load_published, read_fields
from geo.registry.inspections import record_inspection
from geo.registry.keys import load_readings
from geo.registry.links import load_links
from geo.registry.reports import (
    RIDER_SOURCE,
    StationEvent,
    answer_let_in,
    find_reports_by_number,
    load_statements,
    record_keeper_answer,
    report_to_row,
)
from geo.registry.stations import StationHistoryEntry, load_station_history
from geo.registry.tables import keeper_keys, station_statements, stations
from geo.station import Station
from geo.status.live import LiveSummary, build_live_summary
from geo.status.statements import (
    FOUND_AT_THE_DOOR,
    NETWORK_CHARS,
    REPORT_TERMS,
    SHUT_KINDS,
    ReporterRole,
    ReportKind,
    StatusReport,
    apply_keeper_answer,
    expires_after_settled,
    expires_at,
    is_within_rate_limit,
    network_of_reporter,
    report_from_event,
)
from store import lock_exclusive

_DAY = timedelta(days=1)
_SHUT_VALUES = sorted(kind.value for kind in SHUT_KINDS)
_ShutByNetwork = dict[str, list[tuple[datetime, str]]]


def find_known_station_ids(connection: Connection, ids: Iterable[str]) -> frozenset[str]:
    """Return those of the ids whose stations are in a register now, also under a linked id."""
    ids = set(ids)
    found = _present_ids(connection, ids)
    unknown = set(ids) - found
    links = load_links(connection) if unknown else {}
    if linked := {id: links[id] for id in unknown & links.keys()}:
        there = find_known_station_ids(connection, linked.values())
        found |= {id for id, kept in linked.items() if kept in there}
    return frozenset(found)


def _present_ids(connection: Connection, ids: Iterable[str]) -> set[str]:
    query = select(stations.c.id).where(stations.c.gone_at.is_(None))
    return {id for (id,) in records.rows_with(connection, query, stations.c.id, ids)}


def stations_by_keeper_key(
    connection: Connection, ids: Iterable[str]
) -> Mapping[str, tuple[str, datetime | None]]:
    """Return the station and the revocation time for each of these keepers' keys that exists."""
    c = keeper_keys.c
    rows = records.rows_with(connection, select(c.id, c.station_id, c.revoked_at), c.id, ids)
    return {row.id: (row.station_id, row.revoked_at) for row in rows}


def record_status_reports(connection: Connection, events: Sequence[StationEvent], now: datetime) -> None:
    """Apply events of known stations, in order; each event is new.

    Call it last in a transaction. From here on other callers wait until this transaction is committed, so
    that reports and changes are numbered in the order of commits.
    """
    if not events:
        return
    lock_exclusive(connection, "import of stations")
    events = _under_kept_ids(connection, events)
    spoken, lasting = _spoken(connection, events), _lasting(connection, events)
    shut = _shut(connection, events)
    answered = [event.payload.report for event in events if isinstance(event.payload, Answered)]
    reported = dict(find_reports_by_number(connection, answered))
    rows = []
    door = list[StatusReport]()
    for event in events:
        saying = _read(report_from_event(f"{event.source} {event.id}", event.at, event.payload))
        if isinstance(event.payload, Answered) and event.payload.report in reported:
            saying = apply_keeper_answer(event.payload.answer, reported[event.payload.report], saying)
        if saying.voice is ReporterRole.RIDER and isinstance(event.payload, Reported):
            mine = spoken.setdefault(saying.who, [])
            heard = (
                saying.who != ""
                and is_within_rate_limit(saying.at, mine)
                and saying.facilities <= FACILITY_TERMS.keys()  # a rider's own words aren't shown to others
                and _is_within_shut_limit(saying, shut)
            )
            saying = replace(saying, counts=heard)
            mine.append(saying.at)
            if event.source == RIDER_SOURCE:
                reported[event.id] = saying
        saying = replace(saying, lapses_at=expires_after_settled(saying, lasting.get(saying.station)))
        if saying.what is not ReportKind.HOURS:
            lasting[saying.station] = max(expires_at(saying), lasting.get(saying.station, saying.at))
        if saying.what in FOUND_AT_THE_DOOR or (saying.is_official and saying.lets_in):
            door.append(saying)
        rows.append(report_to_row(saying, (event.source, event.id), now))
    connection.execute(insert(station_statements), rows)
    for event in events:
        if isinstance(event.payload, Inspected):
            record_inspection(connection, event.payload, event.at, (event.source, event.id), now)
        if isinstance(event.payload, Answered):
            record_keeper_answer(connection, event.payload, event.at, (event.source, event.id), now)
    if door:  # after the answers that name their reports, which may say more
        answer_let_in(connection, door, now)


def _under_kept_ids(connection: Connection, events: Sequence[StationEvent]) -> list[StationEvent]:
    """Return the events with the ids that their stations keep."""
    ids = {event.payload.station for event in events}
    if ids == _present_ids(connection, ids):
        return list(events)
    links = load_links(connection)
    return [
        replace(event, payload=event.payload.model_copy(update={"station": links[event.payload.station]}))
        if event.payload.station in links
        else event
        for event in events
    ]


def _spoken(connection: Connection, events: Sequence[StationEvent]) -> dict[str, list[datetime]]:
    """Return when the riders of these events reported before, within the rate limit's period."""
    riders = {reporter for event in events if (reporter := getattr(event.payload, "reporter", None))}
    c = station_statements.c
    spoken: dict[str, list[datetime]] = {}
    since = min(event.at for event in events) - REPORT_TERMS.rate
    for row in records.rows_with(connection, select(c.who, c.at).where(c.at > since), c.who, riders):
        spoken.setdefault(row.who, []).append(row.at)
    return spoken


def _shut(connection: Connection, events: Sequence[StationEvent]) -> _ShutByNetwork:
    """Return which stations the networks of these events reported shut within the day before, and when."""
    c = station_statements.c
    network = func.substr(c.who, 1, NETWORK_CHARS)
    shutting = (event.payload for event in events if isinstance(event.payload, Reported))
    riders = {one.reporter for one in shutting if one.reporter and one.observation in _SHUT_VALUES}
    shut: _ShutByNetwork = {}
    since = min(event.at for event in events) - _DAY
    query = select(c.who, c.at, c.station_id).where(
        c.lapses_at > since,  # has an index
        c.at > since,
        c.voice == ReporterRole.RIDER.value,
        c.what.in_(_SHUT_VALUES),
    )
    networks = {who[:NETWORK_CHARS] for who in riders}
    for row in records.rows_with(connection, query, network, networks):
        shut.setdefault(network_of_reporter(row.who), []).append((row.at, row.station_id))
    return shut


def _is_within_shut_limit(saying: StatusReport, shut: _ShutByNetwork) -> bool:
    """Return whether a network's report on a shut door still counts, and remember it for the next ones."""
    if saying.what not in SHUT_KINDS:
        return True
    before = shut.setdefault(saying.network, [])
    day = [station for at, station in before if saying.at - _DAY < at <= saying.at]
    before.append((saying.at, saying.station))
    return len({*day, saying.station}) <= REPORT_TERMS.most_shut_by_network


def _lasting(connection: Connection, events: Sequence[StationEvent]) -> dict[str, datetime]:
    """Return for each station until when its longest report lasts that a later report can settle."""
    c = station_statements.c
    query = select(c.station_id, func.max(c.lapses_at).label("until")).where(c.what != ReportKind.HOURS.value)
    ids = {event.payload.station for event in events}
    rows = records.rows_with(connection, query.group_by(c.station_id), c.station_id, ids)
    return {row.station_id: row.until for row in rows}


def _read(saying: StatusReport) -> StatusReport:
    """Return the report in the register's vocabulary: facility codes, one term for the usual hours."""
    facilities = frozenset(code for text in saying.facilities for code in parse_facilities(text).named)
    if saying.what is ReportKind.INSPECTED:
        # Items of a standard, such as room size, are dropped: riders don't search for them.
        facilities &= FACILITY_TERMS.keys()
    else:
        facilities = facilities or saying.facilities
    return replace(saying, hours_text=name_usual_hours(saying.hours_text), facilities=facilities)


def load_live_summaries(
    connection: Connection, at: datetime, *, station: str | None = None
) -> dict[str, LiveSummary]:
    """Return the live summary at an instant for each station with devices, or reports that have not expired."""
    c = station_statements.c
    query = select(station_statements).where(c.lapses_at > at)
    if station is not None:
        query = query.where(c.station_id == station)
    sayings: dict[str, list[StatusReport]] = {}
    for one in load_statements(connection, query):
        sayings.setdefault(one.status_report.station, []).append(one.status_report)
    readings = load_readings(connection, station)
    return {
        id: build_live_summary(sayings.get(id, ()), at, readings=readings.get(id, ()))
        for id in sayings.keys() | readings.keys()
    }


def live_version(connection: Connection) -> int:
    """Return a number that grows with every status report, as ``register_version`` with every change."""
    newest = select(func.coalesce(func.max(station_statements.c.sequence), 0))
    return int(connection.execute(newest).scalar_one())


def stations_reported_since(connection: Connection, version: int, most: int) -> frozenset[str] | None:
    """Return the stations with reports after a version; None if there are more than ``most``."""
    c = station_statements.c
    query = select(c.station_id).where(c.sequence > version).distinct().limit(most + 1)
    found = frozenset(connection.execute(query).scalars())
    return found if len(found) <= most else None


_FAULTS = FaultTable(
    "revocation",
    {
        "no_change": (
            N_("the station has no change {value} that can be taken back"),
            N_("choose one of those that its page names"),
        ),
        "over": (
            N_("what the change {value} set holds no more, or its publisher says the same by now"),
            N_("look at what was changed since, and set the field anew"),
        ),
    },
)


def list_revocable(
    connection: Connection, history: Sequence[StationHistoryEntry], station: Station
) -> list[StationHistoryEntry]:
    """List the changes by hand that can be taken back, the newest first.

    Their values still hold, nobody changed these fields since, but for what was taken back, and they are not what the
    publisher says by now: a field that it agreed on is its own again.
    """
    published, standing = load_published(connection, station.id), _find_standing(history)
    return [
        entry
        for entry in reversed(history)
        if entry.change in (SET, PLACED)
        and published.keys() >= (set_to := json.loads(entry.after)).keys()
        and set_to == read_fields(station, set_to)
        and all(_is_alike(entry, standing[name]) for name in set_to)
    ]


def _find_standing(history: Sequence[StationHistoryEntry]) -> Mapping[str, StationHistoryEntry | None]:
    """Return for each field the last entry that changed it and was not taken back."""
    entries: dict[str, list[StationHistoryEntry]] = {}
    for entry in history:
        for name in json.loads(entry.after):
            of_field = entries.setdefault(name, [])
            if entry.change != REVOKED:
                of_field.append(entry)
            elif of_field:
                of_field.pop()
    return {name: of_field[-1] if of_field else None for name, of_field in entries.items()}


def _is_alike(one: StationHistoryEntry, other: StationHistoryEntry | None) -> bool:
    """Return whether two entries are one, or the same person's same change, made anew."""
    return other is not None and (one.before, one.after, one.cause) == (
        other.before,
        other.after,
        other.cause,
    )


def revoke_change(connection: Connection, station: Station, sequence: int, by: str, at: datetime) -> Station:
    """Give the values from before a change by hand back, and return the station as it is now.

    *Raises*: FaultError if the station has no such change, or if its values hold no more, or are the publisher's by now.
    """
    history = load_station_history(connection, station.id)
    found = [entry for entry in history if entry.sequence == sequence and entry.change in (SET, PLACED)]
    if not found:
        raise FaultError(_FAULTS.build("no_change", field="change", value=sequence))
    if found[0] not in list_revocable(connection, history, station):
        raise FaultError(_FAULTS.build("over", field="change", value=sequence))
    return change_by_hand(connection, station.id, json.loads(found[0].before), by, at, REVOKED)


def find_surveyed_point(history: Sequence[StationHistoryEntry]) -> tuple[float, float] | None:
    """Return where an import or an officer last placed a station (WGS84); None if neither ever did.

    Nobody places a station anew where it returns, or where an officer takes a change back: if the point is its keeper's,
    what counts is where others had placed it then.
    """
    point: dict[str, float | None] = {"lon": None, "lat": None}
    surveyed, of_keepers = dict(point), dict[tuple[float | None, ...], dict[str, float | None]]()
    for entry in history:
        said = json.loads(entry.after)
        if "lon" not in said and "lat" not in said:
            continue
        point |= {name: said[name] for name in point if name in said}
        if entry.cause.startswith(KEEPER):
            of_keepers[tuple(point.values())] = surveyed
        elif entry.change in ("returned", REVOKED):
            surveyed = of_keepers.get(tuple(point.values()), dict(point))
        else:
            surveyed = dict(point)
    lon, lat = surveyed["lon"], surveyed["lat"]
    return None if lon is None or lat is None else (lon, lat)

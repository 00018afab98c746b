"""What is said of stations, brought into the register and read from it again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from geo.formats.wording import FACILITIES, facilities_in
from geo.hours import USUAL
from geo.messages import Answered, Inspected
from geo.registry import records
from geo.registry.inspections import record_inspection
from geo.registry.reports import RIDERS, record_answer, sayings_of_reports
from geo.registry.statement_rows import StationEvent, row_of, saying_of
from geo.registry.status_tables import keeper_keys, station_sayings
from geo.registry.tables import stations
from geo.status.live import Live, live_at
from geo.status.statements import TERMS, Saying, Voice, What, answering, counts, lapses, lapses_after, said
from store import one_at_a_time

_AS_USUAL = frozenset({USUAL, "照常开放", "照常营业", "正常开放", "正常营业", "as usual"})


def known_stations(connection: Connection, ids: Iterable[str]) -> frozenset[str]:
    """Which of these are in a register now."""
    found: set[str] = set()
    for portion in records.batches(sorted(set(ids))):
        query = select(stations.c.id).where(stations.c.id.in_(portion), stations.c.gone_at.is_(None))
        found.update(connection.execute(query).scalars())
    return frozenset(found)


def keeper_stations(connection: Connection, ids: Iterable[str]) -> Mapping[str, tuple[str, datetime | None]]:
    """The station of each of these keepers' keys that there is, and when it was revoked."""
    found: dict[str, tuple[str, datetime | None]] = {}
    c = keeper_keys.c
    for portion in records.batches(sorted(set(ids))):
        rows = connection.execute(select(c.id, c.station_id, c.revoked_at).where(c.id.in_(portion)))
        found.update({row.id: (row.station_id, row.revoked_at) for row in rows})
    return found


def record_sayings(connection: Connection, events: Sequence[StationEvent], now: datetime) -> None:
    """Let events of known stations take effect, in order; each of them is new.

    Call it last in a transaction: from here on others who do the same wait until it is committed, so
    that sayings and changes are numbered in the order of commits.
    """
    if not events:
        return
    one_at_a_time(connection, "import of stations")
    spoken, lasting = _spoken(connection, events), _lasting(connection, events)
    reported = _reported(connection, events)
    rows = []
    for event in events:
        saying = _read(said(f"{event.source} {event.id}", event.at, event.payload))
        if isinstance(event.payload, Answered) and event.payload.report in reported:
            saying = answering(event.payload.answer, reported[event.payload.report], saying)
        if saying.voice is Voice.RIDER:
            mine = spoken.setdefault(saying.who, [])
            heard = saying.who != "" and counts(saying.at, mine) and saying.facilities <= FACILITIES.keys()
            saying = replace(saying, counts=heard)  # no rider's own words for a facility are shown to others
            mine.append(saying.at)
            if event.source == RIDERS:
                reported[event.id] = saying
        saying = replace(saying, lapses_at=lapses_after(saying, lasting.get(saying.station)))
        if saying.what is not What.HOURS:
            lasting[saying.station] = max(lapses(saying), lasting.get(saying.station, saying.at))
        rows.append(row_of(saying, event, now))
    connection.execute(insert(station_sayings), rows)
    for event in events:
        if isinstance(event.payload, Inspected):
            record_inspection(connection, event.payload, event.at, (event.source, event.id), now)
        if isinstance(event.payload, Answered):
            record_answer(connection, event.payload, event.at, (event.source, event.id), now)


def _reported(connection: Connection, events: Sequence[StationEvent]) -> dict[str, Saying]:
    """The reports that these events answer and that were handled before."""
    numbers = [event.payload.report for event in events if isinstance(event.payload, Answered)]
    return dict(sayings_of_reports(connection, numbers))


def _spoken(connection: Connection, events: Sequence[StationEvent]) -> dict[str, list[datetime]]:
    """When the riders of these events spoke before, as far back as it matters."""
    riders = {reporter for event in events if (reporter := getattr(event.payload, "reporter", None))}
    c = station_sayings.c
    spoken: dict[str, list[datetime]] = {}
    since = min(event.at for event in events) - TERMS.rate
    for portion in records.batches(sorted(riders)):
        for who, at in connection.execute(select(c.who, c.at).where(c.who.in_(portion), c.at > since)):
            spoken.setdefault(who, []).append(at)
    return spoken


def _lasting(connection: Connection, events: Sequence[StationEvent]) -> dict[str, datetime]:
    """Until when the longest word about each station lasts that another word can settle."""
    c = station_sayings.c
    query = select(c.station_id, func.max(c.lapses_at)).where(c.what != What.HOURS.value)
    lasting: dict[str, datetime] = {}
    for portion in records.batches(sorted({event.payload.station for event in events})):
        rows = connection.execute(query.where(c.station_id.in_(portion)).group_by(c.station_id))
        lasting.update({row[0]: row[1] for row in rows})
    return lasting


def _read(saying: Saying) -> Saying:
    """In the register's words: codes of facilities, one word for the usual hours."""
    usual = saying.hours_text.strip().lower() in _AS_USUAL
    facilities = frozenset(code for text in saying.facilities for code in facilities_in(text))
    if saying.what is What.INSPECTED:
        facilities &= (
            FACILITIES.keys()
        )  # room enough, and what else a standard asks for, riders don't look for
    else:
        facilities = facilities or saying.facilities
    return replace(saying, hours_text=USUAL if usual else saying.hours_text, facilities=facilities)


# --- what holds


def load_live(connection: Connection, at: datetime, *, station: str | None = None) -> dict[str, Live]:
    """What holds at an instant, by station; only those of which something was said that has not lapsed."""
    c = station_sayings.c
    query = select(station_sayings).where(c.lapses_at > at)
    if station is not None:
        query = query.where(c.station_id == station)
    sayings: dict[str, list[Saying]] = {}
    for row in connection.execute(query):
        sayings.setdefault(row.station_id, []).append(saying_of(row))
    return {id: live_at(of_one, at) for id, of_one in sayings.items()}


def live_version(connection: Connection) -> int:
    """Grows with everything that is said of a station, as ``register_version`` with every change."""
    newest = select(func.coalesce(func.max(station_sayings.c.sequence), 0))
    return int(connection.execute(newest).scalar_one())


def spoken_of_since(connection: Connection, version: int, most: int) -> frozenset[str] | None:
    """The stations of which something was said after a version; None where there are more than ``most``."""
    c = station_sayings.c
    query = select(c.station_id).where(c.sequence > version).distinct().limit(most + 1)
    found = frozenset(connection.execute(query).scalars())
    return found if len(found) <= most else None

"""What was said of one station, each with the event that said it: for whoever keeps it, to be taken back."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from geo.registry.statement_rows import saying_of
from geo.registry.status_tables import station_sayings
from geo.status.statements import Saying


@dataclass(frozen=True, slots=True)
class Word:
    """One saying and its event's id."""

    number: str
    saying: Saying


def load_words(connection: Connection, station: str, at: datetime) -> list[Word]:
    """All that was said of a station and has not lapsed, in order."""
    c = station_sayings.c
    query = select(station_sayings).where(c.station_id == station, c.lapses_at > at)
    words = [Word(row.event_id, saying_of(row)) for row in connection.execute(query)]
    return sorted(words, key=lambda word: word.saying.order)


def find_word(connection: Connection, station: str, source: str, number: str) -> Word | None:
    """What one event said of a station; None while it has not been handled, or was refused."""
    c = station_sayings.c
    mine = (c.event_id == number, c.source == source, c.station_id == station)
    row = connection.execute(select(station_sayings).where(*mine)).one_or_none()
    return None if row is None else Word(row.event_id, saying_of(row))

"""The share of readings that found a self-service station occupied, by weekday and hour of the day."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from geo.registry.readings import sensed_hours

HOURS_OF_WEEK = 7 * 24


@dataclass(frozen=True, slots=True)
class WeekOfUse:
    """How a station was used in each civil hour of the week, Monday 00:00 first.

    ``occupied_share`` is the share of readings that said that somebody was inside, of those that said
    whether; None where no reading said so. ``days`` counts the days with such readings.
    """

    station: str
    occupied_share: tuple[float | None, ...]
    days: int


def load_weeks_of_use(
    connection: Connection, stations: Collection[str], since: date, until: date
) -> list[WeekOfUse]:
    """Load the use of those of these stations whose devices reported in a period, both days included."""
    c = sensed_hours.c
    query = select(c.station_id, c.sensed_on, c.hour, c.watched, c.occupied).where(
        c.sensed_on.between(since, until)
    )
    watched: dict[str, Counter[int]] = {}
    occupied: dict[str, Counter[int]] = {}
    days: dict[str, set[date]] = {}
    for row in connection.execute(query):
        if row.station_id not in stations:
            continue
        hour = row.sensed_on.weekday() * 24 + row.hour
        watched.setdefault(row.station_id, Counter())[hour] += row.watched
        occupied.setdefault(row.station_id, Counter())[hour] += row.occupied
        days.setdefault(row.station_id, set()).update([row.sensed_on] if row.watched else [])
    return [WeekOfUse(id, tuple(_shares(occupied[id], watched[id])), len(days[id])) for id in sorted(watched)]


def _shares(occupied: Counter[int], watched: Counter[int]) -> list[float | None]:
    return [occupied[hour] / watched[hour] if watched[hour] else None for hour in range(HOURS_OF_WEEK)]

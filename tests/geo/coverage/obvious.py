"""Slow, obvious answers: every geodesic of every pair, every door at every hour."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
from pyproj import Geod

from geo.calendars import Calendar
from geo.coverage.demand import Demand
from geo.hours import Schedules
from geo.nearest.filters import Filters
from geo.station import Access, Kind, Station, Status
from tests.geo.nearest.brute_force import INDEX_STATES, hours_will_do, passes_apart_from_hours

GEOD = Geod(ellps="WGS84")


def place(name: str, lon: float, lat: float, hours: str = "24小时", **facts: object) -> Station:
    usual = {"kind": Kind.OUTDOOR_STATION, "access": Access.PUBLIC, "calendar": Calendar.CN}
    return Station(id=name, name=name, lon=lon, lat=lat, hours_text=hours, **(usual | facts))


def all_distances(points: np.ndarray, places: np.ndarray) -> np.ndarray:
    """*Shape*: (n, 2) and (m, 2) to (n, m). *Units*: metres."""
    n, m = len(points), len(places)
    start, end = np.repeat(points, m, axis=0), np.tile(places, (n, 1))
    return np.reshape(GEOD.inv(start[:, 0], start[:, 1], end[:, 0], end[:, 1])[2], (n, m))


def will_do(stations: Sequence[Station], when: datetime, filters: Filters) -> np.ndarray:
    """Which stations pass at an instant, one by one."""
    accepted = {
        (text, calendar): [
            accepts_for_the_stay(text, calendar, when, filters, status) for status in (True, False)
        ]
        for text, calendar in {(one.hours_text, one.calendar) for one in stations}
    }
    return np.array(
        [
            passes_apart_from_hours(one, filters)
            and accepted[one.hours_text, one.calendar][0 if one.status is Status.ACTIVE else 1]
            for one in stations
        ],
        dtype=bool,
    )


def accepts_for_the_stay(
    text: str, calendar: Calendar, when: datetime, filters: Filters, in_service: bool
) -> bool:
    """Minute by minute."""
    schedules = Schedules.compile([(text, calendar)])
    minutes = [when + timedelta(minutes=minute) for minute in range(max(1, filters.stay_min))]
    codes = [int(schedules.states(schedules.ids, minute)[0]) if in_service else 0 for minute in minutes]
    return all(hours_will_do(INDEX_STATES[code], filters) for code in codes)


def nearest_that_do(demand: Demand, stations: Sequence[Station], good: np.ndarray) -> np.ndarray:
    """How far the nearest is; infinite beyond 100 km. Stations in the order of their ids."""
    places = np.array([(s.lon, s.lat) for s in stations], dtype=float).reshape(-1, 2)[good]
    if not len(places):
        return np.full(len(demand), np.inf)
    metres = all_distances(demand.points, places).min(axis=1)
    return np.where(metres <= 100_000, metres, np.inf)


def weighted_quantile(values: np.ndarray, weights: np.ndarray, share: float) -> float:
    """Of whole weights, by writing every value down as often as it weighs."""
    written = np.sort(np.repeat(values, weights.astype(int)))
    if not len(written):
        return float("nan")
    return float(written[max(0, int(np.ceil(len(written) * share - 1e-9)) - 1)])

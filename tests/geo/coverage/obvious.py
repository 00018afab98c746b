"""Slow, obvious answers: every geodesic of every pair, every door at every hour."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from core.calendars import Calendar
from geo.coverage.demand import Demand
from geo.nearest.filters import Filters
from geo.station import Access, Kind, Station
from tests.geo.nearest.brute_force import all_distances
from tests.geo.nearest.brute_force import will_do as clerk_will_do


def place(name: str, lon: float, lat: float, hours: str = "24小时", **facts: object) -> Station:
    usual = {"kind": Kind.OUTDOOR_STATION, "access": Access.PUBLIC, "calendar": Calendar.CN}
    return Station(id=name, name=name, lon=lon, lat=lat, hours_text=hours, **(usual | facts))


def will_do(stations: Sequence[Station], when: datetime, filters: Filters) -> np.ndarray:
    """Which stations pass at an instant."""
    return clerk_will_do(stations, np.zeros((1, len(stations))), filters, when)[0]


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

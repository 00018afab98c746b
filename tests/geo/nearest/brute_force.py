"""The slow, obvious answer of the locator: every geodesic, every filter, sorted."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache

import numpy as np
from pyproj import Geod

from core.calendars import Calendar
from geo.geodesy import ARC_ERROR_M
from geo.hours import Schedules
from geo.nearest.filters import Filters
from geo.nearest.index import StationIndex
from geo.nearest.query import NearestOrder, NearestQuery
from geo.nearest.travel import Travel
from geo.station import Access, Entry, Kind, OpeningState, Station, Status
from tests.tiers import ENDURES

GEOD = Geod(ellps="WGS84")
NOW = datetime(2026, 9, 18, 8, 50, tzinfo=UTC)  # a Friday, 16:50 in Jinan: doors close while one walks
PHRASES = ("", "24小时", "周一至周五9:00-17:00", "8:30-17:30", "周一至周日18:00-6:00", "随缘开放")
TODAY = date(2026, 9, 18)
FACILITIES = ("water", "microwave", "toilet", "charging")
INDEX_STATES = (OpeningState.CLOSED, OpeningState.OPEN, OpeningState.UNKNOWN)


Answer = list[tuple[str, float]]
ANYTHING = Filters()


@dataclass(frozen=True)
class Case:
    filters: Filters = ANYTHING
    travel: Travel | None = None
    within_m: float | None = None
    order: NearestOrder = NearestOrder.DISTANCE


OPEN_FIRST = NearestOrder.OPEN_FIRST
SINGLE = {
    "nothing": Case(),
    "nothing, open first": Case(order=OPEN_FIRST),
    "usable, open first": Case(Filters.usable_only(), order=OPEN_FIRST),
    "usable on arrival within 6 km, open first": Case(
        Filters.usable_only(), Travel.walk(), 6_000.0, OPEN_FIRST
    ),
    "rare and not closed, open first": Case(
        Filters(benefits=frozenset({"cake", "film"}), not_closed=True), Travel.e_bike(), order=OPEN_FIRST
    ),
    "unknown for a while, open first": Case(Filters(not_closed=True, stay_min=40), order=OPEN_FIRST),
    "kind": Case(Filters(kinds=frozenset({Kind.MOTHER_ROOM, Kind.LIBRARY}))),
    "one facility": Case(Filters(facilities=frozenset({"water"}))),
    "several facilities": Case(Filters(facilities=frozenset({"water", "toilet", "charging"}))),
    "a facility nobody has": Case(Filters(facilities=frozenset({"sauna"}))),
    "entry": Case(Filters(entries=frozenset({Entry.WALK_IN}))),
    "access": Case(Filters(accesses=frozenset({Access.PUBLIC, Access.MEMBERS}))),
    "status": Case(Filters(statuses=frozenset({Status.CLOSED_FOR_GOOD}))),
    "open now": Case(Filters(open_only=True)),
    "not closed now": Case(Filters(not_closed=True)),
    "open on arrival on foot": Case(Filters(open_only=True), Travel.walk()),
    "open on arrival by e-bike": Case(Filters(open_only=True), Travel.e_bike(1.5)),
    "not closed on arrival": Case(Filters(not_closed=True), Travel(0.4)),
    "usable": Case(Filters.usable_only()),
    "usable on arrival for members": Case(Filters.usable_only(member=True), Travel.walk()),
    "within 3 km": Case(within_m=3_000.0),
    "verified within 30 days": Case(Filters(verified_within_days=30)),
    "open for half an hour": Case(Filters(stay_min=30)),
    "open for twenty minutes from arrival": Case(Filters(open_only=True, stay_min=20), Travel.walk()),
    "not closed for two hours from arrival": Case(Filters(not_closed=True, stay_min=120), Travel.e_bike()),
    "own employer's or public": Case(Filters(accesses=frozenset({Access.PUBLIC}), employer="环卫所")),
    "own employer": Case(Filters(employer="快递公司")),
    "usable for own staff": Case(replace(Filters.usable_only(member=True), employer="环卫所"), Travel.walk()),
    "takes a benefit": Case(Filters(benefits=frozenset({"cake"}))),
    "takes two, which is rare": Case(Filters(benefits=frozenset({"cake", "film"}), verified_within_days=200)),
    "open on arrival within 5 km with water, walk in": Case(
        Filters(open_only=True, facilities=frozenset({"water"}), entries=frozenset({Entry.WALK_IN})),
        Travel.walk(),
        5_000.0,
    ),
    "everything at once": Case(
        Filters(
            kinds=frozenset({Kind.OUTDOOR_STATION, Kind.MOTHER_ROOM}),
            facilities=frozenset({"water"}),
            entries=frozenset({Entry.WALK_IN, Entry.SCAN, Entry.UNKNOWN}),
            accesses=frozenset({Access.PUBLIC, Access.UNKNOWN}),
            statuses=frozenset({Status.ACTIVE, Status.CLOSED_TEMPORARILY}),
            open_only=True,
        ),
        Travel.e_bike(),
        40_000.0,
    ),
}


def places(rng: np.random.Generator, n: int) -> np.ndarray:
    """Town, countryside, several at one place, and a lattice that breeds ties."""
    town = rng.normal((117.0, 36.65), (0.05, 0.04), (n // 2, 2))
    country = rng.uniform((114.8, 34.4), (122.7, 38.4), (n // 4, 2))
    lattice = np.stack(np.meshgrid(116.9 + np.arange(6) / 64, 36.5 + np.arange(6) / 64), -1).reshape(-1, 2)
    doubled = town[rng.integers(0, len(town), n - len(town) - len(country) - len(lattice))]
    return np.concatenate((town, country, lattice, doubled))


def station(rng: np.random.Generator, number: int, lon: float, lat: float) -> Station:
    def pick(values: Sequence[object]) -> object:
        return values[rng.integers(len(values))]

    return Station(
        id=f"s{number:05d}",
        name=f"驿站{number}",
        kind=pick(tuple(Kind)[:4]),
        lon=lon,
        lat=lat,
        hours_text=pick(PHRASES),
        entry=pick(tuple(Entry)),
        access=pick(tuple(Access)),
        facilities=frozenset(f for f in FACILITIES if rng.random() < 0.7),
        employer=pick(("", "环卫所", "快递公司")),
        accepts=frozenset(b for b in ("cake", "film") if rng.random() < 0.12),
        verified_on=pick((None, *(TODAY - timedelta(days=d) for d in (0, 30, 31, 200, 201)))),
        status=pick((Status.ACTIVE,) * 6 + (Status.CLOSED_TEMPORARILY, Status.CLOSED_FOR_GOOD)),
    )


def register(seed: int, n: int) -> list[Station]:
    rng = np.random.default_rng(seed)
    shuffled = rng.permutation(n)  # so that ids don't follow places
    return [station(rng, int(i), *p) for i, p in zip(shuffled, places(rng, n).tolist(), strict=True)]


def queries(seed: int, n: int) -> np.ndarray:
    """Half in town, some in the country, some just on a station or in the middle of the lattice."""
    rng = np.random.default_rng(seed)
    town = rng.normal((117.0, 36.65), (0.08, 0.06), (n // 2, 2))
    country = rng.uniform((113.0, 33.0), (124.0, 40.0), (n // 4, 2))
    on = np.array([(s.lon, s.lat) for s in SMALL])[rng.integers(0, len(SMALL), n // 8)]
    tied = np.array((116.9, 36.5)) + rng.integers(0, 11, (n - n // 2 - n // 4 - n // 8, 2)) / 128
    return np.concatenate((town, country, on, tied))


SMALL = register(1, 500)
QUERIES = 2_000 if ENDURES else 200


@cache
def small_world() -> tuple[StationIndex, np.ndarray, np.ndarray]:
    points = queries(2, QUERIES)
    return StationIndex.build(SMALL), points, all_geodesics(points, sorted(SMALL, key=lambda s: s.id))


def all_geodesics(points: np.ndarray, stations: Sequence[Station]) -> np.ndarray:
    return all_distances(points, np.array([(s.lon, s.lat) for s in stations], dtype=float).reshape(-1, 2))


def all_distances(points: np.ndarray, places: np.ndarray) -> np.ndarray:
    """*Shape*: (n, 2) and (m, 2) to (n, m). *Units*: metres."""
    n, m = len(points), len(places)
    start, end = np.repeat(points, m, axis=0), np.tile(places, (n, 1))
    return np.reshape(GEOD.inv(start[:, 0], start[:, 1], end[:, 0], end[:, 1])[2], (n, m))


def passes_apart_from_hours(one: Station, asked: Filters) -> bool:
    if asked == Filters():
        return True
    if asked.statuses:
        if one.status not in asked.statuses:
            return False
    elif one.status is Status.CLOSED_FOR_GOOD:
        return False
    return (
        (not asked.kinds or one.kind in asked.kinds)
        and (not asked.entries or one.entry in asked.entries)
        and (
            not asked.accesses
            or one.access in asked.accesses
            or (one.access is Access.EMPLOYER and bool(asked.employer))
        )
        and all(facility in one.facilities for facility in asked.facilities)
        and all(benefit in one.accepts for benefit in asked.benefits)
        and (not asked.employer or one.access is not Access.EMPLOYER or one.employer == asked.employer)
        and (
            asked.verified_within_days is None
            or (one.verified_on is not None and (TODAY - one.verified_on).days <= asked.verified_within_days)
        )
    )


def hours_will_do(state: OpeningState, asked: Filters) -> bool:
    if asked.open_only or (asked.stay_min and not asked.not_closed):
        return state == OpeningState.OPEN
    return not asked.not_closed or state != OpeningState.CLOSED


def brute_all(geodesics: np.ndarray, stations: Sequence[Station], case: Case, k: int) -> list[Answer]:
    """What a patient clerk would answer for each point; the stations stand in the order of their ids."""
    slow = 0.0 if case.travel is None else case.travel.detour_factor / case.travel.speed_m_per_s
    good = will_do(stations, geodesics * slow, case.filters)
    if case.within_m is not None:
        good &= geodesics <= case.within_m
    weighed = geodesics * weights(stations, geodesics * slow, case.order)
    return [
        sort_by_way(way, row, stations, kept)[:k]
        for way, row, kept in zip(weighed, geodesics, good, strict=True)
    ]


def weights(
    stations: Sequence[Station], seconds: np.ndarray, order: NearestOrder, now: datetime = NOW
) -> np.ndarray:
    """How many times the way counts to each station for who arrives after so many seconds."""
    if order is NearestOrder.DISTANCE:
        return np.ones(seconds.shape)
    arrivals = np.datetime64(now.replace(tzinfo=None), "s") + np.floor(seconds).astype("timedelta64[s]")
    schedules = schedules_of(tuple((s.hours_text, s.calendar) for s in stations))
    unknown = schedules.states(schedules.ids, arrivals) == INDEX_STATES.index(OpeningState.UNKNOWN)
    return np.where(unknown & np.array([s.status is Status.ACTIVE for s in stations]), 2.0, 1.0)


def will_do(
    stations: Sequence[Station], seconds: np.ndarray, filters: Filters, now: datetime = NOW
) -> np.ndarray:
    """Which stations pass for who arrives after so many seconds, which are points × stations."""
    arrivals = np.datetime64(now.astimezone(UTC).replace(tzinfo=None), "s") + np.floor(seconds).astype(
        "timedelta64[s]"
    )
    schedules = schedules_of(tuple((s.hours_text, s.calendar) for s in stations))
    good = np.zeros(seconds.shape, dtype=bool)
    by_code = np.zeros((3, len(stations)), dtype=bool)
    for column, one in enumerate(stations):
        good[:, column] = passes_apart_from_hours(one, filters)
        states = INDEX_STATES if one.status is Status.ACTIVE else (OpeningState.CLOSED,) * 3
        by_code[:, column] = [hours_will_do(state, filters) for state in states]
    for second in moments(filters.stay_min):
        codes = schedules.states(schedules.ids, arrivals + np.timedelta64(second, "s"))
        good &= by_code[codes, np.arange(len(stations))]
    return good


@lru_cache(maxsize=512)
def schedules_of(pairs: tuple[tuple[str, Calendar], ...]) -> Schedules:
    return Schedules.compile(pairs)


def moments(stay_min: int) -> list[int]:
    """Seconds of a stay that meet all its minutes."""
    return [60 * minute for minute in range(stay_min)] + [60 * stay_min - 1] if stay_min else [0]


def sort_by_way(
    ways: np.ndarray, metres: np.ndarray, stations: Sequence[Station], good: np.ndarray
) -> Answer:
    """Sort by the way, then by distance and id."""
    rows = zip(ways[good].tolist(), metres[good].tolist(), np.flatnonzero(good).tolist(), strict=True)
    return [(stations[i].id, m) for _, m, i in sorted(rows)]


def brute(metres: np.ndarray, stations: Sequence[Station], case: Case, k: int) -> Answer:
    return brute_all(metres[None, :], stations, case, k)[0]


def ask(index: StationIndex, points: np.ndarray, case: Case, k: int) -> list[Answer]:
    found, metres = index.nearest_arrays(points, NearestQuery(NOW, k, **vars(case)))
    assert ((found == -1) == np.isinf(metres)).all()
    return [
        [(index.stations[i].id, m) for i, m in zip(row, of_row, strict=True) if i != -1]
        for row, of_row in zip(found.tolist(), metres.tolist(), strict=True)
    ]


def assert_same(mine: Answer, true: Answer) -> None:
    assert [name for name, _ in mine] == [name for name, _ in true]
    assert all(abs(a - b) <= ARC_ERROR_M for (_, a), (_, b) in zip(mine, true, strict=True))


def here(name: str, metres_east: float, **facts: object) -> Station:
    lon, lat, _ = GEOD.fwd(117.0, 36.65, 90, metres_east)
    defaults = {"kind": Kind.OUTDOOR_STATION, "hours_text": "24小时", "access": Access.PUBLIC}
    return Station(id=name, name=name, lon=lon, lat=lat, **(defaults | facts))

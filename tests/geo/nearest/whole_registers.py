"""Whole registers, random questions of riders, and the slow, obvious answer: every station of the register, sorted."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path

import numpy as np

from core.civil_time import CIVIL_TIME
from geo.datum import Datum
from geo.districts import Districts
from geo.formats.facts import shandong_population
from geo.formats.outlines import read_outlines
from geo.hours import UNVERIFIED_ALL_DAY, USUAL_HOURS_ON_HOLIDAY, Opening, Schedules
from geo.nearest.filters import Filters
from geo.nearest.first_to_open import MAX_GROWN_M
from geo.nearest.index import StationIndex
from geo.nearest.query import NearestOrder, NearestQuery, NearestResult
from geo.nearest.travel import Network, Travel
from geo.station import Access, Kind, OpeningState, Station
from tests.geo.nearest.brute_force import (
    OPEN_FIRST,
    all_distances,
    hours_will_do,
    moments,
    passes_apart_from_hours,
    schedules_of,
    will_do,
)
from yihui.samples.register import (
    SEED,
    generate_register_rows,
    load_shandong_counties,
    write_register,
)
from yihui.services.stations.station_import import RegisterRequest, read_register

SHARED = Path(__file__).parents[3].parent / "shared" / "data"
INSTANTS = [
    datetime.fromisoformat(f"{text}+08:00")
    for text in (
        "2026-11-24T02:00",
        "2026-10-01T10:00",  # National Day
        "2026-10-01T02:00",
        "2026-02-17T11:50",  # the first day of Spring Festival
        "2026-02-15T23:40",  # its night before
        "2026-11-27T17:20",  # a Friday: doors close while one walks
        "2026-11-29T09:30",
        "2026-10-10T16:45",  # a make-up Saturday, National Day in Taiwan
    )
]
_CITIES = {
    # Jinan, Qingdao, Heze, Yantai; the edges at Dezhou, Zaozhuang, the sea; Beijing, and far away
    "demo": (
        ((117.0, 36.65), (120.38, 36.07), (115.48, 35.24), (121.4, 37.5)),
        ((116.3, 37.85), (117.6, 34.45), (122.7, 37.4), (114.85, 35.6)),
        ((116.4, 39.9), (87.6, 43.8), (-150.0, -20.0)),
    ),
    # Taipei, Kaohsiung, Taichung, Hualien; Kinmen, Lienchiang, Orchid Island; Fuzhou, and far away
    "taiwan": (
        ((121.54, 25.04), (120.3, 22.63), (120.68, 24.15), (121.6, 23.98)),
        ((118.32, 24.43), (119.95, 26.16), (121.55, 22.05), (120.85, 21.9)),
        ((119.3, 26.08), (117.0, 36.65), (0.0, 0.0)),
    ),
}


@dataclass(frozen=True)
class Register:
    """A register with its index; `stations` are the placed ones in the order of their ids."""

    name: str
    index: StationIndex

    @cached_property
    def stations(self) -> tuple[Station, ...]:
        return tuple(self.index.stations)

    @cached_property
    def places(self) -> np.ndarray:
        return np.array([(one.lon, one.lat) for one in self.stations])

    def random_point(self, rng: np.random.Generator) -> np.ndarray:
        """Return a point: in a town, near a station or on one, at the register's edge, and now and then far away."""
        towns, edges, far = _CITIES[self.name]
        where = rng.random()
        if where < 0.35:
            return rng.normal(towns[rng.integers(len(towns))], 0.05)
        if where < 0.6:
            spread = rng.choice((0.0, 0.003, 0.1))
            return rng.normal(self.places[rng.integers(len(self.places))], spread)
        if where < 0.85:
            return rng.normal(edges[rng.integers(len(edges))], 0.1)
        return np.array(far[rng.integers(len(far))])

    @cached_property
    def schedules(self) -> Schedules:
        return schedules_of(tuple((s.hours_text, s.calendar) for s in self.stations))

    def opening(self, number: int, at: datetime) -> Opening:
        return self.schedules.opening(int(self.schedules.ids[number]), at)


def read_demo(folder: Path) -> Register:
    """The demo's own register, as `yihui demo` writes and imports it."""
    write_register(
        generate_register_rows(load_shandong_counties(), shandong_population(), SEED),
        folder / "register.csv",
    )
    return _read("demo", RegisterRequest(folder / "register.csv", Datum.WGS84))


def read_taiwan() -> Register:
    """The real register of nursing rooms beside the checkout."""
    file = SHARED / "stations" / "tw_nursing_rooms_geocoded.json"
    return _read("taiwan", RegisterRequest(file, Datum.WGS84, constants={"kind": "mother_room"}))


def _read(name: str, request: RegisterRequest) -> Register:
    reading = read_register(request, lambda: Districts(read_outlines())).reading
    return Register(name, StationIndex.build(reading.stations))


def random_query(rng: np.random.Generator, register: Register, order: NearestOrder) -> NearestQuery:
    """Return a question as a rider or a program might ask it."""

    def pick(*values: object) -> object:
        return values[rng.integers(len(values))]

    travel = pick(None, Travel.walk(), Travel.e_bike(), Travel.e_bike())
    bound = {"within_min": pick(None, 5.0, 30.0, 60.0), "hours_now": rng.random() < 0.2} if travel else {}
    kinds = register.index.stations[rng.integers(len(register.index))].kind
    employer = register.index.stations[rng.integers(len(register.index))].employer
    accesses = pick(
        frozenset(), frozenset({Access.PUBLIC, Access.UNKNOWN}), frozenset({Access.PUBLIC, Access.MEMBERS})
    )
    hours = pick({}, {"open_only": True}, {"not_closed": True}, {"not_closed": True})
    filters = Filters(
        kinds=frozenset({kinds, Kind.CULTURAL_PALACE}) if rng.random() < 0.5 else frozenset(),
        facilities=frozenset(pick((), (), ("water",), ("toilet", "hot_water"))),
        accesses=accesses,
        employer=employer if rng.random() < 0.3 else "",
        stay_min=pick(0, 0, 0, 30, 120),
        **hours,
    )
    return NearestQuery(
        pick(*INSTANTS),
        int(pick(1, 3, 5, 20)),
        filters,
        travel,
        pick(None, None, 400.0, 3_000.0, 100_000.0),
        exactly=rng.random() < 0.2,
        order=order,
        **bound,
    )


# The answer -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """A station as one point sees it. *Units*: metres, seconds of the way."""

    number: int
    id: str
    metres: float
    seconds: float
    at: datetime  # when the hours count
    passes: bool
    allowed: bool  # but for its hours
    is_of_kind: bool


@dataclass(frozen=True)
class Expected:
    """Ids of what is matched, skipped and named, and the radius to which the search grew."""

    results: list[str]
    skipped: list[str]
    grown_to_m: float | None = None
    first: str | None = None
    beyond: tuple[str, ...] = ()


@dataclass(frozen=True)
class Clerk:
    """Who answers by looking at every station of a register, and asks for the way to each of them."""

    register: Register
    query: NearestQuery
    rows: list[Row]  # nearest first

    @classmethod
    def at_point(
        cls, register: Register, point: np.ndarray, query: NearestQuery, network: Network | None = None
    ) -> "Clerk":
        metres = all_distances(point[None], register.places)[0]
        seconds = metres * query.seconds_per_m
        if network is not None:
            ways = network.ways((float(point[0]), float(point[1])), register.places)
            assert ways is not None
            is_known = np.isfinite(ways.seconds) & (metres <= MAX_GROWN_M)
            seconds = np.where(is_known, ways.seconds, seconds)
        asked, start = query.filters, query.instant.replace(microsecond=0)
        delays = seconds * (not query.hours_now)
        passes = will_do(register.stations, delays[None], asked, query.instant)[0]
        rows = [
            Row(
                number,
                one.id,
                float(metres[number]),
                float(seconds[number]),
                start + timedelta(seconds=int(delays[number])),
                bool(passes[number]),
                passes_apart_from_hours(one, asked),
                not asked.kinds or one.kind in asked.kinds,
            )
            for number, one in enumerate(register.stations)
        ]
        return cls(register, query, sorted(rows, key=lambda row: (row.metres, row.id)))

    def opening(self, row: Row) -> Opening:
        return self.register.opening(row.number, row.at)

    def weighed(self, row: Row) -> tuple[float, float, str]:
        """By the way, an unknown place's counted twice; ties by distance, then id."""
        way, opening = row.seconds if self.query.travel else row.metres, self.opening(row)
        is_unknown = opening.state is OpeningState.UNKNOWN or opening.reason == USUAL_HOURS_ON_HOLIDAY
        return (2 * way if self.query.order is OPEN_FIRST and is_unknown else way, row.metres, row.id)

    def within(self, limit: float, minutes: float = np.inf) -> Expected:
        """The first k that pass, and up to five of the kind that don't and are no farther."""
        near = [row for row in self.rows if row.metres <= limit]
        good = [row for row in near if row.passes and row.seconds <= minutes * 60]
        best = sorted(good, key=self.weighed)[: self.query.k]
        last = max(row.metres for row in best) if len(best) == self.query.k else limit
        skipped = [row.id for row in near if not row.passes and row.is_of_kind and row.metres <= last]
        return Expected([row.id for row in self.with_verified_first(best)], skipped[:5])

    def with_verified_first(self, best: list[Row]) -> list[Row]:
        """Where open ones are asked for, unverified 24 hours come last at night."""

        def is_last(row: Row) -> bool:
            hour = row.at.astimezone(CIVIL_TIME).hour
            return self.opening(row).reason == UNVERIFIED_ALL_DAY and (hour >= 22 or hour < 6)

        return sorted(best, key=is_last) if self.query.filters.open_only else best

    def first_to_open(self, limit: float, minutes: float = np.inf) -> str | None:
        """Of the nearest that pass but for their hours, the one that opens first, and for the stay."""
        asked = self.query.filters
        if not (asked.open_only or asked.not_closed or asked.stay_min):
            return None
        near = [row for row in self.rows if row.allowed and row.metres <= limit]
        opening = [
            (at, place)
            for place, row in enumerate(near)
            if row.seconds <= minutes * 60 and (at := self.opening(row).opens_at)
        ]
        stay = replace(asked, open_only=True)
        lasting = [one for one in opening if self._holds(near[one[1]], one[0], stay)]
        return near[min(lasting)[1]].id if lasting else None

    def with_first_beside_unknown(
        self, found: "Expected", answer: Callable[["Clerk"], "Expected"]
    ) -> "Expected":
        """Where only places of unknown hours are found: the nearest open one within an hour, or else the first to open."""
        query, by_id = self.query, {row.id: row for row in self.rows}
        asked = replace(query.filters, open_only=True)
        unknown = [self.opening(by_id[id]).state is OpeningState.UNKNOWN for id in found.results]
        depends = asked.stay_min or query.filters.open_only or query.filters.not_closed
        if found.first or query.within_min is None or not depends or not all(unknown):
            return found
        rows = [replace(row, passes=row.passes and self._holds(row, row.at, asked)) for row in self.rows]
        an_hour = replace(query, k=1, filters=asked, within_min=max(query.within_min, 60.0))
        sure = answer(Clerk(self.register, an_hour, rows))
        return replace(found, first=sure.results[0] if sure.results else sure.first)

    def beyond(self) -> tuple[str, ...]:
        """The nearest that pass but for their hours."""
        return tuple(row.id for row in self.rows if row.allowed)[:5]

    def _holds(self, row: Row, at: datetime, asked: Filters) -> bool:
        instants = [at + timedelta(seconds=second) for second in moments(asked.stay_min)]
        return all(hours_will_do(self.register.opening(row.number, one).state, asked) for one in instants)


def expected(clerk: Clerk) -> Expected:
    """By the straight line: what is near, or else what is beyond."""
    query, rows = clerk.query, clerk.rows
    reach = np.inf if query.within_min is None else query.within_min * 60 / query.seconds_per_m
    an_hour = np.inf if query.within_min is None else max(reach, 3_600 / query.seconds_per_m)
    limit, widest = query.within_m or np.inf, min(MAX_GROWN_M, reach)
    is_fixed = query.exactly and limit < (widest if query.within_min else np.inf)
    found, grown = clerk.within(min(limit, reach)), None
    if found.results:
        return clerk.with_first_beside_unknown(found, expected)
    if limit < widest and not is_fixed and clerk.within(widest).results:
        grown = limit
        while not (found := clerk.within(grown)).results:
            grown = min(2 * grown, widest)
    farthest = min(MAX_GROWN_M, an_hour)
    near = limit if query.within_min is None else min(limit, farthest)
    first = clerk.first_to_open(near)
    if first is None and grown is None and not is_fixed and near < farthest:
        first = clerk.first_to_open(farthest)
    if query.within_min is None or grown is not None or is_fixed:
        found = replace(found, grown_to_m=grown, first=first)
        return clerk.with_first_beside_unknown(found, expected) if found.results else found
    if any(row.passes and row.metres <= an_hour for row in rows):  # one is open there already
        first = None
    skipped = [row.id for row in rows if not row.passes and row.is_of_kind and row.metres <= MAX_GROWN_M]
    beyond = () if first else clerk.beyond()
    return Expected([], skipped[:5], None, first, beyond)


def expected_by_streets(clerk: Clerk) -> Expected:
    """Without a limit in metres: what is within the minutes by street, or else what is beyond."""
    minutes = clerk.query.within_min or np.inf
    found, an_hour = clerk.within(MAX_GROWN_M, minutes), max(minutes, 60.0)
    if found.results:
        return clerk.with_first_beside_unknown(found, expected_by_streets)
    first = clerk.first_to_open(np.inf if clerk.query.within_min is None else MAX_GROWN_M, an_hour)
    if clerk.query.within_min is None:
        return replace(found, first=first)
    if clerk.within(MAX_GROWN_M, an_hour).results:
        first = None
    beyond = () if first else clerk.beyond()
    return replace(found, first=first, beyond=beyond)


def as_told(found: NearestResult) -> Expected:
    first = found.first_to_open
    return Expected(
        [hit.station.id for hit in found.results],
        [skip.station.id for skip in found.skipped],
        found.grown_to_m,
        first.station.id if first else None,
        tuple(skip.station.id for skip in found.beyond),
    )

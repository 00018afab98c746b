"""Nothing within the limit: the search grows and says so, and names the first door to open."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from geo.nearest.filters import Filters
from geo.nearest.first_to_open import MAX_GROWN_M
from geo.nearest.index import StationIndex
from geo.nearest.query import NearestOrder, NearestQuery, NearestResult
from geo.nearest.travel import Travel
from geo.station import Access, OpeningState, Station, Status
from tests.geo.nearest.brute_force import (
    NOW,
    SMALL,
    Case,
    all_geodesics,
    brute,
    here,
    passes_apart_from_hours,
    queries,
    schedules_of,
)
from tests.geo.nearest.test_network_search import Maze
from tests.tiers import budget

OPEN = Filters(open_only=True)
NIGHT = datetime(2026, 9, 18, 19, 30, tzinfo=UTC)  # 3:30 on Saturday


def ask(stations: Sequence[Station], filters: Filters, **more: object) -> NearestResult:
    (found,) = StationIndex.build(stations).nearest(
        (117.0, 36.65), NearestQuery(k=2, **({"at": NIGHT, "filters": filters} | more))
    )
    return found


@pytest.mark.parametrize(
    ("within_m", "metres", "grown_to_m"),
    [(1_000, 900, None), (1_000, 1_500, 2_000), (1_000, 7_000, 8_000), (300, 70_000, 76_800), (0, 3, 4), (60_000, 90_000, 100_000)],
)  # fmt: skip
def test_the_limit_is_doubled_until_something_is_found(
    within_m: float, metres: float, grown_to_m: float | None
) -> None:
    stations = [here("a", metres), here("beyond", max(2.5 * metres, 130_000))]
    found = ask(stations, Filters(accesses=frozenset({Access.PUBLIC})), within_m=within_m)
    assert [hit.station.id for hit in found.results] == ["a"]
    assert found.grown_to_m == grown_to_m


def test_nobody_is_sent_farther_than_a_hundred_kilometres_unless_they_ask() -> None:
    far = [here("a", 120_000)]
    assert ask(far, OPEN, within_m=1_000) == NearestResult((), ())
    assert ask(far, OPEN, within_m=110_000) == NearestResult((), ())
    assert [hit.station.id for hit in ask(far, OPEN, within_m=130_000).results] == ["a"]
    assert [hit.station.id for hit in ask(far, OPEN).results] == ["a"]


@pytest.mark.parametrize("filters", [OPEN, Filters()])
def test_a_limit_that_counts_exactly_never_grows(filters: Filters) -> None:
    far = [here("a", 1_500)]
    exact = ask(far, filters, within_m=1_000, exactly=True)
    assert exact == NearestResult((), ())
    assert ask(far, filters, within_m=2_000, exactly=True).grown_to_m is None
    assert ask(far, filters, exactly=True) == ask(far, filters), "without a limit nothing is exact"


def test_what_was_passed_over_on_the_longer_way_is_named_too() -> None:
    found = ask([here("shut", 1_500, hours_text="9:00-17:00"), here("open", 1_800)], OPEN, within_m=1_000)
    assert [skip.station.id for skip in found.skipped] == ["shut"]
    assert (found.grown_to_m, found.first_to_open) == (2_000, None)


def test_where_hours_are_not_asked_or_nothing_would_do_nobody_opens_first() -> None:
    shut = [here("a", 100, hours_text="9:00-17:00", access=Access.MEMBERS)]
    assert ask(shut, Filters(accesses=frozenset({Access.PUBLIC}))).first_to_open is None
    assert ask(shut, Filters(open_only=True, accesses=frozenset({Access.PUBLIC}))).first_to_open is None
    assert ask([here("a", 100, hours_text="")], OPEN).first_to_open is None
    assert ask([], OPEN, within_m=5) == NearestResult((), ())


def oracle(
    metres: np.ndarray, stations: Sequence[Station], case: Case
) -> tuple[list[str], float | None, str | None]:
    """Results, limit and first to open by trying all limits, and the hours of every station."""
    limit, results = case.within_m or np.inf, []
    everything = brute(metres, stations, Case(case.filters, case.travel), len(stations))
    limits = [
        limit,
        *(min(limit * 2**n, MAX_GROWN_M) for n in range(1, 20) if limit * 2 ** (n - 1) < MAX_GROWN_M),
    ]
    for grown in limits:
        results = [(name, m) for name, m in everything if m <= grown][:2]
        if results:
            break
    if grown == limit and results:
        return [name for name, _ in results], None, None
    first = first_opening(metres, stations, case, limit)
    if not results:
        grown, first = None, first or first_opening(metres, stations, case, max(limit, MAX_GROWN_M))
    return [name for name, _ in results], grown, first


def first_opening(metres: np.ndarray, stations: Sequence[Station], case: Case, limit: float) -> str | None:
    schedules = schedules_of(tuple((s.hours_text, s.calendar) for s in stations))
    near = sorted(
        (m, s.id, number)
        for number, (m, s) in enumerate(zip(metres.tolist(), stations, strict=True))
        if m <= limit and s.status is Status.ACTIVE and passes_apart_from_hours(s, case.filters)
    )
    opening = []
    for place, (m, name, number) in enumerate(near):
        slow = 0.0 if case.travel is None else case.travel.seconds_per_m
        arrival = NOW + timedelta(seconds=int(m * slow))
        opens_at = schedules.opening(schedules.ids[number], arrival).opens_at
        if opens_at is not None:
            opening.append((opens_at, place, name))
    return min(opening)[2] if opening else None


@pytest.mark.deeper
@pytest.mark.parametrize(
    "case",
    [
        Case(OPEN, Travel.walk(), 300.0),
        Case(Filters(open_only=True, facilities=frozenset({"water", "toilet"})), None, 700.0),
        *(
            pytest.param(case, marks=pytest.mark.endure)
            for case in (
                Case(Filters.usable_only(), Travel.e_bike(), 200.0),
                Case(
                    Filters(open_only=True, benefits=frozenset({"cake", "film"}), employer="环卫所"),
                    Travel.walk(),
                ),
                Case(Filters(benefits=frozenset({"film"})), None, 100.0),
            )
        ),
    ],
)
def test_grown_answers_equal_those_of_trying_every_limit(case: Case) -> None:
    points, stations = queries(8, budget(56)), sorted(SMALL, key=lambda s: s.id)
    shut = [
        s.model_copy(update={"hours_text": "18:00-22:00"}) if i % 3 else s for i, s in enumerate(stations)
    ]
    seen = set()
    for register in (stations, shut, [s for s in shut if s.hours_text != "24小时"]):
        index, geodesics = StationIndex.build(register), all_geodesics(points, register)
        for found, metres in zip(
            index.nearest(points, NearestQuery(NOW, 2, **vars(case))), geodesics, strict=True
        ):
            first = found.first_to_open and found.first_to_open.station.id
            said = [hit.station.id for hit in found.results], found.grown_to_m, first
            assert said == oracle(metres, register, case)
            seen.add((bool(said[0]), bool(said[1]), bool(said[2])))
    assert len(seen) > 1, "all alike"


# A bound on the way ---------------------------------------------------------------------------------

BOUNDED = (
    NearestQuery(NOW, 3, OPEN, Travel.walk(), within_min=4.0),
    NearestQuery(NOW, 3, Filters.usable_only(), Travel.walk(), within_min=3.0, order=NearestOrder.OPEN_FIRST),
    NearestQuery(
        NOW,
        2,
        Filters(open_only=True, benefits=frozenset({"cake", "film"})),
        Travel.e_bike(),
        within_min=30.0,
    ),
    NearestQuery(NOW, 2, OPEN, Travel.e_bike(), within_min=1.0, hours_now=True),
    NearestQuery(NOW, 2, OPEN, Travel.walk(), 100.0, within_min=12.0),
    NearestQuery(NOW, 2, OPEN, Travel.walk(), 500.0, within_min=4.0),
)


@pytest.mark.deeper
@pytest.mark.parametrize("query", BOUNDED)
def test_what_lies_beyond_the_minutes_is_never_a_match_and_is_named_apart(query: NearestQuery) -> None:
    points, index = queries(13, budget(160)), StationIndex.build(SMALL)
    stations, seen = list(index.stations), set[str]()
    for point, metres in zip(points, all_geodesics(points, stations), strict=True):
        (found,) = index.nearest(point, query)
        case = Case(query.filters, None if query.hours_now else query.travel, order=query.order)
        everything = brute(metres, stations, case, len(stations))
        reach = query.reach_m(query.within_min or 0)
        limit = min(query.within_m or reach, reach)
        while query.within_m and limit < reach and not any(m <= limit for _, m in everything):
            limit = min(2 * limit, reach)
        expected = [name for name, m in everything if m <= limit][: query.k]
        assert [hit.station.id for hit in found.results] == expected
        if expected:
            assert not found.beyond
            if any(hit.opening.state is OpeningState.OPEN for hit in found.results):
                nearer = query.within_m or limit
                opens = first_opening(metres, stations, case, nearer) if limit > nearer else None
                assert (found.first_to_open and found.first_to_open.station.id) == opens
            seen.add("match")
            continue
        an_hour = query.reach_m(60.0)
        within = min(query.within_m or an_hour, an_hour)
        first = first_opening(metres, stations, case, within) or first_opening(
            metres, stations, case, an_hour
        )
        if any(m <= an_hour for _, m in everything):  # one is open already
            first = None
        assert (found.first_to_open and found.first_to_open.station.id) == first
        passing = {name for name, _ in everything}
        near = sorted((m, s.id) for m, s in zip(metres.tolist(), stations, strict=True) if m <= MAX_GROWN_M)
        skipped = [name for _, name in near if name not in passing]
        assert [skip.station.id for skip in found.skipped] == skipped[:5]
        allowed = [
            (m, s.id)
            for m, s in zip(metres.tolist(), stations, strict=True)
            if s.status is Status.ACTIVE and passes_apart_from_hours(s, query.filters)
        ]
        beyond = [] if first else [name for _, name in sorted(allowed)][:5]
        assert [skip.station.id for skip in found.beyond] == beyond
        seen.add("first" if first else "beyond")
    assert seen


@pytest.mark.parametrize(("metres", "ids"), [(1_700, ["a"]), (2_400, ["a"]), (4_000, [])])
def test_a_search_that_widens_goes_on_to_an_hour_and_says_so(metres: float, ids: list[str]) -> None:
    walk = {"travel": Travel.walk(), "within_min": 30.0, "widens": True}  # a metre takes a second
    found = ask([here("a", metres)], OPEN, **walk)
    assert [hit.station.id for hit in found.results] == ids
    assert found.widened == (metres > 1_800)
    assert [skip.station.id for skip in found.beyond] == ([] if ids else ["a"])


@pytest.mark.parametrize("network", [None, Maze(islands=False)], ids=["straight", "by street"])
def test_the_first_to_open_is_found_behind_hundreds_that_open_later(network: Maze | None) -> None:
    later = [here(f"later {n:03}", 300 + n, hours_text="9:00-17:00") for n in range(300)]
    sooner = here("sooner", 1_100, hours_text="7:30-17:00")
    too_far = here("too far", 4_800, hours_text="6:00-17:00")
    query = NearestQuery(NIGHT, 2, OPEN, Travel.walk(), within_min=60.0)
    index = StationIndex.build([*later, sooner, too_far])
    found = index.nearest_at(117.0, 36.65, query, network)
    assert found.first_to_open is not None
    assert found.first_to_open.station.id == "sooner"
    assert network is None or network.questions <= 4


@pytest.mark.parametrize("network", [None, Maze(islands=False)], ids=["straight", "by street"])
@pytest.mark.parametrize(
    ("metres_to_open", "first"),
    [(None, "opens"), (1_100, "open"), (2_400, "open"), (90_000, "opens")],
    ids=str,
)
def test_who_finds_places_of_unknown_hours_alone_is_shown_what_is_open_or_opens_first(
    network: Maze | None, metres_to_open: float | None, first: str | None
) -> None:
    stations = [here(f"unknown {n}", 300 + n, hours_text="") for n in range(2)]
    stations.append(here("opens", 900, hours_text="7:00-17:00"))
    stations += [] if metres_to_open is None else [here("open", metres_to_open)]
    query = NearestQuery(NIGHT, 2, Filters(not_closed=True), Travel.walk(), within_min=30.0)
    found = StationIndex.build(stations).nearest_at(117.0, 36.65, query, network)
    assert {hit.station.id for hit in found.results} == {"unknown 0", "unknown 1"}
    assert (found.first_to_open and found.first_to_open.station.id) == first
    assert not found.beyond


def test_the_nearest_are_named_though_a_farther_one_is_open() -> None:
    shut = [here(f"shut {n}", 20_000 + n, hours_text="18:00-21:00") for n in range(5)]
    asked = {"travel": Travel.walk(), "within_min": 30.0}
    found = ask([here("open", 80_000), *shut], Filters(not_closed=True), **asked)
    assert [skip.station.id for skip in found.beyond] == [one.id for one in shut]


_NOON = datetime(2026, 10, 1, 4, tzinfo=UTC)  # National Day: the text says nothing of a day off
_TWICE_A_DAY = "周一至周五8:30-12:00，13:30-17:30"


@pytest.mark.parametrize(
    ("minutes", "reason", "until"),
    [
        (0, "closed; whether it opens at {until} is not known: ask first", "13:30"),
        (-13 * 60, "closed; whether it opens tomorrow at {until} is not known: ask first", "08:30"),
    ],
)
def test_a_closed_door_is_not_said_to_open_after_hours_that_nobody_knows(
    minutes: int, reason: str, until: str
) -> None:
    twice = here("twice a day", 100, hours_text=_TWICE_A_DAY)
    found = ask([twice, here("open", 900)], Filters(not_closed=True), at=_NOON + timedelta(minutes=minutes))
    assert [(skip.reason, skip.params.get("until")) for skip in found.skipped] == [(reason, until)]


def test_what_is_named_beyond_the_minutes_says_its_state_on_arrival() -> None:
    far = [
        here("night", 20_000, hours_text="19:00-23:00"),
        here("twice a day", 21_000, hours_text=_TWICE_A_DAY),
        here("usual", 22_000, hours_text="8:30-20:00"),
        here("always", 23_000),
    ]
    asked = {"travel": Travel.e_bike(), "within_min": 30.0, "at": _NOON}
    found = ask(far, Filters(not_closed=True), **asked)
    assert [(skip.station.id, skip.reason) for skip in found.beyond] == [
        ("night", "closed until {until}"),
        ("twice a day", "about {time} away; whether it is open then is not known"),
        ("usual", "about {time} away; whether it is open then is not known"),
        ("always", "about {time} away; open then"),
    ]
    alone = ask(far[:1], Filters(not_closed=True), **asked)
    assert [(skip.station.id, skip.params) for skip in alone.beyond] == [("night", {"until": "19:00"})]
    whatever = ask(far[:1], Filters(), **asked | {"at": NIGHT})
    assert [skip.reason for skip in whatever.beyond] == ["about {time} away; closed then"]

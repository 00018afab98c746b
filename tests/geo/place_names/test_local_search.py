"""What is searched for by words, from somewhere: that town's places come first, and nothing is lost."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.geodesy import geodesic_m
from geo.place_names.near import search_near
from geo.place_names.register import NamedPlace, PlaceIndex
from tests.tiers import budget

JINAN, ZAOZHUANG = (117.0, 36.7), (117.6, 34.9)


def district(code: str, name: str, areas: str, lon: float, lat: float) -> NamedPlace:
    return NamedPlace("district", code, name, areas=areas, district=code, lon=lon, lat=lat, count=1)


def station(
    id: str, name: str, code: str, lon: float | None, lat: float | None, address: str = ""
) -> NamedPlace:
    return NamedPlace("station", id, name, address, "", code, lon, lat)


PLACES = [
    district("370200", "青岛市", "山东省", 120.4, 36.1),
    district("370103", "市中区", "山东省济南市", 117.0, 36.6),
    district("370402", "市中区", "山东省枣庄市", 117.56, 34.86),
    district("370403", "薛城区", "山东省枣庄市", 117.26, 34.8),
    district("370202", "市南区", "山东省青岛市", 120.4, 36.07),
    station("z1", "人民公园", "370402", 117.56, 34.87),
    station("j1", "人民公园驿站", "370103", 117.01, 36.65),
    station("j2", "人民公园驿站", "370103", 117.00, 36.69),
    station("j3", "人民公园驿站", "370103", None, None),
    station("j4", "青岛路驿站", "370103", 117.0, 36.65),
    station("q1", "海边驿站", "370202", 120.4, 36.06, "人民路 1 号"),
]


@cache
def finder() -> PlaceIndex:
    return PlaceIndex.build(PLACES)


def ids(typed: str, near: tuple[float, float], limit: int = 10) -> list[str]:
    return [place.id for place in search_near(finder(), typed, near, limit)]


def test_the_town_s_own_come_first_as_likely_ones_by_distance() -> None:
    assert ids("人民公园", JINAN) == ["j2", "j1", "j3", "z1"]
    assert ids("人民公园", ZAOZHUANG)[0] == "z1"
    assert ids("rmgy", JINAN)[:2] == ["j2", "j1"]  # by initials too


def test_of_districts_of_one_name_the_nearest_comes_first() -> None:
    assert ids("市中区", JINAN) == ["370103", "370402"]
    assert ids("市中区", ZAOZHUANG) == ["370402", "370103"]


def test_whoever_means_another_town_is_led_there() -> None:
    assert ids("青岛", JINAN) == ["370200", "j4"]


def test_no_more_are_given_than_asked_for() -> None:
    assert ids("人民公园", JINAN, 2) == ["j2", "j1"]
    assert ids("人民公园", JINAN, 0) == []
    assert ids("没有的地方", JINAN) == []


CODES = st.sampled_from(["370103", "370402", "370202", "370403", ""])
POINTS = st.tuples(st.floats(116, 121), st.floats(34, 37))
STATIONS = st.lists(
    st.tuples(st.text("人民公园青岛驿站", min_size=1, max_size=5), CODES, POINTS), max_size=12
)


@pytest.mark.deeper
@settings(max_examples=budget(60))
@given(STATIONS, st.sampled_from(["人民", "青岛", "站", "园 民"]), POINTS)
def test_nothing_is_lost_or_told_twice_and_towns_are_not_mixed(
    stations: list[tuple[str, str, tuple[float, float]]], typed: str, near: tuple[float, float]
) -> None:
    made = [station(f"s{n:02}", name, code or "", *point) for n, (name, code, point) in enumerate(stations)]
    finder = PlaceIndex.build([*PLACES, *made])
    found = search_near(finder, typed, near, 1_000)
    usual = finder.search(typed, 1_000)
    assert sorted(place.key for place in found) == sorted(place.key for place in usual)
    districts = [place for place in PLACES if place.kind == "district" and not place.id.endswith("00")]
    nearest = min(districts, key=lambda place: _km(place, near))
    close = {place.city for place in districts if _km(place, near) < 50}
    towns = [place.city for place in found if place.kind == "station"]
    last = max((n for n, town in enumerate(towns) if town == nearest.city), default=-1)
    assert set(towns[: last + 1]) <= {nearest.city, *close}


def _km(place: NamedPlace, near: tuple[float, float]) -> float:
    return float(geodesic_m(np.array([near]), np.array([[place.lon, place.lat]]))[0]) / 1000

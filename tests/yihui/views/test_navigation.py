"""Links to map apps, read as those apps read them."""

import csv
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.crs import to_wgs84
from geo.datum import Datum
from geo.geodesy import geodesic_m
from geo.station import Kind, Station
from tests.front import WEB, call_each
from yihui.views.navigation import MAP_APPS, find_device_apps, map_app_links

VECTORS = Path(__file__).parents[3].parent / "shared" / "data" / "coords" / "vectors.csv"
HOSTILE = "“甲,乙;丙:丁|戊”&to=1,2#<img src=x onerror=alert(1)> '\"\n%00+(己)"

Point = tuple[float, float]  # lon, lat


def _asked(href: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(href).query, strict_parsing=True).items()}


def _amap(href: str) -> tuple[Point, str]:
    lon, lat, name = _asked(href)["to"].split(",")
    return (float(lon), float(lat)), name


def _baidu(href: str) -> tuple[Point, str]:
    asked = _asked(href)
    lat, lon = asked["location"].split(",")
    return (float(lon), float(lat)), asked["title"]


def _tencent(href: str) -> tuple[Point, str]:
    asked = _asked(href)
    if "marker" not in asked:
        lat, lon = asked["tocoord"].split(",")
        return (float(lon), float(lat)), asked["to"]
    marker = dict(part.split(":") for part in asked["marker"].split(";"))
    lat, lon = marker["coord"].split(",")
    return (float(lon), float(lat)), marker["title"]


def _apple(href: str) -> tuple[Point, str]:
    asked = _asked(href)
    lat, lon = (asked["ll"] if "ll" in asked else asked["daddr"]).split(",")
    return (float(lon), float(lat)), asked.get("q", "")


def _geo(href: str) -> tuple[Point, str]:
    read = re.fullmatch(r"geo:([-\d.]+),([-\d.]+)\?q=\1,\2\(([^()]*)\)", href)
    assert read
    return (float(read[2]), float(read[1])), unquote(read[3])


READ: dict[str, Callable[[str], tuple[Point, str]]] = {
    "amap": _amap, "baidu": _baidu, "tencent": _tencent, "apple": _apple, "geo": _geo,
}  # fmt: skip
COLUMNS = {"amap": "gcj", "baidu": "bd", "tencent": "gcj", "apple": "gcj", "geo": "wgs"}
DATUMS = {
    "amap": Datum.GCJ02, "baidu": Datum.BD09, "tencent": Datum.GCJ02, "apple": Datum.GCJ02, "geo": Datum.WGS84,
}  # fmt: skip
TRAVELS = ("walk", "ebike", None)


def _station(lon: float | None, lat: float | None, name: str = "驿站", address: str = "") -> Station:
    return Station(id="s", name=name, kind=Kind.OUTDOOR_STATION, lon=lon, lat=lat, address=address)


def _hrefs(station: Station, travel: str | None) -> dict[str, str]:
    return {link.app: link.href for link in map_app_links(station, travel)}


@pytest.mark.needs("shared")
def test_decoded_links_match_the_published_vectors_within_a_metre() -> None:
    with VECTORS.open(encoding="utf-8") as file:
        vectors = [*csv.DictReader(file)]
    for app in MAP_APPS:
        rows = [row for row in vectors if row[f"{COLUMNS[app]}_lng"]]
        assert len(rows) >= 70
        wanted = [[float(row[f"{COLUMNS[app]}_{axis}"]) for axis in ("lng", "lat")] for row in rows]
        stations = [_station(float(row["wgs_lng"]), float(row["wgs_lat"])) for row in rows]
        for travel in TRAVELS:
            read = [READ[app](_hrefs(station, travel)[app])[0] for station in stations]
            assert geodesic_m(np.array(read), np.array(wanted)).max() < 1


@settings(derandomize=True)
@given(
    st.floats(72.1, 137.7), st.floats(1, 55.7), st.text(min_size=1, max_size=40).filter(str.strip), st.text(max_size=40),
    st.sampled_from(TRAVELS),
)  # fmt: skip
def test_whatever_a_place_is_called_its_links_are_plain_and_lead_there(
    lon: float, lat: float, name: str, address: str, travel: str | None
) -> None:
    station = _station(lon, lat, name, address)
    for app, href in _hrefs(station, travel).items():
        assert re.fullmatch(r"[!#-&(-;=?-~]+", href), href  # no space, quote, angle bracket, control
        point, told = READ[app](href)
        there = to_wgs84([point], DATUMS[app])
        assert geodesic_m(there, np.array([[lon, lat]]))[0] < 1
        assert len(told) == len(station.name) or (app, travel != "ebike", told) == ("apple", True, "")


def test_a_hostile_name_adds_nothing_to_a_link() -> None:
    for travel in TRAVELS:
        hrefs = _hrefs(_station(117.02, 36.66, HOSTILE, HOSTILE), travel)
        for app, href in hrefs.items():
            assert "<" in READ[app](href)[1] or (app == "apple" and travel != "ebike")
            assert not {"&to=1", "#", "<", "'", '"'} & set(re.findall(r"&to=1|[#<'\"]", href))
        assert _asked(hrefs["amap"]).keys() == {"to", "mode", "coordinate", "src", "callnative"}


def test_the_names_read_as_written_but_for_what_would_cut_them() -> None:
    hrefs = _hrefs(_station(117.02, 36.66, "泉城路, 180 号"), "ebike")
    assert {READ[app](href)[1] for app, href in hrefs.items()} == {"泉城路， 180 号"}


def test_who_rides_is_led_as_a_rider_and_who_walks_as_a_walker() -> None:
    place = _station(117.02, 36.66, address="泉城路 180 号")
    walk, ride = _hrefs(place, "walk"), _hrefs(place, "ebike")
    assert (_asked(walk["amap"])["mode"], _asked(ride["amap"])["mode"]) == ("walk", "ride")
    assert _asked(walk["tencent"])["type"] == "walk"
    assert (_asked(walk["apple"])["dirflg"], "dirflg" in _asked(ride["apple"])) == ("w", False)
    assert "addr:泉城路 180 号" in _asked(ride["tencent"])["marker"]
    assert _asked(ride["baidu"])["content"] == "泉城路 180 号"


def test_each_app_is_told_the_datum_of_its_coordinates() -> None:
    hrefs = _hrefs(_station(117.02, 36.66), None)
    assert _asked(hrefs["amap"])["coordinate"] == "gaode"
    assert _asked(hrefs["baidu"])["coord_type"] == "bd09ll"
    assert _asked(hrefs["tencent"])["coord_type"] == "2"


@pytest.mark.parametrize(
    ("device", "own"),
    [
        ("(iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15", {"apple"}),
        ("(Linux; Android 14; 23127PN0CC) AppleWebKit/537.36 MicroMessenger/8.0.50", {"geo"}),
        ("(X11; Linux x86_64) AppleWebKit/537.36", set()),
    ],
)
def test_a_device_is_offered_the_links_that_it_opens(device: str, own: set[str]) -> None:
    assert find_device_apps(f"Mozilla/5.0 {device}") == {"amap", "baidu", "tencent"} | own


def test_a_place_without_coordinates_has_no_links() -> None:
    assert map_app_links(_station(None, None), "walk") == ()


def test_the_phone_makes_the_same_links_by_itself() -> None:
    rng = np.random.default_rng(9)
    points = rng.uniform((73, 2), (137, 55), (300, 2)).tolist()
    names = ["泉城路户外劳动者驿站", HOSTILE, "Café 24h!*()~_.-", "市政府（北门）"]
    places = [_station(lon, lat, names[i % 4], names[i % 3]) for i, (lon, lat) in enumerate(points)]
    for travel in ("walk", "ebike"):
        asked = [[{"name": s.name, "address": s.address, "lon": s.lon, "lat": s.lat}, travel] for s in places]
        assert call_each(WEB / "src" / "navigation.ts", "buildNavigationLinks", asked) == [
            _hrefs(place, travel) for place in places
        ]

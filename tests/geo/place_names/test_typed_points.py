"""Coordinates and links of map apps, as people type and paste them."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.faults import Fault
from geo.datum import Datum
from geo.place_names.typed_points import TypedPoint, list_shared_places, read_typed_point
from yihui.views.navigation import LinkTarget, amap_url, baidu_url, tencent_url

POINT = (117.02, 36.66)


@pytest.mark.parametrize(
    "text",
    [
        "117.02,36.66",
        "117.02，36.66",
        " 117.02  36.66 ",
        "１１７．０２、３６．６６",
        "36.66,117.02",  # the only order in China
        "(117.02, 36.66)",
        "纬度36.66 经度117.02",
        "緯度：36.66，經度：117.02",
        "lat: 36.66, lng: 117.02",
        "北纬36.66° 东经117.02°",
        "117.02E,36.66N",
    ],
)
def test_two_coordinates_are_a_point_in_either_order(text: str) -> None:
    assert read_typed_point(text) == TypedPoint(*POINT)


@pytest.mark.parametrize(
    "text",
    ["", "117.02", "117 36", "10.5,20.5", "30.5,40.2,1", "泉城路200号", "2.35,48.85", "3路 5路", "http://["],
)
def test_other_texts_are_no_point(text: str) -> None:
    assert read_typed_point(text) is None


_NAME = quote("泉城广场")


@pytest.mark.parametrize(
    ("link", "datum"),
    [
        (f"https://uri.amap.com/marker?position=117.02,36.66&name={_NAME}&callnative=1", Datum.GCJ02),
        ("https://uri.amap.com/marker?position=117.02,36.66&coordinate=wgs84", Datum.WGS84),
        (f"https://wb.amap.com/?p=B0FFFAB6J2,36.66,117.02,{_NAME},x", Datum.GCJ02),
        (f"https://www.amap.com/?q=36.66,117.02,{_NAME}", Datum.GCJ02),
        (f"https://wb.amap.com/?r=36.1,117.9,{_NAME},36.66,117.02,{_NAME}", Datum.GCJ02),
        ("https://www.amap.com/dir?from[lnglat]=116.9,36.6&to[lnglat]=117.02,36.66", Datum.GCJ02),
        ("https://m.amap.com/navi/?dest=117.02,36.66&destName=x", Datum.GCJ02),
        ("https://ditu.amap.com/place/B0?lnglat=117.02,36.66", Datum.GCJ02),
        ("https://ditu.amap.com/regeo?lng=117.02&lat=36.66", Datum.GCJ02),
        ("https://www.amap.com/place?lnglat=117.02,36.66", Datum.GCJ02),
        (f"http://api.map.baidu.com/marker?location=36.66,117.02&title={_NAME}", Datum.BD09),
        ("http://api.map.baidu.com/geocoder?location=36.66,117.02&coord_type=gcj02", Datum.GCJ02),
        (
            "http://api.map.baidu.com/direction?origin=latlng:36.1,117.9|name:a"
            "&destination=name:b|latlng:36.66,117.02&coord_type=wgs84",
            Datum.WGS84,
        ),
        (f"https://apis.map.qq.com/uri/v1/marker?marker=coord:36.66,117.02;title:{_NAME}", Datum.GCJ02),
        ("https://apis.map.qq.com/uri/v1/geocoder?coord=36.66,117.02&coord_type=1", Datum.WGS84),
        ("https://map.qq.com/?type=marker&isopeninfowin=1&pointx=117.02&pointy=36.66", Datum.GCJ02),
        (f"https://maps.apple.com/?ll=36.66,117.02&q={_NAME}", Datum.GCJ02),
        (f"https://maps.apple.com/place?coordinate=36.66,117.02&name={_NAME}", Datum.GCJ02),
        (f"https://maps.apple.com/place?name={_NAME}&coordinate=36.66,117.02", Datum.GCJ02),
        ("https://maps.apple.com/directions?source=36.1,117.9&destination=36.66,117.02", Datum.GCJ02),
        ("https://maps.apple.com/frame?center=36.66%2C117.02&span=0.01,0.01", Datum.GCJ02),
        (
            f"https://maps.apple.com/search?center=36.1,117.9&query={_NAME}&coordinate=36.66,117.02",
            Datum.GCJ02,
        ),
        ("http://api.map.baidu.com/marker?location=36.66,117.02&coord_type=GCJ02", Datum.GCJ02),
        ("https://uri.amap.com/marker?position=117.02,36.66&coordinate=WGS84", Datum.WGS84),
        ("uri.amap.com/marker?position=117.02,36.66&name=x", Datum.GCJ02),
        ("geo:36.66,117.02", Datum.WGS84),  # RFC 5870: latitude first
        ("看这里 geo:36.66,117.02,20;u=35", Datum.WGS84),
        ("GEO:0,0?q=36.66,117.02(x)", Datum.WGS84),  # as Android's apps write a marked place
        ("泉城广场：maps.apple.com/?ll=36.66,117.02", Datum.GCJ02),
        ("泉城广场API.map.baidu.com/marker?location=36.66,117.02", Datum.BD09),
        ("【高德地图】泉城广场 https://uri.amap.com/marker?position=117.02,36.66，点开看", Datum.GCJ02),
    ],
)
def test_a_link_is_a_point_in_the_datum_of_its_app(link: str, datum: Datum) -> None:
    assert read_typed_point(link) == TypedPoint(*POINT, datum)


@given(st.floats(115, 122), st.floats(34.5, 38.2), st.booleans())
def test_our_own_links_to_map_apps_are_read_again(lon: float, lat: float, ride: bool) -> None:
    from geo.crs import point_to_wgs84

    place = LinkTarget("某站；甲", "示例路1号", lon, lat)
    for link in (amap_url(place, ride=ride), baidu_url(place), tencent_url(place, ride=ride)):
        point = read_typed_point(link)
        assert isinstance(point, TypedPoint) and point.datum
        assert point_to_wgs84((point.lon, point.lat), point.datum) == pytest.approx((lon, lat), abs=2e-5)


@pytest.mark.parametrize(
    "link",
    [
        "https://surl.amap.com/4sWvdx1abc",
        "看这里：https://j.map.baidu.com/ab/c1D",
        "https://maps.apple/p/abcDEF",
        "https://map.baidu.com/@13026742,4364867,13z",  # metres of a projection of its own
        "http://api.map.baidu.com/marker?location=4364867,13026742&coord_type=bd09mc",
        "surl.amap.com/4sWvdx1abc",
        "http://api.map.baidu.com/marker?location=36.66,117.02&coord_type=BD09MC",
        "https://uri.amap.com/marker?poiid=B0FFFAB6J2",
        "https://uri.amap.com/marker?position=2.35,48.85",
    ],
)
def test_a_maps_link_without_coordinates_is_a_fault_with_a_remedy(link: str) -> None:
    fault = read_typed_point(link)
    assert isinstance(fault, Fault) and fault.remedy and fault.value is None


@pytest.mark.parametrize(
    "text",
    [
        "https://amap.com.example/?q=36.66,117.02",
        "https://example.org/?to=amap.com/?q=36.66,117.02",
        "not-amap.com/?q=36.66,117.02",
        "me@amap.com",
        "amap.com",
    ],
)
def test_a_link_of_another_site_is_read_as_a_name(text: str) -> None:
    assert read_typed_point(text) is None


def test_a_pasted_text_asks_for_a_few_places_however_many_it_names() -> None:
    areas = [f"{one}{other}区" for one in "东西南北中上下" for other in "山河湖海城关"]
    named = list_shared_places(f"【泉城广场】{''.join(areas)} https://surl.amap.com/abc")
    assert named[0] == "泉城广场"
    assert len(named) <= 5 and set(named[1:]) <= set(areas)

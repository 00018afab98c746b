"""The abstract test suite of OGC API – Features, Part 1 (17-069r4, Annex A) and Part 2's CRS (18-058r1), over HTTP: features, one by one and in pages.

Each test names the abstract tests that it carries out.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jsonschema
import pytest

from tests.yihui.http.ogc.asking import CRS84, EVERY, Get, check_links, coordinates, features, links
from yihui.http.ogc.collections import COLLECTIONS
from yihui.http.ogc.request import MAX_ITEMS, SUPPORTED_CRS

pytestmark = pytest.mark.endure


@EVERY
def test_a_page_of_features_counts_itself_and_says_when_it_was_made(get: Get, collection: str) -> None:
    """/conf/core/fc-op, fc-response, fc-links, fc-timeStamp, fc-numberMatched, fc-numberReturned."""
    page = get(f"collections/{collection}/items", limit=2)
    assert (page.status_code, page.headers["content-type"]) == (200, "application/geo+json")
    document = page.json()
    check_links(document)
    assert document["type"] == "FeatureCollection"
    assert document["numberReturned"] == len(document["features"]) == 2
    assert document["numberMatched"] == len(features(get, collection)) > 2
    told = datetime.fromisoformat(document["timeStamp"])
    assert abs(told - datetime.now(UTC)) < timedelta(minutes=1)


@EVERY
def test_following_next_gives_every_feature_once(get: Get, collection: str) -> None:
    """/req/core/fc-links, with limit and offset of pages of unequal length."""
    every = [one["id"] for one in features(get, collection)]
    size = max(2, len(every) // 3)
    page = get(f"collections/{collection}/items", limit=size).json()
    seen = [one["id"] for one in page["features"]]
    while following := links(page, "next"):
        assert parse_qs(urlsplit(following[0]["href"]).query)["limit"] == [str(size)]
        page = get(following[0]["href"], accept=following[0]["type"]).json()
        assert links(page, "prev")
        seen += [one["id"] for one in page["features"]]
    assert seen == every
    assert len(set(seen)) == len(seen)


@EVERY
@pytest.mark.parametrize(("limit", "given"), [(1, 1), (2, 2), (MAX_ITEMS, None), (MAX_ITEMS * 100, None)])
def test_no_page_is_longer_than_the_limit_and_a_limit_above_the_greatest_is_no_error(
    get: Get, collection: str, limit: int, given: int | None
) -> None:
    """/conf/core/fc-limit-response."""
    found = get(f"collections/{collection}/items", limit=limit)
    assert found.status_code == 200
    assert len(found.json()["features"]) == (len(features(get, collection)) if given is None else given)


@EVERY
def test_a_box_gives_what_touches_it_and_nothing_else(get: Get, collection: str) -> None:
    """/conf/core/fc-bbox-response; the slow answer by shapely over all features."""
    import shapely

    west, south, east, north = 117.0, 36.5, 117.0206, 36.7
    box = shapely.box(west, south, east, north)
    expected = [
        one["id"]
        for one in features(get, collection)
        if box.intersects(shapely.geometry.shape(one["geometry"]))
    ]
    assert 0 < len(expected) < len(features(get, collection))
    flat = features(get, collection, bbox=f"{west},{south},{east},{north}")
    deep = features(get, collection, bbox=f"{west},{south},-100,{east},{north},9000")
    assert [one["id"] for one in flat] == [one["id"] for one in deep] == expected
    assert [
        one["id"] for one in features(get, collection, bbox=f"170,{south},{east},{north}")
    ] == expected_beyond(features(get, collection), east, south, north)


def expected_beyond(every: list[dict[str, Any]], east: float, south: float, north: float) -> list[str]:
    """A box whose west is greater than its east goes round the back of the Earth."""
    import shapely

    half = shapely.box(-180, south, east, north)
    return [one["id"] for one in every if half.intersects(shapely.geometry.shape(one["geometry"]))]


NIGHT, DAY = "2026-11-20T23:30:00+08:00", "2026-11-20T09:00:00+08:00"
TIMES = [
    (NIGHT, NIGHT),
    (NIGHT.replace("+08:00", "Z"), "2026-11-21T07:30:00+08:00"),
    (f"{DAY}/{NIGHT}", "2026-11-20T10:00:00+08:00"),  # now lies within it
    (f"{NIGHT}/..", NIGHT),
    (f"{NIGHT}/", NIGHT),
    (f"../{DAY}", DAY),
    (f"/{DAY}", DAY),
    ("../..", "2026-11-20T10:00:00+08:00"),
    ("2026-11-20", "2026-11-20T10:00:00+08:00"),
    ("2026-11-21", "2026-11-21T00:00:00+08:00"),
]


@pytest.mark.parametrize(
    ("collection", "asked", "at"),
    [("stations", *each) for each in TIMES]
    + [(one, *each) for one in ("coverage", "gaps") for each in TIMES[:3]],
)
def test_every_feature_is_told_as_at_an_instant_within_what_was_asked(
    get: Get, collection: str, asked: str, at: str
) -> None:
    """/conf/core/fc-time-response: all variations of /req/core/fc-time-response."""
    found = get(f"collections/{collection}/items", datetime=asked, limit=3)
    assert found.status_code == 200
    assert {one["properties"]["at"] for one in found.json()["features"]} == {at}


@pytest.mark.parametrize(
    "path", [*(f"collections/{one}/items" for one in sorted(COLLECTIONS)), "collections", ""]
)
def test_a_parameter_that_the_definition_does_not_list_is_refused(get: Get, path: str) -> None:
    """/conf/core/query-param-unknown."""
    refused = get(path, nmae="x")
    assert (refused.status_code, refused.headers["content-type"]) == (400, "application/problem+json")
    assert "nmae" in refused.json()["description"]


@EVERY
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "0"),
        ("limit", "-1"),
        ("limit", "ten"),
        ("limit", "1.5"),
        ("limit", ""),
        ("offset", "-1"),
        ("offset", "x"),
        ("bbox", "1,2,3"),
        ("bbox", "1,2,3,x"),
        ("bbox", "1,2,3,nan"),
        ("bbox", "117,37,118,36"),  # south of it is north
        ("bbox", "36,117,37,118"),  # the other way round
        ("bbox-crs", CRS84),  # without a box
        ("crs", "http://www.opengis.net/def/crs/EPSG/0/99999"),
        ("datetime", "yesterday"),
        ("datetime", "2026-13-01T00:00:00Z"),
        ("datetime", "2026-11-20T10:00:00"),  # no offset
        ("datetime", "2026-11-21T00:00:00Z/2026-11-20T00:00:00Z"),
        ("datetime", "2026-11-20T00:00:00Z/2026-11-21T00:00:00Z/.."),
        ("datetime", "1066-10-14T09:00:00Z"),
        ("datetime", ""),
        ("properties", "phone"),
        ("sortby", "phone"),
        ("skipGeometry", "maybe"),
        ("resulttype", "all"),
        ("f", "xml"),
        ("lang", "fr"),
    ],
)
def test_a_value_that_can_not_be_is_refused_and_said_how_to_mend(
    get: Get, collection: str, name: str, value: str
) -> None:
    """/conf/core/query-param-invalid."""
    refused = get(f"collections/{collection}/items", **{name: value})
    assert (refused.status_code, refused.headers["content-type"]) == (400, "application/problem+json")
    said = refused.json()
    assert said["code"] == "InvalidParameterValue"
    assert [(one["field"], bool(one["remedy"])) for one in said["errors"]] == [(name, True)]


@EVERY
def test_a_feature_is_found_by_its_id_and_says_where_it_belongs(get: Get, collection: str) -> None:
    """/conf/core/f-op, f-success, f-links; /conf/geojson/content."""
    for listed in features(get, collection)[:3]:
        found = get(f"collections/{collection}/items/{listed['id']}")
        assert (found.status_code, found.headers["content-type"]) == (200, "application/geo+json")
        feature = found.json()
        assert {name: feature[name] for name in listed} == listed
        check_links(feature)
        assert links(feature, "collection")


@pytest.mark.parametrize(
    "path", ["collections/stations/items/nobody", "collections/nowhere", "collections/nowhere/items", "tiles"]
)
def test_what_there_is_not_is_not_found(get: Get, path: str) -> None:
    missing = get(path)
    assert (missing.status_code, missing.headers["content-type"]) == (404, "application/problem+json")
    page = get(path, accept="text/html")
    assert page.status_code == 404


_POSITION = {"type": "array", "minItems": 2, "items": {"type": "number"}}
_LINE = {"type": "array", "minItems": 4, "items": _POSITION}
_AREA = {"type": "array", "minItems": 1, "items": _LINE}
GEOMETRY = {
    "oneOf": [
        {"properties": {"type": {"const": "Point"}, "coordinates": _POSITION}},
        {"properties": {"type": {"const": "Polygon"}, "coordinates": _AREA}},
        {"properties": {"type": {"const": "MultiPolygon"}, "coordinates": {"type": "array", "items": _AREA}}},
    ]
}


@EVERY
def test_features_are_geojson(get: Get, collection: str) -> None:
    """/conf/geojson/definition, content: RFC 7946, rings closed, CRS84 (/conf/core/crs84)."""
    page = get(f"collections/{collection}/items", accept="application/geo+json")
    assert page.headers["content-type"] == "application/geo+json"
    for number, feature in enumerate(page.json()["features"]):
        assert feature["type"] == "Feature"
        if number < 10:
            jsonschema.validate(feature["geometry"], GEOMETRY)
        assert isinstance(feature["properties"], dict)
        for lon, lat in coordinates(feature["geometry"]["coordinates"]):
            assert 73 < lon < 136
            assert 3 < lat < 54
        if feature["geometry"]["type"] == "Polygon":
            assert all(ring[0] == ring[-1] for ring in feature["geometry"]["coordinates"])


@EVERY
def test_the_crs_of_the_answer_is_named_and_the_default_is_crs84(get: Get, collection: str) -> None:
    assert get(f"collections/{collection}/items", limit=1).headers["content-crs"] == f"<{CRS84}>"
    for crs in SUPPORTED_CRS:
        assert get(f"collections/{collection}/items", limit=1, crs=crs).headers["content-crs"] == f"<{crs}>"


def test_coordinates_come_in_the_order_of_the_axes_of_their_crs(get: Get) -> None:
    """OGC 18-058r1, 6.2.2. EPSG:4326 and EPSG:4490 have the latitude first."""
    import numpy as np
    from pyproj import Transformer

    plain = features(get, "stations")
    lonlat = np.array([one["geometry"]["coordinates"] for one in plain])
    for crs in SUPPORTED_CRS[1:3]:
        turned = np.array([one["geometry"]["coordinates"] for one in features(get, "stations", crs=crs)])
        assert np.abs(turned[:, ::-1] - lonlat).max() < 1e-7
    east, north = Transformer.from_crs(4326, 3857, always_xy=True).transform(*lonlat.T)
    flat = np.array(
        [one["geometry"]["coordinates"] for one in features(get, "stations", crs=SUPPORTED_CRS[3])]
    )
    assert np.abs(flat - np.column_stack([east, north])).max() < 1e-5


def test_a_box_may_be_given_in_another_crs(get: Get) -> None:
    plain = features(get, "stations", bbox="117.0204,36.6680,117.0206,36.6687")
    turned = features(
        get, "stations", bbox="36.6680,117.0204,36.6687,117.0206", **{"bbox-crs": SUPPORTED_CRS[1]}
    )
    assert [one["id"] for one in plain] == [one["id"] for one in turned] != []

"""The abstract test suites of OGC API – Features, Part 1 (17-069r4, Annex A) and Part 2's CRS (18-058r1), over HTTP.

Each test names the abstract tests that it carries out. Whether a page is what a reader wants is for a reader's eye.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jsonschema
import pytest

from tests.yihui.http.ogc.asking import (
    CRS84,
    DEFINITION,
    EVERY,
    Get,
    check_links,
    coordinates,
    features,
    links,
)
from yihui.http.ogc.collections import COLLECTIONS
from yihui.http.ogc.request import SUPPORTED_CRS

pytestmark = pytest.mark.endure


@pytest.fixture(scope="module")
def definition(get: Get) -> dict[str, Any]:
    found = get(links(get("/ogc").json(), "service-desc")[0]["href"])
    assert (found.status_code, found.headers["content-type"]) == (200, DEFINITION)
    document: dict[str, Any] = found.json()
    return document


def resolved(definition: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    for part in node.get("$ref", "#").split("/")[1:]:
        definition = definition[part]
    return definition if "$ref" in node else node


def references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        yield from ([str(node["$ref"])] if "$ref" in node else [])
        for part in node.values():
            yield from references(part)
    elif isinstance(node, list):
        for part in node:
            yield from references(part)


def test_the_definition_is_whole_in_itself(definition: dict[str, Any]) -> None:
    """/conf/oas30/oas-definition-2: what OpenAPI 3.0.3 demands of each object that is used."""
    assert definition["openapi"].startswith("3.0.")
    assert definition["info"]["title"]
    assert definition["info"]["version"]
    for reference in references(definition):
        assert reference.startswith("#/components/")
        assert resolved(definition, {"$ref": reference})
    ids = [operation["operationId"] for path in definition["paths"].values() for operation in path.values()]
    assert len(set(ids)) == len(ids)
    for parameter in definition["components"]["parameters"].values():
        jsonschema.Draft7Validator.check_schema(parameter["schema"])
    for schema in definition["components"]["schemas"].values():
        jsonschema.Draft7Validator.check_schema(schema)


def test_every_path_does_what_the_definition_says(get: Get, definition: dict[str, Any]) -> None:
    """/conf/oas30/oas-impl, completeness, exception-codes: answers fit their schemas, refusals too."""
    root = definition["servers"][0]["url"]
    for path, operations in definition["paths"].items():
        collection = path.split("/")[2] if path.startswith("/collections/") else ""
        id = get(f"collections/{collection}/items", limit=1).json()["features"][0]["id"] if collection else ""
        address = root + path.replace("{featureId}", str(id))
        for kind, content in operations["get"]["responses"]["200"]["content"].items():
            answer = get(address, accept=kind)
            assert (answer.status_code, path) == (200, path)
            assert answer.headers["content-type"].split("; charset")[0] == kind
            if kind != "text/html":
                check(definition, content["schema"], answer.json())
        refused = get(address, nmae="x")
        problem = resolved(definition, operations["get"]["responses"][str(refused.status_code)])
        check(definition, problem["content"]["application/problem+json"]["schema"], refused.json())


def check(definition: dict[str, Any], schema: dict[str, Any], document: object) -> None:
    """OpenAPI's ``nullable`` isn't used by any answer, so that JSON Schema's rules are the same."""
    jsonschema.Draft7Validator({**schema, "components": definition["components"]}).validate(document)


def test_every_link_of_every_document_leads_somewhere(get: Get) -> None:
    """/conf/core/api-definition-op, conformance-op."""
    documents = ["/ogc", "collections", *(f"collections/{one}" for one in COLLECTIONS)]
    documents += [f"collections/{one}/items" for one in COLLECTIONS]
    for address in documents:
        for link in (
            get(address, limit=2).json()["links"] if "items" in address else get(address).json()["links"]
        ):
            followed = get(link["href"], accept=link["type"])
            assert (followed.status_code, link["href"]) == (200, link["href"])
            kinds = followed.headers["content-type"].split("; charset")[0]
            assert kinds == link["type"] or link["rel"] in ("conformance", "data")


@EVERY
def test_the_extent_holds_every_feature(get: Get, collection: str) -> None:
    """/conf/core/fc-md-extent."""
    extent = get(f"collections/{collection}").json()["extent"]
    (west, south, east, north), *others = extent["spatial"]["bbox"]
    assert not others
    points = [at for one in features(get, collection) for at in coordinates(one["geometry"]["coordinates"])]
    assert west <= min(lon for lon, _ in points) <= max(lon for lon, _ in points) <= east
    assert south <= min(lat for _, lat in points) <= max(lat for _, lat in points) <= north
    assert extent["temporal"]["interval"] == [["1992-01-01T00:00:00+08:00", "2100-12-31T23:59:59+08:00"]]


PAGES = [
    *("", "openapi", "conformance", "collections"),
    *(f"collections/{one}{part}" for one in COLLECTIONS for part in ("", "/items", "/schema", "/queryables")),
    "collections/stations/items/hostile",
]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_every_document_is_a_page_too_and_loads_nothing_from_elsewhere(
    get: Get, path: str, lang: str
) -> None:
    """/conf/html/definition, content."""
    page = get(f"/ogc/{path}", accept="text/html", lang=lang)
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    loaded = re.findall(r'(?:\bsrc|<link[^>]* href)="([^"]*)"', page.text)
    assert loaded and all(address.startswith("/static/") for address in loaded)
    assert not re.search(r"<script|<img src=x|<[^>]* on\w+=", page.text)  # a station is called so


@EVERY
def test_pages_count_themselves_and_following_next_gives_every_feature_once(
    get: Get, collection: str
) -> None:
    """/conf/core/fc-op, fc-response, fc-links, fc-limit-response, fc-timeStamp, fc-numberMatched, fc-numberReturned."""
    every = [one["id"] for one in features(get, collection)]
    size = max(2, len(every) // 3)
    page = get(f"collections/{collection}/items", limit=size)
    assert (page.headers["content-type"], page.headers["content-crs"]) == (
        "application/geo+json",
        f"<{CRS84}>",
    )
    document = page.json()
    told = datetime.fromisoformat(document["timeStamp"])
    assert abs(told - datetime.now(UTC)) < timedelta(minutes=1)
    seen: list[str] = []
    while True:
        check_links(document)
        assert document["numberReturned"] == len(document["features"]) <= size
        assert document["numberMatched"] == len(every)
        seen += [one["id"] for one in document["features"]]
        if not (following := links(document, "next")):
            break
        assert parse_qs(urlsplit(following[0]["href"]).query)["limit"] == [str(size)]
        document = get(following[0]["href"], accept=following[0]["type"]).json()
        assert links(document, "prev")
    assert seen == every and len(set(seen)) == len(seen)


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
        ("sortby", "-at "),  # the property at, and a space
        ("sortby", "-+at"),
        ("sortby", "at,"),
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

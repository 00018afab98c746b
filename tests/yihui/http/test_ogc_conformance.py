"""The abstract test suite of OGC API – Features, Part 1 (17-069r4, Annex A) and of Part 2's CRS, over HTTP.

Each test names the abstract tests that it carries out. Whether a page's HTML is what a reader wants is for a
reader's eye.
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jsonschema
import pytest
from fastapi.testclient import TestClient

from tests.yihui.http.conftest import NOW, STATIONS, import_into
from yihui.bootstrap import Settings, wire
from yihui.http.app import create_app
from yihui.ogc.asked import CRSS, MOST_ITEMS
from yihui.ogc.collections import COLLECTIONS
from yihui.ogc.documents import CONFORMS_TO

Get = Callable[..., httpx.Response]
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
DEFINITION = "application/vnd.oai.openapi+json;version=3.0"
EVERY = pytest.mark.parametrize("collection", sorted(COLLECTIONS))
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


@pytest.fixture(scope="module")
def get(data_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Get]:
    database = tmp_path_factory.mktemp("ogc") / "yihui.db"
    wiring = wire(Settings(database=str(database), data_folder=data_folder), now=lambda: NOW)
    import_into(wiring, STATIONS)
    site = TestClient(create_app(wiring))

    def ask(address: str, /, accept: str = "application/json", **params: object) -> httpx.Response:
        path = address if address.startswith(("http", "/")) else f"/ogc/{address}"
        return site.get(path, params=params or None, headers={"Accept": accept, "Accept-Language": "zh"})

    yield ask
    wiring.database.close()


def links(document: dict[str, Any], rel: str, kind: str = "") -> list[dict[str, str]]:
    return [one for one in document["links"] if one["rel"] == rel and one["type"].startswith(kind)]


def check_links(document: dict[str, Any]) -> None:
    """A link to itself, one to its other form, and of each what it is."""
    assert len(links(document, "self")) == 1
    assert links(document, "alternate", "text/html")
    assert all(one["rel"] and one["type"] and one["href"] for one in document["links"])


class Elements(HTMLParser):
    """Fails where elements aren't closed as they were opened."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.loaded: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        self.loaded += [
            value or "" for name, value in attrs if name == "src" or (tag == "link" and name == "href")
        ]
        assert not [name for name, _ in attrs if name.startswith("on")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


# Core: the landing page, the definition, the classes -----------------------------------------------------


@pytest.mark.parametrize("address", ["/ogc", "/ogc/"])
def test_the_landing_page_links_to_the_definition_the_classes_and_the_data(get: Get, address: str) -> None:
    """/conf/core/root-op, root-success."""
    landing = get(address)
    assert (landing.status_code, landing.headers["content-type"]) == (200, "application/json")
    document = landing.json()
    check_links(document)
    assert links(document, "service-desc", DEFINITION)
    assert links(document, "service-doc", "text/html")
    assert links(document, "conformance", "application/json")
    assert links(document, "data", "application/json")


def test_every_link_of_every_document_leads_somewhere(get: Get) -> None:
    """/conf/core/api-definition-op, conformance-op; no link to what pygeoapi could serve and we don't."""
    documents = ["/ogc", "collections", *(f"collections/{one}" for one in COLLECTIONS)]
    documents += [f"collections/{one}/items" for one in COLLECTIONS]
    for address in documents:
        for link in (
            get(address, limit=2).json()["links"] if "items" in address else get(address).json()["links"]
        ):
            followed = get(link["href"], accept=link["type"])
            assert (followed.status_code, link["href"]) == (200, link["href"])
            kinds = followed.headers["content-type"].split("; charset")[0]
            assert kinds == link["type"] or link["rel"] in ("conformance", "data", "about")


def test_the_conformance_declaration_lists_the_classes_that_are_tested_here_and_no_others(get: Get) -> None:
    """/conf/core/conformance-success."""
    assert get("conformance").json() == {"conformsTo": [*CONFORMS_TO]}
    part_1 = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/"
    assert {name.removeprefix(part_1) for name in CONFORMS_TO if name.startswith(part_1)} == {
        *("core", "geojson", "html", "oas30"),
    }


# Core: collections ------------------------------------------------------------------------------------------


def test_every_collection_is_described_with_links_to_its_features_in_every_form(get: Get) -> None:
    """/conf/core/fc-md-op, fc-md-success, fc-md-links, fc-md-items, fc-md-items-links."""
    document = get("collections").json()
    check_links(document)
    assert [one["id"] for one in document["collections"]] == [*COLLECTIONS]
    for one in document["collections"]:
        assert links(one, "items", "application/geo+json")
        assert links(one, "items", "text/html")
        assert one["title"]
        assert one["description"]
        assert one["itemType"] == "feature"
        assert one["crs"][0] == CRS84


@EVERY
def test_a_collection_says_the_same_by_itself(get: Get, collection: str) -> None:
    """/conf/core/sfc-md-op, sfc-md-success."""
    alone = get(f"collections/{collection}").json()
    among = next(one for one in get("collections").json()["collections"] if one["id"] == collection)
    for name in ("id", "title", "description", "extent", "itemType", "crs", "storageCrs"):
        assert alone[name] == among[name]
    assert {link["href"] for link in among["links"]} <= {link["href"] for link in alone["links"]}


@EVERY
def test_the_extent_holds_every_feature(get: Get, collection: str) -> None:
    """/conf/core/fc-md-extent."""
    extent = get(f"collections/{collection}").json()["extent"]
    (west, south, east, north), *others = extent["spatial"]["bbox"]
    assert not others
    points = [at for one in features(get, collection) for at in coordinates(one["geometry"]["coordinates"])]
    assert west <= min(lon for lon, _ in points) <= max(lon for lon, _ in points) <= east
    assert south <= min(lat for _, lat in points) <= max(lat for _, lat in points) <= north
    assert extent["temporal"]["interval"] == [[None, None]]


def features(get: Get, collection: str, **asked: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = get(f"collections/{collection}/items", limit=MOST_ITEMS, **asked).json()[
        "features"
    ]
    return found


def coordinates(nested: Any) -> Iterator[tuple[float, float]]:
    if isinstance(nested[0], int | float):
        yield nested[0], nested[1]
    else:
        for part in nested:
            yield from coordinates(part)


# Core: features ---------------------------------------------------------------------------------------------


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
@pytest.mark.parametrize(("limit", "given"), [(1, 1), (2, 2), (MOST_ITEMS, None), (MOST_ITEMS * 100, None)])
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


def test_all_that_is_wrong_is_told_at_once(get: Get) -> None:
    refused = get("collections/stations/items?limit=0&limit=1&bbox=1&sample=perhaps&nmae=x")
    assert [one["field"] for one in refused.json()["errors"]] == ["nmae", "limit", "limit", "bbox", "sample"]


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


# GeoJSON ----------------------------------------------------------------------------------------------------

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


# HTML -------------------------------------------------------------------------------------------------------

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
    """/conf/html/definition, content. pygeoapi's own pages load scripts and styles from three other sites."""
    page = get(f"/ogc/{path}", accept="text/html", lang=lang)
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert get(f"/ogc/{path}", f="html", lang=lang).headers["content-type"] == page.headers["content-type"]
    assert page.text.startswith("<!doctype html>")
    elements = Elements()
    elements.feed(page.text)
    assert elements.open == []
    assert all(address.startswith("/static/") for address in elements.loaded)
    assert "<script" not in page.text
    assert "<img src=x" not in page.text  # a station is called so


@EVERY
def test_the_page_of_a_feature_holds_its_geometry_too(get: Get, collection: str) -> None:
    """/conf/html/content: all that the JSON says."""
    feature = get(f"/ogc/collections/{collection}/items", limit="1").json()["features"][0]
    page = get(f"/ogc/collections/{collection}/items/{feature['id']}", f="html").text
    numbers = re.findall(r"\d+\.\d{4,}", str(feature["geometry"]["coordinates"]))
    assert numbers
    assert [number for number in numbers if number not in page] == []


def test_a_page_speaks_the_readers_language(get: Get) -> None:
    assert "覆盖" in get("collections", accept="text/html", lang="zh").text
    assert "Coverage by county" in get("collections", accept="text/html", lang="en").text
    assert get("collections", lang="en").headers["content-language"] == "en"


# OpenAPI 3.0 ------------------------------------------------------------------------------------------------


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


def asked_of(definition: dict[str, Any], path: str) -> dict[str, dict[str, Any]]:
    operation = definition["paths"][path]["get"]
    return {one["name"]: one for one in (resolved(definition, each) for each in operation["parameters"])}


@EVERY
def test_the_parameters_are_defined_as_the_standard_has_them(
    definition: dict[str, Any], collection: str
) -> None:
    """/conf/core/fc-bbox-definition, fc-limit-definition, fc-time-definition."""
    asked = asked_of(definition, f"/collections/{collection}/items")
    plain = {"in": "query", "required": False, "style": "form", "explode": False}
    assert asked["bbox"] == {
        "name": "bbox",
        "schema": {
            "type": "array",
            "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}],
            "items": {"type": "number"},
        },
        **plain,
    }
    assert asked["datetime"] == {"name": "datetime", "schema": {"type": "string"}, **plain}
    assert asked["limit"].items() >= plain.items()
    assert asked["limit"]["schema"] == {
        "type": "integer",
        "minimum": 1,
        "maximum": MOST_ITEMS,
        "default": 100,
    }


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


def test_every_parameter_of_the_definition_is_taken(get: Get, definition: dict[str, Any]) -> None:
    values = {
        "f": "json",
        "lang": "en",
        "limit": "2",
        "offset": "0",
        "bbox": "110,30,120,40",
        "crs": CRSS[1],
        "bbox-crs": CRS84,
        "datetime": "../..",
        "skipGeometry": "true",
        "resulttype": "hits",
    }
    for collection in COLLECTIONS.values():
        for name in asked_of(definition, f"/collections/{collection.id}/items"):
            first = next(iter(collection.by_name))
            value = values.get(name, first if name in ("properties", "sortby") else "1")
            if name in collection.by_name and collection.by_name[name].type == "boolean":
                value = "true"
            more = {"bbox": values["bbox"]} if name == "bbox-crs" else {}
            answer = get(f"collections/{collection.id}/items", **{name: value}, **more)
            assert (answer.status_code, name) == (200, name)


def test_no_authentication_is_asked_for_and_none_is_described(get: Get, definition: dict[str, Any]) -> None:
    """/conf/oas30/security."""
    assert "security" not in definition
    assert "www-authenticate" not in get("/ogc").headers


# Part 2: coordinate reference systems -----------------------------------------------------------------------


@EVERY
def test_the_crs_of_the_answer_is_named_and_the_default_is_crs84(get: Get, collection: str) -> None:
    assert get(f"collections/{collection}/items", limit=1).headers["content-crs"] == f"<{CRS84}>"
    for crs in CRSS:
        assert get(f"collections/{collection}/items", limit=1, crs=crs).headers["content-crs"] == f"<{crs}>"


def test_coordinates_come_in_the_order_of_the_axes_of_their_crs(get: Get) -> None:
    """OGC 18-058r1, 6.2.2. EPSG:4326 and EPSG:4490 have the latitude first."""
    import numpy as np
    from pyproj import Transformer

    plain = features(get, "stations")
    lonlat = np.array([one["geometry"]["coordinates"] for one in plain])
    for crs in CRSS[1:3]:
        turned = np.array([one["geometry"]["coordinates"] for one in features(get, "stations", crs=crs)])
        assert np.abs(turned[:, ::-1] - lonlat).max() < 1e-7
    east, north = Transformer.from_crs(4326, 3857, always_xy=True).transform(*lonlat.T)
    flat = np.array([one["geometry"]["coordinates"] for one in features(get, "stations", crs=CRSS[3])])
    assert np.abs(flat - np.column_stack([east, north])).max() < 1e-5


def test_a_box_may_be_given_in_another_crs(get: Get) -> None:
    plain = features(get, "stations", bbox="117.0204,36.6680,117.0206,36.6687")
    turned = features(get, "stations", bbox="36.6680,117.0204,36.6687,117.0206", **{"bbox-crs": CRSS[1]})
    assert [one["id"] for one in plain] == [one["id"] for one in turned] != []

"""The abstract test suite of OGC API – Features, Part 1 (17-069r4, Annex A), over HTTP: OpenAPI 3.0, landing page, classes, collections, HTML.

Each test names the abstract tests that it carries out. Whether a page is what a reader wants is for a reader's eye.
"""

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

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
from yihui.http.ogc.request import MAX_ITEMS, SUPPORTED_CRS

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
        "maximum": MAX_ITEMS,
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
        "crs": SUPPORTED_CRS[1],
        "bbox-crs": CRS84,
        "datetime": "../..",
        "skipGeometry": "true",
        "resulttype": "hits",
    }
    for collection in COLLECTIONS.values():
        for name in asked_of(definition, f"/collections/{collection.id}/items"):
            first = next(iter(collection.fields_by_name))
            value = values.get(name, first if name in ("properties", "sortby") else "1")
            if name in collection.fields_by_name and collection.fields_by_name[name].type == "boolean":
                value = "true"
            more = {"bbox": values["bbox"]} if name == "bbox-crs" else {}
            answer = get(f"collections/{collection.id}/items", **{name: value}, **more)
            assert (answer.status_code, name) == (200, name)


def test_no_authentication_is_asked_for_and_none_is_described(get: Get, definition: dict[str, Any]) -> None:
    """/conf/oas30/security."""
    assert "security" not in definition
    assert "www-authenticate" not in get("/ogc").headers


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
    assert extent["temporal"]["interval"] == [["1992-01-01T00:00:00+08:00", "2100-12-31T23:59:59+08:00"]]


VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
PAGES = [
    *("", "openapi", "conformance", "collections"),
    *(f"collections/{one}{part}" for one in COLLECTIONS for part in ("", "/items", "/schema", "/queryables")),
    "collections/stations/items/hostile",
]


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

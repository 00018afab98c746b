"""The abstract test suite of OGC API – Features, Part 1 (17-069r4, Annex A), over HTTP: OpenAPI 3.0.

Each test names the abstract tests that it carries out.
"""

from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from tests.yihui.http.ogc.asking import CRS84, DEFINITION, EVERY, Get, links
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

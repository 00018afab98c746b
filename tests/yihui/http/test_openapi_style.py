"""The description of the API is fit for generators and readers: names, arrays, summaries, no docstring syntax."""

from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from fastapi.testclient import TestClient

from yihui.http.openapi_style import finish_document


@pytest.fixture(scope="module")
def document(filled_site: TestClient) -> dict[str, Any]:
    described: dict[str, Any] = filled_site.get("/openapi.json").json()
    return described


def parts_of(part: object, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(part, list):
        for number, one in enumerate(part):
            yield from parts_of(one, f"{path}/{number}")
    elif isinstance(part, dict):
        yield path, part
        for name, one in part.items():
            if name not in ("example", "examples"):
                yield from parts_of(one, f"{path}/{name}")


def test_no_schema_bears_the_path_of_a_module(document: dict[str, Any]) -> None:
    assert [name for name in document["components"]["schemas"] if "__" in name or not name.isalnum()] == []


def test_no_two_schemas_have_one_title(document: dict[str, Any]) -> None:
    titles = [schema.get("title", name) for name, schema in document["components"]["schemas"].items()]
    assert sorted(set(titles)) == sorted(titles)


def test_every_array_says_what_its_items_are(document: dict[str, Any]) -> None:
    arrays = [(path, part) for path, part in parts_of(document) if "array" in str(part.get("type"))]
    assert len(arrays) > 20
    assert [path for path, part in arrays if "items" not in part] == []


def test_every_example_of_a_parameter_fits_its_schema(document: dict[str, Any]) -> None:
    parameters = [part for _, part in parts_of(document["paths"]) if "in" in part and "example" in part]
    assert len(parameters) > 20
    for parameter in parameters:
        checker = jsonschema.Draft202012Validator(
            {**parameter["schema"], "components": document["components"]}
        )
        assert list(checker.iter_errors(parameter["example"])) == [], parameter["name"]


def test_a_docstring_is_finished() -> None:
    operation = {
        "operationId": "x",
        "description": "Find ``x`` in\n1.5 s. *Units*: metres.\n\nThen\n``y``.",
        "responses": {"200": {"schema": {"type": "array", "prefixItems": [{"type": "number"}] * 2}}},
    }
    finish_document({"paths": {"/x": {"get": operation}}})
    assert operation["summary"] == "Find `x` in 1.5 s."
    assert operation["description"] == "Units: metres.\n\nThen `y`."
    assert operation["responses"]["200"]["schema"]["items"] == {"type": "number"}  # type: ignore[index]

"""The description of the API: its examples are real, it is whole and shown on /docs, and a client can be made of it."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from fastapi.testclient import TestClient

from geo.registry.keys import issue_keeper_key
from tests.yihui.http.conftest import NOW, wire_register
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.http.app import create_app
from yihui.views.api_page import render_markdown

ROOT = Path(__file__).parents[3]
EXAMPLES: dict[str, dict[str, Any]] = json.loads(
    (ROOT / "yihui" / "http" / "openapi_examples.json").read_text("utf-8")
)
PAGE = (ROOT / "docs" / "api.md").read_text("utf-8")
ASKED = re.compile(r"```http\n(.+?)\n```\n+(?:[^\n`]+\n+)?```json\n(.+?)\n```", re.DOTALL)
ANY = frozenset({"number", "follow", "revision"})  # are others each time


@pytest.fixture(scope="module")
def site(
    register_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[TestClient, str, Wiring]]:
    """A client, a key of the keeper of “quancheng”, and the wiring."""
    wiring = wire_register(register_file, tmp_path_factory.mktemp("examples"))
    with wiring.database.write() as connection:
        key = issue_keeper_key(connection, "quancheng", NOW).text
    yield TestClient(create_app(wiring)), key, wiring
    wiring.database.close()


@pytest.fixture(scope="module")
def document(site: tuple[TestClient, str, Wiring]) -> dict[str, Any]:
    described: dict[str, Any] = site[0].get("/openapi.json").json()
    return described


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found = [operation for methods in document["paths"].values() for operation in methods.values()]
    by_id = {operation["operationId"]: operation for operation in found}
    assert len(by_id) == len(found), "two operations share a name"
    return by_id


def masked(answer: Any) -> Any:
    if isinstance(answer, dict):
        return {name: "…" if name in ANY else masked(value) for name, value in answer.items()}
    return [masked(one) for one in answer] if isinstance(answer, list) else answer


def test_every_operation_says_what_it_does_and_has_an_example(document: dict[str, Any]) -> None:
    found = operations(document)
    assert set(found) == set(EXAMPLES)
    known = {tag["name"] for tag in document["tags"]}
    for name, operation in found.items():
        assert operation["summary"], name
        assert operation["description"], name
        assert set(operation["tags"]) <= known, name
        assert {"429", "500", "503", "default"} <= set(operation["responses"]), name


def test_the_description_is_whole_in_itself(document: dict[str, Any]) -> None:
    """What OpenAPI 3.1 demands of each schema, reference and response that is used."""
    assert document["openapi"].startswith("3.1.") and document["info"]["version"]
    schemas = document["components"]["schemas"]
    for schema in schemas.values():
        jsonschema.Draft202012Validator.check_schema(schema)
    for reference in set(re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(document))):
        part = document
        for name in reference.split("/"):
            part = part[name]  # a KeyError where it leads nowhere
    for operation in operations(document).values():
        assert all(one.get("$ref") or one["description"] for one in operation["responses"].values())


def test_the_examples_are_what_the_site_answers(site: tuple[TestClient, str, Wiring]) -> None:
    client, key, wiring = site
    number = ""
    for name, example in EXAMPLES.items():
        if "status" not in example:
            continue
        path = example["path"].replace(example.get("parameters", {}).get("number", "\0"), number)
        headers = {"Authorization": f"Bearer {key}"} if name == "keep" else {}
        answer = client.request(example["method"], path, json=example.get("body"), headers=headers)
        assert answer.status_code == example["status"], name
        if "answer" in example:
            assert masked(answer.json()) == masked(example["answer"]), name
        if name == "reports":
            number = answer.json()["number"]
            for _ in wiring.runner.run_ingress():
                pass


def test_the_page_shows_what_the_site_answers(wiring: Wiring) -> None:
    shown = ASKED.findall(PAGE)
    assert len(shown) >= 6
    with TestClient(create_app(wiring)) as client:
        for request, expected in shown:
            head, _, body = request.partition("\n\n")
            (method, path, *_), *lines = (line.split() for line in head.splitlines())
            headers = {line[0].rstrip(":"): " ".join(line[1:]) for line in lines}
            answer = client.request(method, path, content=body.encode() or None, headers=headers)
            _holds(_partly(expected), answer.json(), path)


def _partly(expected: str) -> Any:
    """What is shown of an answer; “…” stands for what is left out."""
    return json.loads(re.sub(r",?\s*…", "", expected))


def _holds(shown: Any, answer: Any, path: str) -> None:
    if isinstance(shown, dict):
        assert isinstance(answer, dict), path
        for name, value in shown.items():
            assert name in answer, f"{path}: {name}"
            if name == "next" and value:  # opaque: another with every filter that is added
                assert answer[name], path
            else:
                _holds(value, answer[name], path)
    elif isinstance(shown, list):
        assert len(answer) >= len(shown), path
        for one, other in zip(shown, answer, strict=False):
            _holds(one, other, path)
    else:
        assert answer == shown, path


GENERATOR = Path(sys.prefix) / "client_generator"  # beside the environment: it needs another typer
CONFIGURATION = ROOT / "docs" / "openapi_client.yaml"


@pytest.mark.endure
def test_a_client_is_generated_without_a_warning_and_has_every_operation(tmp_path: Path) -> None:
    assert GENERATOR.is_dir(), "`make setup` installs it (requirements/client_generator.lock)"
    document = create_app(build_wiring(Settings(str(tmp_path / "none.db"), tmp_path))).openapi()
    described, settings = tmp_path / "openapi.json", tmp_path / "settings.yaml"
    described.write_text(json.dumps(document), "utf-8")
    settings.write_text(CONFIGURATION.read_text("utf-8") + "post_hooks: []\n", "utf-8")
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none"]
    files = ["--path", described, "--config", settings, "--output-path", tmp_path / "client"]
    environment = {**os.environ, "PYTHONPATH": str(GENERATOR)}
    done = subprocess.run([*command, *files], env=environment, capture_output=True, text=True, check=True)
    assert len((done.stdout + done.stderr).strip().splitlines()) == 1, f"a warning: {done.stdout}"
    operations = {each["operationId"] for methods in document["paths"].values() for each in methods.values()}
    made = {path.stem for path in (tmp_path / "client" / "api").rglob("*.py")} - {"__init__"}
    assert made == operations


def test_every_example_of_a_parameter_fits_its_schema(document: dict[str, Any]) -> None:
    found = [one for operation in operations(document).values() for one in operation.get("parameters", ())]
    parameters = [parameter for parameter in found if "example" in parameter]
    assert len(parameters) > 20
    for parameter in parameters:
        checker = jsonschema.Draft202012Validator(
            {**parameter["schema"], "components": document["components"]}
        )
        assert list(checker.iter_errors(parameter["example"])) == [], parameter["name"]


def test_markdown_is_rendered_and_everything_else_escaped() -> None:
    text = "Use `a<b>` & **this**.\n\n- one\n- `two`\n  more\n\n<script>alert(1)</script>"
    assert render_markdown(text).replace("\n", "") == (
        "<p>Use <code>a&lt;b&gt;</code> &amp; <strong>this</strong>.</p>"
        "<ul><li>one</li><li><code>two</code>more</li></ul>"
        "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"
    )

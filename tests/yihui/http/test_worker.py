"""The service worker as it is served."""

import json
import re

import pytest
from fastapi.testclient import TestClient


@pytest.fixture(scope="module")
def client(filled_riders: TestClient) -> TestClient:
    return filled_riders


def shell(client: TestClient) -> dict[str, list[str]]:
    line = client.get("/worker.js").text.partition("\n")[0]
    told: dict[str, list[str]] = json.loads(line.removeprefix("const SHELL=").removesuffix(";"))
    return told


def test_the_browser_asks_every_time_whether_there_is_a_newer_worker(client: TestClient) -> None:
    answer = client.get("/worker.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "no-cache" in answer.headers["cache-control"]
    again = client.get("/worker.js", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


def test_all_that_it_keeps_is_there(client: TestClient) -> None:
    told = shell(client)
    for address in (*told["pages"], *told["files"]):
        assert client.get(address).status_code == 200, address


def test_it_keeps_nothing_of_keepers_and_no_answer(client: TestClient) -> None:
    told = shell(client)
    assert set(told["pages"]) == {"/", "/?lang=zh", "/?lang=en"}
    assert not [file for file in told["files"] if not file.startswith("/static/")]
    assert not [file for file in told["files"] if "/keep-" in file]


def test_what_the_page_loads_is_kept(client: TestClient) -> None:
    """All that the page names: the worker keeps no page that names anything else."""
    page, files = client.get("/").text, shell(client)["files"]
    loaded = re.findall(r"/static/[^\"'#\s]+", page)
    assert set(loaded) <= set(files)
    assert any(file.endswith(".js") for file in loaded)
    assert any(file.endswith(".css") for file in loaded)

"""Each answer of the site carries its security headers; a browser gets a problem as a page, any other client as JSON."""

import json
import re

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from store import store_error
from tests.yihui.http.conftest import HOSTILE, RIDERS
from yihui.bootstrap import Wiring
from yihui.http.app import create_app

EVERYWHERE = [
    "/",
    "/healthz",
    "/api/v1/stations/nearest?lon=117&lat=36.6&datum=wgs84",
    "/nowhere",
    "/static/no",
    "/join/nothing",  # whose form would be refused without an origin
]
EVERYWHERE += ["/api/v1/stations/nearest?lon=200", "/openapi.json"]  # refused; described


@pytest.fixture
def app(filled: Wiring) -> FastAPI:
    return create_app(filled, RIDERS)


@pytest.fixture(scope="module")
def client(filled_riders: TestClient) -> TestClient:
    return filled_riders


@pytest.fixture(scope="module")
def failing(filled: Wiring) -> TestClient:
    """The riders' site with two routes that fail."""
    made = create_app(filled, RIDERS)

    @made.post("/away")
    def away() -> None:
        raise store_error("locked", "the database")

    @made.get("/breaks")
    def breaks() -> None:
        raise RuntimeError("李雷 37028219900101001X")

    return TestClient(made)


@pytest.mark.parametrize("address", EVERYWHERE)
def test_every_answer_says_what_a_browser_may_do_with_it(client: TestClient, address: str) -> None:
    headers = client.get(address).headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["worker-src"] == policy["manifest-src"] == "'self'"
    # The page's own, word for word
    assert re.fullmatch(r"'self'( 'sha256-[\w+/]{43}=')?", policy["style-src"])
    assert policy["object-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in str(policy) and "*" not in str(policy)
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
    assert (
        "geolocation=(self)" in headers["permissions-policy"] and "camera=()" in headers["permissions-policy"]
    )


@pytest.mark.parametrize("address", EVERYWHERE)
def test_every_answer_says_who_may_keep_it(client: TestClient, address: str) -> None:
    kept_by = client.get(address).headers["cache-control"]
    assert kept_by in ("no-store", "private, no-cache"), "nobody, or the asker's own browser that asks again"


@pytest.mark.parametrize(
    "address", ["/reports", "/reports/abcd-efgh-2345-ijkl", "/keep", "/keep/hours", "/keep/key"]
)
def test_pages_of_one_persons_own_are_kept_by_nobody(client: TestClient, address: str) -> None:
    assert client.get(address, follow_redirects=False).headers["cache-control"] == "no-store"


def test_a_browser_is_told_to_stay_with_https_only_where_it_came_by_it(app: FastAPI) -> None:
    assert "strict-transport-security" not in TestClient(app).get("/").headers
    secure = TestClient(app, base_url="https://127.0.0.1").get("/").headers
    assert secure["strict-transport-security"].startswith("max-age=")


def test_what_breaks_unexpectedly_is_a_problem_without_its_insides(failing: TestClient) -> None:
    answer = failing.get("/breaks", headers={"accept-language": "en"})
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["title"] == "something went wrong on the server"
    assert "李雷" not in answer.text and "37028" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_name_that_is_markup_is_shown_as_text_everywhere(client: TestClient) -> None:
    """In the page, in what the page carries as data, in the part that script puts in, and in answers."""
    asked = "/?lon=117.0230&lat=36.6700&usable=false&kind=mother_room"
    for address in (asked, asked + "&part=answer", "/?district=370102&usable=false", "/?q=" + HOSTILE):
        page = client.get(address).text
        assert "<img src=x" not in page, address
        for data in re.findall(r"<script type=\"application/json\"[^>]*>(.*?)</script>", page, re.DOTALL):
            assert "<" not in data, address
    assert "&lt;img src=x onerror=alert(1)&gt;" in client.get(asked).text


@pytest.mark.parametrize("field", ["kind", "district", "lon", "nothing_of_ours"])
def test_a_problem_quotes_markup_as_data_that_no_browser_takes_for_a_page(
    client: TestClient, field: str
) -> None:
    answer = client.get("/api/v1/stations/nearest", params={"lat": 36.6, "datum": "wgs84", field: HOSTILE})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"  # with nosniff: never HTML
    assert json.loads(answer.content)["errors"]
    page = client.get("/", params={"lon": "117", "lat": "36.6", field: HOSTILE})
    assert page.headers["content-type"].startswith("text/html")
    assert "<img src=x" not in page.text


def test_our_files_have_tags_and_those_named_by_content_are_kept_for_ever(client: TestClient) -> None:
    page = client.get("/").text
    (script,) = re.findall(r'src="(/static/built/[^"]+)"', page)
    file = client.get(script)
    assert file.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert client.get(script, headers={"if-none-match": file.headers["etag"]}).status_code == 304
    assert client.get("/static/icon.svg").headers["cache-control"] == "no-cache"


def test_head_of_a_stream_ends_it(client: TestClient) -> None:
    """It would hold a listener's place, and this test, for ever otherwise."""
    told = client.head("/api/v1/stations/news", headers={"Accept": "text/event-stream"})
    assert told.status_code == 200 and told.headers["content-type"].startswith("text/event-stream")


BROWSER = {
    "accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "accept-language": "en",
}
PROBLEM = "application/problem+json"
NEAREST = "/api/v1/stations/nearest"


@pytest.mark.parametrize(
    "accept",
    [
        "",
        "*/*",
        PROBLEM,
        "application/json, text/html",
        "text/html;q=0.5, application/json",
        "image/avif,*/*;q=0.8",
    ],
)
def test_who_does_not_like_pages_better_gets_the_problem(failing: TestClient, accept: str) -> None:
    assert failing.get("/nowhere", headers={"accept": accept}).headers["content-type"] == PROBLEM


def test_an_address_for_programs_answers_as_to_programs(failing: TestClient) -> None:
    for address in ("/api/v1/nowhere", f"{NEAREST}?lon=200"):
        assert failing.get(address, headers=BROWSER).headers["content-type"] == PROBLEM


def test_an_address_that_is_markup_is_not_shown(failing: TestClient) -> None:
    page = failing.get(f"/{HOSTILE}", headers=BROWSER)
    assert page.status_code == 404 and "<img" not in page.text

"""What is refused or fails is a page for a browser that goes there, and JSON for all others."""

from dataclasses import replace

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from store import store_error
from tests.yihui.http.conftest import HOSTILE, RIDERS
from yihui.bootstrap import Wiring
from yihui.http.app import create_app
from yihui.http.guard.limits import MAX_ADDRESS_BYTES
from yihui.http.ingress_gate import RETRY_AFTER_S

BROWSER = {
    "accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "accept-language": "en",
}
PROBLEM = "application/problem+json"
NEAREST = "/api/v1/stations/nearest"


@pytest.fixture(scope="module")
def app(filled: Wiring) -> FastAPI:
    made = create_app(filled, RIDERS)

    @made.post("/away")
    def away() -> None:
        raise store_error("locked", "the database")

    @made.get("/breaks")
    def breaks() -> None:
        raise RuntimeError("李雷 37028219900101001X")

    return made


@pytest.fixture(scope="module")
def client(app: FastAPI) -> TestClient:
    return TestClient(app)


def test_a_mistyped_address_is_a_page_that_leads_on(client: TestClient) -> None:
    page = client.get("/nowhere", headers=BROWSER)
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "<h1>There is no page /nowhere</h1>" in page.text
    assert '<a class="button" href="/">Find places</a>' in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    chinese = client.get("/nowhere?lang=zh", headers=BROWSER).text
    assert '<html lang="zh-CN">' in chinese
    assert "请检查地址" in chinese
    assert 'href="/?lang=zh"' in chinese


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
def test_who_does_not_like_pages_better_gets_the_problem(client: TestClient, accept: str) -> None:
    assert client.get("/nowhere", headers={"accept": accept}).headers["content-type"] == PROBLEM


def test_an_address_for_programs_answers_as_to_programs(client: TestClient) -> None:
    for address in ("/api/v1/nowhere", f"{NEAREST}?lon=200"):
        assert client.get(address, headers=BROWSER).headers["content-type"] == PROBLEM


def test_caches_are_told_that_there_are_two(client: TestClient) -> None:
    for accept in ("text/html", "*/*"):
        assert {"Accept", "Accept-Language"} <= set(
            client.get("/nowhere", headers={"accept": accept}).headers["vary"].split(", ")
        )


def test_status_and_headers_are_the_problems_own(client: TestClient) -> None:
    for method, address in (
        ("POST", "/away"),
        ("GET", "/breaks"),
        ("POST", "/worker.js"),
        ("GET", "/nowhere"),
    ):
        page = client.request(method, address, headers=BROWSER)
        told = client.request(method, address, headers={"accept": "*/*"})
        assert page.status_code == told.status_code, address
        own = ("content-type", "content-length", "content-encoding", "vary")
        headers = [{k: v for k, v in one.headers.items() if k not in own} for one in (page, told)]
        assert headers[0] == headers[1], address
        assert "<h1>" in page.text


def test_a_form_sent_while_the_database_is_away_says_so_and_when_to_come_again(client: TestClient) -> None:
    page = client.post("/away", headers=BROWSER)
    assert (page.status_code, page.headers["retry-after"]) == (503, str(RETRY_AFTER_S))
    assert "<h1>The site can&#39;t answer at the moment</h1>" in page.text
    assert f"try again in {RETRY_AFTER_S} s" in page.text.lower()
    assert ">Try again</a>" not in page.text  # the link would ask for what was not sent


def test_what_breaks_unexpectedly_is_a_page_without_its_insides(client: TestClient) -> None:
    page = client.get("/breaks", headers=BROWSER)
    assert page.status_code == 500
    assert "This is our fault, not yours" in page.text
    assert "李雷" not in page.text and "37028" not in page.text


def test_an_address_that_is_markup_is_shown_as_text(client: TestClient) -> None:
    page = client.get(f"/{HOSTILE}", headers=BROWSER).text
    assert "<img" not in page
    assert "&lt;img" in page or "%3Cimg" in page


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("/?q=" + "x" * MAX_ADDRESS_BYTES, {}, 414),
        ("/", {"host": "evil.example"}, 403),
        ("/", {"origin": "null"}, 403),
    ],
)
def test_what_is_turned_away_at_the_gate_is_a_page_too(
    client: TestClient, address: str, headers: dict[str, str], status: int
) -> None:
    page = client.get(address, headers=BROWSER | headers)
    assert (page.status_code, page.headers["content-type"]) == (status, "text/html; charset=utf-8")


@pytest.mark.usefixtures("still_clock")
def test_a_rider_whose_network_has_asked_too_much_may_try_again(filled: Wiring) -> None:
    client = TestClient(create_app(filled, replace(RIDERS, per_client=0.1)))
    answers = [client.get("/?district=370102", headers=BROWSER) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert '<a class="button" href="">Try again</a>' in answers[1].text

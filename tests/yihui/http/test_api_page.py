"""/docs: the whole description of the API as a page, without scripts and without anything of other sites."""

from html.parser import HTMLParser
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.yihui.http.test_public_serving import NAME, PUBLIC
from yihui.bootstrap import Wiring
from yihui.http.app import create_app
from yihui.views.api_page import render_markdown


class Page(HTMLParser):
    """The texts, elements and attributes of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data.strip())

    def values(self, name: str) -> list[str]:
        return [value for _, attrs in self.elements if (value := attrs.get(name)) is not None]


@pytest.fixture(scope="module")
def client(filled_site: TestClient) -> TestClient:
    return filled_site


@pytest.fixture(scope="module")
def document(client: TestClient) -> dict[str, Any]:
    described: dict[str, Any] = client.get("/openapi.json").json()
    return described


@pytest.fixture(scope="module")
def page(client: TestClient) -> Page:
    return Page(client.get("/docs").text)


def test_every_operation_parameter_answer_and_schema_is_on_the_page(
    page: Page, document: dict[str, Any]
) -> None:
    ids = page.values("id")
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert operation["operationId"] in ids
            assert f"{method.upper()} {path}" in page.texts
            named = {parameter["name"] for parameter in operation.get("parameters", ())}
            assert named <= set(page.texts)
            assert set(operation["responses"]) <= set(page.texts)
    assert {f"schema-{name}" for name in document["components"]["schemas"]} <= set(ids)


def test_every_link_leads_to_something_on_this_site(page: Page, client: TestClient) -> None:
    ids = set(page.values("id"))
    assert len(ids) == len(page.values("id")), "an id stands there twice"
    for address in {*page.values("href"), *page.values("src")}:
        assert address.startswith(("#", "/")) and not address.startswith("//")
        if address.startswith("#"):
            assert address[1:] in ids
        else:
            assert client.get(address).status_code == 200


def test_a_public_site_describes_only_what_it_offers(wiring: Wiring) -> None:
    public = TestClient(create_app(wiring, PUBLIC), base_url=f"http://{NAME}")
    text = public.get("/docs").text
    assert "/api/v1/stations/nearest" in text
    assert "/api/v1/events" not in text and "/api/v1/vouchers" not in text


def test_markdown_is_rendered_and_everything_else_escaped() -> None:
    text = "Use `a<b>` & **this**.\n\n- one\n- `two`\n  more\n\n<script>alert(1)</script>"
    assert render_markdown(text) == (
        "<p>Use <code>a&lt;b&gt;</code> &amp; <strong>this</strong>.</p>\n"
        "<ul><li>one</li><li><code>two</code> more</li></ul>\n"
        "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"
    )
    assert render_markdown("") == ""

"""The abstract test suite of OGC API – Features, Part 1 (17-069r4, Annex A), over HTTP: HTML.

Each test names the abstract tests that it carries out. Whether a page is what a reader wants is for a
reader's eye.
"""

from html.parser import HTMLParser

import pytest

from tests.yihui.http.ogc.asking import Get
from yihui.http.ogc.collections import COLLECTIONS

pytestmark = pytest.mark.endure

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

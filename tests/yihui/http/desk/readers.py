"""Open officers' pages as everybody reads them: on a phone, a laptop and a desk, in light and dark, in both languages."""

from collections.abc import Iterable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, ViewportSize

from tests.yihui.http.riding import DESK, PHONE, Visit
from tests.yihui.http.test_rider_access_in_chromium import found_by_axe

LAPTOP: ViewportSize = {"width": 1024, "height": 768}
MAX_PAGE_BYTES = 150_000


@dataclass(frozen=True, slots=True)
class Reader:
    """The window, colours and language of somebody who reads a page."""

    size: ViewportSize
    scheme: str
    language: str


READERS = {
    "phone": Reader(PHONE, "dark", "zh"),
    "laptop": Reader(LAPTOP, "light", "en"),
    "desk": Reader(DESK, "dark", "en"),
}
FOR_EACH_READER = pytest.mark.parametrize("reader", READERS.values(), ids=list(READERS))


def require_readable_pages(
    browser: Browser,
    address: str,
    reader: Reader,
    paths: Iterable[str],
) -> None:
    """Open each page with all its forms unfolded: axe finds nothing, nothing is cut off, and it is small."""
    visit = Visit(browser, address, reader.size, color_scheme=reader.scheme)
    sent: list[int] = []
    visit.page.on("response", lambda answer: sent.append(answer.request.sizes()["responseBodySize"]))
    for path in paths:
        sent.clear()
        page = visit.open(f"{path}{'&' if '?' in path else '?'}lang={reader.language}")
        page.evaluate("document.querySelectorAll('main details').forEach((one) => (one.open = true))")
        assert page.locator("main").count() > 0, path
        found = found_by_axe(visit)
        assert found == [], f"{path}: {found}"
        assert page.evaluate("document.documentElement.scrollWidth") <= reader.size["width"], path
        assert sum(sent) <= MAX_PAGE_BYTES, (path, sum(sent))
    assert visit.foreign == [] and visit.complaints == []
    visit.close()

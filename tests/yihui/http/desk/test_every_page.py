"""Every page of the officers' desk on the demo: it can be read in Chromium.

A commit's run opens every page of a smaller union: test_pages_of_neighbours.py.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser

from bench.desk import NOW, open_site
from bench.desk_addresses import UNOPENED, list_addresses
from bench.desk_rooms import plant_rooms
from bench.desk_town import build_demo
from tests.yihui.http.desk.officers import DEMO, Officers
from tests.yihui.http.desk.readers import FOR_EACH_READER, Reader, require_readable_pages
from tests.yihui.http.serving import serving
from yihui.bootstrap import Wiring
from yihui.http.desk.rights import OFFICER_PAGE_RIGHTS

pytestmark = pytest.mark.endure

PAGES = sorted(path for method, path in OFFICER_PAGE_RIGHTS if method == "GET" and path not in UNOPENED)


@dataclass(frozen=True, slots=True)
class Town:
    """The demo with one thing in every room."""

    folder: Path
    wiring: Wiring
    site: Officers


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("town")
    build_demo(folder)
    with open_site(folder / "yihui-demo", runs_jobs=True) as (wiring, site):
        plant_rooms(wiring, site)
        yield Town(folder / "yihui-demo", wiring, site)


@pytest.fixture(scope="module")
def answers(town: Town) -> dict[str, dict[str, httpx.Response]]:
    """Up to three addresses of each page that show something, with their answers in Chinese."""
    return {
        template: {one: town.site.open(one, DEMO, "zh") for one in list_addresses(town.wiring, template)[:3]}
        for template in PAGES
    }


def is_page(answer: httpx.Response) -> bool:
    """Whether an answer is a page: no file, and no part that a script puts into one."""
    return "text/html" in answer.headers["content-type"] and "<!doctype html" in answer.text.lower()


@pytest.mark.needs("chromium")
@FOR_EACH_READER
def test_everybody_can_read_every_page_and_it_is_small(
    browser: Browser, town: Town, answers: dict[str, dict[str, httpx.Response]], reader: Reader
) -> None:
    empty = [template for template in PAGES if not answers[template]]
    assert empty == [], "plant something that the page shows, or state in UNOPENED why it shows nothing"
    firsts = [next(iter(one.items())) for one in answers.values()]
    paths = [address for address, answer in firsts if is_page(answer)]
    with serving(
        town.folder, YIHUI_NOW=NOW.isoformat(), YIHUI_RULES=str(town.folder / "my-rules")
    ) as address:
        require_readable_pages(browser, address, reader, paths)

"""A planner begins an analysis in a browser, without script, and takes its files along."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.yihui.http.desk.readers import FOR_EACH_READER, Reader, require_readable_pages
from tests.yihui.http.desk.test_planning_in_chromium import wait_without_script
from tests.yihui.http.riding import PHONE, Visit, served
from yihui.planning.analysis.kinds import ANALYSIS_KINDS
from yihui.runtime.demo_marker import DEMO_MARKER_FILE

pytestmark = pytest.mark.needs("chromium")
PAGE = "/desk/planning/analyses"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("site")
    (folder / DEMO_MARKER_FILE).touch()
    with served(folder) as running:
        yield running


@pytest.fixture(scope="module")
def result(browser: Browser, address: str) -> str:
    """The path of a finished analysis of sites, begun by keyboard alone and without script."""
    visit = Visit(browser, address, PHONE, java_script_enabled=False)
    page = visit.open("/desk/planning")
    page.get_by_role("link", name="分析", exact=True).press("Enter")
    page.get_by_role("link", name="选址", exact=True).press("Enter")
    page.locator("#area").press("End")
    page.locator("#area").select_option("370102")
    page.locator("#p").fill("0")
    page.get_by_role("button", name="在后台计算").press("Enter")
    expect(page.locator("[role=alert]")).to_contain_text("0太小或太大")
    assert page.locator("#area").input_value() == "370102"
    page.locator("#p").fill("2")
    page.locator("#model").select_option("p-median")
    page.get_by_role("button", name="在后台计算").press("Enter")
    wait_without_script(page)
    page.get_by_role("link", name="查看结果").press("Enter")
    expect(page.locator("main")).to_contain_text("平均路程最短")
    expect(page.locator("tbody tr")).to_have_count(2)
    with page.expect_download() as download:
        page.get_by_role("link", name="sites-370102.xlsx").press("Enter")
    assert download.value.suggested_filename == "sites-370102.xlsx"
    path = page.url.removeprefix(address)
    visit.close()
    return path


@FOR_EACH_READER
def test_everybody_can_read_the_pages_of_analyses(
    browser: Browser, address: str, result: str, reader: Reader
) -> None:
    forms = [f"{PAGE}/new/{kind}" for kind in ANALYSIS_KINDS]
    require_readable_pages(browser, address, reader, (PAGE, result, *forms))

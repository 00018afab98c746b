"""The page of failed payments in a browser: readable by everybody, small, and its form works without script."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from tests.yihui.files.bank.paying import TERMS
from tests.yihui.http.desk.money_of_districts import build_failures
from tests.yihui.http.desk.test_failed_payments import FAILED, PAYEES
from tests.yihui.http.desk.test_pages_in_chromium import LAPTOP, MAX_PAGE_BYTES
from tests.yihui.http.riding import DESK, PHONE, Visit, served
from tests.yihui.http.test_rider_access_in_chromium import found_by_axe
from yihui.runtime.demo_marker import DEMO_MARKER_FILE

pytestmark = pytest.mark.needs("chromium")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("site")
    build_failures(folder, migrated_file).close()
    (folder / DEMO_MARKER_FILE).touch()
    with served(folder) as running:
        yield running


@pytest.mark.parametrize(
    ("size", "scheme", "language"),
    [(PHONE, "dark", "zh"), (LAPTOP, "light", "en"), (DESK, "dark", "en")],
    ids=["phone", "laptop", "desk"],
)
def test_everybody_can_read_the_page_and_it_is_small(
    browser: Browser, address: str, size: ViewportSize, scheme: str, language: str
) -> None:
    visit = Visit(browser, address, size, color_scheme=scheme)
    sent: list[int] = []
    visit.page.on("response", lambda answer: sent.append(answer.request.sizes()["responseBodySize"]))
    page = visit.open(f"{FAILED}?end=PB000001-000001&lang={language}")
    page.wait_for_load_state("networkidle")
    assert page.locator("input[name=payment]").count() == 2
    assert found_by_axe(visit) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert sum(sent) <= MAX_PAGE_BYTES and visit.foreign == [] and visit.complaints == []
    visit.close()


def test_payments_are_selected_and_prepared_again_without_script(
    browser: Browser, address: str, tmp_path: Path
) -> None:
    (tmp_path / "bank.yaml").write_text(TERMS, "utf-8")
    (tmp_path / "payees.csv").write_text(PAYEES, "utf-8")
    visit = Visit(browser, address, LAPTOP, java_script_enabled=False)
    page = visit.open("/desk")
    page.get_by_role("link", name="银行退回的付款").click()
    expect(page.locator("h1")).to_have_text("失败付款")
    page.locator("input[name=payment]").first.focus()
    page.keyboard.press("Space")
    page.locator("#bank").set_input_files(tmp_path / "bank.yaml")
    page.locator("#payees").set_input_files(tmp_path / "payees.csv")
    page.locator("form", has=page.locator("#payees")).get_by_label("我已核对").check()
    page.get_by_role("button", name="制成新批次").click()
    expect(page.locator("h1")).to_contain_text("PB000002")
    expect(page.locator("[role=status]")).to_contain_text("批次已制单")
    visit.close()

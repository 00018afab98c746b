"""Failed payments, lag and webhooks in a browser: readable by everybody, small, and the forms work without script."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.events.telling import happened
from tests.postgres import free_port
from tests.yihui.files.bank.paying import TERMS
from tests.yihui.http.desk.money_of_districts import build_failures
from tests.yihui.http.desk.readers import FOR_EACH_READER, LAPTOP, Reader, require_readable_pages
from tests.yihui.http.desk.test_failed_payments import FAILED, PAYEES
from tests.yihui.http.desk.test_stream_state import STATE, WEBHOOKS
from tests.yihui.http.riding import PHONE, Visit, served
from yihui.runtime.demo_marker import DEMO_MARKER_FILE
from yihui.services.events.webhook_receivers import add_receiver

pytestmark = pytest.mark.needs("chromium")


@dataclass(frozen=True)
class Planted:
    address: str
    hook: str


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Iterator[Planted]:
    folder = tmp_path_factory.mktemp("site")
    wiring = build_failures(folder, migrated_file)
    hook = add_receiver(wiring, f"http://127.0.0.1:{free_port()}/", [], private=False).webhook.id
    happened(wiring.database, "a" * 40)
    wiring.close()
    (folder / DEMO_MARKER_FILE).touch()
    with served(folder) as running:
        yield Planted(running, hook)


@FOR_EACH_READER
def test_everybody_can_read_each_page_and_it_is_small(
    browser: Browser, planted: Planted, reader: Reader
) -> None:
    paths = (f"{FAILED}?end=PB000001-000001", STATE, WEBHOOKS, f"{WEBHOOKS}/{planted.hook}")
    require_readable_pages(browser, planted.address, reader, paths, shown="main table tbody tr, main dl")


def test_payments_are_selected_and_prepared_again_without_script(
    browser: Browser, planted: Planted, tmp_path: Path
) -> None:
    (tmp_path / "bank.yaml").write_text(TERMS, "utf-8")
    (tmp_path / "payees.csv").write_text(PAYEES, "utf-8")
    visit = Visit(browser, planted.address, LAPTOP, java_script_enabled=False)
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


def test_a_delivery_is_sent_again_without_script(browser: Browser, planted: Planted) -> None:
    visit = Visit(browser, planted.address, PHONE, java_script_enabled=False)
    page = visit.open("/desk/stream")
    page.get_by_role("link", name="推送", exact=True).click()
    page.get_by_role("link", name=planted.hook).click()
    page.get_by_role("button", name="重新推送").first.click()
    expect(page.locator("[role=status]")).to_have_text("该条将在几秒内重新推送。")
    visit.close()

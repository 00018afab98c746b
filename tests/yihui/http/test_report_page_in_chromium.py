"""The pages that say what became of a report: nobody loses their place in them, and everybody can read them."""

import re

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.yihui.http.riding import Visit
from yihui.http.pages import Pages
from yihui.runtime.language import load_language

pytestmark = [pytest.mark.endure, pytest.mark.needs("chromium")]


@pytest.fixture(scope="module")
def number(address: str) -> str:
    """Of a report that has been handled."""
    answer = httpx.post(
        f"{address}/api/v1/stations/spring/reports", json={"observation": "crowded"}, timeout=30
    )
    assert answer.status_code == 202, answer.text
    while httpx.get(address + answer.json()["follow"], timeout=30).status_code != 200:
        pass
    return str(answer.json()["number"])


def waits_at_first(page: Page, number: str, times: int = 1) -> None:
    """The page as it is while the report waits, so often; then what the site says."""
    waiting = Pages().render("report/waits.html", load_language("zh"), query="", number=number)
    left = [waiting] * times

    def answer(route: Route) -> None:
        if left:
            route.fulfill(response=route.fetch(), body=left.pop())  # with the headers that the site sends
        else:
            route.continue_()

    page.route(f"**/reports/{number}", answer)


def test_what_became_of_a_report_comes_by_itself_and_nobody_loses_their_place(
    browser: Browser, address: str, number: str
) -> None:
    visit = Visit(browser, address)
    waits_at_first(visit.page, number)
    page = visit.open(f"/reports/{number}")
    expect(page.locator("main")).to_contain_text("已经收到")
    page.evaluate("document.body.dataset.stayed = 'yes'")
    page.get_by_role("link", name="我的反馈").focus()
    expect(page.locator(".became li").first).to_have_text("已经收到，算数。", timeout=30_000)
    assert page.locator("body[data-stayed=yes]").count() == 1, "the page was loaded anew"
    assert page.evaluate("document.activeElement.textContent") == "我的反馈"
    assert page.locator("#report[role=status]").count() == 1  # read aloud
    assert page.get_by_role("link", name="再看一次").count() == 0
    assert visit.complaints == []
    visit.close()


def test_whoever_was_about_to_look_again_is_brought_to_what_became_of_it(
    browser: Browser, address: str, number: str
) -> None:
    visit = Visit(browser, address)
    waits_at_first(visit.page, number)
    page = visit.open(f"/reports/{number}")
    page.get_by_role("link", name="再看一次").focus()
    page.locator(".became li").first.wait_for(timeout=30_000)
    assert page.evaluate("document.activeElement.id") == "report"
    visit.close()


def test_without_script_a_link_looks_again_and_nothing_moves_by_itself(
    browser: Browser, address: str, number: str
) -> None:
    """WCAG 2.2, 2.2.1 and 3.2.5: no page is loaded anew because time has passed."""
    visit = Visit(browser, address, java_script_enabled=False)
    waits_at_first(visit.page, number, times=2)
    page = visit.open(f"/reports/{number}")
    assert not re.search("http-equiv", page.content())
    again = page.get_by_role("link", name="再看一次")
    again.click()
    again.click()
    expect(page.locator(".became li").first).to_have_text("已经收到，算数。")
    visit.close()

"""What a rider meets when the network goes: in a tunnel, in a webview, in a private window."""

import re

import pytest
from playwright.sync_api import Browser, Page, Request

from geo.station import Station
from tests.geo.nearest.brute_force import NOW
from tests.yihui.offline.conftest import Served, controlled, phone, saved

pytestmark = [pytest.mark.endure, pytest.mark.needs("chromium")]

HERE = "?lon=117.02&lat=36.66&at=2026-09-18T16:50%2B08:00"
NO_STORE = """Object.defineProperty(window, "indexedDB", { get() { throw new DOMException("refused", "SecurityError"); } })"""
# The store as its first version was, with a region of that time and a report that waits.
MADE_OLDER = """async (station) => {
  const done = (request) => new Promise((held, never) => { request.onsuccess = () => held(request.result); request.onerror = never; });
  const now = await done(indexedDB.open("yihui"));
  const region = await done(now.transaction("regions").objectStore("regions").getAll());
  now.close();
  await done(indexedDB.deleteDatabase("yihui"));
  const opening = indexedDB.open("yihui", 1);
  opening.onupgradeneeded = () => ["regions", "reports"].forEach((name) => opening.result.createObjectStore(name));
  const old = await done(opening);
  const { areas, ...rest } = region[0];
  await done(old.transaction("regions", "readwrite").objectStore("regions").put(rest, rest.cell));
  const body = { observation: "fine", idempotency_key: "0123456789abcdef" };
  const report = { station, name: "", said: "", body, tapped: Date.now() };
  await done(old.transaction("reports", "readwrite").objectStore("reports").put(report, body.idempotency_key));
  old.close();
}"""
MINUTES_LATER = NOW.replace(minute=NOW.minute + 9)


def names(page: Page) -> list[str]:
    return page.locator("#answer .card [data-of=name]").all_inner_texts()


def need(page: Page, text: str) -> None:
    """Open the needs and choose one."""
    page.evaluate(
        "() => document.querySelectorAll('#filters, #filters details').forEach((d) => { d.open = true; })"
    )
    page.locator("#filters label", has_text=text).first.click()


def test_where_storage_is_refused_the_open_page_still_answers(browser: Browser, served: Served) -> None:
    with phone(browser) as context:
        context.add_init_script(NO_STORE)
        page = context.new_page()
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(f"{served.address}/{HERE}")
        saved(page)
        context.set_offline(True)
        need(page, "微波炉")
        page.locator("#answer[data-offline] .card").first.wait_for()
        assert faults == []


def test_a_phone_with_an_older_store_loses_nothing_that_waits(
    browser: Browser, served: Served, stations: list[Station]
) -> None:
    """And it still answers from a region that was saved before districts were told."""
    with phone(browser) as context:
        page = context.new_page()
        page.goto(f"{served.address}/{HERE}")
        saved(page)
        controlled(page)
        page.goto(f"{served.address}/healthz")  # nothing holds the store there
        page.evaluate(MADE_OLDER, stations[0].id)
        context.set_offline(True)
        page.goto(f"{served.address}/{HERE}")
        page.locator("#answer[data-offline] .card").first.wait_for()
        with page.expect_response(re.compile("/reports$")) as sent:
            context.set_offline(False)
        assert sent.value.status == 202


def test_a_region_is_brought_up_to_date_by_what_has_changed(
    browser: Browser, served: Served, stations: list[Station]
) -> None:
    with phone(browser) as context:
        page = context.new_page()
        asked: list[Request] = []
        page.on("request", lambda request: asked.append(request) if "/regions/" in request.url else None)
        page.goto(f"{served.address}/{HERE}")
        version = saved(page)
        nearest = page.locator("#answer .card").first.get_attribute("data-id")
        named = [s.model_copy(update={"name": "改了名的驿站"}) if s.id == nearest else s for s in stations]
        served.bring_in(named)
        context.clock.set_fixed_time(MINUTES_LATER)
        need(page, "微波炉")
        page.locator(f"html[data-saved]:not([data-saved='{version}'])").wait_for(state="attached")
        assert [f"since={version}" in request.url for request in asked] == [False, True]
        answer = asked[1].response()
        assert answer is not None
        assert answer.json()["stations"]["id"] == [nearest]
        context.set_offline(True)
        need(page, "微波炉")
        page.locator("#answer[data-offline]").wait_for()
        assert names(page)[0] == "改了名的驿站"
    served.bring_in(stations)


def test_nobodys_answer_is_kept(browser: Browser, served: Served) -> None:
    with phone(browser) as context:
        page = context.new_page()
        page.goto(f"{served.address}/{HERE}&q=%E5%BC%A0%E4%B8%89")
        saved(page)
        controlled(page)
        page.goto(f"{served.address}/{HERE}")
        kept = page.evaluate(
            """async () => (await Promise.all((await caches.keys()).map(async (name) =>
                (await (await caches.open(name)).keys()).map((request) => request.url)))).flat()"""
        )
        assert kept
        own = [address.removeprefix(served.address) for address in kept]
        assert [
            a
            for a in own
            if not a.startswith(("/static/", "/map/")) and a not in ("/", "/?lang=zh", "/?lang=en")
        ] == []

"""What a rider meets when the network goes: in a tunnel, in a webview, in a private window."""

import re

import pytest
from playwright.sync_api import Browser

from geo.station import Station
from tests.yihui.offline.conftest import Served, controlled, phone, saved

pytestmark = [pytest.mark.endure, pytest.mark.needs("chromium")]

HERE = "?lon=117.02&lat=36.66&at=2026-09-18T16:50%2B08:00"
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

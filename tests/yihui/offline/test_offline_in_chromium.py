"""A rider loses the network: the phone answers, and says what the server would have said."""

import json
from collections.abc import Iterator

import httpx
import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from tests.geo.locating import NOW
from tests.yihui.offline.asking import Fields, differences, questions
from tests.yihui.offline.conftest import Served, controlled, phone, saved

pytestmark = pytest.mark.needs("chromium")

HERE = "lon=117.02&lat=36.66"
QUESTIONS = 200
CARDS = 20

CHUNK = """
  const cached = await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).keys()));
  const chunk = await import(cached.flat().map((request) => request.url).find((url) => url.includes("/answer-")));
"""
ASK_SAVED = f"async (queries) => {{ {CHUNK} return chunk.answeredBySaved(queries); }}"
# A section as what one sees and what it leads to: each element's name, its attributes, and what is in it.
SEEN = """
  const text = (node) => node.textContent.replace(/\\s+/g, " ").trim();
  const seen = (node) => node.nodeType === Node.TEXT_NODE ? text(node) : [
    node.localName,
    Object.fromEntries([...node.attributes].map(({ name, value }) => [name, value])),
    ...[...node.childNodes].map(seen).filter((part) => part !== ""),
  ];
  return [...section.children].filter((part) => !part.matches(".saved, .edge")).map(seen);
"""
OF_SERVER = f"""(html) => {{
  const section = new DOMParser().parseFromString(html, "text/html").getElementById("answer"); {SEEN} }}"""
OF_PHONE = f"""async (query) => {{ {CHUNK}
  const section = await chunk.answer(new URLSearchParams(query)); {SEEN} }}"""


@pytest.fixture(scope="module")
def offline(browser: Browser, served: Served) -> Iterator[Page]:
    """A page that was opened with a network, has saved what lies around, and has lost the network since."""
    with phone(browser) as context:
        page = context.new_page()
        page.goto(f"{served.address}/?{HERE}")
        saved(page)
        controlled(page)
        context.set_offline(True)
        yield page


def api(served: Served, queries: list[str]) -> list[Fields]:
    with httpx.Client(headers={"Accept-Language": "zh"}, timeout=30) as client:
        return [client.get(f"{served.address}/api/v1/stations/nearest?{query}").json() for query in queries]


def test_200_questions_with_filters_are_answered_as_by_the_server(offline: Page, served: Served) -> None:
    queries = questions(np.random.default_rng(11), QUESTIONS, NOW)
    expected = api(served, queries)
    told = offline.evaluate(ASK_SAVED, queries)
    wrong = {}
    for query, server, on_phone in zip(queries, expected, told, strict=True):
        found = differences(server, on_phone)
        if found and on_phone["is_whole"]:
            wrong[query] = found
    assert not wrong, json.dumps(wrong, ensure_ascii=False, indent=1)[:3000]
    assert sum(on_phone["is_whole"] for on_phone in told) > QUESTIONS / 2


def departures(server: object, on_phone: object) -> list[str]:
    """Where two elements differ, by the innermost parts that do."""
    if server == on_phone:
        return []
    if isinstance(server, list) and isinstance(on_phone, list) and len(server) == len(on_phone):
        return [d for one, other in zip(server, on_phone, strict=True) for d in departures(one, other)]
    return [f"{server} and {on_phone}"]


WORD_FOR_WORD = (
    "lon=117.04&lat=36.64&travel=walk&k=10&at=2026-09-18T16:50%2B08:00",
    "lon=116.98&lat=36.70&k=10&facility=water&facility=toilet",
    "lon=117.02&lat=36.66&datum=gcj02&kind=mother_room&open=true&stay_min=1440",
    "lon=117.02&lat=36.66&datum=bd09&verified_within_days=30&accuracy=2500&when=now&usable=false",
    "lon=117.3&lat=36.3&within_m=500&access=members",
    "lon=117.03&lat=36.65&entry=walk_in&open=true&at=2026-09-19T02:00%2B08:00&within_m=400&k=1",
)


def test_answers_are_the_servers_word_for_word(offline: Page, served: Served) -> None:
    cards = 0
    for question in WORD_FOR_WORD:
        html = httpx.get(f"{served.address}/?{question}&part=answer", headers={"Accept-Language": "zh"}).text
        here, there = offline.evaluate(OF_PHONE, question), offline.evaluate(OF_SERVER, html)
        assert departures(there, here) == [], question
        cards += json.dumps(here).count('"card"')
    assert cards >= CARDS


def test_the_saved_list_says_how_old_it_is(offline: Page, served: Served) -> None:
    offline.context.clock.set_fixed_time(NOW.replace(hour=NOW.hour + 1, minute=NOW.minute - 25))
    offline.goto(f"{served.address}/?{HERE}")
    notice = offline.locator("#answer .saved")
    assert "（35 分钟前存下，16:50）" in notice.inner_text()
    offline.context.clock.set_fixed_time(NOW)

"""A rider loses the network: the phone answers, and says what the server would have said."""

import json
from collections.abc import Iterator
from urllib.parse import urlencode

import httpx
import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from geo.station import Station
from tests.geo.nearest.brute_force import NOW
from tests.yihui.http.serving import serving
from tests.yihui.offline.asking import questions
from tests.yihui.offline.conftest import Served, controlled, phone, saved
from tests.yihui.offline.speaking import settle, town

pytestmark = [pytest.mark.endure, pytest.mark.needs("chromium")]

HERE = "lon=117.02&lat=36.66"
QUESTIONS = 200
SPOKEN_OF = 250  # of 900 places
# What is seldom asked: nowhere at all, and who opens first.
RARE = (
    "lon=117.3&lat=36.3&within_m=500&access=members",
    "lon=117.0&lat=36.65&at=2026-09-19T02:00%2B08:00&within_m=900&open=true&kind=mother_room",
    "lon=117.0&lat=36.65&at=2026-09-18T20:00%2B08:00&within_m=1500&entry=walk_in",
)

# A section as what one sees and what it leads to: each element's name, its attributes, and what is in it.
SEEN = """
  const text = (node) => node.textContent.replace(/\\s+/g, " ").trim();
  const seen = (node) => node.nodeType === Node.TEXT_NODE ? text(node) : [
    node.localName,
    Object.fromEntries([...node.attributes].map(({ name, value }) => [name, value])),
    ...[...node.childNodes].map(seen).filter((part) => part !== ""),
  ];
  const answer = ({ dataset: { state, at, version }, children }) =>
    [[state, at, version], ...[...children].filter((part) => !part.matches(".saved")).map(seen)];
"""
BY_SERVER = f"""(html) => {{ {SEEN}
  return answer(new DOMParser().parseFromString(html, "text/html").getElementById("answer")); }}"""
# The door by which web/src/offline/index.ts goes in.
BY_PHONE = f"""async (query) => {{ {SEEN}
  const cached = await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).keys()));
  const door = await import(cached.flat().map((request) => request.url).find((url) => url.includes("/answer-")));
  const section = await door.answerOffline(new URLSearchParams(query));
  return section && {{ answer: answer(section), edge: section.querySelector(".edge")?.textContent ?? null }}; }}"""


@pytest.fixture(scope="module")
def stations() -> list[Station]:
    return town(5, 900)


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory, stations: list[Station]) -> Iterator[Served]:
    """A site over places of which much was said before the phone saves them."""
    folder = tmp_path_factory.mktemp("spoken")
    settle(folder, stations, 3, SPOKEN_OF)
    with serving(folder, YIHUI_NOW=NOW.isoformat()) as address:
        yield Served(address, folder)


@pytest.fixture(scope="module")
def offline(browser: Browser, spoken: Served) -> Iterator[Page]:
    """A page that was opened with a network, has saved what lies around, and has lost the network since."""
    with phone(browser) as context:
        page = context.new_page()
        page.goto(f"{spoken.address}/?{HERE}")
        saved(page)
        controlled(page)
        context.set_offline(True)
        yield page


@pytest.fixture(scope="module")
def by_server(spoken: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=spoken.address, headers={"Accept-Language": "zh"}, timeout=30) as client:
        yield client


def is_saved(station: Station) -> bool:
    assert station.lon is not None and station.lat is not None
    return 116.5 <= station.lon <= 118 and 36 <= station.lat <= 37.5


def departures(server: object, on_phone: object) -> list[str]:
    """Where two elements differ, by the innermost parts that do."""
    if server == on_phone:
        return []
    if isinstance(server, list) and isinstance(on_phone, list) and len(server) == len(on_phone):
        return [d for one, other in zip(server, on_phone, strict=True) for d in departures(one, other)]
    return [f"{server} and {on_phone}"]


def compared(
    offline: Page, by_server: httpx.Client, query: str, beside: str | None = None
) -> tuple[str, str | None]:
    """What the phone says, and what it says that it doesn't know; word for word the server's where that is ``beside`` it."""
    html = by_server.get(f"/?{query}&part=answer").text
    there, here = offline.evaluate(BY_SERVER, html), offline.evaluate(BY_PHONE, query)
    assert here is not None, query
    if here["edge"] == beside:
        assert departures(there, here["answer"]) == [], query
    return json.dumps(here["answer"], ensure_ascii=False), here["edge"]


def test_200_questions_with_filters_are_answered_word_for_word_as_by_the_server(
    offline: Page, by_server: httpx.Client
) -> None:
    asked = questions(np.random.default_rng(11), QUESTIONS, NOW)
    told = [compared(offline, by_server, query) for query in (HERE, *RARE, *asked)]
    whole = [text for text, edge in told if edge is None]
    assert len(whole) > QUESTIONS / 2
    said = (
        "1 人说门锁着（16:",
        "2 人报告门锁着（最近 ",
        "2 人反映人多",
        "1 人说坏了",
        "2 人报告坏了",
        "盘点",
        "没找到",
    )
    for words in (*said, "最先开门的", "更近但不合适的 "):
        assert sum(words in text for text in whole) > 1, words


def test_a_districts_list_is_the_servers_where_all_of_it_is_saved(
    offline: Page, by_server: httpx.Client
) -> None:
    filters = (
        "",
        "&usable=false",
        "&open=true&facility=water",
        "&kind=library&stay_min=1440",
        "&travel=walk",
    )
    for asked in (
        *filters,
        "&at=2026-09-20T03:10%2B08:00",
        "&access=members&kind=mother_room&facility=toilet",
    ):
        text, edge = compared(offline, by_server, f"district=370181{asked}")
        assert edge is None
        assert "章丘区" in text


def test_the_phone_says_how_many_places_of_a_district_are_not_saved(
    offline: Page, stations: list[Station]
) -> None:
    told = offline.evaluate(BY_PHONE, "district=370102")
    lacking = sum(s.district == "370102" and not is_saved(s) for s in stations)
    assert lacking > 0
    assert told["edge"] == f"这里另有 {lacking} 处，手机没有存。"


def test_a_shared_link_opens_a_saved_place(
    offline: Page, by_server: httpx.Client, stations: list[Station]
) -> None:
    there = [station for station in stations if is_saved(station)][:60]
    for station in there:
        compared(offline, by_server, f"station={station.id}&at=2026-09-18T17:05%2B08:00")
    gone = next(station for station in stations if not is_saved(station))
    assert offline.evaluate(BY_PHONE, f"station={gone.id}") is None


TYPED = (
    *(
        "泉城路",
        "供电所",
        "历下区",
        "市中",
        "历下区供电所驿站",
        "济南市章丘区明水大街88号",
        "经十路 爱心",
        "12",
        "区",
    ),
    *("１２ 泉城路", "驿站 市中区", "济南市历下区泉城路299号院3号楼", "章丘区 明水大街 银行", "爱心驿站 12"),
)


@pytest.mark.parametrize("near", ["", "&near=117.0,36.7", "&near=117.6,36.4", "&near=here"])
def test_what_is_typed_finds_the_saved_places_that_the_server_finds(
    offline: Page, by_server: httpx.Client, near: str
) -> None:
    for typed in TYPED:
        query = f"{urlencode({'q': typed, 'facility': 'water', 'travel': 'walk'})}{near}"
        text, edge = compared(offline, by_server, query, beside="只查了手机存下的站点。")
        assert "choices" in text and edge is not None, typed


def test_what_is_not_among_the_saved_places_is_said_not_to_be(offline: Page) -> None:
    told = offline.evaluate(BY_PHONE, "q=没有这里")
    assert told["edge"].startswith("手机存下的站点里没有叫“没有这里”的。")


def test_pinyin_is_said_to_need_the_network(offline: Page) -> None:
    told = offline.evaluate(BY_PHONE, "q=Café")
    assert told["edge"] == "只查了手机存下的站点，不能按拼音查。"

"""A rider loses the network: the phone answers, says what the server would have said, and what it does not know."""

import json
from collections.abc import Iterator
from urllib.parse import urlencode

import httpx
import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from tests.geo.nearest.brute_force import NOW
from tests.yihui.http.serving import serving
from tests.yihui.offline.asking import questions
from tests.yihui.offline.conftest import Served, controlled, phone, saved
from tests.yihui.offline.speaking import settle, town

pytestmark = [pytest.mark.endure, pytest.mark.needs("chromium")]

HERE = "lon=117.02&lat=36.66"
QUESTIONS = 200
SPOKEN_OF = 250  # of 900 places
# What is seldom asked: nowhere at all, a benefit, a full list, and who opens first.
RARE = (
    "lon=117.3&lat=36.3&within_m=500&access=members",
    "lon=117.02&lat=36.66&benefit=film&benefit=cake&travel=walk&within_min=2",
    "lon=117.02&lat=36.66&k=50&within_min=60&usable=false",
    "lon=117.0&lat=36.65&at=2026-09-19T02:00%2B08:00&within_m=900&open=true&kind=mother_room",
    "lon=117.0&lat=36.65&at=2026-09-18T20:00%2B08:00&within_m=1500&entry=walk_in",
    "lon=117.02&lat=36.66&at=2026-10-01T10:00&open=true&k=30",
    "lon=117.02&lat=36.66&at=2026-09-19T02:00&open=true&k=30&within_min=60",
    "lon=117.02&lat=36.66&order=distance",
    "lon=117.02&lat=36.66&at=2026-09-18T23:50&k=50&within_min=60&usable=false",
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
  const named = cached.flat().map((request) => request.url).filter((url) => url.includes("/answer-"));
  const door = (await Promise.all(named.map((url) => import(url)))).find((one) => one.answerOffline);
  const section = await door.answerOffline(new URLSearchParams(query));
  return section && {{ answer: answer(section), edge: section.querySelector(".edge")?.textContent ?? null }}; }}"""


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A site over places of which much was said before the phone saves them."""
    folder = tmp_path_factory.mktemp("spoken")
    settle(folder, town(5, 900), 3, SPOKEN_OF)
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
    for words in (
        "已列出 50 处",
        "处都不合适",
        "按平日时间算",
        "由近到远",
    ):
        assert any(words in text for text in whole), words
    assert any("路上 2 分钟内没有能用的站点" in text for text, _ in told), (
        "the phone knows of none farther away"
    )


@pytest.mark.parametrize(
    "query",
    [
        f"q=%E5%8E%95%E6%89%80&by=q&{HERE}",
        "q=117.02,36.66",
        "q=https://uri.amap.com/marker?position=117.02,36.66",
        "q=https://surl.amap.com/abc",
        "q=12351",
        "q=%E5%8E%95%E6%89%80",
        "q=%E5%8E%95%E6%89%80+%E7%83%AD%E6%B0%B4",
        f"q=%E5%A6%88%E5%A6%88%E5%B0%8F%E5%B1%8B&by=q&{HERE}",
        "q=%E5%A6%88%E5%A6%88%E5%B0%8F%E5%B1%8B",
        "station=s00489",
        "district=370103",
    ],
)
def test_typed_needs_points_and_links_are_answered_as_by_the_server(
    offline: Page, by_server: httpx.Client, query: str
) -> None:
    html = by_server.get(f"/?{query}&part=answer", follow_redirects=True).text
    there, here = offline.evaluate(BY_SERVER, html), offline.evaluate(BY_PHONE, query)
    assert here is not None and departures(there, here["answer"]) == []


@pytest.mark.parametrize("at", ["", "2026-10-01T22:00"])
def test_a_list_of_names_says_of_each_station_what_the_server_says(
    offline: Page, by_server: httpx.Client, at: str
) -> None:
    """Equal matches may stand in another order on the phone, and so other ones of many come first."""
    told = []
    for name in ("供电所", "休息室", "银行网点"):
        query = urlencode({"q": name, "near": "117.02,36.66", **({"at": at} if at else {})})
        html = by_server.get(f"/?{query}&part=answer").text
        (_, *there), (_, *here) = (
            offline.evaluate(BY_SERVER, html),
            offline.evaluate(BY_PHONE, query)["answer"],
        )
        (*above, (_, _, *listed)), (*above_on_phone, (_, _, *listed_on_phone)) = there, here
        assert above == above_on_phone
        states, on_phone = (
            {link[1]["href"]: link[-1] for _, _, link in rows} for rows in (listed, listed_on_phone)
        )
        told += [(states[href], on_phone[href]) for href in states.keys() & on_phone.keys()]
    assert [pair for pair in told if pair[0] != pair[1]] == []
    for words in ("开到 ", "关着", "开放时间不明"):
        assert any(words in str(state) for state, _ in told), words


AT_A_TIME = "?lon=117.02&lat=36.66&at=2026-09-18T16:50%2B08:00"


def test_nobodys_answer_is_kept(browser: Browser, served: Served) -> None:
    with phone(browser) as context:
        page = context.new_page()
        page.goto(f"{served.address}/{AT_A_TIME}&q=%E5%BC%A0%E4%B8%89")
        saved(page)
        controlled(page)
        page.goto(f"{served.address}/{AT_A_TIME}")
        kept = page.evaluate(
            """async () => (await Promise.all((await caches.keys()).map(async (name) =>
                (await (await caches.open(name)).keys()).map((request) => request.url)))).flat()"""
        )
        assert kept
        own = [address.removeprefix(served.address) for address in kept]
        assert [
            a
            for a in own
            if not a.startswith(("/static/", "/map/"))
            and a.removesuffix("?lang=zh").removesuffix("?lang=en") not in ("/", "/reports")
        ] == []

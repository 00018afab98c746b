"""Benchmark pages in a browser: the first list on a slow phone in a slow network, and the map of a whole nation's stations.

A list takes seconds until it is readable, and bytes; a map is one file, which is open when its places are drawn.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
from playwright.sync_api import Browser, BrowserContext, CDPSession, ViewportSize

from bench.measurement import Measurement
from bench.stations import random_register
from bench.web_server import start_site
from geo.districts import Districts
from geo.formats.outlines import load_outlines
from geo.registry.diff import Register
from geo.registry.stations import import_stations
from tools.browser import SLOW_3G
from yihui.bootstrap import Settings, build_wiring
from yihui.planning.map.answer import render_map_page
from yihui.planning.map.request import CoverageMapOrder
from yihui.planning.map.run import build_coverage_map

STATIONS, ROUNDS = 10_790, 5
GOAL_S, GOAL_KB = 2.5, 100.0
NATION, MAP_GOAL_S = 190_000, 2.5  # stations of a planner's map
MAP_AREA, MAP_AT = "370000", datetime.fromisoformat("2026-11-27T10:00+08:00")
PHONE_VIEWPORT, DESK_VIEWPORT = ViewportSize(width=360, height=740), ViewportSize(width=1440, height=900)
_DOTS = ".leaflet-dots-pane canvas"  # a tile comes into the page when it is painted
_CARD = "li.card"
ADDRESS = "/?lon=117.0204&lat=36.6683"
PHONE_SLOWDOWN = 4  # a phone runs at a quarter of this machine's speed
# The first element that is listed is in the page and painted: the next frame has begun.
_WATCH = """
window.readableAt = new Promise((readable) => new MutationObserver((_, watch) => {
  if (document.querySelector("LISTED") === null) return;
  watch.disconnect();
  requestAnimationFrame(() => requestAnimationFrame(() => readable(performance.now())));
}).observe(document, { childList: true, subtree: true }));
"""


@dataclass(frozen=True, slots=True)
class Load:
    readable_s: float
    bytes: int  # as transferred, headers included


def measure() -> list[Measurement]:
    from tools.browser import open_chromium

    with start_site(STATIONS) as server, open_chromium() as browser:
        address = f"http://{server.host}{ADDRESS}"  # the map is below the visible part
        slow = [load_page(browser, address, _CARD, throttled=True) for _ in range(ROUNDS)]
        whole = load_page(browser, address, _CARD, throttled=False)
        of_nation = _measure_map(browser)
    readable_s = median(load.readable_s for load in slow)
    return [
        Measurement.at_most(
            "web.first_list_slow_3g", readable_s, "s", GOAL_S,
            f"{ADDRESS} by Chromium's slow 3G (2 s and 400 kbit/s), processor slowed {PHONE_SLOWDOWN} ×; median of {ROUNDS}, "
            f"longest {max(load.readable_s for load in slow):.2f} s",
            latency_s=2.0,
        ),
        Measurement.at_most(
            "web.first_load", whole.bytes / 1e3, "kB", GOAL_KB,
            "all that the page loads by itself, gzip, the region that it keeps included; the map comes when it is looked at",
        ),
        of_nation,
    ]  # fmt: skip


def _measure_map(browser: Browser) -> Measurement:
    """Open a planner's map of as many stations as the nation has, all in one province, and close it again."""
    with TemporaryDirectory() as name:
        file = Path(name, "map.html")
        file.write_text(_render_map(Path(name)), encoding="utf-8")
        opened = [
            load_page(browser, file.as_uri(), _DOTS, throttled=False, viewport=DESK_VIEWPORT).readable_s
            for _ in range(ROUNDS)
        ]
        megabytes = file.stat().st_size / 1e6
    detail = (
        f"{NATION:,} stations with their hours in one file of {megabytes:.0f} MB, until the first of them are drawn; "
        f"median of {ROUNDS}, longest {max(opened):.2f} s"
    )
    return Measurement.at_most(f"web.map_page_{NATION}", median(opened), "s", MAP_GOAL_S, detail)


def _render_map(folder: Path) -> str:
    made = random_register(
        np.random.default_rng(9), 3 * NATION
    )  # in the province's box, half of which is beyond it
    counties = Districts.from_frame(load_outlines(within=MAP_AREA))
    codes = counties.assign([(one.lon or 0.0, one.lat or 0.0) for one in made]).code
    stations = [one for one, code in zip(made, codes, strict=True) if code is not None][:NATION]
    assert len(stations) == NATION
    wiring = build_wiring(Settings(str(folder / "yihui.db"), folder), now=lambda: MAP_AT)
    with wiring.database.write() as connection:
        import_stations(connection, Register("bench", "", "bench.csv", "1"), stations, MAP_AT)
    page = render_map_page(
        build_coverage_map(wiring, CoverageMapOrder(area=MAP_AREA, at=MAP_AT)), wiring.language
    )
    wiring.close()
    return page


def load_page(
    browser: Browser,
    address: str,
    listed: str,
    *,
    throttled: bool,
    before: Callable[[BrowserContext], None] = lambda context: None,
    viewport: ViewportSize = PHONE_VIEWPORT,
) -> Load:
    """Load a page in a browser with an empty cache, until the first element ``listed`` (CSS) is painted."""
    context = browser.new_context(viewport=viewport, locale="zh-CN")
    before(context)
    page = context.new_page()
    session = context.new_cdp_session(page)
    sizes = _count_bytes(session)
    if throttled:
        session.send("Network.emulateNetworkConditions", SLOW_3G)
        session.send("Emulation.setCPUThrottlingRate", {"rate": PHONE_SLOWDOWN})
    page.add_init_script(_WATCH.replace("LISTED", listed))
    page.goto(address)
    readable_s = page.evaluate("window.readableAt") / 1e3
    if not throttled:
        page.wait_for_load_state("networkidle")
    context.close()
    return Load(readable_s, sum(sizes.values()))


def _count_bytes(session: CDPSession) -> dict[str, int]:
    """Return a table of bytes by address that fills as responses arrive."""
    addresses: dict[str, str] = {}
    sizes: dict[str, int] = {}

    def asked(event: dict[str, object]) -> None:
        request = event["request"]
        assert isinstance(request, dict)
        addresses[str(event["requestId"])] = str(request["url"])

    def came(event: dict[str, object]) -> None:
        address = addresses.get(str(event["requestId"]), "")
        sizes[address] = sizes.get(address, 0) + int(str(event["encodedDataLength"]).partition(".")[0])

    session.on("Network.requestWillBeSent", asked)
    session.on("Network.loadingFinished", came)
    session.send("Network.enable")
    return sizes

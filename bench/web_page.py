"""Benchmark the first list on a slow phone in a slow network: seconds until it is readable, and bytes loaded."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from playwright.sync_api import Browser, BrowserContext, CDPSession

from bench.measurement import Measurement
from bench.web_server import start_site
from tools.browser import SLOW_3G

STATIONS, ROUNDS = 10_790, 5
GOAL_S, GOAL_KB = 2.5, 100.0
PHONE_VIEWPORT = {"width": 360, "height": 740}
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
    readable_s = median(load.readable_s for load in slow)
    return [
        Measurement.at_most(
            "web.first_list_slow_3g", readable_s, "s", GOAL_S,
            f"{ADDRESS} by Chromium's slow 3G (2 s and 400 kbit/s), processor slowed {PHONE_SLOWDOWN} ×; median of {ROUNDS}, "
            f"longest {max(load.readable_s for load in slow):.2f} s",
        ),
        Measurement.at_most(
            "web.first_load", whole.bytes / 1e3, "kB", GOAL_KB,
            "all that the page loads by itself, gzip, the region that it keeps included; the map comes when it is looked at",
        ),
    ]  # fmt: skip


def load_page(
    browser: Browser,
    address: str,
    listed: str,
    *,
    throttled: bool,
    before: Callable[[BrowserContext], None] = lambda context: None,
) -> Load:
    """Load a page in a browser with an empty cache, until the first element ``listed`` (CSS) is painted."""
    context = browser.new_context(viewport=PHONE_VIEWPORT, locale="zh-CN")  # type: ignore[arg-type]
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

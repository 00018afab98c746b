"""How long a rider waits for the first list on a slow phone in a slow net, and what is loaded for it."""

from dataclasses import dataclass
from statistics import median

from playwright.sync_api import Browser, CDPSession

from bench.measurement import Measurement
from bench.web_server import Server, site
from tools.browser import SLOW_3G

STATIONS, ROUNDS = 10_790, 5
GOAL_S, GOAL_KB = 2.5, 100.0
PHONE = {"width": 360, "height": 740}
ADDRESS = "/?lon=117.0204&lat=36.6683"
SLOWER = 4  # a phone is a quarter as quick as this machine
# The first card is in the page and has been painted: the frame after it was begun.
_WATCH = """
window.readableAt = new Promise((readable) => new MutationObserver((_, watch) => {
  if (document.querySelector("li.card") === null) return;
  watch.disconnect();
  requestAnimationFrame(() => requestAnimationFrame(() => readable(performance.now())));
}).observe(document, { childList: true, subtree: true }));
"""


@dataclass(frozen=True, slots=True)
class _Load:
    readable_s: float
    bytes: int  # as they came over the line, heads included


def measure() -> list[Measurement]:
    from tools.browser import chromium

    with site(STATIONS) as server, chromium() as browser:
        slow = [_load(browser, server, throttled=True) for _ in range(ROUNDS)]
        whole = _load(browser, server, throttled=False)
    readable_s = median(load.readable_s for load in slow)
    kilobytes = whole.bytes / 1e3
    return [
        Measurement(
            "web.first_list_slow_3g", readable_s, "s", None, "<=", GOAL_S, readable_s < GOAL_S,
            f"{ADDRESS} by Chromium's slow 3G (2 s and 400 kbit/s), processor slowed {SLOWER} ×; median of {ROUNDS}, "
            f"longest {max(load.readable_s for load in slow):.2f} s",
        ),
        Measurement(
            "web.first_load", kilobytes, "kB", None, "<=", GOAL_KB, kilobytes < GOAL_KB,
            "all that the page loads by itself, gzip, the region that it keeps included; the map comes when it is looked at",
        ),
    ]  # fmt: skip


def _load(browser: Browser, server: Server, *, throttled: bool) -> _Load:
    """In a browser that has never been here; the map, which stands below, is not in view."""
    context = browser.new_context(viewport=PHONE, locale="zh-CN")  # type: ignore[arg-type]
    page = context.new_page()
    session = context.new_cdp_session(page)
    sizes = _counting(session)
    if throttled:
        session.send("Network.emulateNetworkConditions", SLOW_3G)
        session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.add_init_script(_WATCH)
    page.goto(f"http://{server.host}{ADDRESS}")
    readable_s = page.evaluate("window.readableAt") / 1e3
    if not throttled:
        page.wait_for_load_state("networkidle")
    context.close()
    return _Load(readable_s, sum(sizes.values()))


def _counting(session: CDPSession) -> dict[str, int]:
    """Bytes by address, as they come in."""
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

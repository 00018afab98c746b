"""A rider's phone in the circumstances of life: no position, a slow network, no script, WeChat's browser."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, Page

from tests.end_to_end.town import SQUARE
from tests.yihui.http.riding import DESK, PHONE
from tools.browser import SLOW_3G

WECHAT = (
    "Mozilla/5.0 (Linux; Android 13; V2218A Build/TP1A; wv) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Version/4.0 Chrome/116.0.0.0 XWEB/1160117 MMWEBSDK/20240404 Mobile Safari/537.36 "
    "MicroMessenger/8.0.49.2600(0x28003133) WeChat/arm64 Weixin NetType/4G Language/zh_CN ABI/arm64"
)
_PATIENCE_ON_3G_MS = 90_000
_WITHOUT_WORKER = "delete Object.getPrototypeOf(navigator).serviceWorker"


@dataclass(frozen=True)
class Circumstances:
    """How somebody comes: ``position`` is whether the phone tells it, ``wechat`` a webview without a worker."""

    name: str
    position: bool = True
    script: bool = True
    slow: bool = False
    wechat: bool = False
    desk: bool = False
    dark: bool = False


PLAIN = Circumstances("on a phone")
AT_A_DESK = Circumstances("at a desk", desk=True)
DENIED = Circumstances("with the position refused", position=False)
SLOW = Circumstances("on slow 3G", slow=True)
SCRIPTLESS = Circumstances("without script", script=False, position=False)
IN_WECHAT = Circumstances("in WeChat", wechat=True)
DARK = replace(PLAIN, name="in the dark", dark=True)


class Rider:
    """Somebody on the square with the page open; ``foreign`` and ``complaints`` are to stay empty."""

    def __init__(self, context: BrowserContext, address: str, how: Circumstances) -> None:
        self.context, self.address, self.how = context, address, how
        self.page: Page = context.new_page()
        self.foreign: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda r: None if r.url.startswith(address) else self.foreign.append(r.url))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self._network = context.new_cdp_session(self.page) if how.slow else None
        if self._network is not None:
            self._network.send("Network.enable")
            self._network.send("Network.emulateNetworkConditions", SLOW_3G)

    def asks_where_to_rest(self, path: str = "/") -> None:
        """By the phone's position; where that isn't to be had, by the name of the square."""
        self.page.goto(self.address + path)
        if self.how.script:
            self.page.get_by_role("button", name="用我的位置").click()
        if self.how.position:
            self.page.locator("#answer[data-state=answered] .card").first.wait_for()
        else:
            self._types_the_square()

    def _types_the_square(self) -> None:
        by_hand = self.page.locator("#by-hand")
        if by_hand.get_attribute("open") is None:
            by_hand.locator("summary").first.click()
        self.page.locator("#q").fill("泉城广场")
        self.page.get_by_role("button", name="搜索", exact=True).click()
        self.page.locator("#answer .choices a", has_text="泉城广场").first.click()
        near = self.page.locator("#answer [data-of=near]")  # it is a station's name, and opens its page
        near.click()
        near.wait_for(state="detached")  # that page has a card, too
        self.page.locator("#answer[data-state=answered] .card").first.wait_for()

    def enters_a_tunnel(self) -> None:
        """No network any more, for the page and its worker."""
        if self._network is not None:  # what slows the page down would else let it through
            self._network.send("Network.emulateNetworkConditions", {**SLOW_3G, "offline": True})
        self.context.set_offline(True)

    def names(self) -> list[str]:
        return self.page.locator("#answer .card [data-of=name]").all_inner_texts()

    def card(self, name: str) -> Locator:
        return self.page.locator("#answer .card", has=self.page.locator("[data-of=name]", has_text=name))

    def passed_over(self) -> str:
        """What is told of nearer places, opened if need be."""
        told = self.page.locator("#answer details.passed")
        if told.get_attribute("open") is None:
            told.locator("summary").click()
        return told.inner_text()


@contextmanager
def rider(browser: Browser, address: str, how: Circumstances, now: datetime, **more: Any) -> Iterator[Rider]:
    """A new phone, whose clock stands where the server's does."""
    options: dict[str, Any] = {
        "viewport": DESK if how.desk else PHONE,
        "locale": "zh-CN",
        "java_script_enabled": how.script,
        "color_scheme": "dark" if how.dark else "light",
        **({"user_agent": WECHAT} if how.wechat else {}),
        **more,
    }
    context = browser.new_context(**options)
    if how.slow:
        context.set_default_timeout(_PATIENCE_ON_3G_MS)
    if how.script:
        context.clock.set_fixed_time(now)
    if how.wechat:
        context.add_init_script(_WITHOUT_WORKER)
    if how.position:
        context.grant_permissions(["geolocation"])
        context.set_geolocation({"longitude": SQUARE[0], "latitude": SQUARE[1], "accuracy": 12})
    yield Rider(context, address, how)
    context.close()

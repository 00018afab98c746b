"""Draws the member's page: ``python -m tools.pictures.members [docs/pictures]``."""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser

from geo.registry.diff import Register
from geo.registry.stations import import_stations
from tests.yihui.http.me.crowd import build_crowd
from tests.yihui.http.me.members import log_in_browser
from tests.yihui.http.riding import STATIONS
from tests.yihui.http.serving import serving
from tests.yihui.own_benefits import NOW, decision_of, grant_of
from tests.yihui.services.joining_people import HERE
from tests.yihui.taking_part import MEMBERS, build_taking_part
from tools.browser import open_chromium, save_screenshot
from yihui.bootstrap import Wiring
from yihui.http.looks import LARGE_COOKIE

SIZE = {"width": 390, "height": 844}


def main() -> None:
    to = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/pictures")
    with tempfile.TemporaryDirectory() as name, open_chromium() as browser:
        folder = Path(name)
        wiring, (member,) = build_crowd(folder, 1)
        with wiring.database.write() as connection:
            source = Register(name="test", source="test", file="test.csv", digest="1")
            import_stations(connection, source, list(STATIONS), NOW, confirmed=True)
        cake = f"/me/benefits/{grant_of(wiring, member.id, 'own-cake')}"
        cooling = f"/me/benefits/{grant_of(wiring, member.id, 'own-cooling')}"
        pages = {
            "home": "/me",
            "benefit": cake,
            "places": f"{cooling}/places?lon=117.0204&lat=36.6683&datum=wgs84#found",
            "why": f"/me/decisions/{decision_of(wiring, member.id, 'own-study')}",
            "card": "/me/card",
            "messages": "/me/messages",
            "large": "/me",
            "apply": "/me/apply/hospital-visit/hand-in",
            "data": "/me/data",
            "help": f"/me/help/about/decision:{decision_of(wiring, member.id, 'own-study')}/ask",
            "join": f"/me/join?organisation={HERE}",
        }
        with serving(folder, YIHUI_NOW=NOW.isoformat(), YIHUI_RULES=str(folder / "own-rules")) as address:
            for picture, path in pages.items():
                visitor = "" if picture == "join" else member.id
                _take(browser, address, wiring, visitor, path, to / f"me-{picture}.png")
        wiring.close()
        _take_part(browser, folder / "taking-part", to)


def _take_part(browser: Browser, folder: Path, to: Path) -> None:
    """Draw polls, draws and points, of a union whose members take part."""
    folder.mkdir()
    wiring = build_taking_part(str(folder / "yihui.db"), folder, lambda: NOW)
    with serving(folder, YIHUI_NOW=NOW.isoformat(), YIHUI_RULES=str(folder / "own-rules")) as address:
        for picture, path in {"take-part": "/me/take-part", "points": "/me/points"}.items():
            _take(browser, address, wiring, MEMBERS[0], path, to / f"me-{picture}.png")
    wiring.close()


def _take(browser: Browser, address: str, wiring: Wiring, member: str, path: str, to: Path) -> None:
    """Take a picture of a page; without a member, as somebody sees it who is not logged in."""
    context = browser.new_context(
        viewport=SIZE,  # type: ignore[arg-type]
        locale="zh-CN",
        device_scale_factor=1.5,
        service_workers="block",
    )
    if member:
        log_in_browser(context, address, wiring, member)
    if to.stem.endswith("large"):
        context.add_cookies([{"name": LARGE_COOKIE, "value": "yes", "url": address}])
    page = context.new_page()
    page.goto(f"{address}{path}")
    page.wait_for_load_state("networkidle")
    save_screenshot(page, to)
    context.close()


if __name__ == "__main__":
    main()

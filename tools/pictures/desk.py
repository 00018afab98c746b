"""Draws the officers' pages over the data of ``make demo``: ``python -m tools.pictures.desk [docs/pictures]``."""

import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser

from tests.yihui.http.serving import serving
from tools.browser import open_chromium, save_screenshot
from yihui.views.answer_sheet import HEIGHT, WIDTH

DEMO = Path("build/demo")
MEMBER = "m-000101"  # has four grants
NARROW = (390, 844)
ANALYSES, EVENING = "/desk/planning/analyses/new", "2026-09-30T21:00"
_LINK = "#list a[href^='{path}/'], main table a[href^='{path}/'], main a[href^='{path}/']"


@dataclass(frozen=True, slots=True)
class Picture:
    """A page: the first link under ``first`` on it is followed, then what ``unfold`` names is unfolded.

    ``area`` is chosen in the form of an analysis or a scenario, which gets the ``title`` and an evening; its result
    is the page, or what lies at ``below`` under it. Of the stations whose name has ``tick`` five open longer.
    """

    name: str
    path: str
    first: str = ""
    unfold: str = ""
    area: str = ""
    title: str = ""
    below: str = ""
    tick: str = ""
    size: tuple[int, int] = (1440, 900)
    scheme: str = "light"


PICTURES = (
    Picture("home", "/desk"),
    Picture("rules", "/desk/rules"),
    Picture("rule", "/desk/rules", "/desk/rules/versions"),
    Picture("rule-form", "/desk/rules/form"),
    Picture("member", f"/desk/members/{MEMBER}"),
    Picture("hotline-case", "/desk/hotline/cases/1/why"),
    Picture("hardship", "/desk/hardship/files/1"),
    Picture("mutual-aid", "/desk/mutual-aid/claims/1"),
    Picture("applications", "/desk/applications"),
    Picture("application", "/desk/applications/29"),
    Picture("join", "/desk", "/desk/joins"),
    Picture("appeal", "/desk/appeals", "/desk/appeals"),
    Picture("rider-report", "/desk/rider-reports?what=locked", "/desk/rider-reports"),
    Picture("budgets", "/desk/money/budgets"),
    Picture("payout", "/desk/money/payouts", "/desk/money/payouts"),
    Picture("stations", "/desk/register", unfold="#map summary"),
    Picture("audit", "/desk/audit"),
    Picture("rules-dark", "/desk/rules", scheme="dark"),
    Picture("menu-phone", "/desk/rules", unfold="nav.rooms-menu summary", size=NARROW),
    Picture("hardship-phone", "/desk/hardship/files", size=NARROW),
    Picture("member-phone", f"/desk/members/{MEMBER}", size=NARROW),
    Picture("planning-coverage", f"{ANALYSES}/coverage", area="370102"),
    Picture(
        "planning-sheet", f"{ANALYSES}/coverage", area="370102", below="/sheet.svg", size=(WIDTH, HEIGHT)
    ),
    Picture("planning-siting", f"{ANALYSES}/sites", area="370102"),
    Picture("planning-searches", f"{ANALYSES}/searches", area="370102"),
    Picture(
        "planning-scenario",
        "/desk/planning/scenarios/create",
        area="370102",
        title="晚间延时",
        below="/stations",
        unfold="details:has(#listed) summary",
        tick="驿站",
    ),
)


def main() -> None:
    to = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/pictures")
    wanted = sys.argv[2:]
    with _office() as folder, open_chromium() as browser, serving(folder) as address:
        for picture in PICTURES:
            if not wanted or picture.name in wanted:
                _take(browser, address, picture, to / f"desk-{picture.name}.png")


@contextmanager
def _office() -> Iterator[Path]:
    """A copy of the demo, in which pages that act may act."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(shutil.copytree(DEMO, Path(name) / "demo"))
        yield folder


def _take(browser: Browser, address: str, picture: Picture, to: Path) -> None:
    context = browser.new_context(
        viewport={"width": picture.size[0], "height": picture.size[1]},
        locale="zh-CN",
        color_scheme=picture.scheme,  # type: ignore[arg-type]
        service_workers="block",
    )
    page = context.new_page()
    page.goto(f"{address}{picture.path}")
    if picture.first:
        page.locator(_LINK.format(path=picture.first)).first.click()
    if picture.area:
        page.fill("[name=area]", picture.area)
        if picture.title:
            page.fill("[name=name]", picture.title)
            page.fill("[name=at]", EVENING)
        page.locator("main form button[type=submit]").last.click()
        page.wait_for_url(
            re.compile("/desk/planning/(analyses/[0-9a-f]{32}|scenarios/[0-9])"), timeout=60_000
        )
    if picture.below:
        page.goto(page.url.partition("?")[0] + picture.below)
    if picture.unfold:
        page.locator(picture.unfold).click()
    if picture.tick:
        with page.expect_response("**/stations"):
            page.fill("#find-station", picture.tick)
        page.wait_for_load_state("networkidle")
        for box in page.locator("[name=late]").all()[:5]:
            with page.expect_response("**/stations"):
                box.check()
        page.locator("#worth", has_text="延长开放 5 处").wait_for()
        page.evaluate("scrollTo(0, 0)")
    page.wait_for_load_state("networkidle")
    save_screenshot(page, to)
    context.close()


if __name__ == "__main__":
    main()

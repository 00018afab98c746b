"""A scanned code leads to the card on a phone without script; membership and help at every size, clean for axe."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.yihui.http.me.joined import join
from tests.yihui.http.me.members import log_in_browser
from tests.yihui.http.me.test_card_in_chromium import Town
from tests.yihui.http.riding import NOW, Visit
from tests.yihui.http.riding import PHONE as SCREEN
from tests.yihui.http.serving import serving
from tests.yihui.http.test_rider_access_in_chromium import found_by_axe
from tests.yihui.services.joining_people import (
    HERE,
    SENT,
    THERE,
    Clock,
    found_tree,
    id_number,
    joining_wiring,
    last_code,
    member_event,
    person,
)
from yihui.access.actor import Actor, ActorKind
from yihui.access.roles import Right
from yihui.http.me.visit import LARGE_COOKIE
from yihui.services.access.reach import open_own_reach
from yihui.services.hotline.own_cases import OwnQuestion, open_own_case
from yihui.services.joining.own_membership import transfer_own_membership
from yihui.services.joining.requests import JoinPlace
from yihui.services.joining.reviews import set_review
from yihui.services.organisations.links import make_organisation_link

pytestmark = pytest.mark.needs("chromium")
MEMBER, NEW = "m-one", "13800000002"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("membership")
    wiring = joining_wiring(str(folder / "yihui.db"), folder, Clock(NOW))
    found_tree(wiring)
    join(wiring, person(1))
    member_event(wiring, "member.joined", MEMBER, "2026-01-02", organisation=HERE, joined_on="2026-01-02")
    set_review(wiring, THERE, "li", "会章规定", reviews=True, days=3)
    actor = Actor(MEMBER, MEMBER, ActorKind.MEMBER)
    reach = open_own_reach(wiring, actor, Right.CHANGE_MEMBERS)
    transfer_own_membership(wiring, JoinPlace(organisation=THERE), reach, "transfer-1")
    open_own_case(
        wiring, actor, OwnQuestion("会员卡: 商户扫不了我的会员卡怎么办", "benefit", more="经过"), "question-1"
    )
    with serving(folder, YIHUI_NOW=NOW.isoformat(), YIHUI_CODE_SENDER=f"file:{folder / SENT}") as address:
        yield Town(address, wiring, [MEMBER])
    wiring.close()


def test_a_scanned_code_leads_to_the_card_without_script(
    browser: Browser, town: Town, tmp_path: Path
) -> None:
    context = browser.new_context(viewport=SCREEN, locale="zh-CN", java_script_enabled=False)
    page = context.new_page()
    printed = make_organisation_link(town.wiring, HERE, "li", "print", town.address, anew=False)
    page.goto(printed.address)
    page.get_by_role("link", name="继续：入会或转会").click()
    page.get_by_label("姓名").fill("李四")
    page.get_by_label("身份证号").fill(id_number(2))
    page.get_by_label("手机号").fill(NEW)
    page.screenshot(path=tmp_path / "join.png", full_page=True)
    page.get_by_role("button", name="获取验证码").click()
    page.get_by_label("六位验证码").fill(last_code(town.wiring, NEW))
    page.screenshot(path=tmp_path / "code.png", full_page=True)
    page.get_by_role("button", name="确认入会").click()
    expect(page.get_by_role("heading", name="我的会员卡")).to_be_visible()
    page.goto(f"{town.address}/me/membership")
    expect(page.get_by_text("泉城物流工会").first).to_be_visible()
    context.close()


@pytest.mark.parametrize(
    ("width", "height", "language", "is_large"),
    [(360, 740, "zh", False), (320, 640, "en", False), (320, 640, "zh", True), (1440, 900, "zh", False)],
)
def test_the_pages_are_read_without_script_at_every_size(
    browser: Browser, town: Town, tmp_path: Path, width: int, height: int, language: str, is_large: bool
) -> None:
    visit = Visit(browser, town.address, {"width": width, "height": height})
    if is_large:
        visit.context.add_cookies([{"name": LARGE_COOKIE, "value": "yes", "url": town.address}])
    faults = []
    for path in ("join", f"join?organisation={HERE}&", "join?q=工会&"):
        faults += _check(visit, town, tmp_path, path, language, width)
    log_in_browser(visit.context, town.address, town.wiring, MEMBER)
    own = ("membership", "membership/leave", f"join?organisation={THERE}&", "help?about=page:card&", "help/1")
    for path in own:
        faults += _check(visit, town, tmp_path, path, language, width)
    assert faults == []
    visit.context.close()


def _check(
    visit: Visit, town: Town, folder: Path, path: str, language: str, width: int
) -> list[tuple[str, object]]:
    query = "lang" if path.endswith("&") else "?lang"
    answer = visit.page.goto(f"{town.address}/me/{path}{query}={language}")
    assert answer is not None
    visit.page.screenshot(path=folder / f"{path.replace('/', '-')[:12]}.png", full_page=True)
    found: list[tuple[str, object]] = [(path, fault) for fault in found_by_axe(visit)]
    if answer.status != 200 or len(answer.body()) > 100_000:
        found.append((path, answer.status))
    if (wide := visit.page.evaluate("document.documentElement.scrollWidth")) > width:
        found.append((path, wide))
    return found

"""A courier in WeChat's web view: joins, gets her gift and uses it, appeals, and reads the answer.

Merchants have no page: the shop's phone sends the requests of ``/api/v1/vouchers``.
"""

from collections.abc import Iterator
from io import BytesIO

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import APIResponse, Browser, Locator, Page, expect

from tests.end_to_end.members_town import AID, GIFT, NOON, MembersTown, members_town
from tests.end_to_end.rider import IN_WECHAT, Rider, rider
from tests.end_to_end.town import ALWAYS, NEAR
from tests.yihui.http.riding import DESK, PHONE, Visit
from tests.yihui.services.joining_people import HERE, approve, id_number, list_waiting

pytestmark = [pytest.mark.always, pytest.mark.needs("chromium")]

PHONE_LABEL = "手机号"
COURIER = {"姓名": "阿依古丽·买买提", "身份证号": id_number(1), PHONE_LABEL: "13800138000"}
WRONG_BIRTHDAY = "我的生日登记错了，我是 1996 年生的。"
ANSWER = "请带身份证到工会更正生日，更正后重新核定。"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MembersTown]:
    with members_town(tmp_path_factory.mktemp("walk")) as opened:
        yield opened


def test_a_courier_joins_uses_her_gift_appeals_and_is_answered(browser: Browser, town: MembersTown) -> None:
    with rider(browser, town.address, IN_WECHAT, NOON) as phone:
        join_by_printed_code(browser, town, phone)
        digits = get_gift_code(phone.page)
        find_nearest_place(phone.page)
        redeem_at_shop(browser, town, phone.page, digits)
        appeal_against_refusal(phone.page)
        answer_as_officer(browser, town)
        read_answer(phone.page)
        assert (phone.foreign, phone.complaints) == ([], [])


def read_picture(place: Page | Locator) -> str:
    """Return what a camera reads from a code on a screen."""
    if isinstance(place, Locator):  # the bar at the bottom would lie over a part of it
        place.evaluate("one => one.scrollIntoView({block: 'center', behavior: 'instant'})")
    seen = Image.open(BytesIO(place.screenshot())).convert("L")
    (found,) = zxingcpp.read_barcodes(seen, formats=zxingcpp.BarcodeFormat.QRCode)
    return str(found.text)


def join_by_printed_code(browser: Browser, town: MembersTown, phone: Rider) -> None:
    wall = Visit(browser, town.address, PHONE)
    address = read_picture(wall.open(f"/organisations/{HERE}/join.svg"))
    wall.close()
    phone.page.goto(address)
    expect(phone.page.locator("main")).to_contain_text("泉城物流工会")
    page = phone.page
    expect(page.get_by_role("heading")).to_have_text("这是该组织的入会码")
    page.get_by_role("link", name="继续：入会或转会").click()
    for label, text in COURIER.items():
        page.get_by_role("textbox", name=label).fill(text)
    page.get_by_label("我单独同意").check()
    page.get_by_role("button", name="获取验证码").click()
    page.get_by_label("六位验证码").fill(town.next_code(COURIER[PHONE_LABEL], 0))
    page.get_by_role("button", name="确认并申请入会").click()
    expect(page.locator("main")).to_contain_text("申请正在等待答复")
    [waiting] = list_waiting(town.wiring)
    approve(town.wiring, waiting.request.id, "li.min")
    page.reload()
    page.get_by_role("link", name="用验证码登录").click()
    page.get_by_label(PHONE_LABEL).fill(COURIER[PHONE_LABEL])
    page.get_by_role("button", name="获取验证码").click()
    page.get_by_label("六位验证码").fill(town.next_code(COURIER[PHONE_LABEL], 1))
    page.get_by_role("button", name="登录").click()
    page.get_by_role("button", name="领取会员卡").click()
    expect(page.get_by_role("heading", name="我的会员卡")).to_be_visible()
    assert read_picture(page.locator("#picture"))


def get_gift_code(page: Page) -> str:
    """Claim the gift; return its code as digits."""
    page.locator("nav.parts a").first.click()
    page.locator("section[aria-labelledby=claim] a", has_text=GIFT).click()
    page.get_by_role("button", name="领取并显示券码").click()
    expect(page.get_by_role("status")).to_have_text("这是您的券码。")
    digits = "".join(page.locator("#code span").all_inner_texts())
    assert read_picture(page.locator(".code")).replace("-", "") == digits
    return digits


def find_nearest_place(page: Page) -> None:
    """The service centre is nearer, but doesn't hand gifts out."""
    page.get_by_role("link", name="在哪里用？").click()
    page.get_by_role("button", name="用我的位置").click()
    expect(page.locator("ol.places h3").first).to_contain_text(NEAR.name)
    way = page.locator("ol.places a.go").first.get_attribute("href") or ""
    assert way.startswith("https://uri.amap.com/navigation?to=")
    assert ALWAYS.name in "".join(page.locator("ol.places h3").all_inner_texts())
    page.get_by_role("link", name=GIFT).click()


def redeem_at_shop(browser: Browser, town: MembersTown, page: Page, digits: str) -> None:
    """The shop's phone reads the code from hers and sends it, twice after a lost answer, and once too often."""
    shop = browser.new_context()
    scanned = read_picture(page.locator(".code"))
    headers = {"Authorization": f"Bearer {town.till_key}"}

    def redeem(request_key: str, code: str) -> APIResponse:
        body = {"request_key": request_key, "code": code, "station": NEAR.id}
        return shop.request.post(f"{town.address}/api/v1/vouchers/redeem", data=body, headers=headers)

    first, again, second = redeem("till-1", scanned), redeem("till-1", scanned), redeem("till-2", digits)
    assert (first.status, again.status, second.status) == (200, 200, 409), second.text()
    assert first.json()["redemption"] == again.json()["redemption"]
    shop.close()
    page.reload()
    expect(page.locator("section[aria-labelledby=uses]")).to_contain_text(NEAR.name)
    expect(page.locator(".code")).to_have_count(0)


def appeal_against_refusal(page: Page) -> None:
    page.locator("nav.parts a").first.click()
    page.get_by_role("link", name="为什么发给我，为什么没有？").click()
    page.get_by_role("link", name=AID).click()
    missing = page.locator("[data-missing]")
    expect(missing).to_contain_text("只给 1995 年以后出生的")
    expect(missing).to_contain_text("1990")
    page.locator("#appeals").get_by_role("link", name="申诉").click()
    page.locator("#f-text").fill(WRONG_BIRTHDAY)
    page.locator("form.apply button.main").click()
    expect(page.locator("main")).to_contain_text(WRONG_BIRTHDAY)
    page.locator("form.apply button.main").click()
    expect(page.get_by_role("status")).to_contain_text("申诉")


def answer_as_officer(browser: Browser, town: MembersTown) -> None:
    officer = Visit(browser, town.address, DESK)
    page = officer.open("/desk/appeals")
    page.get_by_role("link", name=AID).click()
    expect(page.locator("main")).to_contain_text(WRONG_BIRTHDAY)
    page.locator("input[name=verdict][value=rejected]").check()
    page.locator("input[name=reason]").fill(ANSWER)
    page.get_by_role("button", name="先看结果").click()
    page.get_by_label("我已核对").check()
    page.get_by_role("button", name="答复").click()
    expect(page.get_by_role("status").first).to_contain_text("已答复")
    officer.close()


def read_answer(page: Page) -> None:
    page.get_by_role("link", name="消息").click()
    expect(page.locator("main")).to_contain_text(f"关于{AID}的决定维持不变")
    page.locator("nav.parts a").first.click()
    page.get_by_role("link", name="为什么发给我，为什么没有？").click()
    page.get_by_role("link", name=AID).click()
    expect(page.locator("#appeals")).to_contain_text(ANSWER)

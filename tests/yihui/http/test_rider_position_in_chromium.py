"""Where the rider is: told by the phone at once, roughly, late or not at all."""

import pytest
from playwright.sync_api import expect

from tests.yihui.http.riding import HERE, NEAR, Visit

pytestmark = pytest.mark.needs("chromium")

# A phone that answers when the test says so.
SLOW_PHONE = """navigator.geolocation.watchPosition = (found) => {
  window.finds = (lon, lat, accuracy) => found({ coords: { longitude: lon, latitude: lat, accuracy } });
  return 1;
};
navigator.geolocation.clearWatch = (watch) => { window.cleared = watch; };"""
TAP = "用我的位置"


def tap(visit: Visit) -> None:
    visit.page.get_by_role("button", name=TAP).click()


def test_one_tap_after_the_reason_lists_the_nearest_places(visit: Visit) -> None:
    visit.context.grant_permissions(["geolocation"])
    visit.context.set_geolocation({**HERE, "accuracy": 12})
    page = visit.open("/")
    assert page.get_by_text("位置只用来找附近的站点").is_visible()
    assert page.evaluate("navigator.permissions.query({name: 'geolocation'}).then(() => history.length)") >= 1
    tap(visit)
    expect(page.locator("#answer .card").first).to_contain_text("泉边驿站")
    assert page.locator("[data-of=metres]").first.inner_text() == "94 米"
    assert "lon=117.0204&lat=36.6683&datum=wgs84" in page.url
    assert page.get_by_text(
        "位置只用来找附近的站点"
    ).is_hidden()  # read before the tap; the places need the room
    assert visit.foreign == []


def test_who_comes_by_a_link_reads_the_reason_before_the_tap_too(visit: Visit) -> None:
    page = visit.open(NEAR)
    expect(page.get_by_role("button", name=TAP)).to_be_visible()
    assert page.get_by_text("位置只用来找附近的站点").is_visible()


def test_the_phone_is_asked_only_after_the_tap(visit: Visit) -> None:
    visit.context.add_init_script(SLOW_PHONE)
    page = visit.open("/")
    assert page.evaluate("window.finds") is None
    tap(visit)
    assert page.evaluate("typeof window.finds") == "function"


def test_a_refused_position_leads_to_address_district_and_map_at_once(visit: Visit) -> None:
    page = visit.open("/")
    tap(visit)
    expect(page.get_by_role("status")).to_contain_text("请说一下在哪儿")
    expect(page.get_by_role("status")).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.activeElement.id") == "q"
    assert page.get_by_label("区县").is_visible()
    assert page.get_by_role("button", name=TAP).is_enabled()  # it may be allowed after all


def test_who_was_refused_on_an_answer_keeps_the_answer(visit: Visit) -> None:
    page = visit.open("/?district=370102")
    before = visit.names()
    tap(visit)
    expect(page.get_by_role("status")).to_contain_text("请说一下在哪儿")
    assert visit.names() == before


def test_a_slow_phone_is_not_waited_for(visit: Visit) -> None:
    visit.context.add_init_script(SLOW_PHONE)
    visit.page.clock.install()
    page = visit.open("/")
    tap(visit)
    expect(page.get_by_role("status")).to_have_text("正在向手机要位置……")
    page.clock.run_for(3_000)
    expect(page.get_by_role("status")).to_contain_text("不用等")
    assert page.get_by_label("区县").is_visible()


def test_a_late_position_is_used_where_nothing_else_was_asked(visit: Visit) -> None:
    visit.context.add_init_script(SLOW_PHONE)
    visit.page.clock.install()
    page = visit.open("/")
    tap(visit)
    page.clock.run_for(10_000)
    page.evaluate("finds(117.0204, 36.6683, 30)")
    expect(page.locator("#answer .card").first).to_contain_text("泉边驿站")


def test_a_late_position_never_replaces_what_was_asked_for_meanwhile(visit: Visit) -> None:
    visit.context.add_init_script(SLOW_PHONE)
    page = visit.open("/")
    tap(visit)
    page.get_by_label("区县").select_option("370102")
    page.get_by_role("button", name="列出").click()
    expect(page.locator("#answer")).to_contain_text("历下区的站点")
    before, address = visit.names(), page.url
    page.evaluate("finds(117.05, 36.66, 10)")
    page.get_by_text("需要什么").click()  # something that comes after
    assert (visit.names(), page.url) == (before, address)
    assert page.get_by_role("button", name=TAP).is_enabled()


def test_a_phone_that_never_finds_itself_leaves_no_dead_end(visit: Visit) -> None:
    visit.context.add_init_script(SLOW_PHONE)
    visit.page.clock.install()
    page = visit.open("/")
    tap(visit)
    page.clock.run_for(21_000)
    expect(page.get_by_role("status")).to_contain_text("手机没找到位置")
    assert page.get_by_role("button", name=TAP).is_enabled()


def test_a_rough_position_is_answered_told_and_made_better(visit: Visit) -> None:
    visit.context.add_init_script(SLOW_PHONE)
    page = visit.open("/")
    tap(visit)
    page.evaluate("finds(117.05, 36.66, 3000)")
    expect(page.locator("#answer")).to_contain_text("误差 3,000 米")
    steps = page.evaluate("history.length")
    page.evaluate("finds(117.0204, 36.6683, 20)")
    expect(page.locator("#answer .card").first).to_contain_text("泉边驿站")
    expect(page.locator("#answer")).not_to_contain_text("误差")
    assert page.evaluate("history.length") == steps
    assert "lon=117.0204" in page.url
    assert page.evaluate("cleared") == 1  # the search is over: the rider moves on, the list stays


def test_a_position_in_another_province_is_told_and_not_answered(visit: Visit) -> None:
    visit.context.grant_permissions(["geolocation"])
    visit.context.set_geolocation({"longitude": 121.5, "latitude": 31.2, "accuracy": 10})
    page = visit.open("/")
    tap(visit)
    expect(page.locator("#answer")).to_contain_text("100 公里内没有登记的站点")
    expect(page.get_by_role("status")).to_contain_text(
        "100 公里内没有登记的站点"
    )  # above the fields, which are open
    expect(page.get_by_role("status")).to_be_in_viewport(ratio=1)
    assert visit.names() == []
    assert page.get_by_label("区县").is_visible()

"""The keeper's page from a real server in a real browser: its journey, what it keeps, and what happens meanwhile."""

from collections.abc import Iterator
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import APIResponse, Browser, Page, Route, expect

from geo.registry.photos import list_photos
from tests.awaited import awaited
from tests.yihui.http.keeper.conftest import LATE_MS, Keeper, Place, chip

pytestmark = [pytest.mark.endure, pytest.mark.needs("chromium")]


def test_a_link_opens_the_page_and_its_key_is_in_no_address_afterwards(keeper: Keeper, place: Place) -> None:
    key = place.new_key()
    page = keeper.opens(key)
    assert page.url == f"{place.address}/keep"
    assert not [url for url in keeper.asked if key in url.partition("#")[0]]
    page.go_back()
    assert key not in page.url
    page.goto(f"{place.address}/keep")
    assert page.evaluate("document.cookie") == "", "no script reads the key"
    expect(page.locator("h1")).to_have_text("泉边驿站")
    assert (keeper.visit.foreign, keeper.visit.complaints) == ([], [])


def test_each_thing_takes_three_taps_at_most(keeper: Keeper, place: Place) -> None:
    keeper.opens(place.new_key("palace"))
    place.report(station="palace", observation="broken", facility="toilet")
    keeper.page.reload()
    steps = {
        "卫生间恢复使用": ["button:已修好"],
        "今天关门": ["section:今天关门", "chip:停电", "button:今天关门"],
        "全天关门": ["section:特殊日期", "chip:春节", "button:这几天关门"],
        "健身房坏了": ["section:有东西坏了", "button:健身房"],
        "健身房恢复使用": ["button:健身房修好了"],
        "人多拥挤": ["button:现在人多"],
        "现在能进；": ["button:现在能进，有位置"],
        "检查已记录": ["section:检查", "button:都有、都好用"],
    }
    for told, taps in steps.items():
        for tap in taps:
            kind, _, name = tap.partition(":")
            targets = {"section": keeper.section, "button": keeper.button}
            keeper.taps_on(targets[kind](name) if kind in targets else chip(keeper.page, name))
        assert keeper.is_told(told) <= 3
        if told == "今天关门":
            keeper.button("今天恢复开放").click()
            expect(keeper.page.locator(".seen .state")).to_contain_text("开")
            keeper.page.goto(f"{place.address}/keep")
    assert (keeper.visit.foreign, keeper.visit.complaints) == ([], [])


def test_without_a_network_nothing_is_lost_and_it_is_said_plainly(keeper: Keeper, place: Place) -> None:
    page = keeper.opens(place.new_key("always"))
    keeper.section("特殊日期").click()
    page.get_by_label("这几天几点到几点").fill("除夕：关门")
    keeper.visit.context.set_offline(True)
    keeper.button("按这个时间").click()
    expect(page.locator(".days [role=alert]")).to_contain_text("没有网络：这次没有得到确认。内容还在")
    expect(page.get_by_label("这几天几点到几点")).to_have_value("除夕：关门")
    expect(keeper.button("按这个时间")).to_be_enabled()
    keeper.visit.context.set_offline(False)
    keeper.button("按这个时间").click()
    keeper.is_told("全天关门")
    keeper.section("给骑手的说明").click()
    note = page.locator("textarea[name=note]")
    note.fill("门在北侧")
    keeper.visit.context.set_offline(True)
    keeper.button("保存").locator("visible=true").click()
    expect(page.locator(".entry [role=alert]")).to_contain_text("没有网络：这次没有得到确认。内容还在")
    expect(note).to_have_value("门在北侧")
    keeper.visit.context.set_offline(False)
    keeper.button("保存").locator("visible=true").click()
    keeper.is_told("门在北侧")


def test_an_answer_that_is_being_written_is_not_swept_away_by_news(keeper: Keeper, place: Place) -> None:
    place.report(station="more2", observation="locked")
    page = keeper.opens(place.new_key("more2"))
    page.clock.install()
    page.reload()
    page.get_by_text("再说几句").first.click()
    page.get_by_label("所有人都能看到").first.fill("马上回来")
    place.report(station="more2", observation="crowded")
    page.clock.fast_forward(31_000)
    expect(page.get_by_label("所有人都能看到").first).to_have_value("马上回来")


@pytest.fixture
def still_keeper(browser: Browser, place: Place) -> Iterator[Keeper]:
    """Whose page never looks by itself: its clock stands still."""
    made = Keeper(browser, place)
    made.page.clock.install()
    made.page.clock.pause_at("2030-01-01")
    yield made
    made.visit.close()


def test_of_two_answers_that_are_on_their_way_the_fresher_one_stays(
    still_keeper: Keeper, place: Place
) -> None:
    held: list[tuple[Route, APIResponse]] = []
    still_keeper.page.route("**/keep?part=now", lambda route: held.append((route, route.fetch())))
    page = still_keeper.opens(place.new_key("more3"))
    until_held(page, held, 1)  # as it begins to listen
    page.evaluate("document.getElementById('live').dataset.first = ''")
    number = place.report(station="more3", observation="locked")
    until_held(page, held, 2)
    (route, answer), (fresher, with_the_report) = held
    route.fulfill(response=answer)
    awaited(page, "!('first' in document.getElementById('live').dataset)")
    fresher.fulfill(response=with_the_report)
    expect(page.locator(f"[data-number='{number}']")).to_be_attached()


def until_held(page: Page, held: list[tuple[Route, APIResponse]], count: int) -> None:
    while len(held) < count:
        page.evaluate("0")  # lets Playwright hand over what was asked


def test_hours_are_mended_in_three_loads_from_the_link_and_a_large_photo_is_made_small_before_it_is_sent(
    keeper: Keeper, place: Place
) -> None:
    loads = list[str]()
    keeper.page.on("domcontentloaded", lambda page: loads.append(page.url))
    page = keeper.opens(place.new_key("more1"))
    keeper.section("开放时间").click()
    page.get_by_label("照门上写的写").fill("每天 9:00-21:00")
    keeper.button("先看一周怎么显示").click()
    expect(page.locator("#week")).to_contain_text("星期一至星期日：09:00–21:00")
    keeper.button("没错，保存").click()
    expect(page.locator(".seen .state")).to_contain_text("开到 21:00")
    assert len(loads) <= 3
    camera = BytesIO()
    Image.effect_noise((2400, 1600), 80).convert("RGB").save(camera, "JPEG", quality=95)
    keeper.section("照片").click()
    page.locator("input[name=picture]").set_input_files(
        {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": camera.getvalue()}
    )
    keeper.button("发送照片").click()
    expect(page.locator("#done")).to_contain_text("工会看过以后")
    with place.wiring.database.read() as connection:
        (photo,) = list_photos(connection, "more1")
    assert photo.shown_at is None
    assert (keeper.visit.foreign, keeper.visit.complaints) == ([], [])


def test_a_keeper_at_the_door_places_the_station_by_her_phone(browser: Browser, place: Place) -> None:
    here = {"longitude": 117.0915, "latitude": 36.6605}
    keeper = Keeper(browser, place, geolocation=here, permissions=["geolocation"])
    page = keeper.opens(place.new_key("more4"))
    keeper.section("位置").click()
    keeper.button("我就在门口：用手机定位").click()
    expect(page.locator("input[name=point]")).to_have_value("117.091500,36.660500")
    keeper.button("保存").locator("visible=true").click()
    expect(page.locator("#done")).to_contain_text("位置：移动了")
    keeper.visit.close()


def test_a_coarse_fix_moves_no_station_and_is_said(browser: Browser, place: Place) -> None:
    here = {"longitude": 117.0915, "latitude": 36.6605, "accuracy": 400}
    keeper = Keeper(browser, place, geolocation=here, permissions=["geolocation"])
    page = keeper.opens(place.new_key("more5"))
    keeper.section("位置").click()
    button = keeper.button("我就在门口：用手机定位")
    button.click()
    expect(page.locator(".here + *")).to_contain_text("约 400 米", timeout=LATE_MS)
    expect(page.locator("input[name=point]")).to_have_value("")
    expect(button).to_be_enabled()
    keeper.visit.close()


def test_a_browser_that_knows_no_place_says_so(browser: Browser, place: Place) -> None:
    keeper = Keeper(browser, place)
    keeper.page.add_init_script(
        "Object.defineProperty(Navigator.prototype, 'geolocation', {value: undefined})"
    )
    page = keeper.opens(place.new_key("more5"))
    keeper.section("位置").click()
    button = keeper.button("我就在门口：用手机定位")
    button.click()
    expect(page.locator(".here + *")).to_contain_text("地图")
    expect(button).to_be_enabled()
    keeper.visit.close()


def test_what_is_refused_leads_to_its_field_and_the_link_is_taken_for_no_key(
    keeper: Keeper, place: Place
) -> None:
    page = keeper.opens(place.new_key("more2"))
    keeper.section("电话").click()
    page.locator("input[name=phone]").fill("13812345678")
    keeper.button("保存").locator("visible=true").click()
    page.locator(".problems a").click()
    expect(page.locator("input[name=phone]")).to_be_focused()
    expect(page).to_have_url(f"{place.address}/keep#wrong-phone")
    expect(page.locator("h1")).to_have_text("第2驿站")

"""What the keeper's page does by itself and what it keeps: while hours are typed, without a network."""

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.yihui.http.keeper.conftest import Keeper, Place, chip
from tests.yihui.http.riding import NEAR, Visit

pytestmark = [pytest.mark.endure, pytest.mark.needs("chromium")]


def test_a_second_code_that_is_scanned_opens_the_other_station(keeper: Keeper, place: Place) -> None:
    keeper.opens(place.new_key())
    keeper.page.evaluate(f"location.hash = '{place.new_key('palace')}'")
    expect(keeper.page.locator("h1")).to_have_text("市工人文化宫")


def test_spring_festival_hours_are_read_back_while_typed_and_riders_see_them(
    keeper: Keeper, place: Place, browser: Browser
) -> None:
    page = keeper.opens(place.new_key())
    keeper.section("特殊日期").click()
    hours = page.get_by_label("这几天几点到几点")
    hours.fill("除夕到初三：看门口")
    expect(page.locator("#read-back .problem")).to_contain_text("请写成 10:00-15:00")
    hours.fill("除夕到初三：10:00–15:00")
    expect(page.locator("#read-back .understood")).to_contain_text("2027-02-08（星期一）：10:00–15:00")
    keeper.button("按这个时间").click()
    assert keeper.is_told("10:00–15:00") == 0
    rider = Visit(browser, place.address)
    rider.open(f"{NEAR}&at=2027-02-06T14:00%2B08:00")
    expect(rider.page.locator("[data-id=spring]")).to_contain_text("15:00")
    rider.close()
    keeper.button("撤销").click()
    expect(page.locator(".seen")).not_to_contain_text("2027-02-05")


def test_what_is_not_in_force_yet_is_looked_at_again_though_something_is_written(
    keeper: Keeper, place: Place
) -> None:
    page = keeper.opens(place.new_key("more7"))
    keeper.button("现在人多").click()
    keeper.is_told("人多拥挤")
    late: list[str] = []

    def as_if_it_waited(route: Route) -> None:
        answer = route.fetch()
        html = answer.text()
        if len(late) < 2:
            html = html.replace('id="done"', 'id="done" data-waits')
            html = html.replace("人多拥挤", "还没生效")
        late.append(html)
        route.fulfill(response=answer, body=html)

    page.route("**/keep?said=*", as_if_it_waited)
    page.reload()
    expect(page.locator("#done")).to_contain_text("还没生效")
    keeper.section("特殊日期").click()
    page.get_by_label("这几天几点到几点").fill("除夕：关门")
    keeper.is_told("人多拥挤")
    assert len(late) == 3
    assert page.get_by_label("这几天几点到几点").input_value() == "除夕：关门"
    keeper.button("撤销").click()
    expect(page.locator("#done")).not_to_contain_text("人多拥挤")


def test_what_was_understood_of_a_line_goes_with_the_line(keeper: Keeper, place: Place) -> None:
    page = keeper.opens(place.new_key("more7"))
    page.clock.install()
    page.reload()
    asked: list[Route] = []
    page.route("**/keep/hours?*", lambda route: asked.append(route))
    keeper.section("特殊日期").click()
    hours = page.get_by_label("这几天几点到几点")
    with page.expect_request("**/keep/hours?*"):
        hours.fill("除夕：关门")
        page.clock.run_for(500)  # longer than the page waits for more letters
    hours.fill("")
    page.clock.run_for(500)
    for route in asked:
        with page.expect_response("**/keep/hours?*"):
            route.continue_()
    expect(page.locator("#read-back")).to_be_empty()


def test_what_is_wrong_comes_back_in_its_open_form_with_what_was_written(
    keeper: Keeper, place: Place
) -> None:
    page = keeper.opens(place.new_key())
    keeper.section("特殊日期").click()
    page.get_by_label("这几天几点到几点").fill("看门口通知")
    chip(page, "国庆").click()
    keeper.button("按这个时间").click()
    expect(page.locator(".problems")).to_contain_text("看门口通知")
    expect(page.locator(".problems")).to_be_focused()
    expect(page.get_by_label("这几天几点到几点")).to_have_value("看门口通知")
    assert page.locator("[name=days][value=national]").is_checked()


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


def test_what_the_site_can_not_take_now_stays_in_its_form(keeper: Keeper, place: Place) -> None:
    page = keeper.opens(place.new_key("always"))
    page.route("**/keep/say", lambda route: route.fulfill(status=503, json={"title": "away"}))
    keeper.section("今天关门").click()
    chip(page, "停电").click()
    keeper.button("今天关门").click()
    expect(page.locator("details [role=alert]")).to_contain_text("网站暂时收不了。内容还在")
    assert page.locator("[name=reason][value=停电]").is_checked()


def test_where_no_news_can_be_had_the_page_asks_every_quarter_of_a_minute(
    keeper: Keeper, place: Place
) -> None:
    keeper.page.route("**/stations/news", lambda route: route.fulfill(status=503, body=""))
    keeper.page.clock.install()
    page = keeper.opens(place.new_key("more6"))
    number = place.report(station="more6", observation="locked")
    page.clock.fast_forward(16_000)
    expect(page.locator(f"[data-number='{number}']")).to_be_attached()


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

"""What the keeper's page does by itself and what it keeps: while hours are typed, without a network."""

import pytest
from playwright.sync_api import expect

from tests.yihui.http.keeper.conftest import Keeper, Place, chip

pytestmark = [pytest.mark.endure, pytest.mark.needs("chromium")]


def test_a_second_code_that_is_scanned_opens_the_other_station(keeper: Keeper, place: Place) -> None:
    keeper.opens(place.new_key())
    keeper.page.evaluate(f"location.hash = '{place.new_key('palace')}'")
    expect(keeper.page.locator("h1")).to_have_text("市工人文化宫")


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

"""Reports in two taps, without a network, with a pin; and how they reach other phones."""

import re

import pytest
from playwright.sync_api import Locator, Route, expect

from tests.yihui.http.riding import (
    ALL,
    HERE,
    Visits,
    card_of,
    reports_of,
    say,
)

pytestmark = [pytest.mark.endure, pytest.mark.needs("chromium")]

NUMBER = re.compile(r"[a-z2-7]{4}(-[a-z2-7]{4}){3}")


def number_in(card: Locator) -> str:
    number = card.locator(".said .number")
    number.wait_for()
    return number.inner_text()


def test_a_report_whose_answer_was_lost_is_sent_again_and_is_still_one(visits: Visits, address: str) -> None:
    visit = visits()
    page = visit.open(ALL)
    numbers: list[str] = []

    def lose(route: Route) -> None:
        """The site takes it, and the phone never hears of it."""
        numbers.append(route.fetch().json()["number"])
        route.abort("connectionreset")

    page.route("**/api/v1/stations/*/reports", lose, times=1)
    card = card_of(page, "more1")
    say(card, "很好")
    expect(card.locator(".said")).to_contain_text("网站现在没有回应。已存在这部手机里")
    (line,) = reports_of(page)
    assert numbers[0] in line
    assert len(NUMBER.findall(line)) == 1


def test_the_own_list_is_kept_on_the_phone_alone(visits: Visits) -> None:
    one, two = visits(), visits()
    page = one.open(ALL)
    say(card_of(page, "more2"), "太挤")
    number = number_in(card_of(page, "more2"))
    assert number in reports_of(page)[0]
    other = two.open("/reports")
    expect(other.locator("#told")).to_have_text("这部手机还没有提交过反馈。")
    other.get_by_label("反馈编号").fill(number)
    other.get_by_role("button", name="处理结果").click()
    expect(other.locator("h1")).to_contain_text(number)


@pytest.mark.parametrize("status", [429, 503])
def test_what_the_site_can_not_take_now_is_kept_and_sent_later(visits: Visits, status: int) -> None:
    page = visits().open(ALL)
    told = {"title": "", "errors": [{"message": "太多了", "remedy": "等一等"}]}
    page.route("**/reports", lambda route: route.fulfill(status=status, json=told), times=1)
    card = card_of(page, "more6")
    say(card, "很好")
    expect(card.locator(".said")).to_contain_text("网站现在没有回应。已存在这部手机里")
    assert ("太多了" in card.locator(".said").inner_text()) == (status == 429)
    (line,) = reports_of(page)
    assert NUMBER.search(line)


REFUSED = "IDBFactory.prototype.open = () => { throw new DOMException('private', 'SecurityError') }"
NO_ROOM = "IDBObjectStore.prototype.put = () => { throw new DOMException('full', 'QuotaExceededError') }"


@pytest.mark.parametrize("lack", [REFUSED, NO_ROOM], ids=["no database", "no room"])
def test_where_the_phone_keeps_nothing_it_says_that_the_page_must_stay_open(
    visits: Visits, lack: str
) -> None:
    visit = visits()
    visit.context.add_init_script(lack)
    page = visit.open("/?station=more7")
    card = card_of(page, "more7")
    visit.context.set_offline(True)
    card.get_by_role("button", name="我在这里休息").click()
    expect(card.locator(".said")).to_have_text(
        "现在没有网络。这部手机存不住，请别关这个页面：有网络时自动发出。"
    )
    say(card, "很好")
    expect(card.locator(".said")).to_have_text(
        "现在没有网络。这部手机存不住，请别关这个页面：有网络时自动发出。"
    )
    with page.expect_response("**/reports") as sent:
        visit.context.set_offline(False)
    assert sent.value.status == 202


def test_a_phone_that_hardly_knows_its_place_points_on_the_map(visits: Visits) -> None:
    visit = visits(permissions=["geolocation"], geolocation={**HERE, "accuracy": 900})
    page = visit.open(ALL)
    card = card_of(page, "more3")
    say(card, "位置不对")
    first = number_in(card)
    card.get_by_role("button", name="就在我站的地方").click()
    expect(page.locator("#told")).to_contain_text("手机定位只准到 900 米")
    card.get_by_role("button", name="在地图上指出来").click()
    with page.expect_request(re.compile("/reports$")) as sent:
        card.get_by_role("button", name="就在这里").click()
    body = sent.value.post_data_json
    assert body is not None
    pin = body["pin"]
    assert (pin["datum"], round(pin["lon"], 3), round(pin["lat"], 3)) == ("wgs84", 117.08, 36.66)
    expect(card.locator(".said .number")).not_to_have_text(first)

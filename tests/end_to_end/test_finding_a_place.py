"""A rider at night, a mother, a rider in a tunnel: each as the page is met in life."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Browser

from tests.end_to_end.rider import (
    AT_A_DESK,
    DENIED,
    IN_WECHAT,
    PLAIN,
    SCRIPTLESS,
    SLOW,
    Circumstances,
    rider,
)
from tests.end_to_end.town import STATIONS
from tests.yihui.http.riding import served
from tests.yihui.offline.conftest import controlled, saved

pytestmark = pytest.mark.needs("chromium")

NIGHT = datetime.fromisoformat("2026-11-20T23:10+08:00")
OTHERWISE = [
    pytest.param(how, marks=pytest.mark.endure) for how in (AT_A_DESK, DENIED, SLOW, SCRIPTLESS, IN_WECHAT)
]
IN_A_TUNNEL = [pytest.param(how, marks=pytest.mark.endure) for how in (AT_A_DESK, DENIED, SLOW)]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("night"), STATIONS, NIGHT) as started:
        yield started


def _named(how: Circumstances) -> str:
    return how.name.replace(" ", "_")


@pytest.mark.always
@pytest.mark.parametrize("how", [PLAIN, *OTHERWISE], ids=_named)
def test_at_23_10_a_rider_finds_the_open_station_and_why_the_nearer_was_skipped(
    browser: Browser, address: str, how: Circumstances
) -> None:
    with rider(browser, address, how, NIGHT) as night_rider:
        night_rider.asks_where_to_rest()
        first = night_rider.card("大明湖 24 小时驿站")
        assert first.locator("[data-of=metres]").inner_text() == "900 米"
        assert first.get_attribute("data-state") == "open"
        assert first.locator("[data-of=entry]").inner_text() == "直接进"
        told = night_rider.passed_over()
        assert "泉城路劳动者驿站" in told
        assert "200 米" in told
        assert "08:00" in told
        assert "泉城路劳动者驿站" not in night_rider.names()
        assert (night_rider.foreign, night_rider.complaints) == ([], [])


@pytest.mark.parametrize("how", [PLAIN, *IN_A_TUNNEL], ids=_named)
def test_a_rider_in_a_tunnel_gets_the_saved_list_with_its_age(
    browser: Browser, address: str, how: Circumstances
) -> None:
    with rider(browser, address, how, NIGHT) as in_tunnel:
        in_tunnel.asks_where_to_rest()
        online = in_tunnel.names()
        saved(in_tunnel.page)
        controlled(in_tunnel.page)
        in_tunnel.enters_a_tunnel()
        in_tunnel.context.clock.set_fixed_time(NIGHT + timedelta(minutes=12))
        in_tunnel.page.reload()
        age = in_tunnel.page.locator("#answer .saved")
        assert "12 分钟前" in age.inner_text()
        assert in_tunnel.names() == online
        assert "泉城路劳动者驿站" in in_tunnel.passed_over()
        assert (in_tunnel.foreign, in_tunnel.complaints) == ([], [])

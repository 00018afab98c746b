"""A rider at night, a mother, a rider in a tunnel: each as the page is met in life."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from playwright.sync_api import Browser

from tests.end_to_end.rider import ALL, AT_A_DESK, DENIED, IN_WECHAT, PLAIN, SCRIPTLESS, Circumstances, rider
from tests.end_to_end.town import STATIONS
from tests.yihui.http.riding import served

pytestmark = pytest.mark.needs("chromium")

NIGHT = datetime.fromisoformat("2026-11-20T23:10+08:00")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("night"), STATIONS, NIGHT) as started:
        yield started


def _named(how: Circumstances) -> str:
    return how.name.replace(" ", "_")


@pytest.mark.parametrize("how", ALL, ids=_named)
def test_a_rider_at_23_10_finds_the_24_hour_station_900_m_away_and_is_told_why_the_one_at_200_m_was_skipped(
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

"""Fewer places are found than were asked for: what the phone says of what it has not saved."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from geo.station import Entry, Kind, Station
from tests.geo.nearest.brute_force import NOW
from tests.yihui.http.serving import serving
from tests.yihui.offline.conftest import Served, controlled, phone, saved
from tests.yihui.offline.test_offline_in_chromium import BY_PHONE

pytestmark = [pytest.mark.endure, pytest.mark.needs("chromium")]

HERE = "lon=117.02&lat=36.66&usable=false"  # whatever is nearer than 46 km is saved
MORE = "再远处、手机存下的范围以外，可能还有。"
NEARER = "手机存下的范围以外，可能有更近的。"
NOTHING = "手机存下的范围里没有找到能用的；范围以外可能有。"


def _station(id: str, lon: float, *facilities: str) -> Station:
    return Station(
        id=id, name=id, kind=Kind.OUTDOOR_STATION, lon=lon, lat=36.66, entry=Entry.WALK_IN, hours_text="24小时",
        facilities=frozenset(facilities),
    )  # fmt: skip


STATIONS = [
    _station("near", 117.03, "water"),
    _station("also near", 117.04, "water"),
    _station("at the edge", 117.95, "toilet"),  # saved, and 83 km off
]


@pytest.fixture(scope="module")
def offline(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    folder = tmp_path_factory.mktemp("site")
    Served("", folder).bring_in(STATIONS)
    with serving(folder, YIHUI_NOW=NOW.isoformat()) as address, phone(browser) as context:
        page = context.new_page()
        page.goto(f"{address}/?{HERE}")
        saved(page)
        controlled(page)
        context.set_offline(True)
        yield page


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("within_m=20000&k=4", None),
        ("within_m=100000&facility=water", MORE),
        ("within_m=100000", NEARER),
        ("within_m=100000&facility=toilet", NEARER),
        ("within_m=100000&facility=water&k=2", None),
        ("within_m=100000&facility=books", NOTHING),
    ],
)
def test_what_may_lie_beyond_is_said_to_be_nearer_only_where_it_can_be(
    offline: Page, asked: str, told: str | None
) -> None:
    assert offline.evaluate(BY_PHONE, f"{HERE}&{asked}")["edge"] == told

"""The pages of inspections in a browser: readable by everybody, small, and recorded on a phone."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from core.civil_time import civil_date
from geo.registry import Register, import_stations
from geo.registry.inspections import ItemAnswer
from geo.station import Kind, Station
from tests.yihui.http.desk.readers import FOR_EACH_READER, Reader, planted_site, require_readable_pages
from tests.yihui.http.riding import NOW, PHONE, Visit
from yihui.bootstrap import Settings, build_wiring
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.stations.inspections import (
    InspectionRecord,
    PlannedPeriod,
    plan_inspection,
    record_inspection,
)

pytestmark = pytest.mark.needs("chromium")

LIST = "/desk/stations/inspections"
PATHS = (
    LIST,
    f"{LIST}?show=late_tasks",
    f"{LIST}?show=done",
    f"{LIST}/new",
    f"{LIST}/1",
    f"{LIST}/2",
    "/desk/stations/a",
)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("site")
    with planted_site(folder, plant) as running:
        yield running


def plant(folder: Path) -> None:
    """Record an inspection a month and a half ago, and plan others: of a mother room, and one that is overdue."""
    clock = [NOW - timedelta(days=45)]
    wiring = build_wiring(Settings(str(folder / "yihui.db"), folder), now=lambda: clock[0])
    places = {"a": Kind.OUTDOOR_STATION, "b": Kind.MOTHER_ROOM, "c": Kind.OUTDOOR_STATION}
    stations = [
        Station(id=id_, name=f"泉边驿站{id_}", kind=kind, district="370102", district_name="历下区",
                address="泉城路1号", hours_text="08:00-18:00")
        for id_, kind in places.items()
    ]  # fmt: skip
    with wiring.database.write() as connection:
        import_stations(connection, Register(name="r", source="r", file="r", digest="1"), stations, NOW)
    begun = civil_date(clock[0])
    everywhere = OfficerScope(None, begun)
    for id_ in places:
        plan_inspection(wiring, everywhere, id_, PlannedPeriod(begun, "看看门口的牌子", "li.min"))
    answers = {"open": ItemAnswer(True), "sign": ItemAnswer(False, "牌子掉了"), "water": ItemAnswer(None)}
    record = InspectionRecord(begun, answers, begun + timedelta(days=30), "下次带工具", "li.min")
    record_inspection(wiring, everywhere, 1, record)
    wiring.close()


@FOR_EACH_READER
def test_everybody_can_read_each_page_with_all_forms_open_and_it_is_small(
    browser: Browser, address: str, reader: Reader
) -> None:
    require_readable_pages(browser, address, reader, PATHS)


def test_an_inspector_records_on_a_phone_by_touch(browser: Browser, address: str) -> None:
    visit = Visit(browser, address, PHONE)
    page = visit.open(f"{LIST}/2?lang=zh")
    for line in page.locator("fieldset.answers").all():
        line.get_by_label("是", exact=True).check()
    page.locator("#note-sign").fill("褪色")
    page.locator("fieldset", has_text="门口标识").get_by_label("否", exact=True).check()
    page.get_by_role("button", name="登记巡检").click()
    expect(page.locator(".done")).to_contain_text("巡检已登记")
    expect(page.locator("main")).to_contain_text("褪色")
    visit.close()

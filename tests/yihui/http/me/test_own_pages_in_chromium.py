"""Messages and My data on a phone, without script: readable at 320 px, large, in both languages, clean for axe."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from members import PersonalData
from tests.yihui.http.me.members import log_in_browser
from tests.yihui.http.me.test_data import read_by
from tests.yihui.http.me.test_messages import decide
from tests.yihui.http.riding import Visit
from tests.yihui.http.serving import serving
from tests.yihui.http.test_rider_access_in_chromium import found_by_axe
from tests.yihui.services.joining_people import HERE, Clock, found_tree, joining_wiring, member_event
from yihui.access.roles import Role
from yihui.bootstrap import Wiring
from yihui.http.me.visit import LARGE_COOKIE

pytestmark = pytest.mark.needs("chromium")
NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
PAGES = ("messages", "data", "data/deletion")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Wiring]]:
    folder: Path = tmp_path_factory.mktemp("own")
    wiring = joining_wiring(str(folder / "yihui.db"), folder, Clock(NOW))
    found_tree(wiring)
    member_event(
        wiring, "member.joined", "m-one", "2026-01-02",
        organisation=HERE, joined_on="2026-01-02", birthday="1990-03-07", trade="快递员",
    )  # fmt: skip
    assert wiring.vault is not None
    with wiring.vault_database.write() as connection:
        wiring.vault.store_persons(connection, {"m-one": PersonalData("张三丰", "13800138000")}, NOW)
    read_by(wiring, "m-one", Role.CASE_WORKER, "核对生日")
    for kind, more in (("submitted", {}), ("reviewed", {"stage": "初审", "accepted": False})):
        member_event(
            wiring, f"application.{kind}", "m-one", "2026-03-02", programme="金秋助学", year=2026, **more
        )
    decide(wiring, "m-one", "生日蛋糕券")
    decide(wiring, "m-one", "职工医疗互助活动二次报销及大病慰问补助", due=False)
    with serving(folder, YIHUI_NOW=NOW.isoformat()) as address:
        yield address, wiring
    wiring.close()


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(
    ("width", "height", "language", "is_large"),
    [(360, 740, "zh", False), (320, 640, "en", False), (320, 640, "zh", True), (1440, 900, "zh", False)],
)
def test_a_page_is_read_without_script_at_every_size(
    browser: Browser,
    site: tuple[str, Wiring],
    tmp_path: Path,
    name: str,
    width: int,
    height: int,
    language: str,
    is_large: bool,
) -> None:
    address, wiring = site
    visit = Visit(browser, address, {"width": width, "height": height})
    log_in_browser(visit.context, address, wiring, "m-one")
    if is_large:
        visit.context.add_cookies([{"name": LARGE_COOKIE, "value": "yes", "url": address}])
    answer = visit.page.goto(f"{address}/me/{name}?lang={language}")
    assert answer is not None
    assert answer.status == 200
    assert len(answer.body()) < 100_000
    visit.page.screenshot(path=tmp_path / "page.png", full_page=True)
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
    assert visit.page.locator("script:not([src*='/me-'])").count() == 0  # that one stores what was seen
    assert found_by_axe(visit) == []
    assert visit.foreign == []
    visit.context.close()

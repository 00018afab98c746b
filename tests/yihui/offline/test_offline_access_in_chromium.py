"""Everybody can use what the phone answers by itself: axe-core finds nothing in it."""

import pytest
from playwright.sync_api import Browser, expect

from tests.yihui.http.test_rider_access_in_chromium import breaches
from tests.yihui.offline.conftest import Served, controlled, phone, saved
from tests.yihui.offline.test_rider_without_a_network import HERE

pytestmark = pytest.mark.needs("chromium")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_what_the_phone_answers(browser: Browser, served: Served, theme: str) -> None:
    with phone(browser, color_scheme=theme) as context:
        page = context.new_page()
        page.goto(f"{served.address}/{HERE}")
        saved(page)
        controlled(page)
        context.set_offline(True)
        page.goto(f"{served.address}/{HERE}&k=3")
        expect(page.locator("#answer .card")).to_have_count(3)
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        assert breaches(page) == []

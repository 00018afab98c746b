"""The pages of an officer who really logged in: who she is, and out again by the page's own form."""

from collections.abc import Iterator
from pathlib import Path
from shutil import copy

import pytest

from tests.yihui.http.login.officers_browser import Browser
from tests.yihui.services.logging_in import Installation
from yihui.runtime.demo_marker import DEMO_MARKER_FILE


@pytest.fixture
def browser(migrated_file: Path, tmp_path: Path) -> Iterator[Browser]:
    installation = Installation.open(str(copy(migrated_file, tmp_path / "yihui.db")), tmp_path)
    installation.enrol()
    (tmp_path / DEMO_MARKER_FILE).unlink(missing_ok=True)  # else whoever isn't logged in is the demo's user
    yield Browser(installation)
    installation.wiring.database.close()


def test_a_log_in_leads_to_the_page_asked_for_and_the_pages_form_ends_it(browser: Browser) -> None:
    asked = browser.get("/desk/search?q=m-1")
    assert asked.headers["location"] == "/desk/login?next=%2Fdesk%2Fsearch%3Fq%3Dm-1"
    browser.log_in()
    home = browser.get("/desk")
    assert home.status_code == 200 and "<summary>wang</summary>" in home.text
    assert browser.send("/desk/logout", "/desk").headers["location"] == "/desk/login"
    assert browser.get("/desk").headers["location"] == "/desk/login?next=%2Fdesk"


def test_a_form_of_an_ended_session_leads_to_the_log_in(browser: Browser) -> None:
    browser.log_in()
    headers = {"origin": browser.site, "accept": "text/html"}
    browser.send("/desk/logout", "/desk")
    answer = browser.client.post("/desk/members/m-1/acts", data={"kind": "leave"}, headers=headers)
    assert answer.status_code == 303 and answer.headers["location"] == "/desk/login?next=%2Fdesk"

"""/desk/device: the officer allows a console, whose command waits meanwhile."""

import re
from collections.abc import Iterator
from pathlib import Path
from shutil import copy
from typing import Any

import httpx
import pytest

from core.faults import FaultError
from tests.yihui.http.login.officers_browser import Browser
from tests.yihui.services.logging_in import Installation
from yihui.services.access.console_login import ConsoleLogin, log_in_by_browser
from yihui.services.access.console_session import load_console_session


@pytest.fixture
def desk(migrated_file: Path, tmp_path: Path) -> Iterator[Installation]:
    installation = Installation.open(str(copy(migrated_file, tmp_path / "yihui.db")), tmp_path)
    yield installation
    installation.wiring.database.close()


@pytest.fixture
def browser(desk: Installation, monkeypatch: pytest.MonkeyPatch) -> Browser:
    """A browser, and a network on which the site answers to every address."""
    desk.enrol()
    opened = Browser(desk)

    def post(url: str, *, data: dict[str, str], **_: Any) -> Any:
        if "silent" in url:
            raise httpx.ConnectError("no")
        return opened.client.post(httpx.URL(url).path, data=data)

    monkeypatch.setattr(httpx, "post", post)
    return opened


def console(browser: Browser, decision: str, site: str = "https://127.0.0.1/") -> ConsoleLogin:
    shown: list[str] = []

    def wait(seconds: float) -> None:
        """The officer decides while the console waits."""
        browser.desk.clock.pass_time(seconds=seconds)
        if decision and shown:
            code = shown.pop()
            page = browser.send("/desk/device", code=code.lower())
            assert "desk-7" in page.text and code in page.text
            found = re.search(r'name="form_token" value="(\w+)"', page.text)
            assert found is not None
            answer = browser.send("/desk/device", form_token=found[1], code=code, decision=decision)
            assert answer.status_code == 200 and 'role="status"' in answer.text

    return ConsoleLogin(site, "desk-7", lambda code, address: shown.append(code), wait)


def test_the_console_acts_as_the_officer_who_allowed_it(browser: Browser) -> None:
    browser.log_in()
    session = log_in_by_browser(browser.desk.wiring, console(browser, "allow"))
    assert session.officer_id == "wang"
    actor = load_console_session(browser.desk.wiring)
    assert actor is not None and actor.session == session.id
    assert "desk-7" in browser.get("/desk/account").text


@pytest.mark.parametrize(
    ("decision", "site", "code"),
    [
        ("deny", "https://127.0.0.1", "refused"),
        pytest.param("", "https://127.0.0.1", "expired", marks=pytest.mark.endure),
        ("", "https://silent", "site"),
    ],
)
def test_a_console_that_is_not_allowed_is_told_so(
    browser: Browser, decision: str, site: str, code: str
) -> None:
    browser.log_in()
    with pytest.raises(FaultError) as refused:
        log_in_by_browser(browser.desk.wiring, console(browser, decision, site))
    assert refused.value.faults[0].code == f"login.console_{code}"
    assert load_console_session(browser.desk.wiring) is None


def test_the_page_needs_a_fresh_log_in_and_a_form_of_its_own(browser: Browser, desk: Installation) -> None:
    assert browser.get("/desk/device").headers["location"] == "/desk/login?next=%2Fdesk%2Fdevice"
    browser.log_in()
    begun = browser.client.post("/desk/device/code", data={"device": "desk-7"}).json()
    code = begun["user_code"]
    assert begun["verification_uri"] == "https://127.0.0.1/desk/device"
    assert (
        browser.send("/desk/device", origin="https://evil.example", code=code, decision="allow").status_code
        == 403
    )
    assert browser.send("/desk/device", form_token="0", code=code, decision="allow").status_code == 403
    wrong = browser.send("/desk/device", code="<b>", decision="allow")
    assert wrong.status_code == 422 and "<b>" not in wrong.text
    token = browser.token("/desk/device")
    desk.clock.pass_time(minutes=6)
    late = browser.send("/desk/device", form_token=token, code=code, decision="allow")
    assert late.headers["location"] == "/desk/login?next=%2Fdesk%2Fdevice"
    answer = browser.client.post("/desk/device/token", data={"device_code": begun["device_code"]})
    assert (answer.status_code, answer.json()) == (400, {"error": "authorization_pending"})

"""Two tabs that act at once on a site with real sessions."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from shutil import copy
from typing import Any

import pytest
from sqlalchemy import select

from benefits.tables.rulebook import rule_acts
from tests.yihui.access.officers import NOW, appoint
from tests.yihui.http.desk.test_rule_form import NOTICE
from tests.yihui.http.login.officers_browser import Browser
from tests.yihui.services.logging_in import Clock, Installation
from yihui.access.roles import Role
from yihui.bootstrap import Settings, build_wiring
from yihui.runtime.demo_marker import DEMO_MARKER_FILE

OFFICERS = {
    "wang": Role.RULE_AUTHOR,
    "zhao": Role.RULE_APPROVER,
}


@pytest.fixture(scope="module")
def desk(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder: Path = tmp_path_factory.mktemp("desk")
    (folder / DEMO_MARKER_FILE).unlink(missing_ok=True)
    clock = Clock(NOW + timedelta(days=1))  # a new log-in counts as a second person after one day
    settings = Settings(str(copy(migrated_file, folder / "yihui.db")), folder)
    made = Installation(build_wiring(settings, clock), clock)
    for officer, role in OFFICERS.items():
        made.enrol(officer)
        with made.wiring.database.write() as connection:
            appoint(connection, officer, role, "370000")
    clock.pass_time(days=2)
    yield made
    made.wiring.close()


def log_in(desk: Installation, officer: str) -> Browser:
    browser = Browser(desk)
    assert browser.log_in(officer).status_code == 303
    return browser


def form_key(browser: Browser, page: str) -> str:
    found = re.search(r'name="form_key" value="([^"]+)"', browser.get(page).text)
    assert found is not None, page
    return found[1]


def post(browser: Browser, path: str, key: str, files: Any = None, **fields: str) -> Any:
    """Send a form with its key, ticked as checked."""
    sent = {"checked": "yes", "form_key": key, **fields}
    headers = {"origin": browser.site, "accept": "text/html"}
    return browser.client.post(path, data=sent, files=files, headers=headers)


def both_at_once(send: Callable[[int], Any]) -> list[Any]:
    with ThreadPoolExecutor(2) as pool:
        return sorted(pool.map(send, range(2)), key=lambda answer: int(answer.status_code))


def test_a_version_that_two_tabs_approve_at_once_is_approved_once(desk: Installation) -> None:
    author, page = log_in(desk, "wang"), "/desk/rules/form"
    sent = post(author, page, form_key(author, page), **NOTICE)
    version = sent.headers["location"].partition("?")[0]
    approver = log_in(desk, "zhao")
    keys = [form_key(approver, version) for _ in range(2)]
    first, second = both_at_once(lambda tab: post(approver, f"{version}/approve", keys[tab]))
    assert (first.status_code, second.status_code) == (303, 422), (first.text, second.text)
    with desk.wiring.database.read() as connection:
        acts = connection.execute(select(rule_acts.c.act)).scalars().all()
    assert sorted(acts) == ["approved", "submitted"]

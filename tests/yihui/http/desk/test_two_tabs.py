"""Two tabs that act at once, and a role that ends while its page is open: on a site with real sessions."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta
from pathlib import Path
from shutil import copy
from typing import Any

import pytest
from sqlalchemy import select

from benefits.tables.rulebook import rule_acts
from core.civil_time import CIVIL_TIME, civil_date
from tests.benefits.deciding import Wish, give
from tests.yihui.access.officers import NOW, appoint
from tests.yihui.files.bank.paying import PAYEES, TERMS
from tests.yihui.http.desk.test_rule_form import NOTICE
from tests.yihui.http.login.officers_browser import Browser
from tests.yihui.services.logging_in import Clock, Installation
from yihui.access.roles import Role
from yihui.bootstrap import Settings, build_wiring
from yihui.runtime.demo_marker import DEMO_MARKER_FILE

OFFICERS = {
    "wang": Role.RULE_AUTHOR,
    "zhao": Role.RULE_APPROVER,
    "qian": Role.FINANCE_PREPARER,
    "sun": Role.FINANCE_RELEASER,
    "old": Role.CASE_WORKER,  # until tomorrow
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
            until = civil_date(clock.now + timedelta(days=2)) if officer == "old" else None
            appoint(connection, officer, role, "370000", until=until)
    clock.pass_time(days=2)
    give(made.wiring.database, Wish("m-1", amount_fen=20_000), Wish("m-2", amount_fen=7))
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


@pytest.mark.endure
def test_a_double_click_on_release_releases_once(desk: Installation) -> None:
    page = "/desk/money/payouts"
    files = {"bank": ("bank.yaml", TERMS.encode()), "payees": ("payees.csv", PAYEES.encode())}
    preparer, releaser = log_in(desk, "qian"), log_in(desk, "sun")
    sent = post(preparer, page, form_key(preparer, page), files)
    batch = sent.headers["location"].partition("?")[0]
    key = form_key(releaser, batch)
    first, second = both_at_once(lambda _: post(releaser, f"{batch}/release", key, files))
    assert first.status_code == 303 and second.status_code in (303, 409)
    assert post(releaser, f"{batch}/release", form_key(releaser, batch), files).status_code == 422


def test_a_role_that_ended_at_midnight_is_refused_in_the_session_of_that_day(desk: Installation) -> None:
    desk.clock.now = datetime.combine(civil_date(desk.clock.now), time(23, 50), CIVIL_TIME)
    browser = log_in(desk, "old")
    assert browser.get("/desk/members").status_code == 200
    desk.clock.pass_time(minutes=15)
    refused = browser.get("/desk/members")
    assert refused.status_code == 403 and "角色已到期" in refused.text

"""Log-in on the console, on both databases: by the browser, and the file of its token."""

import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from core.faults import FaultError
from tests.yihui.access.officers import appoint
from tests.yihui.services.logging_in import VISIT, Installation
from yihui.access.actor import Actor, ActorKind
from yihui.access.sessions import OpenedSession, SessionKind, find_session, load_actor
from yihui.bootstrap import Wiring
from yihui.services.access.accounts import end_other_sessions
from yihui.services.access.console_login import (
    PollError,
    begin_console_login,
    clean_device,
    decide_console_login,
    find_console_device,
    poll_console_login,
)
from yihui.services.access.console_session import (
    CONSOLE_SESSION_FILE,
    end_console_session,
    load_console_session,
    store_console_session,
)
from yihui.services.access.login import check_login, finish_login


@pytest.fixture
def desk(target: str, tmp_path: Path) -> Iterator[Installation]:
    installation = Installation.open(target, tmp_path)
    yield installation
    installation.wiring.database.close()


def officer(desk: Installation, opened: OpenedSession) -> Actor:
    with desk.wiring.database.read() as connection:
        return load_actor(connection, opened.session)


def test_a_console_gets_one_session_after_the_officer_allowed_it(desk: Installation) -> None:
    browser = desk.enrol().opened
    codes = begin_console_login(desk.wiring, "desk-7", "192.0.2.1")
    assert poll_console_login(desk.wiring, codes.device_code) is PollError.PENDING
    assert poll_console_login(desk.wiring, codes.device_code) is PollError.SLOW_DOWN
    typed = codes.user_code.lower().replace("-", "－")  # a full-width dash
    assert find_console_device(desk.wiring, browser.session, typed) == "desk-7"
    decide_console_login(desk.wiring, browser.session, officer(desk, browser), typed, is_allowed=True)
    opened = poll_console_login(desk.wiring, codes.device_code)
    assert isinstance(opened, OpenedSession)
    assert (opened.session.kind, opened.session.device) == (SessionKind.CONSOLE, "desk-7")
    assert poll_console_login(desk.wiring, codes.device_code) is PollError.EXPIRED
    with pytest.raises(FaultError):
        decide_console_login(desk.wiring, browser.session, officer(desk, browser), typed, is_allowed=True)
    assert codes.device_code not in repr(codes)


def test_a_refused_or_late_console_gets_no_session(desk: Installation) -> None:
    browser = desk.enrol().opened
    refused = begin_console_login(desk.wiring, "a", "192.0.2.1")
    late = begin_console_login(desk.wiring, "b", "192.0.2.1")
    actor = officer(desk, browser)
    decide_console_login(desk.wiring, browser.session, actor, refused.user_code, is_allowed=False)
    assert poll_console_login(desk.wiring, refused.device_code) is PollError.DENIED
    desk.clock.pass_time(minutes=10)
    for code in (late.user_code, "BCDF-GHJK", "", "x" * 10_000, "\x00"):
        with pytest.raises(FaultError) as unknown:
            find_console_device(desk.wiring, browser.session, code)
        assert unknown.value.faults[0].code == "login.console_code"
    for device_code in (late.device_code, "nothing", ""):
        assert poll_console_login(desk.wiring, device_code) is PollError.EXPIRED


def test_a_console_that_was_allowed_gets_no_session_after_all_of_the_officers_ended(
    desk: Installation,
) -> None:
    browser = desk.enrol().opened
    codes = begin_console_login(desk.wiring, "desk-7", "192.0.2.1")
    decide_console_login(
        desk.wiring, browser.session, officer(desk, browser), codes.user_code, is_allowed=True
    )
    end_other_sessions(desk.wiring, browser.session)  # an officer who was talked into it sees the error
    assert poll_console_login(desk.wiring, codes.device_code) is PollError.EXPIRED


@pytest.mark.both_databases
def test_several_polls_at_once_open_one_session(desk: Installation) -> None:
    browser = desk.enrol().opened
    codes = begin_console_login(desk.wiring, "a", "192.0.2.1")
    actor = officer(desk, browser)
    decide_console_login(desk.wiring, browser.session, actor, codes.user_code, is_allowed=True)
    with ThreadPoolExecutor(4) as pool:
        polls = list(pool.map(lambda _: poll_console_login(desk.wiring, codes.device_code), range(4)))
    assert [type(one) for one in polls].count(OpenedSession) == 1


def test_an_officer_tries_few_codes_of_consoles(desk: Installation) -> None:
    browser = desk.enrol().opened
    codes = begin_console_login(desk.wiring, "a", "192.0.2.1")
    for _ in range(30):
        with pytest.raises(FaultError):
            find_console_device(desk.wiring, browser.session, "BCDF-GHJK")
    with pytest.raises(FaultError) as over:
        find_console_device(desk.wiring, browser.session, codes.user_code)
    assert over.value.faults[0].code == "login.too_many"


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("王的电脑", "王的电脑"),
        ("a\u202eb\x1b[2Jc<b>", "ab2Jcb"),
        ("", "?"),
        ("x" * 10_000, "x" * 100),
        ("\n", "?"),
    ],
)
def test_a_consoles_name_holds_nothing_that_misleads(name: str, cleaned: str) -> None:
    assert clean_device(name) == cleaned


def test_the_consoles_token_lies_in_a_file_of_its_owner_alone(desk: Installation, tmp_path: Path) -> None:
    assert load_console_session(desk.wiring) is None
    assert not end_console_session(desk.wiring)
    desk.enrol()
    console = replace(VISIT, kind=SessionKind.CONSOLE)
    with desk.wiring.database.write() as connection:
        appoint(connection, "wang", "auditor", "3701")
    opened = [_open(desk, console) for _ in range(2)]
    for one in opened:
        store_console_session(desk.wiring, one)
    path = tmp_path / CONSOLE_SESSION_FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    actor = load_console_session(desk.wiring)
    assert actor is not None and actor.session == opened[1].session.id
    assert (actor.id, actor.kind) == ("wang", ActorKind.OFFICER)
    assert [one.organisation for one in actor.assignments] == ["3701"]
    with desk.wiring.database.read() as connection:  # the earlier one ended
        assert find_session(connection, opened[0].token, desk.clock.now) is None
    desk.clock.pass_time(minutes=20)
    assert load_console_session(desk.wiring) is not None
    desk.clock.pass_time(minutes=20)
    assert load_console_session(desk.wiring) is not None  # it was used meanwhile
    assert end_console_session(desk.wiring)
    assert not path.exists() and load_console_session(desk.wiring) is None


def test_a_damaged_file_of_the_console_is_nobody(desk: Installation, tmp_path: Path) -> None:
    for content in (b"", b"\xff\xfe\x00", b"x" * 10_000, "口令".encode()):
        (tmp_path / CONSOLE_SESSION_FILE).write_bytes(content)
        assert load_console_session(desk.wiring) is None


def test_a_browsers_token_is_none_of_a_console(desk: Installation, tmp_path: Path) -> None:
    token = desk.enrol().opened.token
    (tmp_path / CONSOLE_SESSION_FILE).write_text(token, encoding="ascii")
    assert load_console_session(desk.wiring) is None


def _open(desk: Installation, visit: object) -> OpenedSession:
    desk.clock.pass_time(seconds=30)
    from tests.yihui.services.logging_in import PASSWORD

    ticket = check_login(desk.wiring, "wang", PASSWORD, visit).ticket  # type: ignore[arg-type]
    return finish_login(desk.wiring, ticket, desk.phone_code(), visit)  # type: ignore[arg-type]


def test_a_console_without_a_database_is_nobodys(tmp_path: Path) -> None:
    from yihui.bootstrap import load_settings

    wiring = Wiring(load_settings({"YIHUI_DATA_FOLDER": str(tmp_path)}))
    (tmp_path / CONSOLE_SESSION_FILE).write_text("x" * 43, encoding="ascii")
    assert load_console_session(wiring) is None
    assert not (tmp_path / "yihui.db").exists()

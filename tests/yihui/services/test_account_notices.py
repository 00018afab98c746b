"""What an officer reads of the account at the next log-in, and the session of a console, on both databases."""

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from core.faults import FaultError
from tests.yihui.services.logging_in import CONSOLE, PASSWORD, VISIT, Installation
from tools.servers.officers import appoint
from yihui.access.actor import ActorKind
from yihui.access.sessions import OpenedSession, Session, SessionKind, find_session
from yihui.bootstrap import Wiring, load_settings
from yihui.services.access.accounts import load_account_notices, renew_recovery_codes, renew_setup_code
from yihui.services.access.console_actor import (
    CONSOLE_SESSION_FILE,
    end_console_session,
    load_console_session,
    store_console_session,
)
from yihui.services.access.login import check_login, finish_login, set_up_account
from yihui.services.access.login_tries import LoginVisit
from yihui.services.access.secret_marks import secret_marker


def notices(desk: Installation, session: Session) -> list[str]:
    return [notice.text for notice in load_account_notices(desk.wiring, session)]


def test_the_first_session_and_one_after_nothing_have_no_notice(desk: Installation) -> None:
    first = desk.enrol().opened.session
    assert notices(desk, first) == []
    assert notices(desk, desk.session(desk.log_in())) == []


def test_a_changed_factor_is_told_at_the_next_log_in_and_not_again(desk: Installation) -> None:
    first = desk.enrol().opened.session
    desk.clock.pass_time(seconds=60)
    renew_recovery_codes(desk.wiring, first)
    desk.enrol("zhao")  # is nobody else's
    assert notices(desk, desk.session(desk.log_in())) == ["New recovery codes were made."]
    assert notices(desk, desk.session(desk.log_in())) == []


def test_a_code_that_is_sent_again_is_told_and_a_mistyped_one_is_not(desk: Installation) -> None:
    desk.enrol()
    desk.log_in()
    seen = desk.phone_code()
    desk.clock.pass_time(seconds=5)
    for code in (seen, "000000"):
        ticket = check_login(desk.wiring, "wang", PASSWORD, VISIT).ticket
        with pytest.raises(FaultError):
            finish_login(desk.wiring, ticket, code, VISIT)
    [notice] = notices(desk, desk.session(desk.log_in()))
    assert "used already" in notice


def test_an_administrators_set_up_code_is_told(desk: Installation) -> None:
    desk.enrol()
    desk.clock.pass_time(seconds=60)
    with desk.wiring.database.write() as connection:
        code = renew_setup_code(connection, secret_marker(desk.wiring), CONSOLE, "wang", desk.clock.now)
    desk.clock.pass_time(seconds=60)
    ticket = set_up_account(desk.wiring, code.code, PASSWORD, VISIT).ticket
    found = notices(desk, desk.register_phone(ticket).opened.session)
    assert found[0] == "An administrator made a new set-up code for your account." and len(found) == 3


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


def _open(desk: Installation, visit: LoginVisit) -> OpenedSession:
    desk.clock.pass_time(seconds=30)
    ticket = check_login(desk.wiring, "wang", PASSWORD, visit).ticket
    return finish_login(desk.wiring, ticket, desk.phone_code(), visit)


def test_a_console_without_a_database_is_nobodys(tmp_path: Path) -> None:
    wiring = Wiring(load_settings({"YIHUI_DATA_FOLDER": str(tmp_path)}))
    (tmp_path / CONSOLE_SESSION_FILE).write_text("x" * 43, encoding="ascii")
    assert load_console_session(wiring) is None
    assert not (tmp_path / "yihui.db").exists()

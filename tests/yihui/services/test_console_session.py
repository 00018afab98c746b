"""The session of a console, on both databases: the file of its token, and who it stands for."""

import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.yihui.access.officers import appoint
from tests.yihui.services.logging_in import VISIT, Installation
from yihui.access.actor import ActorKind
from yihui.access.sessions import OpenedSession, SessionKind, find_session
from yihui.bootstrap import Wiring
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

"""yihui login and logout on a terminal of their own, against the database of this machine."""

import os
import pty
import re
import stat
import sys
from datetime import UTC, datetime
from pathlib import Path
from shutil import copy

import pyotp
import pytest

from tests.tiers import ENDURES
from tests.yihui.commands import Command
from tests.yihui.services.logging_in import PASSWORD, Installation
from yihui.services.access.console_actor import CONSOLE_SESSION_FILE, load_console_session


@pytest.fixture
def desk(migrated_file: Path, tmp_path: Path) -> Installation:
    installation = Installation.open(str(copy(migrated_file, tmp_path / "yihui.db")), tmp_path)
    installation.clock.now = datetime.now(UTC)
    return installation


class Terminal:
    """A command on a terminal, which answers questions with what is typed; what is hidden isn't echoed."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:  # the command, in the child process
            environ = {"PATH": os.environ["PATH"], "YIHUI_DATA_FOLDER": str(folder), "COLUMNS": "300"}
            command = [sys.executable, "-m", "yihui", "--lang", "en", *arguments]
            os.execve(sys.executable, command, environ)
        self.shown = ""

    def read_until(self, text: str) -> str:
        while text not in self.shown:
            self.shown += os.read(self.terminal, 4096).decode()
        return self.shown

    def answer(self, question: str, typed: str) -> None:
        self.read_until(f"{question}: ")  # with its blank, after which nothing typed is discarded
        self.shown = ""
        os.write(self.terminal, f"{typed}\n".encode())

    def end(self) -> tuple[int, str]:
        while True:
            try:
                part = os.read(self.terminal, 4096)
            except OSError:  # the terminal is closed
                part = b""
            if not part:
                break
            self.shown += part.decode()
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1]), self.shown


@pytest.mark.deeper  # more log-ins on a terminal in `make endure`
@pytest.mark.timeout(120)  # a question that isn't asked would be waited for without end
def test_the_first_officer_sets_up_and_logs_in_on_a_terminal(
    yihui: Command, desk: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("YIHUI_NOW")
    code = desk.add_officer().code
    desk.wiring.database.close()
    of_another = Terminal(tmp_path, "login", "li", "--setup")
    of_another.answer("set-up code", code)
    status, shown = of_another.end()
    assert status == 1 and "this set-up code is not known" in shown
    setup = Terminal(tmp_path, "login", "wang", "--setup")
    setup.answer("set-up code", code.lower())
    setup.answer("new password", PASSWORD)
    setup.answer("new password again", PASSWORD)
    found = re.search("phone: ([A-Z2-7]{32})", setup.read_until("code of the phone: "))
    assert found is not None
    totp = pyotp.TOTP(found[1])
    now = int(datetime.now(UTC).timestamp())
    setup.answer("code of the phone", totp.at(now - 30))  # the phone's clock is late
    status, shown = setup.end()
    assert (status, len(re.findall(r"^(?:[0-9A-Z]{4}-){5}[0-9A-Z]{4}\r?$", shown, re.MULTILINE))) == (0, 10)
    assert "logged in as wang" in shown and PASSWORD not in shown
    path = tmp_path / CONSOLE_SESSION_FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    first = path.read_text("ascii")

    desk = Installation.open(str(tmp_path / "yihui.db"), tmp_path)
    desk.clock.now = datetime.now(UTC)
    actor = load_console_session(desk.wiring)
    assert actor is not None and actor.id == "wang"
    desk.wiring.database.close()
    if ENDURES:
        _log_in_again(tmp_path, totp, now)
        assert path.read_text("ascii") != first
    assert yihui("logout").code == 0
    assert load_console_session(desk.wiring) is None and not path.exists()
    desk.wiring.database.close()


def _log_in_again(folder: Path, totp: pyotp.TOTP, now: int) -> None:
    again = Terminal(folder, "login", "wang")
    again.answer("password", PASSWORD)
    again.answer("code of the phone", totp.at(now + 30))
    status, shown = again.end()
    assert (status, PASSWORD in shown) == (0, False)

    wrong = Terminal(folder, "login", "wang")
    wrong.answer("password", "something wrong")
    status, shown = wrong.end()
    assert status == 1 and "the login or the password is wrong" in shown and "something wrong" not in shown


def test_a_log_in_needs_a_name(yihui: Command) -> None:
    ended = yihui("login")
    assert ended.code == 2 and "yihui login NAME" in ended.err


def test_logging_out_without_a_log_in_says_so(yihui: Command) -> None:
    ended = yihui("logout")
    assert ended.code == 0 and "没有人登录" in ended.out

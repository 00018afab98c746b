"""A new operator's way by docs/operate.md alone: from an empty folder to a granted benefit over HTTPS."""

import re
import shlex
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from tests.docs.documents import ROOT, lines_of
from tests.docs.proxied import proxied
from tests.yihui.commands import Command, Done, commands_through
from tests.yihui.http.serving import serving, until
from yihui.access.accounts import find_local_account
from yihui.access.session_rows import bind_session
from yihui.access.sessions import SessionKind, open_session
from yihui.bootstrap import build_wiring, load_settings
from yihui.runtime.demo_marker import DEMO_MARKER_FILE
from yihui.services.access.console_actor import store_console_session
from yihui.services.access.secret_marks import secret_marker

PAGE = ROOT / "docs" / "operate.md"
SETTINGS = ROOT / "deploy" / "systemd" / "yihui.env"
STATIONS = "编号,名称,类型,经度,纬度,开放时间\nB,大明湖驿站,驿站,117.0254,36.6733,9:00-17:00\n"
TREE = "组织代码,组织名称,上级代码,成立日期\n370000,山东省总工会,,1949-01-01\n370100,济南市总工会,370000,1949-01-01\n"


FILES = {
    "organisations.csv": TREE,
    "stations.csv": STATIONS,
    "roll.csv": "身份证号,组织代码,入会日期\n11010519491231002X,370100,2020-05-01\n",
}


def commands() -> list[list[str]]:
    """The words of the command lines of the page's first section, in its order."""
    words = [words for line in lines_of(PAGE) for _, words in line.commands()]
    lines = [rest for program, *rest in words if program == "yihui"]
    return lines[: lines.index(["ledger", "verify"]) + 1]


def before_the_event() -> list[list[str]]:
    """Those up to the sender whose event leads to the benefit."""
    return [words for words in commands() if words not in after_the_event()]


def after_the_event() -> list[list[str]]:
    return commands()[-3:]


def log_in(folder: Path, name: str) -> None:
    """Log an officer in on the console, as the terminal does; tests/yihui/cli/test_login.py types password and code."""
    wiring = build_wiring(load_settings({"YIHUI_DATA_FOLDER": str(folder)}))
    now = wiring.now()
    with wiring.database.write() as connection:
        account = find_local_account(connection, name)
        assert account is not None
        opened = open_session(
            connection,
            officer_id=account.officer_id,
            account_id=account.id,
            kind=SessionKind.CONSOLE,
            factors=("password", "totp"),
            device="console",
            provider_session=None,
            now=now,
        )
    store_console_session(wiring, bind_session(secret_marker(wiring), opened))
    wiring.close()


def curl() -> list[str]:
    """The words of the page's call of curl."""
    [found] = re.findall(r"(?ms)^    curl (--fail-with-body .*?api/v1/events)$", PAGE.read_text("utf-8"))
    return shlex.split(found.replace("\\\n", " "))


def faces() -> str:
    """The faces that the page's settings name; the page starts the compose file with the same ones."""
    [found] = re.findall(r"(?m)^YIHUI_FACES=(\S+)$", SETTINGS.read_text("utf-8"))
    page = PAGE.read_text("utf-8")
    [riders] = re.findall(r"(?m)'YIHUI_RIDERS_NAME=(\S+)' >> deploy/.env$", page)
    [others] = re.findall(r"(?m)'YIHUI_FACES=(\S+)' >> deploy/.env$", page)
    assert found == f"riders={riders},{others}"
    members = set(re.findall(r"YIHUI_MEMBERS_NAME=(\S+?)'", page))
    assert {f"members={name}" for name in members} == {one for one in others.split(",") if "members" in one}
    return str(found)


def has_benefits(listed: Done) -> bool:
    """Whether the command listed benefits. Until the event has been read it prints a fault, since nobody knows the member."""
    return listed.code == 0 and listed.out.strip() not in ("", "[]")


@pytest.fixture
def typed(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs a command in an empty folder that is no demo's."""
    monkeypatch.setenv("YIHUI_DATA_FOLDER", str(tmp_path))
    monkeypatch.setenv("YIHUI_DATABASE_URL", str(tmp_path / "yihui.db"))
    monkeypatch.delenv("YIHUI_NOW", raising=False)
    monkeypatch.chdir(tmp_path)
    return commands_through(capsys)


@pytest.mark.needs("nginx", "curl")
def test_an_operator_gets_from_nothing_to_a_benefit(
    typed: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, "utf-8")
    key, is_first_day, yesterday = "", True, datetime.now(UTC) - timedelta(hours=25)
    for words in before_the_event():
        if words[0] == "login":
            log_in(tmp_path, words[1])
            is_first_day = False
            continue
        with monkeypatch.context() as first_day:
            # The day between is not waited for: the clock of a demo may stop.
            if is_first_day and words[0] == "officers":
                first_day.setenv("YIHUI_NOW", yesterday.isoformat())
                (tmp_path / DEMO_MARKER_FILE).touch()
            done = typed(*words)
            (tmp_path / DEMO_MARKER_FILE).unlink(missing_ok=True)
        assert done.code == 0, (words, done.words)
        if words[0] == "organisations":
            assert "济南市总工会" in done.words and "山东省总工会" in done.words, "it says what was imported"
        key = (re.findall(r"yhs_\w+", done.out) or [key])[0]
    assert key
    [url] = [word for word in curl() if word.startswith("https://")]
    name = httpx.URL(url).host
    options = ("--faces", faces(), "--behind-proxy", "127.0.0.1")
    with (
        serving(tmp_path, *options, demo=False) as address,
        proxied(tmp_path, int(address.rpartition(":")[2]), name) as proxy,
    ):
        until(proxy.is_up)
        there = url.replace(name, f"{name}:{proxy.https}")
        call = [there if word == url else word.replace("$KEY", key) for word in curl()]
        certificate = [
            "--cacert",
            str(proxy.folder / "site.pem"),
            "--resolve",
            f"{name}:{proxy.https}:127.0.0.1",
        ]
        answer = subprocess.run(
            ["curl", "--silent", *certificate, *call], capture_output=True, text=True, check=False
        )
        assert answer.returncode == 0, answer.stdout + answer.stderr
        until(lambda: has_benefits(typed("benefits", "list", "--member", "m-000001", "--json")))
    outs = [typed(*words) for words in after_the_event()]
    assert [done.code for done in outs] == [0] * len(outs), [done.words for done in outs]
    assert "first-pack" in outs[1].out or "新会员" in outs[0].out, [done.out for done in outs]

"""What is wrong with settings, options and keys ends a process before it creates or opens anything, all of it named."""

import json
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.yihui.commands import Command, Done
from tools.servers.postgres import free_port
from yihui.bootstrap import build_wiring, load_settings
from yihui.runtime.audiences import SECRET_KEYS
from yihui.services.events.webhooks import load_webhook_key
from yihui.services.members.vault_upkeep import create_vault_key

PROCESSES = (("serve",), ("relay",), ("worker",), ("schedule", "follow"))
KNOWN_KEYS = ("identity", "voucher", "webhook", "vault")  # the database stores a fingerprint or id of each
NOTHING_TOUCHED = "设置不能用；什么都没有改动"


@pytest.fixture(autouse=True)
def brokers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIHUI_KAFKA", f"127.0.0.1:{free_port()}")  # nobody answers there


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port at which no site can listen: a start whose checks find nothing else wrong ends here."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield taken.getsockname()[1]


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def start(yihui: Command, command: tuple[str, ...]) -> Done:
    return yihui(*command, *(("--port", free_port()) if command == ("serve",) else ()))


@pytest.mark.parametrize("command", [("serve",), ("settings",)])
def test_keys_of_a_wrong_form_are_all_named_before_anything_is_made(
    yihui: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    short = tmp_path / "short"
    short.write_text("short")
    short.chmod(0o600)
    for name in ("IDENTITY", "VAULT", "LOGIN"):
        monkeypatch.setenv(f"YIHUI_{name}_KEY_FILE", str(short))
    monkeypatch.setenv("YIHUI_POLL_KEY", "no key")
    (tmp_path / "webhook.key").write_bytes(b"w" * 31)
    (tmp_path / "heads.key").write_bytes(b"h" * 33)
    before = contents(tmp_path)
    done = start(yihui, command)
    assert done.code == 3, done.err
    title, *lines = done.err.splitlines()
    assert title == NOTHING_TOUCHED
    named, remedies = lines[::2], lines[1::2]
    for place in (
        "YIHUI_IDENTITY_KEY_FILE",
        "YIHUI_VAULT_KEY_FILE",
        "YIHUI_LOGIN_KEY_FILE",
        "YIHUI_POLL_KEY",
        str(tmp_path / "webhook.key"),
        str(tmp_path / "heads.key"),
    ):
        assert [line for line in named if place in line], place
    assert len(named) == 6 and all(remedy.startswith("    → ") for remedy in remedies)
    assert contents(tmp_path) == before


def test_a_site_is_not_ended_by_keys_that_its_faces_do_not_need(
    yihui: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken_port: int
) -> None:
    monkeypatch.setenv("YIHUI_IDENTITY_KEY", "short")
    (tmp_path / "login.key").write_bytes(b"short")
    (tmp_path / "reporter.key").write_bytes(b"short")  # riders find places all the same; the start warns
    ended = yihui("serve", "--faces", "riders", "--port", taken_port)
    assert (ended.code, str(taken_port) in ended.err, "KEY" in ended.err) == (3, True, False), ended.err
    ended = yihui("serve", "--faces", "members", "--port", taken_port)
    assert ended.code == 3
    assert all(word in ended.err for word in (str(taken_port), "YIHUI_IDENTITY_KEY", "login.key"))
    monkeypatch.setenv("YIHUI_REPORTER_KEY", "short")
    assert "YIHUI_REPORTER_KEY" in yihui("serve", "--faces", "riders", "--port", taken_port).err


def test_a_site_names_settings_options_keys_addresses_and_rules_in_one_answer(
    yihui: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken_port: int
) -> None:
    given = {
        "YIHUI_LANG": "fr",
        "YIHUI_PROBES": "x",
        "YIHUI_NOW": "yesterday",
        "YIHUI_BEHIND_PROXY": "nonsense",
        "YIHUI_STREETS": "/nowhere",
        "YIHUI_RULES": str(tmp_path / "rules"),
        "YIHUI_DATABASE_URL": "mysql://x/y",
        "YIHUI_VAULT_URL": "mysql://x/z",
        "YIHUI_VOUCHER_KEY": "short",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "bad.yaml").write_text("no: rule\n")
    before = contents(tmp_path)
    done = yihui("serve", "--faces", "foo", "--per-client", "abc", "--port", taken_port)
    assert done.code == 3
    assert done.err.startswith(NOTHING_TOUCHED)
    shown = given.keys() - {"YIHUI_RULES"} | {
        "bad.yaml",
        "--faces",
        "--per-client",
        f"127.0.0.1:{taken_port}",
    }
    assert [word for word in shown if word not in done.err] == [], done.err
    assert contents(tmp_path) == before


def test_the_doctor_names_every_key_of_a_wrong_form_and_makes_none(
    yihui: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("YIHUI_KAFKA")  # it would be waited for
    for key in SECRET_KEYS:
        (tmp_path / key.file).write_bytes(b"short")
    done = yihui("doctor", "--json")
    found = {check["id"]: check for check in json.loads(done.out)}["keys"]
    assert (done.code, found["state"], bool(found["remedy"])) == (3, "broken", True)
    assert [key.file for key in SECRET_KEYS if str(tmp_path / key.file) not in found["detail"]] == []
    for key in SECRET_KEYS:
        (tmp_path / key.file).unlink()
    well = {check["id"]: check for check in json.loads(yihui("doctor", "--json").out)}["keys"]
    assert well["state"] == "ok"
    assert not list(tmp_path.glob("*.key"))


@pytest.mark.parametrize("command", [command for command in PROCESSES if command != ("serve",)])
def test_a_process_without_pages_needs_no_key_of_pages(
    yihui: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    (tmp_path / "identity.key").write_bytes(b"short")
    (tmp_path / "vault.key").mkdir()  # can't be read, as one of another user
    monkeypatch.setenv("YIHUI_LOGIN_KEY", "")  # another way to withhold it
    monkeypatch.setenv("YIHUI_PROBES", "x")  # what ends it
    done = yihui(*command)
    assert (done.code, "YIHUI_PROBES" in done.err, ".key" in done.err, "_KEY" in done.err) == (
        3,
        True,
        False,
        False,
    )


def test_a_site_with_other_keys_than_the_database_knows_does_not_start(
    yihui: Command, tmp_path: Path
) -> None:
    _write_with_keys(tmp_path)
    _replace_keys(tmp_path)
    connection = sqlite3.connect(tmp_path / "yihui.db")
    with connection:  # of the former version: a wrong data folder must not migrate it
        connection.execute("UPDATE alembic_version SET version_num = '0082'")
    connection.close()
    before = contents(tmp_path).keys()
    done = yihui("serve", "--port", free_port())
    assert done.code == 3, done.err
    title, *lines = done.err.splitlines()
    assert title == NOTHING_TOUCHED and len(lines) == 8, done.err
    assert all(f"{name}.key" in done.err for name in KNOWN_KEYS)
    assert contents(tmp_path).keys() == before
    with closing(sqlite3.connect(tmp_path / "yihui.db")) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("0082",)]


def test_a_vault_in_a_database_of_its_own_is_neither_asked_nor_made(
    yihui: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write_with_keys(tmp_path)
    _replace_keys(tmp_path)
    monkeypatch.setenv("YIHUI_VAULT_URL", str(tmp_path / "vault.db"))
    done = yihui("serve", "--port", free_port())
    assert (done.code, "identity.key" in done.err, "vault.key" in done.err) == (3, True, False), done.err
    assert not (tmp_path / "vault.db").exists()


def _replace_keys(folder: Path) -> None:
    for name in KNOWN_KEYS:
        (folder / f"{name}.key").write_bytes(b"another-key-of-the-right-form-and-length")


def _write_with_keys(folder: Path) -> None:
    wiring = build_wiring(load_settings({"YIHUI_DATA_FOLDER": str(folder)}))
    assert wiring.identity_key and wiring.voucher_key and load_webhook_key(wiring)
    create_vault_key(wiring)
    vault = wiring.vault
    assert vault is not None
    with wiring.database.write() as connection:
        vault.lock_current_key(connection, wiring.now())
    wiring.close()

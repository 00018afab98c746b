"""A site whose key of reporters can't be used: riders read plain words, the operator why."""

import logging
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from shutil import copy

import pytest
from fastapi.testclient import TestClient

from tests.yihui.http.conftest import NOW, RIDERS, wire_register
from tools.servers.postgres import free_port
from yihui.bootstrap import Settings, Wiring, build_wiring, load_settings
from yihui.http import server
from yihui.http.app import create_app
from yihui.http.guard.serving import ServingOptions
from yihui.runtime.health import run_health_checks
from yihui.runtime.identity_key import derive_key

INSIDES = ("YIHUI_", "reporter.key", "key of reporters", "密钥")
REPORT = {"observation": "locked"}


@pytest.fixture
def wiring(register_file: Path, tmp_path: Path) -> Iterator[Wiring]:
    copy(register_file, tmp_path / "yihui.db")
    settings = Settings(database=str(tmp_path / "yihui.db"), data_folder=tmp_path, language="en")
    first = build_wiring(settings, now=lambda: NOW)
    assert first.identity_key
    first.database.close()
    (tmp_path / "identity.key").write_bytes(b"another one, and as long as it must be")
    (tmp_path / "reporter.key").write_bytes(b"too short")
    made = build_wiring(settings, now=lambda: NOW)
    yield made
    made.database.close()


@pytest.fixture
def client(wiring: Wiring) -> TestClient:
    return TestClient(create_app(wiring, RIDERS), headers={"Accept-Language": "zh"})


def test_riders_are_told_in_plain_words_and_may_try_again(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    told = [
        client.post("/api/v1/stations/quancheng/reports", json=REPORT),
        client.post("/api/v1/stations/quancheng/rests"),
        client.post(
            "/reports",
            data={"station": "quancheng", "found": "locked"},
            headers={"Origin": "http://127.0.0.1"},
        ),
        client.post("/rests", data={"station": "quancheng"}, headers={"Origin": "http://127.0.0.1"}),
    ]
    for answer in told:
        assert answer.status_code == 503  # on a phone with script it waits
        assert "现在收不了，不是您的问题" in answer.text
        assert "急事请打站点电话，不急就稍后再试" in answer.text
        assert not [inside for inside in INSIDES if inside in answer.text]
    logged = [one.getMessage() for one in caplog.records if one.levelno == logging.ERROR]
    assert len(logged) == len(told)
    assert all("key of reporters" in one and "yihui doctor" in one for one in logged)


def test_a_keeper_with_a_wrong_key_learns_nothing_of_it_either(client: TestClient) -> None:
    wrong = {"Authorization": "Bearer aaaa-aaaa-aaaa"}
    answer = client.post("/api/v1/stations/quancheng/keep", json={}, headers=wrong)
    assert answer.status_code == 503
    assert not [inside for inside in INSIDES if inside in answer.text]


def test_the_doctor_finds_it(wiring: Wiring) -> None:
    def found() -> tuple[str, str]:
        (check,) = [check for check in run_health_checks(wiring) if check.id == "identity_key"]
        return check.state, check.detail

    state, detail = found()
    assert state == "broken" and "another identity key" in detail
    key = wiring.data_folder / "identity.key"
    key.unlink()
    state, detail = found()
    assert state == "broken" and "is missing" in detail
    assert not key.exists()  # whoever only looks makes none


def report(site: TestClient) -> int:
    return site.post("/api/v1/stations/quancheng/reports", json=REPORT).status_code


def test_a_site_takes_reports_without_any_identity_key(register_file: Path, tmp_path: Path) -> None:
    filled = wire_register(register_file, tmp_path)
    assert report(TestClient(create_app(filled, RIDERS))) == 202
    assert not (tmp_path / "identity.key").exists()
    assert (tmp_path / "reporter.key").stat().st_mode & 0o777 == 0o600
    filled.database.close()


def test_the_key_of_reporters_comes_from_the_identity_key_once_and_is_another(tmp_path: Path) -> None:
    def wired() -> Wiring:
        return build_wiring(Settings(database=str(tmp_path / "yihui.db"), data_folder=tmp_path))

    (tmp_path / "identity.key").write_bytes(b"k" * 32)
    key = wired().reporter_key
    assert key == derive_key(b"k" * 32, "reporter") != b"k" * 32
    assert derive_key(b"k" * 32, "other") != key
    (tmp_path / "identity.key").unlink()
    assert wired().reporter_key == key
    (tmp_path / "reporter.key").unlink()
    assert wired().reporter_key != key


def test_processes_that_are_given_the_same_identity_key_tell_reporters_apart_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"YIHUI_IDENTITY_KEY": "i" * 40, "YIHUI_DATABASE_URL": str(tmp_path / "yihui.db")}
    keys = []
    for name in ("a", "b"):
        given["YIHUI_DATA_FOLDER"] = str(tmp_path / name)
        keys.append(build_wiring(load_settings(given)).reporter_key)
    assert keys[0] == keys[1]
    given["YIHUI_REPORTER_KEY"] = "r" * 40
    assert build_wiring(load_settings(given)).reporter_key == b"r" * 40


@pytest.mark.parametrize(("public", "holds"), [("", True), ("yizhan.example.cn", False)])
def test_the_process_of_a_public_site_does_not_inherit_the_identity_key(
    public: str, holds: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inherited: dict[str, str] = {}

    def become(_program: str, _arguments: list[str], environ: Mapping[str, str]) -> None:
        inherited.update(environ)

    monkeypatch.setenv("YIHUI_IDENTITY_KEY", "i" * 40)
    monkeypatch.setattr(os, "execve", become)
    settings = Settings(database=str(tmp_path / "yihui.db"), data_folder=tmp_path)
    server.start_server(settings, free_port(), "", ServingOptions.parse(public, ""))
    assert ("YIHUI_IDENTITY_KEY" in inherited) is holds
    assert inherited["YIHUI_DATA_FOLDER"] == str(tmp_path)

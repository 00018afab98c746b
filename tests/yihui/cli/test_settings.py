"""yihui settings: what holds and from where, with no secret in it; what is wrong ends it and touches nothing."""

import json
from pathlib import Path

import pytest

from tests.yihui.commands import Command
from yihui.runtime.settings import SETTINGS


@pytest.fixture(autouse=True)
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "password"
    path.write_text("hidden-in-a-file\n")
    path.chmod(0o400)
    monkeypatch.setenv("YIHUI_KAFKA", "127.0.0.1:9092")
    monkeypatch.setenv("YIHUI_KAFKA_PASSWORD_FILE", str(path))
    monkeypatch.setenv("YIHUI_VOUCHER_KEY", "hidden-in-the-environment-" * 2)
    return path


def test_what_is_set_is_shown_with_its_origin_and_without_secrets(yihui: Command, secrets: Path) -> None:
    done = yihui("settings", "--json")
    rows = {row["name"]: row for row in json.loads(done.out)}
    assert rows["YIHUI_KAFKA"]["value"] == "127.0.0.1:9092"
    assert rows["YIHUI_KAFKA"]["origin"] == "environment"
    assert (rows["YIHUI_KAFKA_PASSWORD"]["value"], rows["YIHUI_KAFKA_PASSWORD"]["file"]) == (
        "***",
        str(secrets),
    )
    assert rows["YIHUI_VOUCHER_KEY"]["value"] == "***"
    assert "YIHUI_QUIET_HOURS" not in rows
    assert "hidden" not in done.out + yihui("settings", "--all").out + yihui("settings").out


def test_all_settings_are_shown_with_their_defaults(yihui: Command) -> None:
    rows = {row["name"]: row for row in json.loads(yihui("settings", "--all", "--json").out)}
    assert rows.keys() == SETTINGS.keys()
    assert (rows["YIHUI_QUIET_HOURS"]["value"], rows["YIHUI_QUIET_HOURS"]["origin"]) == (
        "21:00-08:00",
        "default",
    )
    assert rows["YIHUI_OIDC_ISSUER"]["value"] is None


def test_the_option_counts_before_the_environment(
    yihui: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YIHUI_DATABASE_URL", str(tmp_path / "of-the-environment.db"))
    [row] = [
        row
        for row in json.loads(yihui("settings", "--db", "postgresql://u:hidden@h/x", "--json").out)
        if row["name"] == "YIHUI_DATABASE_URL"
    ]
    assert (row["value"], row["origin"]) == ("postgresql://***@h/x", "option")


def test_what_is_wrong_ends_every_command_and_touches_nothing(
    yihui: Command, tmp_path: Path, secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YIHUI_RULE", "/x")
    secrets.chmod(0o444)
    before = sorted(tmp_path.iterdir())
    for command in (("settings",), ("doctor",), ("events", "dead-letters")):
        done = yihui(*command)
        assert done.code == 3, done.err
        assert "YIHUI_RULES" in done.err and f"chmod o= {secrets}" in done.err
        assert "hidden" not in done.err
    assert sorted(tmp_path.iterdir()) == before


def test_what_commands_can_read_is_shown_without_a_fault(
    yihui: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable, value in (
        *(("YIHUI_LANG", "zh_CN.UTF-8"), ("YIHUI_LANG", "C.UTF-8"), ("YIHUI_LOG", "text")),
        *(("YIHUI_DEBUG", "off"), ("YIHUI_DEBUG", "1"), ("YIHUI_BACKUP_RECIPIENTS", "")),
        *(("YIHUI_FACES", "riders,members"), ("YIHUI_KAFKA_PARTITIONS", "12")),
    ):
        with monkeypatch.context() as environment:
            environment.setenv(variable, value)
            done = yihui("settings", "--json")
        assert done.code == 0, done.err
        rows = {row["name"]: row["value"] for row in json.loads(done.out)}
        assert rows.get(variable) == (value or None)

"""yihui members find, unmask, vault …, as officers type them; on a vault in the database and in one of its own."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from store import open_database
from tests.yihui.commands import Command, commands_in, copy_folder

NUMBER = "11010519491231002X"
OTHER = "370102199002150015"
ROLL = f"姓名,手机号,身份证号,组织代码,入会日期\n阿依古丽•买买提,138-1234-5678,{NUMBER},370202,2020-05-01\n"
SECRETS = ("阿依古丽", "买买提", "13812345678", "138-1234-5678", NUMBER)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A member in the vault: in the main database, and in one of its own."""
    folders = {name: tmp_path_factory.mktemp(name) for name in ("main", "separate")}
    for name, folder in folders.items():
        (folder / "roll.csv").write_text(ROLL, encoding="utf-8")
        separate = {"YIHUI_VAULT_URL": str(folder / "vault.db")} if name == "separate" else {}
        with commands_in(folder, **separate) as yihui:
            assert yihui("members", "vault", "create-key").code == 0
            done = yihui("members", "import", folder / "roll.csv")
            assert (done.code, "写入保险库的人：1" in done.err) == (0, True), done.err
    return folders


@pytest.fixture(params=["main", pytest.param("separate", marks=pytest.mark.endure)])
def kept(
    request: pytest.FixtureRequest,
    built: dict[str, Path],
    yihui: Command,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Command:
    copy_folder(built[request.param], tmp_path)
    if request.param == "separate":
        monkeypatch.setenv("YIHUI_VAULT_URL", str(tmp_path / "vault.db"))
    return yihui


def typed(kept: Command, monkeypatch: pytest.MonkeyPatch, text: str, *options: str) -> Any:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(f"{text}\n".encode())))
    return kept("members", "find", *options)


def member(kept: Command, monkeypatch: pytest.MonkeyPatch) -> str:
    (found,) = json.loads(typed(kept, monkeypatch, NUMBER, "--json").out)
    return str(found["member"])


def test_a_person_is_found_however_the_query_is_typed_and_shown_masked(
    kept: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    for text in (
        "阿依古丽·买买提",
        "阿依古丽.买买提",
        "13812345678",
        "+86 138 1234 5678",
        NUMBER,
        NUMBER.lower(),
    ):
        done = typed(kept, monkeypatch, text)
        assert done.code == 0
        assert "阿***·***  138****5678  1101**********002X" in done.out
        assert not any(secret in done.words for secret in SECRETS[2:])


def test_who_is_not_there_and_what_is_no_query_are_told(
    kept: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    for text, words in (
        ("张三", "没有找到"),
        ("13900000000", "没有找到"),
        (OTHER, "校验码不对"),
        ("370102900215001", "15"),
        ("", "没有输入"),
        ("张", "姓名至少"),
        ("0531-82345678", "固定电话"),
    ):
        done = typed(kept, monkeypatch, text)
        assert done.code == 1
        assert words in done.words
        assert OTHER not in done.words


@pytest.mark.parametrize("kept", ["main", "separate"], indirect=True)
def test_unmasking_shows_the_field_asked_for_and_is_recorded(
    kept: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_ = member(kept, monkeypatch)
    by = ("--as", "li.min", "--reason", "核对领取人")
    done = kept("members", "unmask", id_, "--field", "phone", *by)
    assert done.out == "手机号：13812345678\n"
    shown = json.loads(kept("members", "unmask", id_, "--field", "name,phone", *by, "--json").out)
    assert shown == {"name": "阿依古丽·买买提", "phone": "13812345678"}
    listed = json.loads(kept("members", "unmaskings", "--json").out)
    assert [(one["field"], one["officer"], one["reason"]) for one in listed] == [
        ("phone", "li.min", "核对领取人"),
        ("name", "li.min", "核对领取人"),
        ("phone", "li.min", "核对领取人"),
    ]
    told = kept("members", "unmaskings", "--member", id_).words
    assert not any(secret in told for secret in SECRETS)


def test_a_missing_key_is_told_by_status_and_doctor_and_never_replaced(kept: Command, tmp_path: Path) -> None:
    (tmp_path / "vault.key").rename(tmp_path / "elsewhere")
    assert kept("members", "vault", "status").code == 1
    (found,) = [one for one in json.loads(kept("doctor", "--json").out) if one["id"] == "vault"]
    assert found["state"] == "broken"
    refused = kept("members", "vault", "create-key")
    assert refused.code == 1
    assert not (tmp_path / "vault.key").exists()
    (tmp_path / "elsewhere").rename(tmp_path / "vault.key")
    assert kept("members", "vault", "create-key").code == 1  # there is one


def test_keys_of_the_environment_rotate_by_the_environment(
    kept: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = (tmp_path / "vault.key").read_text("utf-8").strip()
    (tmp_path / "vault.key").unlink()
    monkeypatch.setenv("YIHUI_VAULT_KEY", old)
    refused = kept("members", "vault", "rotate")
    assert (refused.code, "YIHUI_VAULT_KEY" in refused.err) == (1, True)
    monkeypatch.setenv("YIHUI_VAULT_KEY", f"{'n' * 64},{old}")
    assert kept("members", "vault", "rotate").code == 0
    monkeypatch.setenv("YIHUI_VAULT_KEY", f"{old},{'n' * 64}")  # the wrong order is no new key
    assert kept("members", "vault", "rotate").code == 1
    monkeypatch.setenv("YIHUI_VAULT_KEY", "n" * 64)
    assert kept("members", "vault", "status").code == 0
    monkeypatch.setenv("YIHUI_VAULT_KEY", "short")
    assert "short" not in kept("members", "vault", "status").err


@pytest.mark.parametrize("kept", ["main", "separate"], indirect=True)
def test_erasing_a_person_empties_the_vault_too_and_can_be_repeated(
    kept: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_ = member(kept, monkeypatch)
    assert kept("members", "erase", id_, "--as", "li.min", "--reason", "本人要求").code == 0
    assert json.loads(kept("members", "vault", "status", "--json").out)["rows"] == {}
    assert typed(kept, monkeypatch, "13812345678").code == 1
    assert kept("members", "erase", id_, "--as", "li.min", "--reason", "本人要求").code == 0


def test_without_a_key_names_are_ignored_and_that_is_said_in_one_line(
    yihui: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "roll.csv").write_text(ROLL.replace("138-1234-5678", "none"), encoding="utf-8")
    done = yihui("members", "import", tmp_path / "roll.csv")
    assert done.code == 0
    (line,) = [line for line in done.err.splitlines() if "姓名" in line]
    assert "手机号" in line
    assert "create-key" in line
    assert typed(yihui, monkeypatch, NUMBER).out.startswith("m-")  # pseudonyms alone still work
    assert typed(yihui, monkeypatch, "阿依古丽·买买提").code == 1
    assert yihui("members", "vault", "status").code == 0
    assert not (tmp_path / "vault.key").exists()


def test_persons_left_in_the_main_database_are_found_by_doctor(
    yihui: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "roll.csv").write_text(ROLL, encoding="utf-8")
    yihui("members", "vault", "create-key")
    yihui("members", "import", tmp_path / "roll.csv")
    monkeypatch.setenv("YIHUI_VAULT_URL", str(tmp_path / "vault.db"))
    assert json.loads(yihui("members", "vault", "status", "--json").out)["left_in_main"] == 1
    (found,) = [one for one in json.loads(yihui("doctor", "--json").out) if one["id"] == "vault"]
    assert found["state"] == "broken"
    with open_database(str(tmp_path / "vault.db")).read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM vault_persons").scalar_one() == 0

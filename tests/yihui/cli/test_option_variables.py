"""A value of an option that a variable gives and that can't be read: exit code 3, and the variable is named."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.yihui.commands import Command
from yihui.cli import build_command
from yihui.runtime.setting import Secrecy
from yihui.runtime.settings import SETTINGS

# Every variable of an option: values that can't be read, each with what a reader sees of it, and the commands.
_NEAREST = ("stations", "nearest", "117", "36.5", "--datum", "wgs84", "--travel", "walk")
TITLE = "the settings can't be used; nothing was touched"
UNREADABLE: dict[str, tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]] = {
    "YIHUI_DATABASE_URL": (
        ("mysql://a/b", "postgresql://h1:x,h2/b", "/nowhere/at/all.db"),
        (("ledger", "verify"), ("migrate", "--check"), ("backup", "--to", "copy.yihui")),
    ),
    "YIHUI_ROUTING": (("/nowhere",), (("serve",), _NEAREST)),
    "YIHUI_STREETS": (
        ("/nowhere", __file__),
        (
            ("serve",),
            ("streets", "search", "泉城路"),
            ("stations", "place", "--by-address", "--as", "wang"),
            ("map", "--out", "never.html"),
            ("report", "coverage"),
        ),
    ),
    "YIHUI_BASE_MAP": (("/nowhere.mbtiles", __file__), (("serve",),)),
    "YIHUI_PUBLIC": (("a/b", "ok.example,a b:::"), (("serve",),)),
    "YIHUI_BEHIND_PROXY": (("zz", "127.0.0.1,zz"), (("serve",),)),
    "YIHUI_PER_CLIENT": (("abc", "riders=", "0"), (("serve",),)),
    "YIHUI_FACES": (("foo", "riders,foo", "riders=a/b"), (("serve",),)),
    "YIHUI_MEMBERS_NAME": (("a/b", "me.example,b.example"), (("serve",),)),
    "YIHUI_WORKER_INSTANCE": (("+++", "工人", "a" * 200), (("worker",),)),
    "YIHUI_KAFKA_PARTITIONS": (
        ("abc", "0", "1.5", "10001"),
        (("topics", "list"), ("topics", "apply"), ("topics", "apply", "--dry-run")),
    ),
    "YIHUI_BACKUP_RECIPIENTS": (
        ("age1nothing",),
        (("backup", "--to", "copy.yihui"), ("keys", "backup", "--to", "keys.age")),
    ),
}


def _iter_options(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for parameter in command.params:
        if parameter.envvar:
            yield path, parameter
    for name, below in getattr(command, "commands", {}).items():
        yield from _iter_options(below, (*path, name))


def _is_opaque(variable: str) -> bool:
    """Any text may be somebody's key: one that is wrong is refused by what it should open."""
    return SETTINGS[variable].secrecy is Secrecy.TYPED


def test_every_option_with_a_variable_has_its_unreadable_values_here() -> None:
    found: dict[str, set[tuple[str, ...]]] = {}
    for path, parameter in _iter_options(build_command("en")):
        found.setdefault(parameter.envvar, set()).add(path)
    assert {variable for variable in found if not _is_opaque(variable)} == UNREADABLE.keys()
    assert found.keys() <= SETTINGS.keys()
    for variable, paths in found.items():
        if not _is_opaque(variable) and paths != {()}:
            tried = {command[: len(path)] for path in paths for command in UNREADABLE[variable][1]}
            assert paths <= tried, variable


def _cases() -> Iterator[Any]:
    for variable, (values, commands) in UNREADABLE.items():
        for value in values:
            for command in commands:
                is_first = (value, command) == (values[0], commands[0])
                marks = () if is_first else pytest.mark.endure
                id_ = f"{variable}={value} {' '.join(command)}"
                yield pytest.param(variable, value, command, id=id_, marks=marks)


@pytest.fixture(autouse=True)
def broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIHUI_KAFKA", "127.0.0.1:1")


def _tree(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*"))


@pytest.mark.parametrize(("variable", "value", "command"), list(_cases()))
def test_a_value_that_can_not_be_read_ends_with_3_and_names_the_variable(
    yihui: Command,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    value: str,
    command: tuple[str, ...],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(variable, value)
    before = _tree(tmp_path)
    done = yihui(*command, lang="en")
    assert done.code == 3, done.err
    title, message, remedy = (line.strip() for line in done.err.splitlines()[-3:])
    assert title == TITLE
    assert variable in message and value in message
    assert remedy.startswith("→ ") and "--help" not in remedy
    assert "--" not in message
    assert _tree(tmp_path) == before, "nothing is touched"


def test_a_file_that_holds_the_databases_address_is_named_by_its_variable(
    yihui: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "database_url"
    path.write_text("mysql://user:hidden@a/b")
    path.chmod(0o400)
    monkeypatch.setenv("YIHUI_DATABASE_URL_FILE", str(path))
    done = yihui("ledger", "verify", "--json", lang="en")
    assert done.code == 3
    [line] = json.loads(done.out)["errors"]
    assert line["field"] == "YIHUI_DATABASE_URL_FILE"
    assert "YIHUI_DATABASE_URL_FILE" in line["message"] and str(path) in line["message"]
    assert "hidden" not in done.out + done.err


def test_a_password_in_the_address_is_not_shown(yihui: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    for address in (
        "mysql://user:hidden@a/b",
        "postgresql://user:hidden@h1:x,h2/b",
        "postgresql://u:hidden@h/b",
    ):
        monkeypatch.setenv("YIHUI_DATABASE_URL", address)
        done = yihui("ledger", "verify")
        assert (done.code, "YIHUI_DATABASE_URL" in done.err) == (3, True), done.err
        assert "hidden" not in done.words


def test_what_was_typed_is_blamed_on_who_typed_it(yihui: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, option, value, command in (
        ("YIHUI_KAFKA_PARTITIONS", "--partitions", "abc", ("topics", "list")),
        ("YIHUI_WORKER_INSTANCE", "--instance", "+++", ("worker",)),
        ("YIHUI_FACES", "--faces", "foo", ("serve",)),
    ):
        monkeypatch.setenv(variable, "also wrong")
        for typed in ((option, value), (f"{option}={value}",)):
            done = yihui(*command, *typed)
            assert (done.code, variable in done.err, value in done.err) == (2, False, True), done.err
    monkeypatch.setenv("YIHUI_DATABASE_URL", "mysql://a/b")
    done = yihui("ledger", "verify", "--db", "mysql://c/d", lang="en")
    assert (done.code, "YIHUI_DATABASE_URL" in done.err, "mysql://c/d" in done.err) == (3, False, True)

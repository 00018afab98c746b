"""What every command declares: its help, `--json`, and the right of an officer who acts."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest

from tests.yihui.commands import build_command_once
from yihui.cli.command_rights import COMMAND_RIGHTS, OWN_GROUPS
from yihui.cli.outline import GROUPS, ROOT_COMMANDS
from yihui.services.access.act_places import PLACES

# They write files, run until they are stopped, or say only that it is done.
WITHOUT_JSON = {
    *("audit export", "demo", "feeds draft", "ledger export", "login", "logout", "polls chart"),
    *("lottery commit", "lottery draw", "lottery publish", "map", "organisations export", "rules draft"),
    *("rules expressions", "schedule follow", "serve", "stations export", "worker"),
    *("benefits forget-appeal", "benefits give-up", "cards keys retire", "cards keys rotate"),
    *("officers link", "rules reject", "rules retire", "rules stop"),
    *("senders revoke", "stations devices revoke", "webhooks remove"),
}  # fmt: skip


def leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Every command that does something, by its path."""
    below = getattr(command, "commands", None)
    if below is None:
        yield " ".join(path), command
        return
    for name, one in below.items():
        yield from leaves(one, (*path, name))


@pytest.fixture(scope="module")
def commands() -> dict[str, Any]:
    return dict(leaves(build_command_once("en")))


def with_option(commands: dict[str, Any], option: str) -> set[str]:
    return {path for path, leaf in commands.items() if any(option in one.opts for one in leaf.params)}


def test_every_command_and_option_says_what_it_is_for() -> None:
    silent: list[str] = []

    def walk(command: Any, path: str) -> None:
        if not command.help:
            silent.append(path)
        named = [one for one in command.params if one.name not in ("help", "lon", "lat")]
        silent.extend(f"{path} {one.name}" for one in named if not getattr(one, "help", None))
        for name, below in getattr(command, "commands", {}).items():
            walk(below, f"{path} {name}")

    walk(build_command_once("zh"), "yihui")
    assert silent == []


def test_every_command_that_tells_something_tells_it_as_json(commands: dict[str, Any]) -> None:
    assert set(commands) - with_option(commands, "--json") == WITHOUT_JSON


def test_every_command_that_takes_an_officer_has_a_right(commands: dict[str, Any]) -> None:
    with_officer = with_option(commands, "--as")
    assert len(with_officer) > 60
    own = {path for path in with_officer if path.split()[0] in OWN_GROUPS}
    assert with_officer - own <= set(COMMAND_RIGHTS)
    assert set(COMMAND_RIGHTS) <= set(commands), "a right for a command that is gone"


def test_every_right_is_asked_for_and_names_a_parameter_and_a_place(commands: dict[str, Any]) -> None:
    for path, entry in COMMAND_RIGHTS.items():
        assert "invoke" in vars(commands[path]), f"{path}: nothing asks for the right"
        assert {entry.argument, entry.only_with, entry.otherwise} - {None} <= {
            one.name for one in commands[path].params
        }, path
        assert entry.place in ("whole", "own", "code") or entry.place in PLACES, path


def test_the_outline_names_every_command_of_the_root() -> None:
    modules = {entry.module for entry in ROOT_COMMANDS.values()}
    made = {
        one.name or one.callback.__name__
        for module in modules
        for one in import_module(f"yihui.cli.{module}").top_level.registered_commands
    }
    assert made == set(ROOT_COMMANDS)
    assert {path.split()[0] for path in dict(leaves(build_command_once("en")))} == {*ROOT_COMMANDS, *GROUPS}

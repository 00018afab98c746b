"""Runs commands as their users do, and keeps what they say."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

from yihui import cli
from yihui.cli import run_command_line

_build_command = cache(cli.build_command)


def build_command_once(lang: str, asked: str | None = None) -> Any:
    """A command line answers any number of times, and this process asks it thousands of times."""
    return _build_command(lang, asked if asked in cli._ROOT_COMMANDS or asked in cli._GROUPS else None)


cli.build_command = build_command_once


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def words(self) -> str:
        return self.out + self.err


Command = Callable[..., Done]


def commands_through(capture: pytest.CaptureFixture[str]) -> Command:
    """No command may ever show a traceback."""

    def call(*arguments: object, lang: str = "zh") -> Done:
        capture.readouterr()
        code = run_command_line([str(argument) for argument in arguments], lang)
        captured = capture.readouterr()
        done = Done(code, captured.out, captured.err)
        assert "Traceback" not in done.words
        return done

    return call

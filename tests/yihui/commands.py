"""Runs commands as their users do, and keeps what they say."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from yihui.cli import run_command_line


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

"""Runs commands as their users do, and keeps what they say."""

import io
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from yihui import cli
from yihui.cli import run_command_line
from yihui.runtime.demo_marker import DEMO_MARKER_FILE

NOW = "2026-10-03T23:10+08:00"
_build_command = cache(cli.build_command)


def build_command_once(lang: str, asked: str | None = None) -> Any:
    """A command line answers any number of times, and this process asks it thousands of times."""
    return _build_command(lang, asked)


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


def run_quietly(*arguments: object, lang: str = "zh") -> Done:
    """Run a command where no test's capture is at hand."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = run_command_line([str(argument) for argument in arguments], lang)
    return Done(code, out.getvalue(), err.getvalue())


@contextmanager
def commands_in(folder: Path, **environment: str) -> Iterator[Command]:
    """Run commands in a data folder that is built once for a file's tests, which then get copies of it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("YIHUI_DATA_FOLDER", str(folder))
        patch.setenv("YIHUI_NOW", NOW)
        patch.delenv("YIHUI_DATABASE_URL", raising=False)
        for name, value in environment.items():
            patch.setenv(name, value)
        (folder / DEMO_MARKER_FILE).touch()  # the clock may be stopped
        yield run_quietly


def copy_folder(built: Path, to: Path) -> None:
    """Give a test a copy of what was built once."""
    shutil.copytree(built, to, dirs_exist_ok=True)

"""The stack comes up by one command, once, and goes by another, whole; only processes that were noted are ended."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.processes import DetachedProcess, end_processes, process_start_id
from tools.stack import Stack

ROOT = Path(__file__).parents[2]


def stack(act: str, folder: Path, *more: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "tools.stack", act, "--folder", str(folder), *more]
    given = {**os.environ, "YIHUI_LANG": "en", **environment}
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=given)
    assert "Traceback" not in done.stderr, done.stderr
    return done


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("stacked") / "stack"
    yield folder
    stack("stop", folder)


def test_stopping_leaves_a_process_alone_that_got_the_number_of_one_of_ours(tmp_path: Path) -> None:
    folder = tmp_path / "stack"
    folder.mkdir()
    ours = DetachedProcess("worker-1", os.getpid(), "a start of the machine long ago 17")
    Stack(folder, processes=[ours]).save()
    assert stack("stop", folder).returncode == 0
    assert process_start_id(os.getpid()) is not None
    assert not folder.exists()


def test_a_folder_that_holds_no_stack_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    assert "no stack is running" in stack("stop", tmp_path).stderr
    assert (tmp_path / "mine.txt").exists()


@pytest.fixture
def sleeper() -> Iterator["subprocess.Popen[bytes]"]:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as process:
        yield process
        process.kill()


def test_a_process_that_got_a_noted_number_later_is_left_alone(sleeper: "subprocess.Popen[bytes]") -> None:
    ours = DetachedProcess.from_pid("sleeper", sleeper.pid)
    another = DetachedProcess("ours once", sleeper.pid, ours.began + "1")
    assert not another.is_running
    end_processes([another])
    another.kill()
    another.send_signal(signal.SIGKILL)
    assert ours.is_running
    assert sleeper.poll() is None

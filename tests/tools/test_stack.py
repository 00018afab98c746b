"""The stack comes up by one command, once, and goes by another, whole."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from tools.processes import DetachedProcess, process_start_id
from tools.stack import Stack

ROOT = Path(__file__).parents[2]


def stack(act: str, folder: Path, *more: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "tools.stack", act, "--folder", str(folder), *more]
    given = {**os.environ, "YIHUI_LANG": "en", **environment}
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=given)
    assert "Traceback" not in done.stderr, done.stderr
    return done


def status_of(address: str) -> int:
    return httpx.get(address, timeout=30).status_code


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("stacked") / "stack"
    yield folder
    stack("stop", folder)


@pytest.mark.endure
@pytest.mark.needs("kafka", "postgres")
def test_it_starts_once_and_stops_whole(folder: Path) -> None:
    first = stack("start", folder, "--workers", "1", YIHUI_KAFKA="127.0.0.1:1")
    assert first.returncode == 0, first.stderr
    running = Stack.load(folder)
    assert running is not None
    names = [process.name for process in running.processes]
    assert names == ["kafka", "postgresql", "riders", "site", "relay", "schedule", "worker-1"]
    assert all(process.is_running for process in running.processes)
    exported = dict(
        line.removeprefix("export ").split("=", 1)
        for line in first.stdout.splitlines()
        if line.startswith("export ")
    )
    assert exported == running.environment  # and not the broker that the shell named
    assert status_of(f"{running.pages['riders']}/") == 200
    assert status_of(f"{running.pages['riders']}/me") == 404, "riders' site has their face alone"
    assert status_of(f"{running.pages['site']}/me/login") == 200
    with psycopg.connect(exported["YIHUI_DATABASE_URL"]) as connection:
        assert connection.execute("SELECT count(*) FROM ingress").fetchone() == (0,)

    second = stack("start", folder)
    assert (second.returncode, second.stdout) == (0, first.stdout)
    assert "running already" in second.stderr
    assert Stack.load(folder) == running

    stopped = stack("stop", folder)
    assert stopped.returncode == 0, stopped.stderr
    assert not [process.name for process in running.processes if process.is_running]
    assert not folder.exists()
    assert not [place for place in running.folders if Path(place).exists()]
    assert "no stack is running" in stack("stop", folder).stderr


def test_stopping_leaves_a_process_alone_that_got_the_number_of_one_of_ours(tmp_path: Path) -> None:
    folder = tmp_path / "stack"
    folder.mkdir()
    ours = DetachedProcess("worker-1", os.getpid(), "a start of the machine long ago 17")
    Stack(folder, processes=[ours]).save()
    assert stack("stop", folder).returncode == 0
    assert process_start_id(os.getpid()) is not None
    assert not folder.exists()


@pytest.mark.endure
@pytest.mark.needs("kafka", "postgres")
def test_a_stack_of_which_one_died_is_told_and_not_started_twice(tmp_path: Path) -> None:
    folder = tmp_path / "stack"
    folder.mkdir()
    begun = Stack(folder, processes=[DetachedProcess("worker-2", os.getpid(), "gone 1")], is_live=True)
    begun.save()
    again = stack("start", folder)
    assert again.returncode == 1
    assert "isn't whole (worker-2): make stack-stop" in again.stderr
    assert json.loads(begun.record_file.read_text())["is_live"]


def test_without_java_it_says_what_to_install_and_leaves_nothing(tmp_path: Path) -> None:
    done = stack("start", tmp_path / "stack", PATH="/nowhere")
    assert done.returncode == 3
    assert "Java is missing" in done.stderr
    assert not (tmp_path / "stack").exists()


def test_a_folder_that_holds_no_stack_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    assert "no stack is running" in stack("stop", tmp_path).stderr
    assert (tmp_path / "mine.txt").exists()

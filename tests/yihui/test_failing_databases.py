"""A database that is locked, read-only or on a full disk: told, exit code 3, nothing half-written."""

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.events.sending import Sender
from tests.yihui.commands import Command

ROOT = Path(__file__).parents[2]


def write_events(path: Path, people: int) -> Path:
    send = Sender()
    lines = [line for n in range(people) for line in (send.joined(f"m-{n}"), send.birthday(f"m-{n}"))]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_locked_database_is_told_and_the_next_run_finds_it_as_it_was(
    yihui: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YIHUI_BUSY_TIMEOUT_S", "0.1")
    events = write_events(tmp_path / "events.jsonl", 1)
    assert yihui("ledger", "verify").code == 0
    other = sqlite3.connect(tmp_path / "yihui.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    done = yihui("run", events)
    assert done.code == 3
    assert "锁住" in done.err
    assert "→" in done.err
    problem = json.loads(yihui("run", events, "--json").out)
    assert "锁住" in problem["errors"][0]["message"]
    assert json.loads(yihui("ledger", "verify", "--json").out)["decisions"] == 0  # readers go on
    other.execute("ROLLBACK")
    other.close()
    assert json.loads(yihui("run", events, "--json").out)["handled"] == 2


# In a mount namespace of its own, so that a small disk or a read-only one needs no root and leaves no trace.
# An empty database and the log that it is made from need twice its size for a moment: 2 MB by now.
SCRIPT = """
mount -t tmpfs -o size=6m tmpfs "$FOLDER"
yihui() {{ "$PYTHON" -m yihui --db "$FOLDER/yihui.db" "$@" && echo "exit 0" || echo "exit $?"; }}
{steps}
"""
FULL = """
yihui ledger verify
yihui run "$EVENTS"
mount -o remount,size=64m "$FOLDER"
yihui ledger verify
yihui run "$EVENTS"
yihui ledger verify
"""
READ_ONLY = """
yihui ledger verify
{protect}
yihui run "$EVENTS"
{release}
yihui run "$EVENTS"
"""


def on_a_disk_of_its_own(tmp_path: Path, steps: str, people: int) -> tuple[list[str], str]:
    """Runs the steps; gives what they printed and what they complained of."""
    folder = tmp_path / "disk"
    folder.mkdir()
    events = write_events(tmp_path / "events.jsonl", people)
    environ = {
        **os.environ,
        "FOLDER": str(folder),
        "DB": str(folder / "yihui.db"),
        "EVENTS": str(events),
        "PYTHON": sys.executable,
        "YIHUI_DATA_FOLDER": str(tmp_path),
        "YIHUI_NOW": "2026-10-03T23:10+08:00",
        "YIHUI_LANG": "en",
    }
    command = ["unshare", "--map-root-user", "--mount", "sh", "-eu", "-c", SCRIPT.format(steps=steps)]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=True)
    assert "Traceback" not in done.stdout + done.stderr
    return done.stdout.splitlines(), done.stderr


@pytest.mark.endure
@pytest.mark.needs("mounts")
def test_a_full_disk_is_told_and_the_run_goes_on_once_there_is_room(tmp_path: Path) -> None:
    people = 1_500
    said, complaints = on_a_disk_of_its_own(tmp_path, FULL, people)
    codes = [line for line in said if line.startswith("exit ")]
    assert codes == ["exit 0", "exit 3", "exit 0", "exit 0", "exit 0"]
    assert "is full" in complaints
    assert "free some space" in complaints
    (verified,) = [
        line for line in said if line.startswith(f"decisions: {2 * people}, grants: {2 * people},")
    ]
    assert verified.endswith("all agree")


@pytest.mark.endure
@pytest.mark.needs("mounts")
@pytest.mark.parametrize(
    ("protect", "release"),
    [
        ('mount -o remount,ro "$FOLDER"', 'mount -o remount,rw "$FOLDER"'),
        ('mount --bind "$DB" "$DB"; mount -o remount,bind,ro "$DB"', 'umount "$DB"'),
    ],
    ids=["disk", "file"],
)
def test_what_is_read_only_is_told_and_nothing_is_half_written(
    tmp_path: Path, protect: str, release: str
) -> None:
    steps = READ_ONLY.format(protect=protect, release=release)
    said, complaints = on_a_disk_of_its_own(tmp_path, steps, 1)
    assert [line for line in said if line.startswith("exit ")] == ["exit 0", "exit 3", "exit 0"]
    assert "the database can't be used" in complaints
    assert "yihui.db" in complaints
    assert "→" in complaints
    assert "events handled 2, seen before 0" in " ".join(said)

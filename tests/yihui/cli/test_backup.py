"""yihui backup and yihui restore, as an operator uses them: drilled on both databases."""

import errno
import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.yihui.commands import Command
from tests.yihui.own_disk import on_a_disk_of_its_own, write_events
from tools.servers.sending import Sender
from yihui.services.operation import backup


def test_a_restored_ledger_verifies_and_goes_on(yihui: Command, target: str, tmp_path: Path) -> None:
    """Back up, lose the database, restore, send the same file once more with what came since."""
    send = Sender()
    lines = [line for n in range(30) for line in (send.joined(f"m-{n}"), send.birthday(f"m-{n}"))]
    events, file = tmp_path / "events.jsonl", tmp_path / "monday.yihui"
    events.write_text("\n".join(lines[:40]), encoding="utf-8")
    first = tmp_path / "first.db"
    assert yihui("run", events, "--db", first).code == 0
    made = yihui("backup", "--to", file, "--db", first, "--json")
    assert made.code == 0
    said = json.loads(made.out)
    assert said["rows"] > 40
    assert stat.S_IMODE(file.stat().st_mode) == 0o600

    back = yihui("restore", file, "--db", target, "--json")
    assert back.code == 0
    told = json.loads(back.out)
    assert (told["rows"], told["grants"], told["sound"]) == (said["rows"], 40, True)
    exports = [yihui("ledger", "export", "--db", database).out for database in (first, target)]
    assert exports[0] == exports[1]

    events.write_text("\n".join(lines), encoding="utf-8")
    for database in (first, target):
        again = json.loads(yihui("events", "replay", events, "--db", database, "--json").out)
        assert (again["handled"], again["duplicates"]) == (20, 40)
        assert yihui("ledger", "verify", "--db", database).code == 0
    exports = [yihui("ledger", "export", "--db", database).out for database in (first, target)]
    assert exports[0] == exports[1]


def test_a_process_of_its_own_backs_up_and_restores(yihui: Command, tmp_path: Path) -> None:
    """Tests share a process in which all tables are declared; an operator's command declares what it needs."""
    first, second, file = (str(tmp_path / name) for name in ("first.db", "second.db", "monday.yihui"))
    assert yihui("run", write_events(tmp_path / "events.jsonl", 3), "--db", first).code == 0
    for arguments in (("--db", first, "backup", "--to", file), ("--db", second, "restore", file)):
        command = [sys.executable, "-m", "yihui", *arguments]
        done = subprocess.run(command, env={**os.environ, "YIHUI_DATA_FOLDER": str(tmp_path)}, check=False)
        assert done.returncode == 0, arguments


def test_a_backup_is_never_written_over_a_database(yihui: Command, tmp_path: Path) -> None:
    assert yihui("ledger", "verify").code == 0
    before = (tmp_path / "yihui.db").read_bytes()
    refused = yihui("backup", "--to", tmp_path / "yihui.db", "--force")
    assert refused.code == 1
    assert (tmp_path / "yihui.db").read_bytes() == before


FULL = """
yihui run "$EVENTS"
mount -o remount,size={size} "$FOLDER"
yihui backup --to "$FOLDER/a.yihui"
ls -A "$FOLDER"
mount -o remount,size=64m "$FOLDER"
yihui backup --to "$FOLDER/a.yihui"
mount -o remount,size={then} "$FOLDER"
yihui --db "$FOLDER/b.db" restore "$FOLDER/a.yihui"
mount -o remount,size=64m "$FOLDER"
yihui --db "$FOLDER/b.db" restore "$FOLDER/a.yihui"
"""


@pytest.mark.endure
@pytest.mark.needs("mounts")
def test_a_full_disk_leaves_neither_half_a_backup_nor_half_a_database(tmp_path: Path) -> None:
    steps = 'mount -o remount,size=64m "$FOLDER"' + FULL
    used = '$(df --output=used -k "$FOLDER" | tail -1)'
    steps = steps.format(size=f"$(({used} + 8))k", then=f"$(({used} + 300))k")
    said, complaints = on_a_disk_of_its_own(tmp_path, steps, 300)
    codes = [line for line in said if line.startswith("exit ")]
    assert codes == ["exit 0", "exit 3", "exit 0", "exit 3", "exit 0"], complaints
    listed = said[said.index("exit 3") + 1 : said.index("exit 0", said.index("exit 3"))]
    assert not [name for name in listed if name.startswith("a.yihui")]
    assert said[-2] == "decisions: 600, grants: 600; the ledger agrees, work can go on"


def test_a_backup_that_fails_at_its_last_file_leaves_none_and_deletes_none(
    yihui: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert yihui("run", write_events(tmp_path / "events.jsonl", 20)).code == 0
    folder = tmp_path / "backups"
    folder.mkdir()
    (folder / "yihui-20260101T000000Z.yihui").write_bytes(b"an older one")
    for step in ("back_up_attachments", "write_heads_file"):

        def fail(*_: object) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))

        with monkeypatch.context() as patched:
            patched.setattr(backup, step, fail)
            assert yihui("backup", "--into", folder, "--keep-daily", 1, "--keep-monthly", 0).code == 3
        assert [path.name for path in folder.iterdir()] == ["yihui-20260101T000000Z.yihui"]


def test_a_backup_that_is_asked_to_end_leaves_nothing_in_clear(
    yihui: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def end(_: object, to: Path, *__: object) -> None:
        assert to.exists() and to.parent.name.startswith(".yihui-backup-")
        signal.raise_signal(signal.SIGTERM)
        raise AssertionError("went on")

    assert yihui("run", write_events(tmp_path / "events.jsonl", 20)).code == 0
    monkeypatch.setattr(backup, "back_up_attachments", end)
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        assert yihui("backup", "--to", tmp_path / "a.yihui").code == 143
    finally:
        signal.signal(signal.SIGTERM, before)
    assert not list(tmp_path.glob("a.yihui*")) and not list(tmp_path.glob(".yihui-backup-*"))


def test_a_damaged_backup_makes_no_database(yihui: Command, tmp_path: Path) -> None:
    file, other = tmp_path / "a.yihui", tmp_path / "b.db"
    assert yihui("run", write_events(tmp_path / "events.jsonl", 1)).code == 0
    assert yihui("backup", "--to", file).code == 0
    assert yihui("backup", "--to", file).code == 3, "there is a file"
    assert yihui("restore", file).code == 3, "there is a database"
    assert yihui("backup", "--to", file, "--force").code == yihui("restore", file, "--force").code == 0
    file.write_bytes(file.read_bytes()[:-200])
    damaged = yihui("restore", file, "--db", other)
    assert damaged.code == 3 and "已损坏" in damaged.err and not other.exists()

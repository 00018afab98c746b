"""What Yihui creates is for its owner alone, under the umask that most machines have."""

import json
import os
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from store import migrate_database, open_database
from tests.yihui.commands import Command
from tools.servers.sending import Sender
from yihui.files.whole_files import write_atomically, write_lines_atomically


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_database_its_log_and_its_index_are_for_the_owner(tmp_path: Path) -> None:
    with closing(open_database(str(tmp_path / "a.db"))) as database:
        assert list(tmp_path.iterdir()) == [], "nothing is created before it is used"
        migrate_database(database)
        with database.read():
            assert {one.name: mode(one) for one in tmp_path.iterdir()} == dict.fromkeys(
                ("a.db", "a.db-wal", "a.db-shm"), 0o600
            )


def test_a_database_that_is_there_keeps_its_mode_and_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with closing(open_database(str(path))) as database:
        migrate_database(database)
    path.chmod(0o640)
    size = path.stat().st_size
    with closing(open_database(str(path))) as database, database.read():
        assert (mode(path), path.stat().st_size) == (0o640, size)


def test_a_new_data_folder_is_for_the_owner(
    yihui: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "new" / "data"
    monkeypatch.setenv("YIHUI_DATA_FOLDER", str(folder))
    assert yihui("events", "dead-letters", "list").code == 0
    assert (mode(folder), mode(folder / "yihui.db")) == (0o700, 0o600)


def test_an_export_of_the_ledger_is_for_the_owner_and_a_register_for_all(
    yihui: Command, tmp_path: Path
) -> None:
    send = Sender()
    (tmp_path / "e.jsonl").write_text(f"{send.joined('m-1')}\n{send.birthday('m-1')}\n", "utf-8")
    assert yihui("run", tmp_path / "e.jsonl").code == 0
    (tmp_path / "ledger.txt").write_text("earlier")  # with the mode of the umask
    assert yihui("ledger", "export", "--out", tmp_path / "ledger.txt").code == 0
    assert mode(tmp_path / "ledger.txt") == 0o600


def test_only_a_public_file_is_for_all(tmp_path: Path) -> None:
    write_atomically(tmp_path / "a", "x")
    write_lines_atomically(tmp_path / "b", ["x"])
    write_atomically(tmp_path / "c", "x", public=True)
    assert [mode(tmp_path / name) for name in "abc"] == [0o600, 0o600, 0o644]


def test_the_doctor_names_what_others_can_read(yihui: Command, tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    assert yihui("events", "dead-letters", "list").code == 0
    (tmp_path / "identity.key").write_bytes(b"k" * 32)
    (tmp_path / "identity.key").chmod(0o600)

    def found() -> dict[str, str]:
        checks = json.loads(yihui("doctor", "--json", lang="en").out)
        return next(check for check in checks if check["id"] == "permissions")

    assert found()["state"] == "ok"
    for name, wide in {"": 0o755, "identity.key": 0o640, "yihui.db": 0o644}.items():
        before = mode(tmp_path / name)
        (tmp_path / name).chmod(wide)
        said = found()
        assert said["state"] == "broken"
        assert str(tmp_path / name) in said["detail"]
        assert said["remedy"] == f"run: chmod go-rwx {tmp_path / name}".rstrip("/")
        (tmp_path / name).chmod(before)
    assert found()["state"] == "ok"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's folders can stand for a volume of Kubernetes")
def test_the_doctor_leaves_the_group_of_a_volume_alone(
    yihui: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kubernetes gives it to root and to the group of the pod's user, who can't change that."""
    tmp_path.chmod(0o2770)
    assert yihui("events", "dead-letters", "list").code == 0
    (tmp_path / "heads.key").write_bytes(b"k" * 32)
    (tmp_path / "heads.key").chmod(0o660)
    monkeypatch.setattr(os, "geteuid", lambda: 10001)
    monkeypatch.setattr(os, "getgroups", lambda: [tmp_path.stat().st_gid])

    def state() -> str:
        checks = json.loads(yihui("doctor", "--json", lang="en").out)
        return str(next(check["state"] for check in checks if check["id"] == "permissions"))

    assert state() == "ok"
    (tmp_path / "heads.key").chmod(0o664)
    assert state() == "broken"
    (tmp_path / "heads.key").chmod(0o660)
    monkeypatch.setattr(os, "getgroups", list)
    monkeypatch.setattr(os, "getegid", lambda: 10001)
    assert state() == "broken", "the group is another one than our user's"

"""A backup proves itself, and goes back whole or not at all."""

import errno
import gzip
import json
import os
import signal
import sqlite3
import stat
import threading
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text

from store import (
    HEAD_REVISION,
    BackupRefused,
    Database,
    DatabaseLocked,
    StoreError,
    check_backup,
    inbox,
    migrate_database,
    open_database,
    outbox,
    restore_backup,
    write_backup,
)
from tests.store.inbox_rows import NOW, counted, fill
from yihui.access.job_tables import job_files


@pytest.fixture
def backup(database: Database, tmp_path: Path) -> Path:
    fill(database, 0, 2_500)
    write_backup(database, tmp_path / "a.yihui", NOW)
    return tmp_path / "a.yihui"


@pytest.mark.both_databases
def test_all_rows_come_back_as_they_were_and_numbers_go_on(
    database: Database, backup: Path, empty: Database
) -> None:
    told: list[int] = []
    done = restore_backup(empty, backup, told.append)
    assert (done.revision, done.rows["inbox"], told[-1]) == (HEAD_REVISION, 2_500, sum(done.rows.values()))
    for table in (inbox, outbox):
        with database.read() as one, empty.read() as other:
            before, after = (set(read.execute(select(table))) for read in (one, other))
            assert before == after
            assert len(before) == 2_500
    fill(empty, 2_500, 1)  # the outbox counts on: no number is given twice


@pytest.mark.endure
def test_a_backup_of_a_backup_has_the_same_rows_whatever_the_database(
    target: str, database: Database, backup: Path, empty: Database, tmp_path: Path
) -> None:
    """SQLite → file → SQLite and PostgreSQL → file → SQLite, and back into the kind that it came from."""
    restore_backup(empty, backup)
    write_backup(empty, tmp_path / "b.yihui", NOW)
    restore_backup(database, tmp_path / "b.yihui", force=True)
    fill(database, 2_500, 1)
    write_backup(database, tmp_path / "c.yihui", NOW)
    lines = {
        name: gzip.decompress((tmp_path / name).read_bytes()).splitlines()[1:-1]
        for name in ("a.yihui", "c.yihui")
    }
    gone = set(lines["a.yihui"]) - set(lines["c.yihui"])
    assert all(b"true" in line or b"false" in line for line in gone), gone  # SQLite says 0 and 1
    assert len(lines["c.yihui"]) == len(lines["a.yihui"]) + 2


@pytest.mark.both_databases  # what is restored into PostgreSQL goes another way
def test_files_in_the_database_come_back_byte_by_byte(
    database: Database, empty: Database, tmp_path: Path
) -> None:
    """A picture or a workbook, which are no text, could not be backed up."""
    contents = [b"", "\u5ea7\u4f4d".encode(), b"\x89PNG\r\n\x1a\n\0\xff", bytes(range(256))]
    file = {"role": "made", "name": "a.png", "media_type": "image/png", "stored_at": NOW}
    rows = [
        {**file, "job": str(number), "size_bytes": len(content), "content": content}
        for number, content in enumerate(contents)
    ]
    with database.write() as connection:
        connection.execute(insert(job_files), rows)
    write_backup(database, tmp_path / "a.yihui", NOW)
    restore_backup(empty, tmp_path / "a.yihui")
    write_backup(empty, tmp_path / "b.yihui", NOW)
    restore_backup(database, tmp_path / "b.yihui", force=True)
    for one in (empty, database):
        with one.read() as connection:
            found = connection.execute(select(job_files.c.content).order_by(job_files.c.job)).scalars()
            assert list(found) == contents


def test_only_its_owner_may_read_a_backup_and_no_part_of_it_is_left_beside(backup: Path) -> None:
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert list(backup.parent.glob("*.part")) == []


@pytest.mark.both_databases
def test_writers_go_on_and_a_backup_holds_one_instant(database: Database, tmp_path: Path) -> None:
    """Each transaction writes one row into each of two tables: a backup never has more of one."""
    stop, numbers = threading.Event(), iter(range(100_000))

    def write() -> None:
        while not stop.is_set():
            fill(database, next(numbers), 1)

    fill(database, 100_000, 3_000)
    writer = threading.Thread(target=write)
    writer.start()
    try:
        sizes = []
        for number in range(4):
            made = write_backup(database, tmp_path / f"{number}.yihui", NOW)
            assert made.rows["inbox"] == made.rows["outbox"]
            sizes.append(made.rows["inbox"])
            check_backup(tmp_path / f"{number}.yihui")
    finally:
        stop.set()
        writer.join()
    assert sizes == sorted(set(sizes)), "nobody wrote meanwhile: the test proves nothing"


def test_a_file_that_is_there_and_a_database_that_is_not_empty_are_left_alone(
    database: Database, backup: Path
) -> None:
    before = backup.read_bytes(), counted(database)
    with pytest.raises(BackupRefused, match="there is a file"):
        write_backup(database, backup, NOW)
    with pytest.raises(BackupRefused, match="is not empty") as refused:
        restore_backup(database, backup)
    assert refused.value.faults[0].params["rows"] == "5000"
    assert (backup.read_bytes(), counted(database)) == before


def test_a_database_that_is_only_migrated_counts_as_empty_and_forced_all_is_replaced(
    database: Database, tmp_path: Path
) -> None:
    write_backup(database, tmp_path / "empty.yihui", NOW)
    restore_backup(database, tmp_path / "empty.yihui")
    fill(database, 0, 5)
    restore_backup(database, tmp_path / "empty.yihui", force=True)
    assert counted(database) == (0, 0)
    fill(database, 0, 1)


def test_tables_of_another_program_are_never_replaced(target: str, backup: Path, tmp_path: Path) -> None:
    foreign = open_database(str(tmp_path / "foreign.db"))
    with foreign.write() as connection:
        connection.execute(text("CREATE TABLE theirs (a INTEGER)"))
    with pytest.raises(StoreError, match="another program"):
        restore_backup(foreign, backup, force=True)


def test_a_restore_that_fails_leaves_the_database_as_it_was(database: Database, backup: Path) -> None:
    fill(database, 5_000, 1)

    def unplugged(rows: int) -> None:
        if rows > 2_500:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        restore_backup(database, backup, unplugged, force=True)
    assert counted(database) == (2_501, 2_501)
    restore_backup(database, backup, force=True)
    assert counted(database) == (2_500, 2_500)


@pytest.mark.endure
@pytest.mark.needs("postgres")
def test_a_row_that_postgresql_can_not_hold_is_named_and_nothing_is_restored(
    postgres_database: str, empty: Database, tmp_path: Path
) -> None:
    """SQLite keeps what it is given; PostgreSQL keeps to the column's width."""
    migrate_database(empty)
    with empty.write() as connection:
        connection.execute(
            insert(inbox), {"source": "/s", "id": "1", "digest": "x" * 65, "recorded_at": NOW, "batch": 0}
        )
    write_backup(empty, tmp_path / "a.yihui", NOW)
    other = open_database(postgres_database)
    with pytest.raises(BackupRefused, match="does not fit") as refused:
        restore_backup(other, tmp_path / "a.yihui")
    assert refused.value.faults[0].params["table"] == "inbox"
    migrate_database(other)
    assert counted(other) == (0, 0)


def test_a_backup_that_is_interrupted_leaves_nothing_and_a_full_disk_is_told_with_the_file(
    database: Database, tmp_path: Path
) -> None:
    fill(database, 0, 10)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(OSError, match="No space left") as told:
        write_backup(database, tmp_path / "a.yihui", NOW, full)
    assert told.value.filename == str(tmp_path / "a.yihui")

    def unplugged(_: int) -> None:
        assert not (tmp_path / "a.yihui").exists(), "its name stands only when it is whole"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_backup(database, tmp_path / "a.yihui", NOW, unplugged)
    assert list(tmp_path.glob("a.yihui*")) == []


@pytest.mark.endure
def test_a_restore_that_is_killed_leaves_a_database_that_can_be_restored_into(
    backup: Path, target: str, tmp_path: Path
) -> None:
    path = tmp_path / "killed.db"
    process = os.fork()
    if process == 0:
        restore_backup(
            open_database(str(path)),
            backup,
            lambda rows: rows > 2_500 and os.kill(os.getpid(), signal.SIGKILL),
        )
        os._exit(0)
    assert os.WIFSIGNALED(os.waitpid(process, 0)[1])
    again = open_database(str(path))
    restore_backup(again, backup)
    assert counted(again) == (2_500, 2_500)


@pytest.mark.endure
def test_a_target_that_another_program_holds_is_told(backup: Path, tmp_path: Path) -> None:
    held = open_database(str(tmp_path / "held.db"), busy_timeout_s=0.05)
    migrate_database(held)
    other = sqlite3.connect(tmp_path / "held.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseLocked):
        restore_backup(held, backup)
    other.execute("ROLLBACK")
    other.close()
    restore_backup(held, backup)


def test_the_first_line_says_what_a_backup_holds(backup: Path) -> None:
    head = json.loads(gzip.decompress(backup.read_bytes()).partition(b"\n")[0])
    assert (head["revision"], head["rows"]["inbox"]) == (HEAD_REVISION, 2_500)
    assert head["columns"]["inbox"] == ["source", "id", "digest", "recorded_at", "batch"]

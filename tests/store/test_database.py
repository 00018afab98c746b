"""The one way to write and the one way to read, on both databases."""

import os
import shutil
import sqlite3
import stat
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import OperationalError

from store import (
    Database,
    DatabaseLocked,
    DatabaseReadOnly,
    StoreError,
    errors,
    inbox,
    migrate_database,
    open_database,
    read_once,
    read_records,
)
from tests.quick_sqlite import waiting_for_the_disk

pytestmark = [pytest.mark.both_databases, pytest.mark.always]  # make test proves the store on both, too
ROW = {"source": "/s", "id": "1", "digest": "d", "recorded_at": datetime(2026, 5, 1, tzinfo=UTC), "batch": 0}


def test_what_fails_in_the_middle_leaves_nothing(database: Database) -> None:
    with pytest.raises(RuntimeError), database.write() as connection:
        connection.execute(insert(inbox), ROW)
        raise RuntimeError("in the middle")
    with database.read() as connection:
        assert connection.execute(select(inbox)).all() == []


def test_instants_come_back_as_they_went_in_whatever_their_offset(database: Database) -> None:
    shanghai = datetime(2026, 5, 1, 0, 30, 0, 123456, tzinfo=timezone(timedelta(hours=8)))
    with database.write() as connection:
        connection.execute(insert(inbox), {**ROW, "recorded_at": shanghai})
    with database.read() as connection:
        found = connection.execute(select(inbox.c.recorded_at)).scalar_one()
    assert found == shanghai
    assert found.utcoffset() == timedelta(0)


def test_records_name_their_columns_by_plain_texts(database: Database) -> None:
    with database.write() as connection:
        connection.execute(insert(inbox), ROW)
        (record,) = read_records(connection.execute(select(inbox.c.source, inbox.c.id)))
    assert record == {"source": "/s", "id": "1"}
    assert {type(name) for name in record} == {str}


def test_a_reading_transaction_reads_once_what_a_writing_one_reads_anew(database: Database) -> None:
    with database.write() as connection:
        assert [read_once(connection, "a", lambda n=n: n) for n in (1, 2)] == [1, 2]
    for _ in range(2):
        with database.read() as connection:
            assert [read_once(connection, "a", lambda n=n: n) for n in (1, 2)] == [1, 1]
            assert [read_once(connection, str(n), lambda n=n: n) for n in range(200)] == [*range(200)]


def test_a_commit_in_a_file_waits_for_the_disk(migrated_file: Path) -> None:
    """A benefit that a member was told of outlives a power failure; other tests open files without that wait."""
    with (
        waiting_for_the_disk(),
        closing(open_database(str(migrated_file))) as opened,
        opened.read() as connection,
    ):
        assert connection.execute(text("PRAGMA synchronous")).scalar_one() == 2


@pytest.mark.needs("postgres")
def test_postgresql_neither_compiles_a_long_lookup_nor_starts_workers_for_it(
    postgres_database: str,
) -> None:
    database = open_database(postgres_database)
    with database.read() as connection:
        found = [
            connection.execute(text(f"SHOW {name}")).scalar_one() for name in ("jit", "parallel_setup_cost")
        ]
    database.close()
    assert found == ["off", "100000"]


def test_a_reader_sees_one_snapshot_whatever_is_written_meanwhile(database: Database) -> None:
    with database.read() as connection:
        before = connection.execute(select(inbox)).all()
        with database.write() as other:
            other.execute(insert(inbox), ROW)
        assert connection.execute(select(inbox)).all() == before == []


def test_a_file_keeps_the_name_that_it_was_given(tmp_path: Path) -> None:
    names = {"a#1.db", "a?2.db", "a%41.db", "空 格.db"}
    for name in names:
        migrate_database(open_database(str(tmp_path / name)))
    assert {path.name for path in tmp_path.glob("*") if path.suffix == ".db" or path.name == "a"} == names


def test_thirty_two_threads_take_exactly_the_hundred_places_that_there_are(database: Database) -> None:
    """The reason why SQLite's writers begin IMMEDIATE (docs/decisions/0017)."""
    with database.write() as connection:
        connection.execute(text("CREATE TABLE places (free INTEGER)"))
        connection.execute(text("INSERT INTO places VALUES (100)"))
    taken: list[int] = []

    def take() -> None:
        for _ in range(5):
            with database.write() as connection:
                free = connection.execute(text("SELECT free FROM places" + lock)).scalar_one()
                if free:
                    connection.execute(text("UPDATE places SET free = :left"), {"left": free - 1})
                    taken.append(free)

    lock = "" if database.is_sqlite else " FOR UPDATE"
    threads = [threading.Thread(target=take) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == list(range(1, 101))


def test_a_database_opened_for_reading_refuses_to_write(target: str) -> None:
    migrate_database(open_database(target))
    with pytest.raises(DatabaseReadOnly), open_database(target, read_only=True).write() as connection:
        connection.execute(insert(inbox), ROW)


def test_a_locked_database_is_told_as_such(tmp_path: Path) -> None:
    path = str(tmp_path / "yihui.db")
    migrate_database(open_database(path))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseLocked), open_database(path, busy_timeout_s=0.05).write():
        pass
    other.close()


def test_a_full_disk_is_told_as_such_and_nothing_is_half_written(tmp_path: Path) -> None:
    database = open_database(str(tmp_path / "yihui.db"))
    migrate_database(database)
    rows = [{**ROW, "id": str(number), "digest": "d" * 60} for number in range(20_000)]
    with pytest.raises(StoreError, match="is full"), database.write() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 4}")
        connection.execute(insert(inbox), rows)
    with database.read() as connection:
        assert connection.execute(select(inbox)).first() is None


def test_a_file_without_write_permission_is_told_as_such(tmp_path: Path) -> None:
    """SQLite's own way to say it: a file opened for reading only; root may write to any file."""
    path = tmp_path / "yihui.db"
    migrate_database(open_database(str(path)))
    if os.geteuid() == 0:
        database = Database(open_database(str(path), read_only=True).engine, str(path), read_only=False)
    else:
        path.chmod(stat.S_IRUSR)
        database = open_database(str(path))
    with pytest.raises(DatabaseReadOnly, match="can't be written"), database.write() as connection:
        connection.execute(insert(inbox), ROW)


def test_a_folder_that_does_not_exist_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no folder"):
        open_database(str(tmp_path / "nowhere" / "yihui.db"))


def test_a_file_that_is_no_database_is_told_as_such(tmp_path: Path) -> None:
    path = tmp_path / "letter.db"
    path.write_text("Dear Sir or Madam, " * 100)
    with pytest.raises(StoreError, match="is not a database of Yihui"):
        migrate_database(open_database(str(path)))


BAD = [
    "mysql://root:secret@127.0.0.1/x",
    "nonsense://",
    "postgresql//x://",
    "postgresql://u:secret@h:port/db",
]


@pytest.mark.parametrize("url", BAD)
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(StoreError) as caught:
        open_database(url)
    assert caught.value.code == "store.no_database"
    assert "secret" not in str(caught.value)


def test_a_server_that_is_not_there_is_told_without_its_password() -> None:
    database = open_database("postgresql://yihui:secret@127.0.0.1:1/yihui")
    with pytest.raises(StoreError) as caught, database.read():
        pass
    assert caught.value.code == "store.unreachable"
    assert "secret" not in str(caught.value)


def test_a_table_that_is_gone_is_told_as_the_databases_fault_without_any_value(database: Database) -> None:
    with database.write() as connection:
        connection.execute(text("DROP TABLE inbox"))
    with pytest.raises(StoreError) as caught, database.write() as connection:
        connection.execute(insert(inbox), {**ROW, "source": "secret"})
    assert "inbox" in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("target", "refused"),
    [
        ("postgresql://u:secret@db.example/y", True),
        ("postgresql://u:secret@10.0.0.5:5432/y", True),
        ("postgresql://u@/y?host=a.example:5432&host=127.0.0.1:5432", True),
        ("postgresql://u@/y?host=127.0.0.1,db.example", True),
        ("postgresql://u:secret@127.0.0.1:5432,db.example:5432/y?target_session_attrs=read-write", True),
        ("postgresql://u:secret@a.example,b.example/y?sslmode=verify-full", False),
        ("postgresql://u:secret@127.0.0.1:5432,[::1]:5433/y", False),
        ("postgresql://u:secret@db.example/y?sslmode=verify-full", False),
        ("postgresql://u:secret@db.example/y?sslmode=disable", False),  # said so
        ("postgresql://u@127.0.0.1:5432/y", False),
        ("postgresql://u@localhost/y", False),
        ("postgresql://u@[::1]:5432/y", False),
        ("postgresql://u@/y?host=[::1]:5432&host=localhost:5433", False),
        ("postgresql://u@/y?host=/var/run/postgresql", False),
        ("postgresql:///y", False),
    ],
)
def test_a_database_elsewhere_is_reached_encrypted_or_as_somebody_said(
    target: str, refused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PGHOST", "PGSSLMODE"):
        monkeypatch.delenv(name, raising=False)
    if refused:
        with pytest.raises(StoreError) as caught:
            open_database(target)
        assert caught.value.code == "store.not_encrypted"
        assert "secret" not in str(caught.value)
        monkeypatch.setenv("PGSSLMODE", "require")
    open_database(target).close()


@pytest.mark.parametrize(("free", "code"), [(0, "store.disk_full"), (1 << 30, "store.failed")])
def test_an_error_of_a_full_disk_says_that_it_is_full(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, free: int, code: str
) -> None:
    """SQLite calls it a disk I/O error where the file system fails before SQLite knows that it is full."""
    failed = sqlite3.OperationalError("disk I/O error")
    failed.sqlite_errorname = "SQLITE_IOERR_WRITE"
    monkeypatch.setattr(errors, "disk_usage", lambda _: shutil._ntuple_diskusage(1, 1, free))
    found = errors.translate_error(OperationalError("", {}, failed), str(tmp_path / "yihui.db"))
    assert found is not None and found.faults[0].code == code

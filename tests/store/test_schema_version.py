"""A database of an earlier revision, and one of a later: who migrates it, who refuses it, and what stays in it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from store import (
    Database,
    DatabaseLocked,
    StoreError,
    database_revision,
    migrate_database,
    open_database,
    require_migrated,
)
from store.backup import write_backup
from store.restoring import restore_backup
from tests.store.later_version import FIRST, LATER, upgrade_program

NOW = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture
def database(empty_target: str) -> Iterator[Database]:
    """A migrated database of this test alone, which changes its schema."""
    opened = open_database(empty_target)
    migrate_database(opened)
    yield opened
    opened.close()


def _accept_event(database: Database) -> None:
    with database.write() as connection:
        connection.execute(
            text("INSERT INTO ingress (event, accepted_at) VALUES ('{}', '2026-11-24 00:00:00+00:00')")
        )


def _count_events(database: Database) -> int:
    with database.read() as connection:
        return int(connection.execute(text("SELECT count(*) FROM ingress")).scalar_one())


@pytest.mark.both_databases
def test_an_earlier_database_is_refused_then_migrated_and_keeps_its_rows(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _accept_event(database)
    upgrade_program(monkeypatch, tmp_path)
    with pytest.raises(StoreError, match=f"of revision {FIRST}, and this version needs a newer one"):
        require_migrated(database)
    assert migrate_database(database)
    require_migrated(database)
    assert not migrate_database(database)
    assert _count_events(database) == 1
    with pytest.raises(StoreError, match="only go forward"):
        migrate_database(database, FIRST)


@pytest.mark.both_databases
def test_a_migration_that_fails_leaves_the_database_as_it_was(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _accept_event(database)
    with database.write() as connection:
        connection.execute(text("ALTER TABLE ingress ADD COLUMN later TEXT"))
    upgrade_program(monkeypatch, tmp_path)
    with pytest.raises(Exception, match="later"):
        migrate_database(database)
    with database.read() as connection:
        assert database_revision(connection) == FIRST
        assert not inspect(connection).has_table("later")
    assert _count_events(database) == 1


@pytest.mark.endure
@pytest.mark.needs("postgres")
def test_a_migration_waits_for_a_table_that_is_in_use_and_gives_up_with_nothing_done(
    postgres_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(open_database(postgres_database)) as opened:
        migrate_database(opened)
        upgrade_program(monkeypatch, tmp_path)
        with opened.write() as user:
            user.exec_driver_sql("LOCK TABLE ingress IN ACCESS SHARE MODE")
            with monkeypatch.context() as hurried, pytest.raises(DatabaseLocked):
                hurried.setattr("store.migration._PATIENCE_S", 0.0)
                migrate_database(opened)
            with opened.read() as connection:
                assert database_revision(connection) == FIRST
            with ThreadPoolExecutor(1) as pool:
                done = pool.submit(migrate_database, opened)
                user.commit()
                assert done.result()


def test_a_backup_of_an_earlier_database_is_restored_and_migrated(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _accept_event(database)
    write_backup(database, tmp_path / "a.yihui", NOW)
    upgrade_program(monkeypatch, tmp_path)
    restored = open_database(str(tmp_path / "restored.db"))
    assert restore_backup(restored, tmp_path / "a.yihui").revision == FIRST
    with restored.read() as connection:
        assert database_revision(connection) == LATER
    assert _count_events(restored) == 1
    restored.close()


def test_a_later_database_is_left_alone(database: Database, tmp_path: Path) -> None:
    """A backup by this program would lack what only the later one knows; a forced restore would drop it."""
    write_backup(database, tmp_path / "earlier.yihui", NOW)
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for refused in (require_migrated, migrate_database):
        with pytest.raises(StoreError, match=r"newer version of Yihui \(revision 9999\)"):
            refused(database)
    with pytest.raises(StoreError, match="newer version"):
        write_backup(database, tmp_path / "backup.gz", NOW)
    assert list(tmp_path.glob("backup*")) == []
    with pytest.raises(StoreError, match="newer version"):
        restore_backup(database, tmp_path / "earlier.yihui", force=True)

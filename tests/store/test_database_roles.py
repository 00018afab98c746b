"""On PostgreSQL the application's role works and erases, but changes nothing that must stay."""

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, select, text

import yihui.schema  # noqa: F401
from events import check_row_batches
from store import (
    Database,
    StoreError,
    metadata,
    migrate_database,
    open_database,
    restore_backup,
    write_backup,
)
from store.database_roles import APPLICATION_ROLE, grant_application_role
from store.guards import GUARDS
from store.tables import row_batches
from tests.store.test_guards import CONDITIONAL, NOW, erase, fill, refusal
from yihui.access import tables

pytestmark = pytest.mark.both_databases


@contextmanager
def roles(url: str) -> Iterator[None]:
    """The application's role and one of its members, without rights of theirs afterwards."""
    with psycopg.connect(url, autocommit=True) as owner:
        for role in (f"{APPLICATION_ROLE} NOLOGIN", f"desk LOGIN IN ROLE {APPLICATION_ROLE}"):
            made = f"DO $$ BEGIN CREATE ROLE {role}; EXCEPTION WHEN duplicate_object THEN NULL; END $$"
            owner.execute(made.encode())
    yield
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(f"DROP OWNED BY {APPLICATION_ROLE}")


def as_the_application(url: str) -> Database:
    return open_database(re.sub(r"//[^@]*@", "//desk@", url))


@pytest.fixture
def application(postgres_database: str) -> Iterator[Database]:
    """A database as the application's role sees it, which has its rights by the migration."""
    with roles(postgres_database):
        with closing(open_database(postgres_database)) as owner:
            assert migrate_database(owner)
        with closing(as_the_application(postgres_database)) as desk:
            yield desk


@pytest.mark.endure
@pytest.mark.needs("postgres")
def test_the_application_s_role_works_and_erases_but_changes_nothing_sealed(application: Database) -> None:
    fill(application)
    erase(application)
    for table, guard in GUARDS.items():
        for column in (column.name for column in metadata.tables[table].columns):
            if column not in (*guard.update, guard.locked):
                assert "permission denied" in refusal(
                    application, f'UPDATE {table} SET "{column}" = "{column}"'
                )
        if guard.delete is None:
            assert "permission denied" in refusal(application, f"DELETE FROM {table}")
        assert "permission denied" in refusal(application, f"TRUNCATE {table}")
    for statement in CONDITIONAL[:6]:
        assert re.search("permission denied|only ever added", refusal(application, statement))
    for statement in (
        "DROP TABLE seals",
        "ALTER TABLE grants DISABLE TRIGGER ALL",
        "DROP TRIGGER guard_grants_update ON grants",
    ):
        assert "must be owner" in refusal(application, statement)
    assert "permission denied" in refusal(application, "SET session_replication_role = replica")
    with application.read() as connection:
        assert check_row_batches(connection, NOW, (tables.AUDIT_BATCHES,)).faults == []
        assert connection.execute(select(row_batches)).all()


@pytest.mark.endure
@pytest.mark.needs("postgres")
def test_after_a_restore_the_application_s_role_works_as_before(
    application: Database, postgres_database: str, tmp_path: Path
) -> None:
    fill(application)
    write_backup(application, tmp_path / "b.yihui", NOW)
    with closing(open_database(postgres_database)) as owner:
        restore_backup(owner, tmp_path / "b.yihui", force=True)
    erase(application)
    assert "permission denied" in refusal(application, "DELETE FROM grants")


@pytest.mark.needs("postgres")
def test_the_application_s_role_works_and_without_rights_is_told_who_grants_them(
    migrated_copy: Database,
) -> None:
    url = migrated_copy.engine.url.set(drivername="postgresql").render_as_string(False)
    with roles(url), closing(as_the_application(url)) as desk:
        with migrated_copy.write() as connection:
            assert grant_application_role(connection)
        fill(desk)
        erase(desk)
        for table in ("decisions", "appeals", "clawbacks"):
            with desk.write() as connection:
                connection.execute(text(f"SELECT id FROM {table} FOR UPDATE")).all()
        for refused in ("SELECT id FROM grants FOR UPDATE", "DELETE FROM grants", "TRUNCATE seals"):
            assert "permission denied" in refusal(desk, refused)
        assert "must be owner" in refusal(desk, "DROP TRIGGER guard_grants_update ON grants")
        with psycopg.connect(url, autocommit=True) as owner:
            owner.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {APPLICATION_ROLE}")
        with pytest.raises(StoreError, match="permission denied") as told, desk.read() as connection:
            connection.execute(text("SELECT * FROM decisions"))
        assert [fault.code for fault in told.value.faults] == ["store.forbidden"]


def test_without_the_group_nothing_is_granted(database: Database) -> None:
    with database.write() as connection:
        if database.is_sqlite or not _has_group(connection):
            assert grant_application_role(connection) is False


def _has_group(connection: Connection) -> bool:
    query = text("SELECT count(*) FROM pg_roles WHERE rolname = :name")
    return bool(connection.execute(query, {"name": APPLICATION_ROLE}).scalar_one())

"""What seals prove can't be changed by statements: triggers on both databases, and on PostgreSQL by the roles."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest
from sqlalchemy import Connection, inspect, select, text
from sqlalchemy.exc import DBAPIError

from benefits import Officer, seal_batches
from events import check_row_batches, erase_everywhere
from rules import build_library
from store import Database, StoreError, metadata, open_database, row_batches
from store.database_roles import APPLICATION_ROLE, grant_application_role
from store.guards import GUARDS, create_guards, drop_guards, guard_names, list_guards
from tests.benefits.deciding import Wish, give
from tests.events.sending import Sender, handle_in
from yihui.access import tables
from yihui.access.actor import CONSOLE
from yihui.access.audit import AuditEntry, append_audit_entry, erase_audit_texts

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
SEALED_APART = {"vault_unmaskings"}  # has triggers of its own
assert tables


def fill(database: Database) -> None:
    """Rows in every hot table, and an audit entry; all sealed."""
    send = Sender()
    handle_in(database, build_library([], []), [send.imported("m-1"), send.imported("m-2")], 5)
    give(database, Wish("m-1"))
    with database.write() as connection:
        append_audit_entry(connection, CONSOLE, AuditEntry("members.read", "member", "m-1", "核对"), NOW)
        while seal_batches(connection, NOW).batches:
            pass


FILLED = (
    *("journal", "member_changes", "inbox", "row_batches", "audit_entries", "seals"),
    *("decisions", "grants", "transactions", "postings"),
)


@pytest.fixture
def filled(database: Database) -> Database:
    fill(database)
    return database


def refusal(database: Database, statement: str) -> str:
    """What the database says to a statement; the transaction fails as a whole."""
    with pytest.raises((DBAPIError, StoreError)) as refused, database.write() as connection:
        connection.execute(text(statement))
    error = refused.value if isinstance(refused.value, DBAPIError) else refused.value.__cause__
    assert isinstance(error, DBAPIError)
    return str(error.orig)


def test_every_guarded_table_has_its_guards_after_all_migrations(database: Database) -> None:
    with database.read() as connection:
        there = inspect(connection)
        columns = {name: [c["name"] for c in there.get_columns(name)] for name in there.get_table_names()}
        assert set(GUARDS) <= set(columns)
        assert list_guards(connection) == guard_names(columns)
    with database.write() as connection:
        create_guards(connection)
        assert list_guards(connection) == guard_names(columns), "a second time nothing is doubled"


def test_every_sealed_or_batched_table_is_guarded() -> None:
    from benefits.tables.sealed import SEALED_TABLES
    from events.row_batches import BATCHED_TABLES
    from yihui.access.tables import AUDIT_BATCHES

    sealed = {kept.keys[0].table.name for kept in SEALED_TABLES.values()}
    batched = {one.table.name for one in (*BATCHED_TABLES, AUDIT_BATCHES)}
    assert sealed | batched <= set(GUARDS)
    said = {
        table.name for table in metadata.tables.values() if (table.comment or "").startswith("append-only")
    }
    ours = {"decisions", "grants", "postings", "transactions", "seals", "entries", "waiting_list"}
    assert ours <= said & set(GUARDS)


@pytest.mark.parametrize("table", FILLED)
def test_no_row_of_the_ledger_the_journal_or_the_audit_log_is_changed_or_deleted(
    table: str, filled: Database
) -> None:
    columns = [column.name for column in metadata.tables[table].columns]
    for column in columns:
        assert "seals prove" in refusal(filled, f'UPDATE {table} SET "{column}" = "{column}"')
    assert "seals prove" in refusal(filled, f"DELETE FROM {table}")


CONDITIONAL = (
    "UPDATE decisions SET explanation = '{}'",
    "UPDATE audit_entries SET reason = 'another'",
    "UPDATE audit_entries SET changes = '{}', reason = '{\"erased\":\"x\"}'",
    "UPDATE outbox SET data = '{}'",
    "UPDATE row_batches SET row_count = 0, digest = 'f'",
    "DELETE FROM row_batches WHERE table_name = 'journal'",
    "DELETE FROM journal WHERE member_id = 'm-1'",
    "UPDATE unsealed SET rows = '{}'",
)


@pytest.mark.parametrize("statement", CONDITIONAL)
def test_what_may_lawfully_change_may_not_change_otherwise(statement: str, filled: Database) -> None:
    if "unsealed" in statement:
        give(filled, Wish("m-2"))  # waits to be sealed
    assert "seals prove" in refusal(filled, statement)


def test_a_row_is_not_replaced_either(filled: Database) -> None:
    if not filled.is_sqlite:
        pytest.skip("PostgreSQL has no INSERT OR REPLACE")
    replacing = "INSERT OR REPLACE INTO seals SELECT * FROM seals"
    assert "seals prove" in refusal(filled, replacing)


def erase(database: Database) -> None:
    with database.write() as connection:
        assert erase_everywhere(connection, Officer("gh-1", NOW, NOW.date(), "本人要求"), "m-1").act
        assert erase_audit_texts(connection, "m-1") == 1


def test_a_person_is_erased_past_the_guards_and_everything_is_proved(filled: Database) -> None:
    erase(filled)
    with filled.read() as connection:
        assert check_row_batches(connection, NOW, (tables.AUDIT_BATCHES,)).faults == []
        left = select(text("count(*)")).select_from(text("journal WHERE member_id = 'm-1'"))
        assert connection.execute(left).scalar_one() == 0
    assert "seals prove" in refusal(
        filled, 'UPDATE audit_entries SET reason = \'{"erased":"y"}\' WHERE sequence = 1'
    )


def test_whoever_owns_the_database_can_drop_the_guards_and_put_them_back(filled: Database) -> None:
    with filled.write() as connection:
        drop_guards(connection)
        assert list_guards(connection) == frozenset()
        connection.execute(text("UPDATE grants SET title = 'another'"))
        create_guards(connection)
    assert "seals prove" in refusal(filled, "UPDATE grants SET title = 'a third'")


@pytest.fixture
def application(postgres_database: str) -> Iterator[Database]:
    """A database as the application's role sees it, and the owner's view of it in ``owner``."""
    from store import migrate_database

    server, _, name = postgres_database.rpartition("/")
    with psycopg.connect(postgres_database, autocommit=True) as owner:
        owner.execute(
            f"DO $$ BEGIN CREATE ROLE {APPLICATION_ROLE} NOLOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$"
        )
        owner.execute(
            f"DO $$ BEGIN CREATE ROLE desk LOGIN IN ROLE {APPLICATION_ROLE}; EXCEPTION WHEN duplicate_object THEN NULL; END $$"
        )
    opened = open_database(postgres_database)
    assert migrate_database(opened)
    opened.close()
    desk = open_database(re.sub(r"//[^@]*@", "//desk@", server) + f"/{name}")
    yield desk
    desk.close()
    with psycopg.connect(postgres_database, autocommit=True) as owner:
        owner.execute(f"DROP OWNED BY {APPLICATION_ROLE}")


@pytest.mark.needs("postgres")
def test_the_application_s_role_works_and_erases_but_changes_nothing_sealed(application: Database) -> None:
    fill(application)
    erase(application)
    for table, guard in GUARDS.items():
        columns = [column.name for column in metadata.tables[table].columns]
        for column in columns:
            if column not in (*guard.update, guard.locked):
                assert "permission denied" in refusal(
                    application, f'UPDATE {table} SET "{column}" = "{column}"'
                )
        if guard.delete is None:
            assert "permission denied" in refusal(application, f"DELETE FROM {table}")
        assert "permission denied" in refusal(application, f"TRUNCATE {table}")
    for statement in CONDITIONAL[:6]:
        assert re.search("permission denied|seals prove", refusal(application, statement))
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


@pytest.mark.needs("postgres")
def test_the_application_s_role_can_lock_every_row_that_it_locks(application: Database) -> None:
    for table in ("decisions", "appeals", "clawbacks"):
        with application.write() as connection:
            connection.execute(text(f"SELECT id FROM {table} FOR UPDATE")).all()
    assert "permission denied" in refusal(application, "SELECT id FROM grants FOR UPDATE")


def test_without_the_group_nothing_is_granted(database: Database) -> None:
    with database.write() as connection:
        if database.is_sqlite or not _has_group(connection):
            assert grant_application_role(connection) is False


def _has_group(connection: Connection) -> bool:
    query = text("SELECT count(*) FROM pg_roles WHERE rolname = :name")
    return bool(connection.execute(query, {"name": APPLICATION_ROLE}).scalar_one())

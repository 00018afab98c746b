"""What must stay can't be changed by statements: triggers refuse it on both databases."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import DBAPIError

import yihui.schema  # noqa: F401
from benefits import Officer, seal_batches
from benefits.tables.sealed import SEALED_TABLES
from events import check_row_batches, erase_everywhere
from events.row_batches import BATCHED_TABLES
from rules import build_library
from store import Database, StoreError, metadata, open_database
from store.guards import GUARDS, create_guards, drop_guards, find_broken_guards, list_guards
from store.migration import SEARCH_INDEX_SUFFIX
from store.monthly_tables import is_partition
from store.unguarded_tables import UNGUARDED_TABLES
from tools.servers.deciding import Wish, give
from tools.servers.sending import Sender, handle_in
from yihui.access import tables
from yihui.access.actor import CONSOLE
from yihui.access.audit import AuditEntry, append_audit_entry
from yihui.access.audit_erasure import erase_audit_texts

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
pytestmark = pytest.mark.both_databases


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
    return _said(refused.value)


def _said(refused: BaseException) -> str:
    error = refused if isinstance(refused, DBAPIError) else refused.__cause__
    assert isinstance(error, DBAPIError)
    return str(error.orig)


def test_every_guarded_table_has_its_guards_after_all_migrations(database: Database) -> None:
    with database.write() as connection:
        assert set(GUARDS) <= set(inspect(connection).get_table_names())
        there = list_guards(connection)
        assert find_broken_guards(connection) == frozenset()
        create_guards(connection)
        assert (list_guards(connection), find_broken_guards(connection)) == (there, frozenset())


def test_a_guard_that_was_dropped_or_emptied_is_named(database: Database) -> None:
    name, emptied = "guard_grants_delete", "guard_grants_update"
    with database.write() as connection:
        if connection.dialect.name == "sqlite":
            connection.execute(text(f'DROP TRIGGER "{name}"'))
            connection.execute(text(f'DROP TRIGGER "{emptied}"'))
            connection.execute(
                text(f'CREATE TRIGGER "{emptied}" BEFORE UPDATE ON grants WHEN 0 BEGIN SELECT 1; END')
            )
        else:
            connection.execute(text(f'DROP TRIGGER "{name}" ON grants'))
            body = f'CREATE OR REPLACE FUNCTION "{emptied}"() RETURNS trigger LANGUAGE plpgsql AS '
            connection.execute(text(f"{body} $$ BEGIN RETURN NEW; END $$"))
            moved = "guard_claims_delete"
            connection.execute(text(f'DROP TRIGGER "{moved}" ON claims'))
            begin, end = f'CREATE TRIGGER "{moved}" BEFORE DELETE ON', f'EXECUTE FUNCTION "{moved}"()'
            connection.execute(text(f"{begin} officer_accounts FOR EACH ROW {end}"))
            connection.execute(text("ALTER TABLE seals ENABLE ALWAYS TRIGGER guard_seals_delete"))
            assert moved in find_broken_guards(connection)
            connection.execute(text(f'DROP TRIGGER "{moved}" ON officer_accounts'))
            connection.execute(text(f"{begin} claims FOR EACH ROW WHEN (false) {end}"))
            assert moved in find_broken_guards(connection)
            connection.execute(text(f'DROP TRIGGER "{moved}" ON claims'))
            connection.execute(text(f"{begin} claims FOR EACH ROW {end}"))
        assert find_broken_guards(connection) == {name, emptied}
        create_guards(connection)
        assert find_broken_guards(connection) == frozenset()


def test_every_table_is_guarded_or_says_why_not(database: Database) -> None:
    with database.read() as connection:
        there = inspect(connection)
        names = {n for n in there.get_table_names() if SEARCH_INDEX_SUFFIX not in n and not is_partition(n)}
    names.remove("alembic_version")
    assert names - set(GUARDS) - set(UNGUARDED_TABLES) == set(), "a guard, or a reason why there is none"
    assert (set(GUARDS) | set(UNGUARDED_TABLES)) - names == set(), "no such table"
    assert set(GUARDS) & set(UNGUARDED_TABLES) == set()
    assert all(reason.strip() for reason in UNGUARDED_TABLES.values())


def test_what_calls_itself_append_only_and_all_that_is_sealed_is_guarded() -> None:
    append_only = {t.name for t in metadata.tables.values() if (t.comment or "").startswith("append-only")}
    assert append_only - set(GUARDS) == {"application_steps", "join_escalations"}
    assert {name for name, guard in GUARDS.items() if not guard.update and guard.delete is None} >= {
        "hardship_receipts",
        "hotline_deletions",
        "vault_unmaskings",
        "rule_cuts",
    }
    ours = {"decisions", "grants", "postings", "transactions", "seals", "entries", "waiting_list"}
    assert ours <= append_only & set(GUARDS)
    sealed = {kept.keys[0].table.name for kept in SEALED_TABLES.values()}
    batched = {one.table.name for one in (*BATCHED_TABLES, tables.AUDIT_BATCHES)}
    assert sealed | batched <= set(GUARDS)


def test_no_row_of_the_ledger_the_journal_or_the_audit_log_is_changed_or_deleted(filled: Database) -> None:
    for table in FILLED:
        for column in (column.name for column in metadata.tables[table].columns):
            assert "only ever added" in refusal(filled, f'UPDATE {table} SET "{column}" = "{column}"')
        assert "only ever added" in refusal(filled, f"DELETE FROM {table}")


CONDITIONAL = (
    "UPDATE decisions SET explanation = '{}'",
    "UPDATE audit_entries SET reason = 'another'",
    "UPDATE audit_entries SET changes = '{}', reason = '{\"erased\":\"x\"}'",
    "UPDATE outbox SET data = '{}'",
    "UPDATE row_batches SET row_count = 0, digest = 'f'",
    "DELETE FROM row_batches WHERE table_name = 'journal'",
    "DELETE FROM journal WHERE member_id = 'm-1'",
)


def test_what_may_lawfully_change_may_not_change_otherwise(filled: Database) -> None:
    for statement in CONDITIONAL:
        assert "only ever added" in refusal(filled, statement), statement
    give(filled, Wish("m-2"))  # waits to be sealed
    assert "only ever added" in refusal(filled, "UPDATE unsealed SET rows = '{}'")


ROWID_NAMES = ("rowid", "_rowid_", "oid", "ROWID")
OVER_THE_ROWID = (
    "UPDATE {table} SET {rowid} = {rowid} + 1000",
    "UPDATE OR REPLACE {table} SET {rowid} = {rowid} + 1",
    "UPDATE {table} SET {rowid} = 9000 WHERE {rowid} = (SELECT min({rowid}) FROM {table})",
)
REPLACING = (
    "INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
    "REPLACE INTO {table} SELECT * FROM {table}",
    "INSERT OR REPLACE INTO {table} (rowid, {columns}) SELECT rowid, {columns} FROM {table}",
    "INSERT INTO {table} SELECT * FROM {table} WHERE true ON CONFLICT DO UPDATE SET rowid = 9000",
)


@pytest.fixture
def filled_file(migrated_file: Path, tmp_path: Path) -> Iterator[Database]:
    with closing(open_database(str(shutil.copy(migrated_file, tmp_path / "yihui.db")))) as opened:
        fill(opened)
        yield opened


def test_sqlite_moves_and_replaces_no_row_by_its_rowid(filled_file: Database) -> None:
    for table in FILLED:
        columns = ", ".join(f'"{column.name}"' for column in metadata.tables[table].columns)
        before = rows_by_rowid(filled_file, table)
        for statement in OVER_THE_ROWID:
            for rowid in ROWID_NAMES:
                said = refusal(filled_file, statement.format(table=table, rowid=rowid))
                assert "only ever added" in said
        for statement in REPLACING:
            assert "only ever added" in refusal(filled_file, statement.format(table=table, columns=columns))
        assert rows_by_rowid(filled_file, table) == before != []
    give(filled_file, Wish("m-2"))
    assert "only ever added" in refusal(filled_file, "UPDATE unsealed SET rowid = rowid + 100")
    assert "only ever added" in refusal(filled_file, "UPDATE outbox SET oid = oid + 100")


def rows_by_rowid(database: Database, table: str) -> list[object]:
    with database.read() as connection:
        return list(connection.execute(text(f"SELECT rowid, * FROM {table} ORDER BY rowid")).all())


def test_neither_another_program_nor_a_pragma_opens_a_way(filled_file: Database) -> None:
    with filled_file.write() as connection:
        connection.exec_driver_sql("PRAGMA recursive_triggers=OFF")
    assert "only ever added" in refusal(filled_file, "INSERT OR REPLACE INTO seals SELECT * FROM seals")
    other = sqlite3.connect(filled_file.target)  # without our pragmas
    with pytest.raises(sqlite3.IntegrityError, match="only ever added"):
        other.execute("UPDATE grants SET rowid = rowid + 100")
    other.close()


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
    assert "only ever added" in refusal(
        filled, 'UPDATE audit_entries SET reason = \'{"erased":"y"}\' WHERE sequence = 1'
    )


def test_whoever_owns_the_database_can_drop_the_guards_and_put_them_back(filled: Database) -> None:
    with filled.write() as connection:
        drop_guards(connection)
        assert list_guards(connection) == frozenset()
        connection.execute(text("UPDATE grants SET title = 'another'"))
        create_guards(connection)
    assert "only ever added" in refusal(filled, "UPDATE grants SET title = 'a third'")


ROWS = (
    "INSERT INTO officers (id, subject, post, created_by, created_at) VALUES ('li', 'li', '市总', 'c', {now})",
    "INSERT INTO role_assignments (id, officer_id, role, organisation, since, assigned_by, assigned_at) "
    "VALUES (1, 'li', 'planner', '440000', '2026-01-01', 'c', {now})",
    "INSERT INTO pending_acts (number, kind, object_id, terms, reason, proposed_by, proposed_at, state, batch) "
    "VALUES (1, 'budget_change', 'b', '{{}}', 'r', 'li', {now}, 'waiting', 1)",
    "INSERT INTO rule_acts (sequence, rule_id, act, who, at, day, reason, detail) "
    "VALUES (1, 'r', 'submitted', 'li', {now}, '2026-01-01', '', '{{}}')",
    "INSERT INTO rule_versions (hash, rule_id, since, text, tables, state, takes_over, submitted_by, submitted_at) "
    "VALUES ('h', 'r', '2026-01-01', 't', '{{}}', 'submitted', {false}, 'li', {now})",
    "INSERT INTO hotline_deletions (sequence, at, by, cases, digest) VALUES (1, {now}, 'li', 1, 'd')",
)
APPROVING = (
    "UPDATE rule_versions SET state = 'approved', decided_by = 'wang', decided_at = {now}, decided = 1"
)
REJECTING = (
    "UPDATE rule_versions SET state = 'rejected', decided_by = 'wang', decided_at = {now}, decided = 1"
)
SUBMITTING_AGAIN = (
    "UPDATE rule_versions SET state = 'submitted', text = 'u', submitted_by = 'sun', submitted_at = {now}, "
    "decided_by = NULL, decided_at = NULL, decided = NULL"
)
CONFIRMING = "UPDATE pending_acts SET state = 'confirmed', decided_by = 'wang', decided_at = {now}"
WITHDRAWING = "UPDATE role_assignments SET withdrawn_by = 'wang', withdrawn_at = {now}"
ENDING = "UPDATE officers SET ended_by = 'wang', ended_at = {now}"
# What was done before, and what is refused then.
REFUSED_AFTER = (
    ((), "UPDATE pending_acts SET terms = '{{\"amount\": 1}}'"),
    ((), "UPDATE pending_acts SET proposed_by = 'sun'"),
    ((), "UPDATE pending_acts SET decided_by = 'sun'"),
    ((), "DELETE FROM pending_acts"),
    ((CONFIRMING,), "UPDATE pending_acts SET state = 'waiting'"),
    ((CONFIRMING,), "UPDATE pending_acts SET state = 'refused'"),
    ((CONFIRMING,), "UPDATE pending_acts SET decided_by = 'sun'"),
    ((), "UPDATE role_assignments SET role = 'administrator'"),
    ((), "UPDATE role_assignments SET organisation = '000000'"),
    ((), "UPDATE role_assignments SET until = NULL"),
    ((), "DELETE FROM role_assignments"),
    ((WITHDRAWING,), "UPDATE role_assignments SET withdrawn_at = NULL"),
    ((WITHDRAWING,), "UPDATE role_assignments SET withdrawn_by = 'sun'"),
    ((), "UPDATE officers SET subject = 'another'"),
    ((ENDING,), "UPDATE officers SET ended_at = NULL, ended_by = NULL"),
    ((), "UPDATE rule_versions SET text = 'another'"),
    ((), "UPDATE rule_versions SET submitted_by = 'sun'"),
    ((), "DELETE FROM rule_versions"),
    ((APPROVING,), "UPDATE rule_versions SET text = 'another'"),
    ((APPROVING,), "UPDATE rule_versions SET decided_by = 'sun'"),
    ((APPROVING,), REJECTING),
    ((APPROVING,), SUBMITTING_AGAIN),
    ((REJECTING,), "UPDATE rule_versions SET text = 'another'"),
    ((REJECTING,), APPROVING),
    ((REJECTING, SUBMITTING_AGAIN, APPROVING), SUBMITTING_AGAIN),
    ((), "UPDATE hotline_deletions SET cases = 0"),
    ((), "DELETE FROM hotline_deletions"),
)


def test_proposals_roles_and_versions_change_once_and_only_as_their_state_allows(database: Database) -> None:
    """Each case in a transaction of its own, which the refusal takes back."""
    texts = {"now": "'2026-11-20T04:00:00.000000+00:00'", "false": "0" if database.is_sqlite else "false"}
    reached: list[str] = []
    for before, statement in REFUSED_AFTER:
        *allowed, last = (
            text(done.format(**texts).replace(":", "\\:")) for done in (*ROWS, *before, statement)
        )
        with pytest.raises((DBAPIError, StoreError)) as refused, database.write() as connection:
            for one in allowed:
                connection.execute(one)
            reached.append(statement)
            connection.execute(last)
        assert "only ever added" in _said(refused.value), statement
    assert len(reached) == len(REFUSED_AFTER), "what comes before is allowed"

"""What a database looks like after migration, and what happens where it can't be migrated."""

import hashlib
import json
import pkgutil
import re
from collections.abc import Callable
from datetime import date
from importlib import import_module
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

import benefits.tables
from members import UNKNOWN_FOUNDING, list_subtree_spans, rebuild_memberships, rebuild_organisations
from store import (
    HEAD_REVISION,
    Database,
    DatabaseReadOnly,
    StoreError,
    database_revision,
    metadata,
    migrate_database,
    open_database,
)
from store.migration import known_revisions, upgrade_schema
from store.monthly_tables import MONTH_COLUMN, MONTHLY_TABLES, is_partition

TABLES = (
    *(f"benefits.tables.{module.name}" for module in pkgutil.iter_modules(benefits.tables.__path__)),
    "benefits.sessions.sessions",
    "events.schedule.tables",
    "events.heartbeats",
    "events.tables",
    "geo.registry.inspection_tables",
    "geo.registry.scenario_tables",
    "geo.registry.tables",
    "members.application_tables",
    "members.attachment_tables",
    "members.correction_tables",
    "members.card_tables",
    "members.duties.tables",
    "members.hardship.tables",
    "members.hotline.tables",
    "members.joining.tables",
    "members.mutual_aid.tables",
    "members.organisation_pages.tables",
    "members.polls.tables",
    "members.reminders.tables",
    "members.tables",
    "members.vault.tables",
    "yihui.access.job_tables",
    "yihui.access.login_tables",
    "yihui.access.member_tables",
    "yihui.access.sender_tables",
    "yihui.access.oidc_tables",
    "yihui.access.tables",
)


def test_the_migrations_make_the_very_tables_that_the_rooms_declare(database: Database) -> None:
    for module in TABLES:  # they join the one metadata when their module is imported
        import_module(module)
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, metadata)
    assert [
        d
        for d in differences
        if not _only_a_comment(d) and not _of_expressions(d) and not _of_search(d) and not _of_months(d)
    ] == []


UNIQUE_BY_MONTH = {"ix_journal_source_event_id", "ix_postings_transaction_id_line"}


def _of_months(difference: object) -> bool:
    """PostgreSQL's monthly tables have a column, keys and partitions that the rooms needn't know (revision 0083)."""
    if not isinstance(difference, tuple):
        return False
    kind, thing = difference[0], difference[-1]
    if kind == "remove_column":
        return difference[2] in MONTHLY_TABLES and thing.name == MONTH_COLUMN
    if kind in ("remove_table", "remove_index"):
        table = thing.name if kind == "remove_table" else thing.table.name
        return is_partition(table) or thing.name in UNIQUE_BY_MONTH
    if kind == "add_index":
        return thing.name in UNIQUE_BY_MONTH
    if kind == "add_fk":
        return all(element.column.table.name in MONTHLY_TABLES for element in thing.elements)
    return False


# Indexes over expressions differ by database: revision 0028 makes them, and no table declares them.
OVER_EXPRESSIONS = {
    f"ix_member_changes_{fact}" for fact in ("birthday", "joined_on", "hardship_level", "lunar")
}


def _of_expressions(difference: object) -> bool:
    return isinstance(difference, tuple) and getattr(difference[1], "name", "") in OVER_EXPRESSIONS


def _of_search(difference: object) -> bool:
    """Whether it is the index of the articles: SQLite's are tables, PostgreSQL's is over an expression."""
    name = str(getattr(difference[1], "name", "")) if isinstance(difference, tuple) else ""
    return "_fts" in name or name == "ix_hotline_article_versions_search"


def _only_a_comment(difference: object) -> bool:
    return isinstance(difference, tuple) and "comment" in str(difference[0])


def test_the_head_is_the_newest_revision_that_there_is() -> None:
    assert max(known_revisions()) == HEAD_REVISION


def test_migrating_twice_does_nothing_the_second_time(empty_target: str) -> None:
    database = open_database(empty_target)
    assert migrate_database(database)
    assert not migrate_database(database)
    with database.read() as connection:
        assert database_revision(connection) == HEAD_REVISION
    database.close()


def test_a_database_of_a_newer_version_is_refused_and_left_alone(database: Database) -> None:
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999', oldest_program = '9999'"))
    with pytest.raises(StoreError, match="newer version of Yihui \\(revision 9999\\)"):
        migrate_database(database)


def test_a_database_of_another_program_is_refused(empty_target: str) -> None:
    database = open_database(empty_target)
    with database.write() as connection:
        connection.execute(text("CREATE TABLE invoices (id INTEGER)"))
    with pytest.raises(StoreError, match="tables of another program"):
        migrate_database(database)
    database.close()


def test_a_database_that_may_only_be_read_is_not_migrated(tmp_path: Path) -> None:
    path = tmp_path / "empty.db"
    open_database(str(path)).engine.connect().close()
    with pytest.raises(DatabaseReadOnly):
        migrate_database(open_database(str(path), read_only=True))


BEFORE_FIRST_RELEASE = [f"{number:04}" for number in (1, 8, 16, 21)]
OLD_CHAIN_SHA256 = "2756614f194fdecb90bb0bd0966d6f4c14a79dc769ed33873cf9d9cef81f4e94"


def described(database: Database) -> str:
    """Everything that SQLite knows of the schema; only the layout of the statements is left out."""
    with database.read() as connection:
        ask = connection.exec_driver_sql
        tables = ask("SELECT name, sql FROM sqlite_master WHERE type = 'table' ORDER BY name").all()
        made = [
            [
                name,
                [list(row) for row in ask(f"PRAGMA table_xinfo('{name}')")],
                sorted(str(tuple(row)[2:]) for row in ask(f"PRAGMA foreign_key_list('{name}')")),
                sorted(re.findall(r"CONSTRAINT (\w+ CHECK .*?)(?=,? *\n|\)$)", sql)),
                "WITHOUT ROWID" in sql,
            ]
            for name, sql in tables
        ]
        others = ask("SELECT type, name, sql FROM sqlite_master WHERE sql <> '' AND type <> 'table'").all()
    return json.dumps([made, sorted(" ".join(" ".join(row).replace('"', "").split()) for row in others)])


def test_the_first_release_has_the_schema_that_the_revisions_before_it_made(tmp_path: Path) -> None:
    """The digest is that of revision 0022 as the 22 revisions of commit 122a5a7 made it, one after another."""
    database = open_database(str(tmp_path / "new.db"))
    with database.write() as connection:
        upgrade_schema(connection, "0022")
    assert hashlib.sha256(described(database).encode()).hexdigest() == OLD_CHAIN_SHA256


MEMBER_CHANGES = [
    ("2019-03-01T00:00:00+00:00", "member.joined", '{"organisation": "370202001-00012", "status": "active"}'),
    ("2021-03-01T00:00:00+00:00", "member.left", '{"status": "left"}'),
    ("2020-03-01T00:00:00+00:00", "member.transferred", '{"organisation": "370203001"}'),
    ("2020-03-01T01:00:00+00:00", "member.profile_changed", '{"trade": "快递员"}'),
]


def rebuilt(
    connection: Connection, rebuild: Callable[[Connection], int], table: str, order: str
) -> list[object]:
    assert rebuild(connection)
    return list(connection.execute(text(f"SELECT * FROM {table} ORDER BY {order}")).all())


def test_a_database_of_revision_0022_is_migrated_with_what_it_holds(empty_target: str) -> None:
    database = open_database(empty_target)
    with database.write() as connection:
        upgrade_schema(connection, "0022")
        connection.execute(text("INSERT INTO organisations VALUES ('370202', '市南区总工会')"))
        for number, (at, kind, changes) in enumerate(MEMBER_CHANGES):
            connection.execute(
                text("INSERT INTO member_changes VALUES (:n, 'm-1', :at, :kind, '/t', 'e', :changes)"),
                {"n": number, "at": at, "kind": kind, "changes": changes},
            )
    assert migrate_database(database)
    with database.write() as connection:
        assert database_revision(connection) == HEAD_REVISION
        (span,) = list_subtree_spans(connection, "370202", date(2026, 1, 1))
        assert (span.name, span.parent, span.since) == ("市南区总工会", "370200", UNKNOWN_FOUNDING)
        folded = connection.execute(text("SELECT * FROM memberships ORDER BY since")).all()
        assert folded and folded == rebuilt(connection, rebuild_memberships, "memberships", "since")
        listed = connection.execute(text("SELECT * FROM organisation_spans")).all()
        assert listed == rebuilt(connection, rebuild_organisations, "organisation_spans", "code")
    database.close()


def test_files_of_applications_and_corrections_stay_under_their_numbers(empty_target: str) -> None:
    database = open_database(empty_target)
    insert = (
        "INSERT INTO {table} ({subject}, member_id, digest, sent_digest, media_type, size_bytes, pages, title, "
        "officer, stored_at) VALUES (:subject, 'm-1', 'd', 's', 'image/jpeg', 1, '[]', '户口簿', 'li', '{at}') "
        "RETURNING number"
    )
    at = "2026-11-18T01:00:00+00:00"
    with database.write() as connection:
        upgrade_schema(connection, "0058")
        old = insert.format(table="application_attachments", subject="application", at=at)
        for subject in ("困难帮扶/2026", "correction-0a"):
            connection.execute(text(old), {"subject": subject})
    assert migrate_database(database)
    with database.write() as connection:
        rows = connection.execute(text("SELECT number, kind, subject FROM attachments ORDER BY number")).all()
        assert list(map(tuple, rows)) == [
            (1, "application", "困难帮扶/2026"),
            (2, "correction", "correction-0a"),
        ]
        new = insert.format(table="attachments", subject="kind, subject", at=at)
        new = new.replace(":subject", "'inspection', :subject")
        assert connection.execute(text(new), {"subject": "7"}).scalar_one() > 2
    database.close()


@pytest.mark.parametrize("revision", BEFORE_FIRST_RELEASE)
def test_an_older_database_is_refused_with_a_way_out_and_left_alone(
    revision: str, database: Database
) -> None:
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :old"), {"old": revision})
    with pytest.raises(StoreError) as refused:
        migrate_database(database)
    assert refused.value.code == "store.older"
    assert f"(revision {revision})" in str(refused.value)
    assert database.target in str(refused.value)
    assert "yihui backup" in refused.value.faults[0].remedy
    with database.read() as connection:
        assert database_revision(connection) == revision

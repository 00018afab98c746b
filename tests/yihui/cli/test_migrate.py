"""yihui migrate: a server's database changes only by this word, all of it or nothing; a file migrates itself."""

import json
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from store import HEAD_REVISION, Database, open_database
from store.migration import known_revisions, migrate_database
from store.monthly_tables import is_partition
from tests.store.later_version import FIRST, LATER, upgrade_program
from tests.store.test_monthly_tables import begin_in_the_past
from tests.yihui.commands import Command


@pytest.fixture
def empty(empty_target: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("YIHUI_DATABASE_URL", empty_target)
    return empty_target


@pytest.fixture
def server(postgres_database: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("YIHUI_DATABASE_URL", postgres_database)
    return postgres_database


def tables(target: str) -> set[str]:
    opened = open_database(target)
    with opened.read() as connection:
        found = {name for name in inspect(connection).get_table_names() if not is_partition(name)}
    opened.close()
    return found


def migrated(target: str) -> Database:
    opened = open_database(target)
    migrate_database(opened)
    return opened


def test_a_server_without_tables_is_refused_until_the_word_is_said(yihui: Command, server: str) -> None:
    refused = yihui("events", "dead-letters")
    assert refused.code == 3
    assert "为空" in refused.err and "yihui migrate" in refused.err
    assert not tables(server)
    assert yihui("migrate").code == 0
    assert yihui("events", "dead-letters").code == 0


def test_doctor_says_that_a_month_is_missing_and_migrate_opens_it(yihui: Command, server: str) -> None:
    with closing(migrated(server)) as database:
        begin_in_the_past(database)
    late = "数据仍归入较早的月份"
    assert late in yihui("doctor").out
    assert yihui("migrate").code == 0
    after = yihui("doctor").out
    assert late not in after
    assert "数据表的月份：当前月份" in after


def test_a_file_migrates_itself(yihui: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = str(tmp_path / "yihui.db")
    migrated(file).close()
    upgrade_program(monkeypatch, tmp_path)
    assert yihui("--db", file, "events", "dead-letters").code == 0
    assert "later" in tables(file)


def test_a_server_of_an_earlier_revision_is_migrated_on_purpose_and_never_back(
    yihui: Command, server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrated(server).close()
    upgrade_program(monkeypatch, tmp_path)
    checked = yihui("migrate", "--check", "--json")
    assert checked.code == 1 and json.loads(checked.out)[0]["pending"] == [LATER]
    assert yihui("migrate", "--to", FIRST).code == 0
    with open_database(server).write() as connection:
        connection.execute(text("CREATE TABLE later (id integer)"))  # so that the migration fails
    failed = yihui("migrate")
    assert failed.code == 3 and "Traceback" not in failed.err
    with open_database(server).write() as connection:
        connection.execute(text("DROP TABLE later"))
    assert yihui("migrate").code == 0
    assert yihui("migrate", "--to", FIRST).code == 3


def test_what_is_missing_is_listed_without_touching_anything(yihui: Command, empty: str) -> None:
    listed = yihui("migrate", "--check")
    assert listed.code == 1
    assert all(revision in listed.out for revision in known_revisions())
    if "://" in empty:
        assert not tables(empty)
    else:
        assert not Path(empty).exists()
    assert yihui("migrate").code == 0
    again = yihui("migrate", "--check", "--json")
    assert again.code == 0
    (state,) = json.loads(again.out)
    assert (state["found"], state["wanted"], state["pending"]) == (HEAD_REVISION, HEAD_REVISION, [])


def test_the_statements_are_printed_and_none_is_executed(yihui: Command, empty: str) -> None:
    rows = json.loads(yihui("migrate", "--sql", "--json").out)
    assert [row["revision"] for row in rows] == sorted(known_revisions())
    assert (
        "CREATE TABLE decisions" in rows[0]["sql"]
        and 'CREATE TRIGGER "guard_decisions_delete"' in rows[0]["sql"]
    )
    assert not ("://" in empty and tables(empty)) and not Path(empty).exists()


def test_what_cant_be_done_is_refused(yihui: Command, empty: str) -> None:
    for arguments, code, told in (
        (("--to", "9999"), 3, "9999"),
        (("--to", "heads"), 3, "heads"),
        (("--check", "--sql"), 2, "--sql"),
    ):
        refused = yihui("migrate", *arguments)
        assert refused.code == code
        assert told in refused.err
        assert not Path(empty).exists()


@pytest.mark.endure
def test_the_vault_of_its_own_is_migrated_too(
    yihui: Command, server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = tmp_path / "vault.db"
    monkeypatch.setenv("YIHUI_VAULT_URL", str(vault))
    assert yihui("migrate").code == 0
    states = json.loads(yihui("migrate", "--check", "--json").out)
    assert [state["found"] for state in states] == [HEAD_REVISION] * 2
    assert tables(server) < tables(str(vault))  # a file has the tables of its full-text index too

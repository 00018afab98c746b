"""yihui migrate: a server's database changes only by this word, all of it or nothing; a file migrates itself."""

import json
from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import inspect, text

from store import HEAD_REVISION, Database, open_database
from store.migration import known_revisions, migrate_database
from store.monthly_tables import is_partition
from tests.yihui.commands import Command
from yihui.bootstrap import build_wiring, load_settings
from yihui.runtime.health.probes import OK, check_database

EARLIER = "0079"


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


def migrated_to(target: str, revision: str) -> Database:
    """Open a database of a revision; a file of the earlier one is a copy, since its migrations take seconds."""
    if "://" not in target and revision == EARLIER:
        Path(target).write_bytes(_read_earlier_file())
    opened = open_database(target)
    migrate_database(opened, revision)
    return opened


@cache
def _read_earlier_file() -> bytes:
    with TemporaryDirectory() as folder:
        place = Path(folder) / "yihui.db"
        with closing(open_database(str(place))) as opened:
            migrate_database(opened, EARLIER)
        return place.read_bytes()


def test_a_server_without_tables_is_refused_until_the_word_is_said(yihui: Command, server: str) -> None:
    refused = yihui("events", "dead-letters")
    assert refused.code == 3
    assert "为空" in refused.err and "yihui migrate" in refused.err
    assert not tables(server)
    assert yihui("migrate").code == 0
    assert yihui("events", "dead-letters").code == 0


def test_a_server_of_an_earlier_revision_is_refused_and_left_alone(yihui: Command, server: str) -> None:
    migrated_to(server, EARLIER).close()
    before = tables(server)
    refused = yihui("events", "dead-letters")
    assert refused.code == 3
    assert EARLIER in refused.err and "yihui migrate" in refused.err and "yihui backup" in refused.err
    assert tables(server) == before
    doctor = yihui("doctor")
    assert doctor.code == 3 and doctor.out.count("yihui migrate") == 1  # all else waits for it


def test_a_file_migrates_itself(yihui: Command, tmp_path: Path) -> None:
    file = str(tmp_path / "yihui.db")
    migrated_to(file, EARLIER).close()
    assert yihui("--db", file, "events", "dead-letters").code == 0
    assert "没有待执行的迁移" in yihui("--db", file, "migrate").out


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


def test_a_migration_stops_at_the_revision_that_was_named_and_goes_on_from_there(
    yihui: Command, empty: str
) -> None:
    assert yihui("migrate", "--to", EARLIER).code == 0
    checked = json.loads(yihui("migrate", "--check", "--json").out)[0]
    assert checked["found"] == EARLIER
    assert checked["pending"] == sorted(one for one in known_revisions() if one > EARLIER)
    backwards = yihui("migrate", "--to", "0022")
    assert backwards.code == 3 and EARLIER in backwards.err
    assert yihui("migrate").code == 0
    assert json.loads(yihui("migrate", "--check", "--json").out)[0]["found"] == HEAD_REVISION


@pytest.mark.endure
def test_a_newer_database_that_was_only_added_to_is_worked_with(yihui: Command, server: str) -> None:
    """As for a pod of the former version that restarts during an upgrade."""
    with migrated_to(server, HEAD_REVISION).write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert yihui("events", "dead-letters").code == 0
    migrated = yihui("migrate")
    checked = yihui("migrate", "--check")
    for done in (migrated, checked):
        assert done.code == 0 and f"版本 9999，比本程序（{HEAD_REVISION}）新" in done.out
        assert "没有待执行的迁移" in done.out
    assert json.loads(yihui("migrate", "--check", "--json").out)[0]["newer"] is True
    doctor = yihui("doctor")
    assert doctor.code == 0 and f"版本 9999，比本程序（{HEAD_REVISION}）新" in doctor.out
    with closing(build_wiring(load_settings({}, server))) as wiring:
        assert check_database(wiring) == OK
    refused = yihui("backup", "--to", "later.yihui")
    assert refused.code == 3 and "9999" in refused.err


def test_a_migration_that_fails_leaves_the_database_as_it_was(yihui: Command, empty: str) -> None:
    with migrated_to(empty, EARLIER).write() as connection:
        connection.execute(text("CREATE TABLE explanation_forms (id text)"))
    before = tables(empty)
    failed = yihui("migrate")
    assert failed.code == 3
    assert "Traceback" not in failed.err
    assert tables(empty) == before
    assert json.loads(yihui("migrate", "--check", "--json").out)[0]["found"] == EARLIER


def test_the_statements_are_printed_and_none_is_executed(yihui: Command, empty: str) -> None:
    migrated_to(empty, EARLIER).close()
    before = tables(empty)
    rows = json.loads(yihui("migrate", "--sql", "--json").out)
    assert [row["revision"] for row in rows] == sorted(one for one in known_revisions() if one > EARLIER)
    assert any("DROP TABLE message_marks" in (row["sql"] or "") for row in rows)
    assert tables(empty) == before


@pytest.mark.endure
def test_a_migration_that_computes_rows_is_named_instead_of_printed(yihui: Command, server: str) -> None:
    rows = {row["revision"]: row["sql"] for row in json.loads(yihui("migrate", "--sql", "--json").out)}
    assert rows["0023"] is None  # it seals what is there
    assert "yihui migrate" in yihui("migrate", "--sql").out


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


def test_a_newer_and_a_foreign_database_are_left_alone(yihui: Command, empty: str) -> None:
    with migrated_to(empty, HEAD_REVISION).write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999', oldest_program = '9999'"))
    newer = yihui("migrate")
    assert newer.code == 3 and "9999" in newer.err
    with open_database(empty).write() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
    foreign = yihui("migrate", "--check")
    assert foreign.code == 3 and "alembic_version" not in tables(empty)


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

"""yihui archive: months leave a PostgreSQL database and stay answerable; a SQLite file has none."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from benefits import Move, post_move
from store import Database, open_database
from store.monthly_tables import open_month
from tests.yihui.cli.test_benefit_why import PACK, enrolled, line
from tests.yihui.commands import Command, Done

pytestmark = pytest.mark.endure

JANUARY, FEBRUARY = date(2024, 1, 1), date(2024, 2, 1)
needs_postgres = pytest.mark.needs("postgres")


@dataclass
class Office:
    """A database with two members: one was granted, and refunded nothing, in January 2024; one was refused."""

    yihui: Command
    database: Database
    folder: Path

    def write(self, *arguments: str) -> Done:
        return self.yihui("archive", "write", "--reason", "按制度归档", *arguments)


@pytest.fixture
def office(migrated_server: str, tmp_path: Path, yihui: Command, monkeypatch: pytest.MonkeyPatch) -> Office:
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "pack.yaml").write_text(PACK, "utf-8")
    monkeypatch.setenv("YIHUI_RULES", str(rules))
    monkeypatch.setenv("YIHUI_DATA_FOLDER", str(tmp_path))
    monkeypatch.setenv("YIHUI_DATABASE_URL", migrated_server)
    monkeypatch.setenv("YIHUI_ARCHIVE_AFTER_MONTHS", "13")
    database = open_database(migrated_server)
    begin(database, JANUARY)
    events = tmp_path / "events.jsonl"
    lines = [
        enrolled("m-1", "外卖配送"),
        enrolled("m-2", "会计"),
        line("poll.completed", "m-1", "2024-01-10", {"poll": "p-1"}),
        line("poll.completed", "m-2", "2024-01-10", {"poll": "p-1"}),
    ]
    events.write_text("\n".join(lines) + "\n", "utf-8")
    assert yihui("run", events).code == 0
    begin(database, FEBRUARY)
    assert yihui("archive", "open").code == 0
    return Office(yihui, database, tmp_path)


def begin(database: Database, month: date) -> None:
    with database.write() as connection:
        assert open_month(connection, month)


def stored_decisions(office: Office) -> int:
    with office.database.read() as connection:
        return int(connection.execute(text("SELECT count(*) FROM public.decisions")).scalar_one())


@needs_postgres
def test_a_month_is_archived_listed_answered_and_verified(office: Office) -> None:
    before = office.yihui("benefits", "why", "--member", "m-2")
    assert before.code == 0 and before.out
    done = office.write()
    assert done.code == 0, done.words
    assert "2024-01：归档" in done.out and "按月存放以前：归档" in done.out
    # The pack of m-1 was never paid: it stays; the refusal of m-2 is in the file.
    assert stored_decisions(office) == 1
    listed = office.yihui("archive", "list")
    assert listed.code == 0
    assert "2024-01：文件中" in listed.out and "当前月份" in listed.out
    for asked in ((), ("--at", "2024-01-10")):
        answered = office.yihui("benefits", "why", "--member", "m-2", *asked)
        assert (answered.out, answered.err) == (before.out, before.err)
    assert "30" in office.yihui("benefits", "why", "--member", "m-1", "--at", "2024-01-10").out
    verified = office.yihui("ledger", "verify", "--recompute")
    assert verified.code == 0, verified.words
    again = office.write()
    assert (again.code, again.out) == (0, "还没有可以归档的月份\n")


@needs_postgres
def test_the_files_bear_the_seal_of_an_act_with_its_reason(office: Office) -> None:
    made = json.loads(office.yihui("archive", "write", "--reason", "按制度归档", "--json").out)
    names = {file["name"] for month in made for file in month["files"]}
    assert names == {path.name for path in (office.folder / "archive").glob("*.parquet")}
    assert office.yihui("ledger", "seal").code == 0
    exported = office.yihui("ledger", "export", "--seals").out
    assert exported.count('"table":"archived_files"') == len(names)
    assert "按制度归档" in exported
    refused = office.yihui("archive", "write")
    assert refused.code == 0  # nothing is left to archive, so nothing needs a reason


@needs_postgres
def test_a_benefit_that_ended_is_followed_to_its_postings_in_the_archive(office: Office) -> None:
    with office.database.write() as connection:
        grant = connection.execute(text("SELECT id FROM grants")).scalar_one()
        posting = connection.execute(text("SELECT min(sequence) FROM postings")).scalar_one()
        expired = Move("expire", grant, None, "promised", "expired", "x", JANUARY.replace(day=31))
        post_move(connection, expired, datetime(2024, 1, 31, tzinfo=UTC))
    assert office.yihui("ledger", "seal").code == 0
    before = office.yihui("ledger", "dossier", "--grant", grant)
    assert before.code == 0, before.words
    assert office.write().code == 0
    assert stored_decisions(office) == 0
    for mark in (("--grant", grant), ("--posting", posting)):
        assert office.yihui("ledger", "dossier", *mark).out == before.out
    assert office.yihui("ledger", "dossier", "--posting", "999999").code == 1


@needs_postgres
def test_a_backup_is_tried_out_together_with_the_archive(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert office.write().code == 0
    backup = office.folder / "night.yihui"
    assert office.yihui("backup", "--to", backup).code == 0
    drilled = office.yihui("restore", backup, "--drill")
    assert drilled.code == 0, drilled.words
    monkeypatch.setenv("YIHUI_ARCHIVE_FOLDER", str(office.folder / "elsewhere"))
    refused = office.yihui("restore", backup, "--drill")
    assert refused.code == 3 and "YIHUI_ARCHIVE_FOLDER" in refused.err


@needs_postgres
def test_a_missing_file_is_said_with_its_remedy_and_nothing_is_passed_over(office: Office) -> None:
    assert office.write().code == 0
    (gone, *_) = sorted((office.folder / "archive").glob("2024-01-decisions-*.parquet"))
    gone.unlink()
    for command in (("ledger", "verify"), ("benefits", "why", "--member", "m-2"), ("ledger", "export")):
        refused = office.yihui(*command)
        assert refused.code == 3, command
        assert gone.name in refused.err and "YIHUI_ARCHIVE_FOLDER" in refused.err
    assert office.yihui("archive", "list").code == 1


@needs_postgres
def test_a_month_that_is_too_young_or_none_is_refused(office: Office) -> None:
    assert office.write("--before", "2999-01").code == 1
    assert office.write("--before", "neulich").code == 2
    assert stored_decisions(office) == 2
    assert not list(office.folder.glob("archive/*.parquet"))


@needs_postgres
def test_a_member_is_erased_from_the_archive_by_the_usual_command(office: Office) -> None:
    assert office.write().code == 0
    done = office.yihui("members", "erase", "m-2", "--reason", "本人要求")
    assert done.code == 0, done.words
    assert office.yihui("ledger", "verify").code == 0
    assert "会计" not in office.yihui("benefits", "why", "--member", "m-2", "--at", "2024-01-10").out
    assert len(list(office.folder.glob("archive/2024-01-decisions-*.parquet"))) == 1


@needs_postgres
def test_what_needs_all_events_says_from_when_on_it_can_be_had(office: Office) -> None:
    assert office.write().code == 0
    for since, code in (("2024-02-01", 3), ("2026-10-04", 0)):  # all was recorded on the day before
        scratch = office.folder / f"{code}.db"
        done = office.yihui("events", "replay", "--journal", "--since", since, "--into", scratch)
        assert done.code == code, done.words
        assert ("已归档" in done.err) is (code == 3)


def test_a_sqlite_file_has_no_months(yihui: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIHUI_DATABASE_URL", str(tmp_path / "yihui.db"))
    for command in (("list",), ("open",), ("write", "--reason", "归档")):
        refused = yihui("archive", *command)
        assert refused.code == 3
        assert "只有 PostgreSQL 按月存放数据" in refused.err

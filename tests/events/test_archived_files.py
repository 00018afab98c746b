"""The files of archived months: who may read them, what a reader gets, and how a change in them is found."""

import pytest
from sqlalchemy import select, text, update

from benefits import (
    explain_decisions,
    verify_ledger,
)
from benefits.tables.decisions import decisions
from core.faults import FaultError
from events import erase_everywhere
from events.archiving import (
    add_archived_rows,
    list_archived_files,
)
from events.archiving.parquet_files import compute_file_digest, iter_rows, write_rows
from events.tables import journal
from rules import RuleLibrary
from store import archived_files
from store.guards import drop_guards
from store.monthly_tables import FIRST_MONTH
from tests.events.archived_years import OFFICER, Years, faults_of, lived_year

pytestmark = [pytest.mark.endure, pytest.mark.needs("postgres")]


def test_files_are_for_their_owner_alone_and_no_part_is_left(years: Years, library: RuleLibrary) -> None:
    lived_year(years, library)
    years.archive()
    assert {path.stat().st_mode & 0o777 for path in years.folder.iterdir()} == {0o600}
    assert {path.suffix for path in years.folder.iterdir()} == {".parquet"}


def test_one_member_s_rows_are_read_without_the_others(years: Years, library: RuleLibrary) -> None:
    lived_year(years, library)
    with years.database.read() as connection:
        before = explain_decisions(connection, "m-3")
    assert before
    years.archive()
    with years.database.read() as connection:
        assert explain_decisions(connection, "m-3") == []
    with years.whole("m-3") as connection:
        assert explain_decisions(connection, "m-3") == before
        assert explain_decisions(connection, "m-4") == []


def test_nothing_of_the_reading_is_left_on_the_connection(years: Years, library: RuleLibrary) -> None:
    lived_year(years, library)
    years.archive()
    with years.database.read() as connection:
        add_archived_rows(connection, years.folder)
    with years.database.read() as connection:
        left = text("SELECT count(*) FROM pg_class WHERE relnamespace = pg_my_temp_schema()")
        assert connection.execute(left).scalar_one() == 0


def test_a_file_that_is_missing_or_was_changed_is_named(years: Years, library: RuleLibrary) -> None:
    lived_year(years, library)
    years.archive()
    with years.database.read() as connection:
        one, other = list_archived_files(connection)[:2]
    one.path(years.folder).unlink()
    with other.path(years.folder).open("r+b") as file:
        file.seek(10)
        file.write(b"\x00\xff")
    with pytest.raises(FaultError) as refused, years.whole():
        pass
    assert [(fault.code, fault.value) for fault in refused.value.faults] == [
        ("archive.missing", one.name),
        ("archive.changed", other.name),
    ]


def test_a_row_that_was_changed_in_a_file_and_in_its_record_is_found_by_the_seals(
    years: Years, library: RuleLibrary
) -> None:
    lived_year(years, library)
    years.archive()
    years.seal()
    with years.database.read() as connection:
        one = next(each for each in list_archived_files(connection) if each.table == "decisions")
    path = one.path(years.folder)
    outcome = 1 + list(decisions.columns.keys()).index("outcome")
    rows = [
        (*row[:outcome], "refused", *row[outcome + 1 :]) if n == 0 else row
        for n, row in enumerate(iter_rows(path, decisions))
    ]
    write_rows(path, decisions, rows)
    with years.database.write() as connection:
        drop_guards(connection)
        connection.execute(
            update(archived_files)
            .where(archived_files.c.id == one.id)
            .values(digest=compute_file_digest(path))
        )
    years.seal()
    with years.whole() as connection:
        found = {fault.text for fault in verify_ledger(connection).disagreements}
    assert f"decisions {rows[0][1]} is not what was sealed" in found
    assert f"archived_files {one.id} is not what was sealed" in found


def test_a_person_is_erased_from_the_files_and_everything_stays_proved(
    years: Years, library: RuleLibrary
) -> None:
    lived_year(years, library)
    years.archive()
    years.seal()
    with years.database.write() as connection:
        done = erase_everywhere(connection, OFFICER, "m-3", archive=years.folder)
    for path in done.replaced_files:
        path.unlink()
    years.seal()
    with years.whole() as connection:
        assert faults_of(connection, library) == []
        assert [one.conditions for one in explain_decisions(connection, "m-3")] != []
        assert connection.execute(select(journal.c.event).where(journal.c.member_id == "m-3")).all() == []
        texts = connection.execute(select(decisions.c.explanation).where(decisions.c.member_id == "m-3"))
        assert all(one.startswith('{"erased":"') for one in texts.scalars())
    with years.database.read() as connection:
        files = list_archived_files(connection)
    assert {
        one.version for one in files if one.table in ("decisions", "journal") and one.month == FIRST_MONTH
    } == {2}
    assert {one.name for one in files} == {path.name for path in years.folder.glob("*.parquet")}
    with years.database.write() as connection:
        assert erase_everywhere(connection, OFFICER, "m-3", archive=years.folder).act is None

"""Months in files: what is read together with them is to the byte what it was before, and what is open stays."""

from datetime import date

import pytest
from sqlalchemy import select

from benefits import (
    Move,
    MoveRefused,
    canonical_export_lines,
    post_move,
    verify_ledger,
)
from benefits.reporting.archived_sums import add_archived_sums
from benefits.reporting.report_sums import collect_sums
from benefits.tables.decisions import decisions
from core.faults import FaultError
from events import erase_everywhere
from events.archiving import (
    archive_month,
    read_archive_horizon,
)
from events.archiving.archived_files import ARCHIVED_TABLES
from rules import RuleLibrary
from store import inbox, open_database, outbox
from store.monthly_tables import FIRST_MONTH, hold_months, list_partitions
from tests.benefits.deciding import NOW, Wish, give
from tests.benefits.lived import LIVES
from tests.events.archived_years import JUNE, MAY, OFFICER, Years, expire, faults_of, lived_year
from tests.events.sending import Sender, handle_in

pytestmark = [pytest.mark.endure, pytest.mark.needs("postgres")]


def test_archived_and_stored_rows_together_are_what_the_ledger_was(
    years: Years, library: RuleLibrary
) -> None:
    lived_year(years, library)
    years.seal()
    before = years.export()
    first, may = years.archive()
    assert (first.month, may.month) == (FIRST_MONTH, MAY)
    assert years.count("decisions") < len([line for line in before if '"table":"decisions"' in line])
    assert years.whole_export() == before
    years.seal()
    with years.whole() as connection:
        assert faults_of(connection, library) == []
    with years.database.read() as connection:
        assert {one.month for one in list_partitions(connection)} == {JUNE}
        horizon = read_archive_horizon(connection)
    # All was recorded on one day in October, whatever the months are called.
    assert horizon is not None and horizon.isoformat() == "2026-10-03T16:00:00+00:00"


@pytest.mark.parametrize("life", LIVES)
def test_whatever_happened_is_whole_with_the_archive(years: Years, life: str) -> None:
    """Draws, waiting lists, payouts, points, debts, appeals: all open rows stay, all others come from the files."""
    LIVES[life](years.database)
    years.begin(MAY)
    years.seal()
    before = years.export()
    years.archive()
    years.seal()
    assert years.whole_export() == before
    with years.whole() as connection:
        assert [fault.text for fault in verify_ledger(connection).disagreements] == []


def test_an_open_benefit_stays_and_is_used_after_its_month_was_archived(years: Years) -> None:
    still_open, ended = give(years.database, Wish("m-1", kind="voucher"), Wish("m-2", kind="voucher"))
    with years.database.write() as connection:
        for number, (from_, to) in enumerate(
            (("promised", "issued"), ("issued", "redeemed"), ("redeemed", "settled"))
        ):
            kind = ("issue", "redeem", "settle")[number]
            post_move(connection, Move(kind, ended.id, None, from_, to, f"r{number}", JUNE), NOW)
    years.begin(MAY)
    (month,) = years.archive()
    assert month.carried_count > 0
    with years.database.read() as connection:
        assert connection.execute(select(decisions.c.id)).scalars().all() == [still_open.id]
    with years.database.write() as connection:
        post_move(connection, Move("expire", still_open.id, None, "promised", "expired", "x", JUNE), NOW)
    with years.whole() as connection:
        assert [fault.text for fault in verify_ledger(connection).disagreements] == []


def test_what_would_need_archived_postings_is_refused_in_words(years: Years) -> None:
    """A refund would make a part due again, whose funding only the archive knows."""
    (ended,) = give(years.database, Wish("m-2", kind="voucher"))
    with years.database.write() as connection:
        post_move(connection, Move("issue", ended.id, None, "promised", "issued", "1", JUNE), NOW)
        post_move(connection, Move("redeem", ended.id, None, "issued", "redeemed", "2", JUNE), NOW)
    years.begin(MAY)
    years.archive()
    with years.database.write() as connection, pytest.raises(MoveRefused, match="lies in the archive"):
        post_move(connection, Move("refund", ended.id, 1, "redeemed", "issued", "3", JUNE), NOW)


def test_rows_that_were_written_late_are_archived_up_to_their_own_day(
    years: Years, library: RuleLibrary
) -> None:
    """The month was opened on the fifth: until then rows of the new month were stored with those of the former."""
    send = Sender()
    late = send.birthday("m-1", on="2026-10-03")
    handle_in(years.database, library, [send.joined("m-1"), late], 5)
    years.begin(date(2026, 10, 1))
    expire(years.database, date(2030, 1, 1))
    years.archive()
    with years.database.read() as connection:
        horizon = read_archive_horizon(connection)
    assert horizon is not None and horizon.isoformat() == "2026-10-03T16:00:00+00:00"
    again = handle_in(years.database, library, [late], 5)
    assert [letter.faults[0].code for letter in again.dead_letters] == ["event.archived"]


def test_a_reader_that_began_before_reads_the_month_to_its_end(years: Years, library: RuleLibrary) -> None:
    """And the month waits for the reader, for a second at most."""
    lived_year(years, library)
    years.seal()
    before = years.export()
    other = open_database(years.url)
    with other.read() as connection:
        hold_months(connection)
        with pytest.raises(FaultError, match="while others use its tables"):
            archive_month(years.database, years.folder, FIRST_MONTH, OFFICER)
        assert list(canonical_export_lines(connection)) == before
    other.close()
    years.archive()
    assert years.whole_export() == before


def test_archived_events_are_refused_and_those_that_change_facts_are_known(
    years: Years, library: RuleLibrary
) -> None:
    lines = lived_year(years, library)
    joins = [line for line in lines if "member.joined" in line]
    birthdays = [line for line in lines if "member.birthday" in line]
    years.archive()
    again = handle_in(years.database, library, joins, 5)
    assert (again.duplicates, again.handled, again.dead_letters) == (len(joins), 0, [])
    refused = handle_in(years.database, library, birthdays, 5)
    assert (refused.duplicates, refused.handled) == (0, 0)
    assert {letter.faults[0].code for letter in refused.dead_letters} == {"event.archived"}
    fresh = handle_in(years.database, library, [Sender().joined("m-99", at="2019-01-05T09:00:00+08:00")], 5)
    assert fresh.handled == 0 or fresh.dead_letters == []


def test_an_interruption_or_an_erasure_meanwhile_leaves_the_month_where_it_was(
    years: Years, library: RuleLibrary
) -> None:
    lived_year(years, library)
    years.seal()
    before, stored = years.export(), years.count("decisions")

    class Interrupted(Exception):
        pass

    def interrupt(_: int) -> None:
        raise Interrupted

    with pytest.MonkeyPatch.context() as patch, pytest.raises(Interrupted):
        patch.setattr("events.archiving.month_writing._TELL_EVERY", 1)
        archive_month(years.database, years.folder, FIRST_MONTH, OFFICER, interrupt)
    assert (years.export(), years.count("decisions")) == (before, stored)

    other = open_database(years.url)

    def erase(_: int) -> None:
        with other.write() as connection:
            erase_everywhere(connection, OFFICER, "m-3")

    with pytest.MonkeyPatch.context() as patch, pytest.raises(FaultError, match="something in it changed"):
        patch.setattr("events.archiving.month_writing._TELL_EVERY", 1)
        archive_month(years.database, years.folder, FIRST_MONTH, OFFICER, erase)
    other.close()
    assert years.count("decisions") == stored
    years.seal()
    before = years.export()
    years.archive()
    assert years.whole_export() == before


def test_unsealed_rows_keep_a_month_in_the_database(years: Years, library: RuleLibrary) -> None:
    lived_year(years, library)
    before = years.export()
    with pytest.raises(FaultError, match="not sealed yet"):
        archive_month(years.database, years.folder, FIRST_MONTH, OFFICER)
    assert years.export() == before


def test_messages_that_are_not_delivered_yet_stay(years: Years, library: RuleLibrary) -> None:
    lived_year(years, library)
    with years.database.read() as connection:
        before = connection.execute(select(outbox).order_by(outbox.c.sequence)).all()
    assert before
    years.archive()
    with years.database.read() as connection:
        assert connection.execute(select(outbox).order_by(outbox.c.sequence)).all() == before


def test_reports_go_on_counting_what_was_archived(years: Years, library: RuleLibrary) -> None:
    lived_year(years, library)
    with years.database.read() as connection:
        before = collect_sums(connection)
    assert before
    years.archive()
    with years.database.read() as connection:
        after = collect_sums(connection)
        assert after != before
        add_archived_sums(connection, after)
    assert after == before


def test_the_inbox_loses_what_nobody_needs(years: Years, library: RuleLibrary) -> None:
    lines = lived_year(years, library)
    years.archive()
    with years.database.read() as connection:
        kept = connection.execute(select(inbox.c.id)).scalars().all()
    assert len(kept) == len([line for line in lines if "member.joined" in line])
    assert {table.name for table in ARCHIVED_TABLES} == {"inbox", "decisions", "postings", "journal"}

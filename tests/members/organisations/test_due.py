"""By when an organisation elects and counts its members again: on its page, and in the list of those due."""

from datetime import date, timedelta
from random import Random

import pytest

from members import read_spans, rebuild_organisations
from members.organisations.due import NOTICE_DAYS, find_next_count
from members.organisations.search import OrganisationQuery, count_organisations, find_organisations
from store import Database
from tests.members.organisations.acting import codes_of, event_of, handle

TOWN, SHOP, HOME = "370102001", "370102001-00012", "370102001-00013"
COUNT_DAYS = 31


@pytest.fixture
def town(database: Database) -> Database:
    with database.write() as connection:
        for code in (TOWN, SHOP, HOME):
            handle(connection, event_of("organisation.founded", code, "2020-05-04", name=f"工会 {code}"))
    return database


def next_days(database: Database, code: str = SHOP) -> tuple[date | None, date | None]:
    """The last days for the next election and the next count."""
    with database.read() as connection:
        span = read_spans(connection, [code])[code][-1]
    return span.term_ends, find_next_count(span, COUNT_DAYS)


def due_codes(database: Database, day: date) -> set[str]:
    with database.read() as connection:
        query = OrganisationQuery(day, is_due=True)
        found = {one.code for one in find_organisations(connection, query)}
        assert count_organisations(connection, query) == len(found)
    return found


def test_an_election_is_due_when_the_term_ends_that_was_recorded_last(town: Database) -> None:
    assert next_days(town)[0] is None and due_codes(town, date(2040, 1, 1)) == set(), "unknown is not due"
    with town.write() as connection:
        handle(connection, event_of("organisation.election_held", SHOP, "2021-08-20"))
    assert next_days(town)[0] == date(2026, 8, 20)
    assert due_codes(town, date(2026, 8, 20) - timedelta(days=NOTICE_DAYS + 1)) == set()
    assert due_codes(town, date(2026, 8, 20) - timedelta(days=NOTICE_DAYS)) == {SHOP}
    with town.write() as connection:
        handle(connection, event_of("organisation.renamed", SHOP, "2025-01-01", name="新名"))
        handle(connection, event_of("organisation.election_held", SHOP, "2024-02-29", term_years=3))
    assert next_days(town)[0] == date(2027, 2, 28) and due_codes(town, date(2026, 8, 20)) == set()
    with town.write() as connection:
        handle(connection, event_of("organisation.election_held", SHOP, "2022-03-01"))
    assert next_days(town)[0] == date(2027, 3, 1), "a correction is the next record"


def test_a_count_is_due_after_the_year_that_follows_the_last_one(town: Database) -> None:
    assert next_days(town)[1] is None
    with town.write() as connection:
        handle(connection, event_of("organisation.members_counted", SHOP, "2026-06-30", number=0))
        handle(connection, event_of("organisation.members_counted", SHOP, "2024-12-31", number=9))
        handle(connection, event_of("organisation.members_counted", TOWN, "2025-12-31", number=9))
    assert next_days(town)[1] == date(2028, 1, 31) and next_days(town, TOWN)[1] == date(2027, 1, 31)
    assert due_codes(town, date(2026, 12, 31)) == set()
    assert due_codes(town, date(2027, 1, 1)) == {TOWN}
    assert due_codes(town, date(2028, 1, 1)) == {TOWN, SHOP}


def test_neither_changes_the_tree_and_both_need_an_organisation_of_that_day(town: Database) -> None:
    with town.write() as connection:
        early = handle(connection, event_of("organisation.members_counted", SHOP, "2020-05-03", number=3))
        handle(connection, event_of("organisation.merged", HOME, "2026-09-01", into=SHOP))
        late = handle(connection, event_of("organisation.election_held", HOME, "2026-09-01"))
        assert codes_of(early) == ["organisation.not_on_day"] and codes_of(late) == ["organisation.ended"]
        handle(connection, event_of("organisation.election_held", SHOP, "2021-08-20"))
        [there] = find_organisations(connection, OrganisationQuery(date(2026, 9, 2), code=SHOP))
    assert there.since == date(2020, 5, 4) and there.until is None
    assert HOME not in due_codes(town, date(2027, 1, 1)), "it has ended"


@pytest.mark.both_databases
def test_the_list_is_that_of_each_organisations_days_also_after_a_rebuild(town: Database) -> None:
    chance = Random(5)
    with town.write() as connection:
        for _ in range(25):
            on = date(2020, 6, 1) + timedelta(days=chance.randrange(2300))
            code = chance.choice([TOWN, SHOP, HOME])
            held = event_of("organisation.election_held", code, on, term_years=chance.choice([3, 5]))
            counted = event_of("organisation.members_counted", code, on, number=7)
            handle(connection, chance.choice([held, counted]))
    days = [date(2024, 11, 1) + timedelta(days=29 * n) for n in range(60)]
    before = [due_codes(town, asked) for asked in days]
    own = {code: next_days(town, code) for code in (TOWN, SHOP, HOME)}
    for asked, listed in zip(days, before, strict=True):
        soon = asked + timedelta(days=NOTICE_DAYS)
        assert listed == {
            code
            for code, (election, count) in own.items()
            if (election and election <= soon) or (count and count < date(asked.year, 12, 31))
        }
    assert before[0] != before[-1] == {TOWN, SHOP, HOME}
    with town.write() as connection:
        rebuild_organisations(connection)
    assert [due_codes(town, asked) for asked in days] == before

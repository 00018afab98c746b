"""Organisations: codes, search, and what is due."""

from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from members import (
    OrganisationLevel,
    is_organisation_code,
    organisation_level,
    organisation_lineage,
    parent_code,
    read_spans,
    rebuild_organisations,
)
from members.organisations.search import (
    NOTICE_DAYS,
    OrganisationQuery,
    count_organisations,
    find_next_count,
    find_organisations,
    find_successors,
)
from members.organisations.storage import list_all_codes
from members.organisations.tree import OrganisationSpan
from rules import territory_covers
from store import Database
from tests.members.organisations.acting import codes_of, event_of, handle
from tests.tiers import budget
from tests.transactions import read_in, write_in

FIRST = date(2018, 1, 1)
CODES = ["370000", "370100", "370102", "370102001", "370102002", "371200", "371202"]
CODES += [f"370102001-{n:05}" for n in range(1, 8)]
NAMES = ["快递工会", "外卖_工会", "100%物流", "ABC 公司工会", "骑手之家"]


def plant(database: Database, seed: int) -> list[OrganisationSpan]:
    """A tree in which some are renamed, moved, merged; all spans of it."""
    chance = Random(seed)
    with database.write() as connection:
        for code in sorted(CODES, key=organisation_level):
            kind = chance.choice(["union", "member_home"])
            handle(
                connection,
                event_of("organisation.founded", code, FIRST, name=chance.choice(NAMES), kind=kind),
            )
        for _ in range(12):
            day, code = FIRST + timedelta(days=chance.randrange(900)), chance.choice(CODES[3:])
            handle(
                connection,
                chance.choice(
                    [
                        event_of("organisation.renamed", code, day, name=chance.choice(NAMES)),
                        event_of("organisation.moved", code, day, parent=chance.choice(CODES[:7])),
                        event_of("organisation.merged", code, day, into=chance.choice(CODES)),
                    ]
                ),
            )
        found = read_spans(connection, list_all_codes(connection))
    return [span for spans in found.values() for span in spans]


@pytest.mark.deeper
@pytest.mark.both_databases
def test_a_search_finds_what_a_slow_filter_finds_page_by_page(database: Database) -> None:
    spans, chance = plant(database, 1), Random(2)
    with database.read() as connection:
        for _ in range(budget(80)):
            day = FIRST + timedelta(days=chance.randrange(-10, 1000))
            name = chance.choice([None, "工会", "_", "%", "abc", "快遞", "驿"])
            code, kind = chance.choice([None, "3701", "370102001-"]), chance.choice([None, "union"])
            parent = chance.choice([None, "370102001", "370100"])
            slow = {
                span.code
                for span in spans
                if span.holds(day)
                and (name is None or name.replace("遞", "递").upper() in span.name)
                and (code is None or span.code.startswith(code))
                and kind in (None, span.kind)
                and parent in (None, span.parent)
            }
            found: list[str] = []
            while True:
                query = OrganisationQuery(day, name, code, kind, parent, 3, offset=len(found))
                page = find_organisations(connection, query)
                found += [span.code for span in page]
                if len(page) < 3:
                    break
            assert len(found) == len(set(found)) and set(found) == slow, (day, name, code, kind, parent)
            assert count_organisations(connection, query) == len(slow)


def test_members_of_merged_organisations_are_followed_to_the_one_that_goes_on(database: Database) -> None:
    with database.write() as connection:
        for code in ("370102001", "370102002", "371200"):
            handle(connection, event_of("organisation.founded", code, FIRST, name="工会"))
        handle(connection, event_of("organisation.merged", "370102001", "2019-01-01", into="370102002"))
        handle(connection, event_of("organisation.merged", "370102002", "2020-01-01", into="371200"))
        spans = read_spans(connection, ["370102001", "371200"])
        assert [one.code for one in find_successors(connection, spans["370102001"])] == [
            "370102002",
            "371200",
        ]
        assert find_successors(connection, spans["371200"]) == []


LEVELS = [
    ("370000", OrganisationLevel.PROVINCE, None),
    ("370200", OrganisationLevel.CITY, "370000"),
    ("370202", OrganisationLevel.COUNTY, "370200"),
    ("370202001", OrganisationLevel.TOWNSHIP, "370202"),
    ("370202001-00017", OrganisationLevel.ENTERPRISE, "370202001"),
    ("370200-00003", OrganisationLevel.ENTERPRISE, "370200"),
]
codes = st.one_of(
    st.sampled_from([code for code, _, _ in LEVELS]),
    st.from_regex(r"370[1-3](00|0[1-3]([0-3]{3}(-0000[0-9])?)?)", fullmatch=True),
)


@pytest.mark.parametrize(("code", "level", "parent"), LEVELS)
def test_the_form_of_a_code_says_its_level_and_what_is_above_it(
    code: str, level: OrganisationLevel, parent: str | None
) -> None:
    assert (is_organisation_code(code), organisation_level(code), parent_code(code)) == (True, level, parent)


@pytest.mark.parametrize(
    "text",
    [
        *("", "37020", "3702021", "37020200", " 370202", "370202\n", "３７０２０２"),
        *("370202001-", "370202001-1", "3702-00017", "370202001-000171"),
    ],
)
def test_other_forms_are_no_codes(text: str) -> None:
    assert not is_organisation_code(text)


@settings(deadline=None, derandomize=True)
@given(code=codes)
def test_every_lineage_climbs_level_by_level_to_a_province(code: str) -> None:
    chain = organisation_lineage(code)
    assert chain[0] == code
    assert organisation_level(chain[-1]) is OrganisationLevel.PROVINCE
    levels = [organisation_level(above) for above in chain]
    assert levels == sorted(levels, reverse=True) and len(set(levels)) == len(levels)
    assert [parent_code(below) for below in chain] == [*chain[1:], None]


@pytest.mark.deeper
@settings(deadline=None, derandomize=True, max_examples=budget(300))
@given(owner=codes, code=codes)
def test_a_rule_of_an_organisation_covers_exactly_its_subtree(owner: str, code: str) -> None:
    """The rules room knows nothing of ours: it must come to the same by itself."""
    assert territory_covers(owner, code) == (owner in organisation_lineage(code))


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
    span = read_in(database, read_spans, [code])[code][-1]
    return span.term_ends, find_next_count(span, COUNT_DAYS)


def due_codes(database: Database, day: date) -> set[str]:
    with database.read() as connection:
        query = OrganisationQuery(day, is_due=True)
        found = {one.code for one in find_organisations(connection, query)}
        assert count_organisations(connection, query) == len(found)
    return found


def test_an_election_is_due_when_the_term_ends_that_was_recorded_last(town: Database) -> None:
    assert next_days(town)[0] is None and due_codes(town, date(2040, 1, 1)) == set(), "unknown is not due"
    write_in(town, handle, event_of("organisation.election_held", SHOP, "2021-08-20"))
    assert next_days(town)[0] == date(2026, 8, 20)
    assert due_codes(town, date(2026, 8, 20) - timedelta(days=NOTICE_DAYS + 1)) == set()
    assert due_codes(town, date(2026, 8, 20) - timedelta(days=NOTICE_DAYS)) == {SHOP}
    with town.write() as connection:
        handle(connection, event_of("organisation.renamed", SHOP, "2025-01-01", name="新名"))
        handle(connection, event_of("organisation.election_held", SHOP, "2024-02-29", term_years=3))
    assert next_days(town)[0] == date(2027, 2, 28) and due_codes(town, date(2026, 8, 20)) == set()
    write_in(town, handle, event_of("organisation.election_held", SHOP, "2022-03-01"))
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
    write_in(town, rebuild_organisations)
    assert [due_codes(town, asked) for asked in days] == before

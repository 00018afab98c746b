"""Searching organisations of a day, and paging through them, against a slow filter of all spans."""

from datetime import date, timedelta
from random import Random

import pytest

from members import organisation_level, read_spans
from members.organisations.search import (
    OrganisationQuery,
    count_organisations,
    find_organisations,
    find_successors,
    page_subtree,
)
from members.organisations.storage import list_all_codes
from members.organisations.tree import OrganisationSpan
from store import Database
from tests.members.organisations.acting import event_of, handle
from tests.tiers import budget

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
                query = OrganisationQuery(day, name, code, kind, parent, found[-1] if found else "", 3)
                page = find_organisations(connection, query)
                found += [span.code for span in page]
                if len(page) < 3:
                    break
            assert len(found) == len(set(found)) and set(found) == slow, (day, name, code, kind, parent)
            assert count_organisations(connection, query) == len(slow)


def test_pages_of_a_subtree_hold_each_below_its_parent_to_the_depth(database: Database) -> None:
    spans = plant(database, 3)
    with database.read() as connection:
        for days in range(0, 1000, 97):
            day = FIRST + timedelta(days=days)
            for top in ("370100", "370102", "370102001"):
                for depth in (0, 1, 3):
                    slow = sorted(
                        span.path
                        for span in spans
                        if span.holds(day) and top in span.lineage and span.lineage.index(top) <= depth
                    )
                    paths: list[str] = []
                    while page := page_subtree(connection, top, day, depth, paths[-1] if paths else "", 2):
                        paths += [span.path for span in page]
                    assert paths == slow


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

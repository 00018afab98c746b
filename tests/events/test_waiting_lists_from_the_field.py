"""Waiting lists that went wrong in the field (../shared/field/waiting_lists): what is right there."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from benefits.tables.decisions import decisions, grants
from benefits.tables.draws import lapses
from events import BatchOutcome, EventRunner
from rules import RuleLibrary, load_library
from store import Database
from tests.members.organisations.acting import codes_of, event_of, handle

pytestmark = pytest.mark.needs("shared")
NOW = datetime(2026, 7, 20, 4, tzinfo=UTC)


@pytest.fixture
def field(shared: Path) -> Path:
    return shared.parent / "field" / "waiting_lists"


def library(path: Path, more: str = "") -> RuleLibrary:
    return load_library([(path.name, path.read_text("utf-8") + more)])


def run(database: Database, rules: RuleLibrary, path: Path, size: int = 500) -> BatchOutcome:
    total = BatchOutcome()
    for _, done in EventRunner(database, lambda _: rules, lambda: NOW, batch_size=size).run_file(path):
        total.add(done)
    return total


def test_a_place_that_was_given_by_a_late_run_can_be_claimed_from_that_day(
    database: Database, field: Path
) -> None:
    """A's place lapses on 12 July, ten days before anybody runs what is due."""
    rules = library(field / "quota.yaml", "claim: {within: P1D}\nexpires: P30D\n")
    run(database, rules, field / "two_transfers.jsonl")
    with database.read() as connection:
        claims = select(grants.c.member_id, grants.c.granted_on, grants.c.claim_by, grants.c.expires_on)
        found = {row[0]: tuple(row[1:]) for row in connection.execute(claims)}
        lapsed = connection.execute(select(lapses.c.lapsed_on)).scalars().all()
    assert found["A"] == (date(2026, 7, 2), date(2026, 7, 3), date(2026, 8, 1))
    assert found["B"] == (date(2026, 7, 4), date(2026, 7, 21), date(2026, 8, 19)), "as of the run's day"
    assert lapsed == [date(2026, 7, 4)], "nothing lapses that the same run gave"


def test_a_change_of_state_makes_nobody_a_member_again(database: Database, field: Path) -> None:
    done = run(database, library(field / "quota.yaml"), field / "revived.jsonl")
    assert codes_of(done) == ["event.membership_ended"]
    with database.read() as connection:
        assert connection.execute(select(decisions.c.outcome)).scalars().all() == ["refused"]


def test_a_late_change_of_state_before_the_end_revives_nothing_either(database: Database) -> None:
    with database.write() as connection:
        roll = event_of(
            "member.imported", "m", "2026-07-01", organisation="370202001", joined_on="2020-01-01"
        )
        left = event_of("member.left", "m", "2026-07-05")
        late = event_of("member.profile_changed", "m", "2026-07-03", status="suspended")
        after = event_of("member.profile_changed", "m", "2026-07-06", trade="快递员")
        assert codes_of(handle(connection, roll, left, late, after)) == []
        again = event_of("member.profile_changed", "m", "2026-07-06", status="active")
        assert codes_of(handle(connection, again)) == ["event.membership_ended"]

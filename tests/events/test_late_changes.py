"""What arrived late changes no decision; what it would have changed is listed."""

from datetime import date

from events.late_changes import LateDifference, list_late_differences
from rules import RuleLibrary
from store import Database
from tests.benefits.polls import library
from tests.members.organisations.acting import NOW, event_of, handle

A, B = "370202001-00001", "370202001-00002"
RULES: RuleLibrary = library(
    a_gift="""
require: [{that: "days_between(member.joined_on, event.occurred_on) >= 30", else: 入会不满一个月}]
benefit: {kind: cash, amount_fen: 500}
""",
    b_active="""
require: [{that: "member.status == 'active'", else: 不在册}]
benefit: {kind: cash, amount_fen: 300}
limit: {times: 1, per: [member], every: once}
""",
)


def listed(database: Database, *events: object) -> list[LateDifference]:
    with database.write() as connection:
        handle(connection, *events, library=RULES)  # type: ignore[arg-type]
        found = list(list_late_differences(connection, RULES, NOW))
        assert list(list_late_differences(connection, RULES, NOW, "m-9")) == []
        return found


def joined(on: str, **more: object) -> object:
    return event_of("member.joined", "m-1", on, organisation=A, joined_on=on, **more)


def poll(on: str) -> object:
    return event_of("poll.completed", "m-1", on, poll="x")


def test_an_earlier_joining_recorded_late_lists_what_would_be_granted(
    database: Database,
) -> None:
    roll = event_of("member.imported", "m-1", "2026-04-10", organisation=A, joined_on="2026-04-10")
    late = event_of("member.imported", "m-1", "2026-04-15", organisation=A, joined_on="2026-03-01")
    (one,) = listed(database, roll, poll("2026-04-20"), late, poll("2026-05-20"))
    assert (one.rule, one.was, one.was_fen, one.would_be_fen) == ("a-gift", "refused", None, 500)
    assert (one.late, one.late_on, one.occurred_on) == (
        "member.imported",
        date(2026, 4, 15),
        date(2026, 4, 20),
    )


def test_leaving_recorded_late_lists_what_would_not_be_granted(database: Database) -> None:
    left = event_of("member.left", "m-1", "2026-04-25")
    (one,) = listed(database, joined("2026-01-01"), poll("2026-05-01"), left)
    assert (one.rule, one.was, one.was_fen, one.would_be_fen) == ("b-active", "granted", 300, None)
    assert one.reasons == ("不在册",)


def test_what_came_in_order_or_changes_no_decision_is_not_listed(database: Database) -> None:
    found = listed(
        database,
        joined("2026-01-01"),
        poll("2026-05-01"),
        poll("2026-05-02"),  # refused by the limit, which is not computed again
        event_of("member.transferred", "m-1", "2026-04-01", organisation=B),
        event_of("member.left", "m-1", "2026-06-01"),
    )
    assert found == []

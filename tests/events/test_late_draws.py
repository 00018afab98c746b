"""What took back before the draw was written, and what moves members up: an event's own day counts."""

from datetime import date

from benefits import list_debts, verify_ledger
from store import Database
from tests.benefits import drawing
from tests.benefits.polls import poll

TAKES_BACK = "clawback: [{on: poll.completed, within: P30D, share_percent: 100, text: 再次投票即收回}]\n"
AGAIN = date(2026, 6, 16)


def entered(database: Database) -> drawing.House:
    there = drawing.house(database, drawing.LOTTERY + TAKES_BACK)
    there.enter(drawing.names(6))
    there.fix()
    return there


def taken_back(database: Database) -> list[str]:
    with database.read() as connection:
        assert verify_ledger(connection).disagreements == ()
        return sorted(debt.member_id for debt in list_debts(connection))


def test_who_moves_up_before_an_event_of_a_later_day_gives_back_by_that_event(database: Database) -> None:
    there = entered(database)
    there.draw()
    first_two = there.waiting()[:2]
    there.send(*(poll(member, f"again-{member}", day=AGAIN) for member in first_two))
    assert taken_back(database) == sorted(first_two)  # the winners' claims had lapsed two days before
    there.pass_days(AGAIN)
    assert len(there.granted()) == 6, "nobody is left to move up"

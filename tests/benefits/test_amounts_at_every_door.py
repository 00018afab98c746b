"""Negative, fractional, too large: what is no amount comes in by no door. (Tills, banks and moves have tests of their own.)"""

import pytest
from sqlalchemy import select

from benefits import list_budgets, set_budget
from benefits.tables.decisions import decisions
from events import InvalidEvent, parse_event
from rules import RuleFaults
from store import Database
from tests.benefits.deciding import TREASURER, Wish, give, verified
from tests.benefits.polls import library
from tests.events.sending import NOW, Sender

NONE = [-1, 1.5, 2**63, True, "100", float("nan"), None]


@pytest.mark.parametrize("amount", NONE)
def test_a_budget_is_a_whole_number_of_fen(amount: object, database: Database) -> None:
    with pytest.raises(ValueError, match="can't be"), database.write() as connection:
        set_budget(connection, "shared", amount, TREASURER)  # type: ignore[arg-type]
    with database.read() as connection:
        assert list_budgets(connection) == []


def test_as_much_as_a_database_keeps_is_counted_to_the_fen(database: Database) -> None:
    with database.write() as connection:
        set_budget(connection, "shared", 2**63 - 1, TREASURER)
    given = give(
        database,
        Wish("m-1", amount_fen=2**63 - 2, budget="shared"),
        Wish("m-2", amount_fen=2, budget="shared"),
        Wish("m-3", amount_fen=1, budget="shared"),
    )
    assert [ruling.outcome for ruling in given] == ["granted", "refused", "granted"]
    assert verified(database).disagreements == ()


@pytest.mark.parametrize("amount", [-1, 1.5, "1e3", 2**63, 10**13])
def test_a_rule_gives_no_amount_that_is_none(amount: object) -> None:
    with pytest.raises(RuleFaults):
        library(pays=f"benefit: {{kind: cash, amount_fen: {amount}}}")


@pytest.mark.parametrize("amount", [-1, 1.5, "100", 2**63, True])
def test_an_event_brings_no_amount_that_is_none(amount: object) -> None:
    line = Sender()("application.submitted", programme="金秋助学", application="a-1", amount_fen=amount)
    event = parse_event(line, NOW)
    assert isinstance(event, InvalidEvent)
    assert "amount_fen" in {str(fault.field).rpartition(".")[2] for fault in event.faults}


@pytest.mark.parametrize("amount", [-5, 2**63])
def test_what_a_rule_could_never_give_stops_the_batch_with_nothing_done(
    amount: int, database: Database
) -> None:
    """No rule says so; were one to, the database itself refuses."""
    with pytest.raises(Exception):  # noqa: B017 each driver has its own word for it
        give(database, Wish(amount_fen=100), Wish(amount_fen=amount))
    with database.read() as connection:
        assert connection.execute(select(decisions)).all() == []

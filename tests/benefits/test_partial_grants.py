"""What is left of a budget, in the ledger: granted once, explained, recomputed, equal to the simulation."""

from datetime import date

import pytest
from sqlalchemy import select, update

from benefits import set_budget, verify_ledger
from benefits.ledger.counting import UsageCounter, collect_counter_requests
from benefits.tables.decisions import grants
from events import check_decision_origins, process_batch
from rules import EventFacts, RuleLibrary, evaluate_rules
from store import Database
from tests.benefits.polls import NOW, ORGANISATION, imported, library, poll
from tools.servers.deciding import TREASURER

REST = """
benefit: {kind: cash, title: 慰问金, amount_fen: 10000, partial: true}
limit: {times: 1, per: [member], every: calendar_year}
budget: shared
"""
FACTS = {"member.status": "active", "member.organisation": ORGANISATION}


def lived(database: Database, members: int, left: int) -> RuleLibrary:
    rules = library(rest=REST)
    with database.write() as connection:
        set_budget(connection, "shared", left, TREASURER)
        process_batch([imported(f"m-{n}") for n in range(members)], connection, rules, NOW)
        process_batch([poll(f"m-{n}", f"e-{n}") for n in range(members)], connection, rules, NOW)
    return rules


def test_the_ledger_grants_the_rest_once_and_the_books_agree(database: Database) -> None:
    lived(database, 4, 25_050)
    with database.read() as connection:
        amounts = connection.execute(select(grants.c.amount_fen).order_by(grants.c.id)).scalars().all()
        assert sorted(amounts) == [5_050, 10_000, 10_000]
        assert verify_ledger(connection).disagreements == ()


@pytest.mark.tampers
def test_verify_recomputes_a_reduced_grant_and_names_a_forged_one(database: Database) -> None:
    rules = lived(database, 2, 15_000)
    with database.read() as connection:
        assert check_decision_origins(connection, rules, NOW, recompute_all=True).faults == []
    with database.write() as connection:  # the whole one is made less: no reason says so
        connection.execute(update(grants).where(grants.c.member_id == "m-0").values(amount_fen=9_000))
    with database.read() as connection:
        assert len(check_decision_origins(connection, rules, NOW, recompute_all=True).faults) == 1


@pytest.mark.parametrize(("partial", "locks"), [(True, True), (False, False)])
def test_a_counter_with_too_little_for_the_whole_is_locked_if_the_rest_may_be_taken(
    partial: bool, locks: bool
) -> None:
    """Otherwise two batches would both read the rest as free."""
    rules = library(rest=REST if partial else REST.replace(", partial: true", ""))
    event = EventFacts("/t", "e", "poll.completed", NOW, date(2026, 5, 1), "m", {"event.poll": "y"})
    wishes = collect_counter_requests(evaluate_rules(event, FACTS, rules))
    assert wishes["budget/shared"].needs_lock(UsageCounter(used=95_000, ceiling=100_000)) == locks

"""Limits, quotas, budgets and yearly caps: who gets the last place, and who is told what."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from benefits import BudgetBelowPromises, explain_decisions, list_budgets, set_budget
from benefits.tables.decisions import counters, grants, limit_slots, postings
from store import Database
from tests.transactions import read_in, write_in
from tools.servers.deciding import TREASURER, Wish, give, give_in, outcomes, used, verified

pytestmark = pytest.mark.usefixtures("sound")


def twice(member: str, period: str = "2026") -> tuple[str, str, int]:
    return f"member={member}", period, 2


def test_a_limit_holds_in_one_batch_and_over_batches_and_for_each_member(database: Database) -> None:
    first = give(database, *[Wish("m-1", limit=twice("m-1"))] * 3, Wish("m-2", limit=twice("m-2")))
    assert outcomes(first) == ["granted", "granted", "limit-reached", "granted"]
    again = give(database, Wish("m-1", limit=twice("m-1")), Wish("m-2", limit=twice("m-2")))
    assert outcomes(again) == ["limit-reached", "granted"]
    assert again[0].reasons[0].params == {"times": "2", "period": "2026", "day": "2027-01-01"}


def test_a_quota_counts_heads_of_all_members_in_its_period(database: Database) -> None:
    """A pack of two takes one place."""
    wishes = [Wish(f"m-{n}", kind="item", quantity=2, unit="份", quota=(3, "2026-Q2")) for n in range(5)]
    assert outcomes(give(database, *wishes)) == ["granted"] * 3 + ["quota-exhausted"] * 2
    later = give(database, Wish("m-9", quota=(3, "2026-Q2")), Wish("m-9", quota=(3, "2026-Q3")))
    assert outcomes(later) == ["quota-exhausted", "granted"]
    assert used(database) == {"quota/pack/2026-Q2": 3, "quota/pack/2026-Q3": 1}


def test_a_budget_that_nobody_has_set_is_counted_and_not_limited(database: Database) -> None:
    assert outcomes(give(database, *[Wish(amount_fen=10**12, budget="new")] * 3)) == ["granted"] * 3
    (budget,) = read_in(database, list_budgets)
    assert (budget.in_use_fen, budget.ceiling_fen) == (3 * 10**12, None)


def test_a_budget_can_be_lowered_to_what_is_in_use_and_not_under_it(database: Database) -> None:
    give(database, Wish(amount_fen=700, budget="cakes"))
    for fen in (1_000, 700):
        assert write_in(database, set_budget, "cakes", fen, TREASURER).in_use_fen == 700
    with pytest.raises(BudgetBelowPromises) as refused, database.write() as connection:
        set_budget(connection, "cakes", 699, TREASURER)
    (fault,) = refused.value.faults
    assert (fault.params["in_use"], fault.value) == ("7", "6.99")
    with pytest.raises(ValueError, match="-1 fen"):
        write_in(database, set_budget, "cakes", -1, TREASURER)
    assert read_in(database, list_budgets)[0].ceiling_fen == 700
    assert outcomes(give(database, Wish(amount_fen=1, budget="cakes"))) == ["budget-exhausted"]


@pytest.mark.both_databases
def test_what_is_refused_names_every_bound_and_uses_none(database: Database) -> None:
    write_in(database, set_budget, "cakes", 100, TREASURER)
    wish = Wish(limit=("member=m-1", "2026", 1), quota=(1, "2026"), budget="cakes", caps=(("goods", 150),))
    assert outcomes(give(database, wish)) == ["granted"]
    before = used(database)
    (refused,) = give(database, wish)
    assert outcomes([refused]) == ["limit-reached quota-exhausted cap-exceeded budget-exhausted"]
    assert used(database) == before
    told = read_in(database, explain_decisions, "m-1")
    assert sorted(decision.outcome for decision in told) == ["granted", "refused"]


@pytest.mark.both_databases
def test_after_a_failure_in_the_batch_nothing_has_happened(database: Database) -> None:
    give(database, Wish(budget="cakes", quota=(9, "2026"), event="known"))
    before, counted = used(database), verified(database)
    with pytest.raises(IntegrityError), database.write() as connection:
        give_in(connection, Wish(budget="cakes", quota=(9, "2026")), Wish(budget="cakes", event="known"))
    assert (used(database), verified(database)) == (before, counted)


@pytest.mark.parametrize(
    ("wish", "lines"),
    [
        (Wish(amount_fen=300, budget="b"), [("budget/b", -300, "fen"), ("promised/pack", 300, "fen")]),
        (Wish(amount_fen=300), [("unbudgeted/pack", -300, "fen"), ("promised/pack", 300, "fen")]),
        (
            Wish(kind="item", amount_fen=300, quantity=2, unit="份"),
            [
                ("unbudgeted/pack", -300, "fen"),
                ("promised/pack", 300, "fen"),
                ("stock/pack", -2, "份"),
                ("promised/pack", 2, "份"),
            ],
        ),
        (
            Wish(kind="points", amount_fen=0, quantity=50),
            [("stock/pack", -50, "points"), ("promised/pack", 50, "points")],
        ),
        (
            Wish(kind="voucher", amount_fen=300, quantity=2, unit="张"),
            [("unbudgeted/pack", -300, "fen"), ("promised/pack", 300, "fen")],
        ),
        (Wish(amount_fen=0), []),  # a case of a rule's table may be worth nothing
    ],
)
def test_every_promise_is_posted_from_somewhere_to_somewhere(
    wish: Wish, lines: list[object], database: Database
) -> None:
    assert outcomes(give(database, wish)) == ["granted"]
    with database.read() as connection:
        rows = connection.execute(select(postings).order_by(postings.c.line)).all()
        sums = connection.execute(
            select(func.sum(postings.c.amount)).group_by(postings.c.transaction_id, postings.c.unit)
        )
        assert all(total == 0 for (total,) in sums)
    assert [(row.account, row.amount, row.unit) for row in rows] == lines


@pytest.mark.tampers
def test_the_database_itself_refuses_what_would_break_a_bound(database: Database) -> None:
    give(database, Wish(limit=("member=m-1", "2026", 1), budget="cakes"))
    write_in(database, set_budget, "cakes", 100, TREASURER)
    for statement in (
        counters.update().values(used=101),
        counters.update().values(used=-1),
        grants.update().values(quantity=0),
        postings.update().values(amount=0),
        limit_slots.insert().values(limit_key="pack|member=m-1|2026", slot=1, grant_id="other"),
        limit_slots.insert().values(limit_key="pack|member=m-1|2026", slot=2, grant_id="nobody's"),
    ):
        with pytest.raises(IntegrityError), database.write() as connection:
            connection.execute(statement)

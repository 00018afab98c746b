"""``depends: {after: …, state: used}``: true by a redemption or a payment, of any part; false again by a refund."""

from datetime import date

from sqlalchemy import select

from benefits import Move, post_move
from benefits.ledger.bounds import read_bounds
from benefits.tables.decisions import decisions, grants
from benefits.vouchers.issuing import issue_voucher_code
from benefits.vouchers.merchants import add_merchant
from rules import Decision, DueBenefit, LimitSlots
from rules.engine.decision import GrantDependency
from store import Database
from tests.benefits.counters import (
    BAKERY,
    DAY,
    KEY,
    NOON,
    VOUCHER,
    asked,
    give_code,
    granted,
    ring_up,
    take_back,
)
from tests.benefits.polls import imported, library, poll
from tests.benefits.test_races import run_items


def earlier(database: Database, rule: str, member: str = "m-1") -> list[bool]:
    """Which of a rule's grants to a member were used."""
    asks = GrantDependency("after", rule, True, date.min, date.max, "", None)
    due = DueBenefit("item", "示例", 0, 1, None, None)
    limit = LimitSlots("member=m-1", "once", 1)
    wish = Decision("x", "示例", "0", member, DAY, "due", (), (due,), (limit,), None, (), (asks,))
    with database.write() as connection:
        return [one.is_used for one in read_bounds(connection, [wish]).earlier(rule, member)]


def test_handed_out_is_not_used_and_what_was_refunded_is_no_longer(database: Database) -> None:
    _, code = give_code(database)
    assert earlier(database, "cake") == [False]
    done = ring_up(database, asked(code))
    assert earlier(database, "cake") == [True]
    take_back(database, done.id)
    assert earlier(database, "cake") == [False]


def test_a_payment_on_its_way_counts_as_used_and_one_that_bounced_does_not(database: Database) -> None:
    with database.write() as connection:
        grant = granted(connection, DueBenefit("cash", "慰问金", 100, 1, None, None))
        post_move(connection, Move("issue", grant, None, "promised", "issued", "1", DAY), NOON)
        post_move(connection, Move("pay", grant, 100, "issued", "redeemed", "2", DAY), NOON)
    assert earlier(database, "cake") == [True]
    with database.write() as connection:
        post_move(connection, Move("bounce", grant, 100, "redeemed", "issued", "3", DAY), NOON)
    assert earlier(database, "cake") == [False]


def test_any_part_of_a_benefit_that_was_used_will_do(database: Database) -> None:
    with database.write() as connection:
        item = DueBenefit("item", "清凉包", 0, 1, "份", None, name="pack")
        first = granted(connection, VOUCHER, item)
        (second,) = connection.execute(
            select(grants.c.id).where(grants.c.decision_id == first, grants.c.id != first)
        ).scalars()
        code = issue_voucher_code(connection, KEY, second, DAY, NOON).code
    assert earlier(database, "cake") == [False]
    ring_up(database, asked(code or ""))
    assert earlier(database, "cake") == [True]


def test_a_rule_that_comes_after_a_use_is_due_once_the_other_was_used(till: Database) -> None:
    rules = library(
        first="benefit: {kind: voucher, amount_fen: 300}\nlimit: {times: 1, per: [member], every: once}",
        then="""
benefit: {kind: item, unit: 份}
depends: [{after: first, state: used, within: P1Y, else: 先用掉上一张券, remedy: 用完再来}]
""",
    )

    def said(rule: str) -> list[str]:
        query = select(decisions.c.outcome).where(decisions.c.rule_id == rule).order_by(decisions.c.event_id)
        with till.read() as connection:
            return list(connection.execute(query).scalars())

    run_items(till, rules, [imported("m-1"), poll("m-1", "p-1")])
    run_items(till, rules, [poll("m-1", "p-2")])
    assert said("then") == ["refused", "refused"]
    with till.write() as connection:
        grant = connection.execute(select(grants.c.id).where(grants.c.rule_id == "first")).scalar_one()
        add_merchant(connection, BAKERY, NOON)
        code = issue_voucher_code(connection, KEY, grant, DAY, NOON).code
    ring_up(till, asked(code or ""))
    run_items(till, rules, [poll("m-1", "p-3")])
    assert said("then") == ["refused", "refused", "granted"]

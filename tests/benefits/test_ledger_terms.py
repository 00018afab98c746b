"""Terms of the ledger: words, dependence on use, amounts at every door."""

import re
from datetime import date
from typing import get_args

import pytest
from sqlalchemy import select

from benefits import Move, list_budgets, post_move, set_budget
from benefits.ledger.bounds import read_bounds
from benefits.model.accounts import STAGES
from benefits.model.faults import MOVE_FAULTS
from benefits.model.moves import MoveKind
from benefits.model.terms import ledger_terms
from benefits.tables.decisions import decisions, grants
from benefits.vouchers.issuing import issue_voucher_code
from benefits.vouchers.merchants import add_merchant
from core.faults import Fault
from events import InvalidEvent, parse_event
from rules import Decision, DueBenefit, LimitSlots, RuleFaults
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
from tests.transactions import read_in, rows_in, values_in, write_in
from tools.servers.deciding import TREASURER, Wish, give, verified
from tools.servers.sending import NOW, Sender
from yihui.runtime.errors import fault_line
from yihui.runtime.language import load_language

BENEFITS = ("cash", "voucher", "item", "place", "points", "service")
WORDS = {
    "stage": (*STAGES, "open"),
    "kind": ("promise", *get_args(MoveKind), *BENEFITS),
    "outcome": ("granted", "refused", "entered", "waiting"),
    "state": ("open", "paid", "failed", "cancelled"),
    "unit": ("fen", *BENEFITS),
}


def test_every_word_has_its_chinese() -> None:
    chinese = load_language("zh")
    told = {
        (name, word): fault_line(
            Fault("{" + name + "}", "", params={name: word}, terms=ledger_terms({name: word})), chinese
        ).message
        for name, words in WORDS.items()
        for word in words
    }
    assert {key: text for key, text in told.items() if re.search(r"[A-Za-z]{3,}", text)} == {}


@pytest.mark.parametrize(
    ("left", "amount", "unit", "told"),
    [
        ("2000", "3000", "fen", ("20 元", "30 元")),
        ("1", "2", "张", ("1 张", "2 张")),
        ("1", "2", "place", ("1 名额", "2 名额")),
    ],
)
def test_an_amount_is_shown_with_its_unit_and_never_in_fen(
    left: str, amount: str, unit: str, told: tuple[str, str]
) -> None:
    fault = MOVE_FAULTS.build("over_amount", left=left, amount=amount, unit=unit)
    assert all(words in fault_line(fault, load_language("zh")).message for words in told)


def earlier(database: Database, rule: str, member: str = "m-1") -> list[bool]:
    """Which of a rule's grants to a member were used."""
    asks = GrantDependency("after", rule, True, date.min, date.max, "", None)
    due = DueBenefit("item", "示例", 0, 1, None, None)
    limit = LimitSlots("member=m-1", "once", 1)
    wish = Decision("x", "示例", "0", member, DAY, "due", (), (due,), (limit,), None, (), (asks,))
    return [one.is_used for one in write_in(database, read_bounds, [wish]).earlier(rule, member)]


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
    write_in(database, post_move, Move("bounce", grant, 100, "redeemed", "issued", "3", DAY), NOON)
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
        return values_in(till, query)

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


NONE = [-1, 1.5, 2**63, True, "100", float("nan"), None]


@pytest.mark.parametrize("amount", NONE)
def test_a_budget_is_a_whole_number_of_fen(amount: object, database: Database) -> None:
    with pytest.raises(ValueError, match="can't be"), database.write() as connection:
        set_budget(connection, "shared", amount, TREASURER)  # type: ignore[arg-type]
    assert read_in(database, list_budgets) == []


def test_as_much_as_a_database_keeps_is_counted_to_the_fen(database: Database) -> None:
    write_in(database, set_budget, "shared", 2**63 - 1, TREASURER)
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
    assert rows_in(database, select(decisions)) == []

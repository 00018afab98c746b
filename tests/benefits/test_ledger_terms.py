"""No word of the ledger's own (issued, bounce, fen …) reaches a reader untranslated."""

import re
from datetime import date
from typing import get_args

import pytest
from sqlalchemy import select, update

from benefits import Move, MoveRefused, post_move, verify_ledger
from benefits.model.accounts import STAGES
from benefits.model.faults import MOVE_FAULTS
from benefits.model.moves import MoveKind
from benefits.model.terms import ledger_terms
from benefits.tables.decisions import decisions
from benefits.tables.payout import payout_orders
from benefits.tables.transactions import grant_balances
from core.faults import Fault
from core.money import format_yuan
from store import Database
from tests.benefits.deciding import NOW, Wish, give
from tests.benefits.lived import paid
from yihui.runtime.errors import fault_line
from yihui.runtime.language import load_language
from yihui.views.outcomes import benefit_worth_text

ZH, EN = load_language("zh"), load_language("en")
DAY = date(2026, 6, 1)
BENEFITS = ("cash", "voucher", "item", "place", "points", "service")
WORDS = [
    *[("stage", stage) for stage in (*STAGES, "open")],
    *[("kind", kind) for kind in ("promise", *get_args(MoveKind), *BENEFITS)],
    *[("outcome", outcome) for outcome in ("granted", "refused", "entered", "waiting")],
    *[("state", state) for state in ("open", "paid", "failed", "cancelled")],
    *[("unit", unit) for unit in ("fen", *BENEFITS)],
]


def _english(text: str) -> list[str]:
    return re.findall(r"[A-Za-z]{3,}", re.sub(r"[0-9a-f]{40}", "", text))


@pytest.mark.parametrize(("name", "word"), WORDS)
def test_every_word_has_its_chinese(name: str, word: str) -> None:
    fault = Fault("{" + name + "}", "", params={name: word}, terms=ledger_terms({name: word}))
    assert _english(fault_line(fault, ZH).message) == []
    assert fault_line(fault, EN).message


@pytest.mark.parametrize("kind", BENEFITS)
def test_every_kind_of_benefit_is_worth_something_in_chinese(kind: str) -> None:
    assert _english(benefit_worth_text(kind, 30_000, 1, None, ZH)) == []
    assert format_yuan(30_000) in benefit_worth_text(kind, 30_000, 1, None, ZH)


@pytest.mark.parametrize(
    ("move", "code", "told"),
    [
        (("redeem", 5, "issued", "redeemed"), "nothing_there", ("已发放", "还没有发放 1 元")),
        (("redeem", 5, "promised", "settled"), "order", ("核销", "还没有发放", "已结清")),
        (("issue", 5, "promised", "issued", "place"), "unit", ("名额", "元")),
    ],
)
def test_what_is_refused_is_refused_in_chinese(
    database: Database, move: tuple[str, ...], code: str, told: tuple[str, ...]
) -> None:
    (ruling,) = give(database, Wish())
    kind, amount, from_, to, *unit = move
    with pytest.raises(MoveRefused) as refused, database.write() as connection:
        wished = Move(kind, ruling.id, amount, from_, to, "k", DAY, *unit)  # type: ignore[arg-type]
        post_move(connection, wished, NOW)
    assert refused.value.short_code == code
    line = fault_line(refused.value.faults[0], ZH)
    text = f"{line.message} {line.remedy}"
    assert all(word in text for word in told)
    assert _english(text) == []


@pytest.mark.tampers
def test_what_verification_finds_is_told_in_chinese(database: Database) -> None:
    paid(database)
    with database.write() as connection:
        connection.execute(update(grant_balances).values(redeemed=7))
        connection.execute(
            update(payout_orders).where(payout_orders.c.state == "paid").values(state="failed")
        )
        connection.execute(update(decisions).values(outcome="refused"))
        assert connection.execute(select(decisions)).first()
        found = verify_ledger(connection).disagreements
    told = [fault_line(item, ZH).message for item in found]
    texts = [text for text in told if "是封存时的" not in text and "account" not in text]
    words = {word for text in texts for word in _english(text)}
    assert not words & {*STAGES, *get_args(MoveKind), "granted", "refused", "fen", "open", "paid", "failed"}
    assert any("已使用" in text for text in texts)
    assert any("未准" in text for text in texts)


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"left": "2000", "amount": "3000", "unit": "fen"}, "只剩 20 元，30 元 超出了"),
        ({"left": "1", "amount": "2", "unit": "张"}, "只剩 1 张，2 张 超出了"),
        ({"left": "1", "amount": "2", "unit": "place"}, "只剩 1 名额，2 名额 超出了"),
    ],
)
def test_an_amount_is_shown_with_its_unit_and_never_in_fen(params: dict[str, str], told: str) -> None:
    line = fault_line(MOVE_FAULTS.build("over_amount", **params), ZH)
    assert line.message == told

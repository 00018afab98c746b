"""No word of the ledger's own (issued, bounce, fen …) reaches a reader untranslated."""

import re
from typing import get_args

import pytest

from benefits.model.accounts import STAGES
from benefits.model.faults import MOVE_FAULTS
from benefits.model.moves import MoveKind
from benefits.model.terms import ledger_terms
from core.faults import Fault
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

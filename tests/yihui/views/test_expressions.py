"""The page about expressions is true and whole: what it shows comes out so, and nothing of the language is left out."""

import re
from pathlib import Path

from rules import KIND_TITLES, facts_for_event
from rules.expressions.expression import parse_condition, parse_number_expression
from rules.expressions.faults import EXPRESSION_FAULTS
from rules.expressions.functions import FUNCTIONS as COMPUTED
from rules.expressions.functions import KNOWN_FUNCTION
from rules.expressions.grammar import GRAMMAR
from rules.model.amounts import round_to_fen
from yihui.runtime.language import load_language
from yihui.views.expression_examples import (
    AMOUNT_EXAMPLES,
    FUNCTION_EXAMPLES,
    KIND_EXAMPLES,
    OPERATOR_EXAMPLES,
    REFUSED_EXAMPLES,
    UNKNOWN_EXAMPLES,
)
from yihui.views.expressions import first_fault, render_expression_page

ROOT = Path(__file__).parents[3]
CONDITIONS = (*KIND_EXAMPLES, *OPERATOR_EXAMPLES, *FUNCTION_EXAMPLES, *UNKNOWN_EXAMPLES)


def test_every_condition_gives_what_the_page_says() -> None:
    for one in CONDITIONS:
        expression, faults = parse_condition(one.text, facts_for_event(one.on))
        assert expression is not None and faults == (), one
        assert set(one.values) == set(expression.reads), "what is read is shown, and nothing else"
        assert expression.evaluate(one.values) is one.result, one


def test_every_amount_comes_to_what_the_page_says() -> None:
    for one in AMOUNT_EXAMPLES:
        expression, faults = parse_number_expression(one.text, facts_for_event(one.on))
        assert expression is not None and faults == (), one
        assert round_to_fen(expression.evaluate(one.values), "down", 1) == one.result, one


def test_everything_that_is_called_refused_is_refused_for_this_reason() -> None:
    found = [first_fault(one) for one in REFUSED_EXAMPLES]
    assert [fault.short_code for fault in found] == [one.code for one in REFUSED_EXAMPLES]
    assert {fault.severity for fault in found} == {"error"}


def test_no_operator_of_the_grammar_is_left_out() -> None:
    signs = re.search(r"^OPERATOR: (.*)$\n^SIGN: (.*)$\n^POINT: (.*)$", GRAMMAR, re.MULTILINE)
    assert signs
    written = set(re.findall(r'"([^"]+)"', " ".join(signs.groups())))
    words = set(re.findall(r"^_?([A-Z]+)\.2: ", GRAMMAR, re.MULTILINE))
    shown = {one.shows for one in (*OPERATOR_EXAMPLES, *AMOUNT_EXAMPLES)}
    assert written <= shown and "? :" in shown and "( )" in shown
    assert {"OR", "AND", "NOT", "IN"} == words - {"TRUE", "FALSE"} <= {name.upper() for name in shown}
    texts = " ".join(one.text for one in CONDITIONS)
    assert "true" in texts and re.search(r"in \[", texts) and re.search(r"in [a-z]+\.", texts)


def test_no_function_and_no_kind_is_left_out() -> None:
    assert {one.shows for one in FUNCTION_EXAMPLES} == {*COMPUTED, KNOWN_FUNCTION, "date"}
    assert all(f"{one.shows}(" in one.text for one in FUNCTION_EXAMPLES)
    assert {one.shows for one in KIND_EXAMPLES} == {*KIND_TITLES}


def test_no_reason_to_refuse_is_left_out() -> None:
    """Those for whole texts (too long, too deep, not NFC, empty) stand in the introduction."""
    codes = {code.partition(".")[0] for code in EXPRESSION_FAULTS.texts}
    assert len(codes) > 15
    told = {"long-expression", "deep-expression", "not-nfc", "empty-expression"}
    assert codes - told == {one.code for one in REFUSED_EXAMPLES}


def test_the_page_that_lies_in_docs_is_what_is_printed() -> None:
    page = (ROOT / "docs" / "expressions.zh.md").read_text("utf-8")
    assert page == render_expression_page(load_language("zh")), (
        "write it anew: yihui rules expressions > docs/expressions.zh.md"
    )

"""The page about expressions is true and whole: what it shows comes out so, and nothing of the language is left out."""

from pathlib import Path

from rules import facts_for_event
from rules.expressions.expression import read_expression
from rules.model.amounts import round_to_fen
from yihui.runtime.language import load_language
from yihui.views.expressions import (
    AMOUNT_EXAMPLES,
    FUNCTION_EXAMPLES,
    KIND_EXAMPLES,
    OPERATOR_EXAMPLES,
    REFUSED_EXAMPLES,
    UNKNOWN_EXAMPLES,
    first_fault,
    render_expression_page,
)

ROOT = Path(__file__).parents[3]
CONDITIONS = (*KIND_EXAMPLES, *OPERATOR_EXAMPLES, *FUNCTION_EXAMPLES, *UNKNOWN_EXAMPLES)


def test_every_condition_gives_what_the_page_says() -> None:
    for one in CONDITIONS:
        expression, faults = read_expression(one.text, facts_for_event(one.on))
        assert expression is not None and faults == (), one
        assert set(one.values) == set(expression.reads), "what is read is shown, and nothing else"
        assert expression.evaluate(one.values) is one.result, one


def test_every_amount_comes_to_what_the_page_says() -> None:
    for one in AMOUNT_EXAMPLES:
        expression, faults = read_expression(one.text, facts_for_event(one.on), is_number=True)
        assert expression is not None and faults == (), one
        assert round_to_fen(expression.evaluate(one.values), "down", 1) == one.result, one


def test_everything_that_is_called_refused_is_refused_for_this_reason() -> None:
    found = [first_fault(one) for one in REFUSED_EXAMPLES]
    assert [fault.short_code for fault in found] == [one.code for one in REFUSED_EXAMPLES]
    assert {fault.severity for fault in found} == {"error"}


def test_the_page_that_lies_in_docs_is_what_is_printed() -> None:
    page = (ROOT / "docs" / "expressions.zh.md").read_text("utf-8")
    assert page == render_expression_page(load_language("zh")), (
        "write it anew: yihui rules expressions > docs/expressions.zh.md"
    )

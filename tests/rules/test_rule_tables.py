"""Decision tables in files of their own."""

import pytest

from rules import (
    AmountTerms,
    RuleLibrary,
)
from rules.engine.decision_table import build_cell_condition
from tests.rules.terms import completed, decide, faults, library, rule


def jdm(rows: str, policy: str = "first") -> str:
    return f"""{{"contentType": "application/vnd.gorules.decision", "edges": [], "nodes": [
 {{"id": "in", "type": "inputNode"}},
 {{"id": "t", "type": "decisionTableNode", "content": {{"hitPolicy": "{policy}",
  "inputs": [{{"id": "s", "name": "成绩", "field": "event.score"}}, {{"id": "t", "name": "工种", "field": "member.trade"}}],
  "outputs": [{{"id": "a", "name": "金额", "field": "amount_fen"}}],
  "rules": [
{rows}
  ]}}}},
 {{"id": "out", "type": "outputNode"}}]}}
"""


ROWS = """\
{"_id": "1", "s": ">= 90", "t": "'外卖员', '快递员'", "a": "900"},
{"_id": "2", "s": "[60..90)", "t": "", "a": "event.score * 5"},
{"_id": "3", "s": "$ == 59 or $ == 58", "t": "not in ['保安员']", "a": "1"}"""
FROM_FILE = "benefit: {kind: cash, table: {file: tables/marks.json, else: 没有这一档, remedy: 再学一次}}\n"


def by_table(rows: str = ROWS, policy: str = "first") -> RuleLibrary:
    return library(FROM_FILE, tables={"rules/tables/marks.json": jdm(rows, policy)})


def test_a_decision_names_the_row_that_gave_the_amount_and_what_its_formula_came_to() -> None:
    [decision] = decide(by_table(), completed(89))
    row, formula = decision.conditions[-2:]
    assert row.condition.amount == AmountTerms(2, "tables/marks.json")
    assert {"event.score", "member.trade"} == set(row.condition.reads)
    assert (formula.values["amount.exact/1"], formula.values["amount.fen/1"]) == ("445", 445)


@pytest.mark.parametrize(
    ("score", "trade", "amount_fen"),
    [
        (90, "外卖员", 900),
        (90, "保安员", None),
        (89, "保安员", 445),
        (60, "外卖员", 300),
        (59, "外卖员", 1),
        (59, "保安员", None),
        (57, "外卖员", None),
        (90, None, None),  # the first row couldn't be told
        (61, None, 305),
    ],
)
def test_the_first_row_of_a_table_in_a_file_decides(
    score: int, trade: str | None, amount_fen: int | None
) -> None:
    [decision] = decide(by_table(), completed(score), trade=trade)
    assert decision.amount_fen == (amount_fen or 0)
    assert (decision.outcome == "due") == (amount_fen is not None)
    if amount_fen is None:
        assert decision.missing[0].else_text == "没有这一档" and decision.missing[0].remedy == "再学一次"


def test_what_a_table_says_is_part_of_the_rules_hash() -> None:
    assert by_table().rules[0].hash != by_table(ROWS.replace('"1"}', '"2"}')).rules[0].hash


TABLE = jdm(ROWS)


@pytest.mark.parametrize(
    ("old", "new", "code", "line", "column"),
    [
        ('">= 90"', "\">= '90'\"", "unlike-types", 7, 20),
        ('">= 90"', '"rand(3)"', "unknown-function", 7, 20),
        ('">= 90"', '"sum([1..3])"', "syntax", 7, 20),
        ('">= 90"', "\"date('2026-02-30')\"", "bad-date", 7, 20),
        ('">= 90"', "yes", "yes-no", 7, 19),
        ('"900"', '"九百"', "syntax", 7, 55),
        ('"900"', '"0"', "decision-table", 7, 55),
        ('"900"', '"\\u202e900"', "hidden-sign", 7, 55),
        ('"event.score * 5"', '"event.scor * 5"', "unknown-fact", 8, 46),
        ('"_id": "1", "s"', '"s": "1", "s"', "duplicate-key", 7, 12),
        ('{"_id": "1"', '\t{"_id": "1"', "tab", 7, 1),
        ('"edges": []', '"edges": [', "not-yaml", 1, 63),
        ('"decisionTableNode"', '"functionNode"', "decision-table", 3, 2),  # it could run any program
        (TABLE, "", "empty-file", 1, 1),
        (TABLE, "[" * 5_000, "not-yaml", 1, 1),
    ],
)
def test_what_is_unsound_is_told_in_the_tables_own_file(
    old: str, new: str, code: str, line: int, column: int
) -> None:
    assert old in TABLE
    found = faults(rule(FROM_FILE, "a"), ("rules/tables/marks.json", TABLE.replace(old, new)))
    assert {fault.file for fault in found} == {"rules/tables/marks.json"}
    assert (code, line, column) in [(fault.short_code, fault.row, fault.column) for fault in found]


def test_tables_that_are_missing_too_large_or_of_another_policy_are_refused() -> None:
    [finding] = faults(rule(FROM_FILE))
    assert (finding.short_code, finding.row, finding.value) == ("no-such-table", 7, "tables/marks.json")
    many = ",\n".join(f'{{"s": "{n}", "t": "", "a": "1"}}' for n in range(501))
    assert "large-table" in [f.short_code for f in faults(rule(FROM_FILE), ("tables/marks.json", jdm(many)))]
    vast = ",\n".join(f'{{"s": "{n}", "t": "", "a": "1"}}' for n in range(100_000))
    assert "large-file" in [f.short_code for f in faults(rule(FROM_FILE), ("tables/marks.json", jdm(vast)))]
    collect = faults(rule(FROM_FILE), ("tables/marks.json", jdm(ROWS, "collect")))
    assert [f.short_code for f in collect] == ["decision-table"]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("", ""),
        ("-", ""),
        ("5", "f == 5"),
        ("'a', 'b'", "f in ['a', 'b']"),
        ("> 5 and <= 10", "f > 5 and f <= 10"),
        ("(5..10]", "f > 5 and f <= 10"),
        ("[1..2], 5", "(f >= 1 and f <= 2) or (f == 5)"),
        ("'a, $'", "f == 'a, $'"),
        ("$ == '$'", "f == '$'"),
        ("in ['a']", "f in ['a']"),
    ],
)
def test_a_cell_asks_of_its_fact(cell: str, text: str) -> None:
    assert build_cell_condition("f", cell) == text

"""The grid of a rule's table: shown and sent back, it changes no sign; edited, the engine decides as its rows say."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.faults import Fault, FaultError
from rules import evaluate_rules, load_library
from rules.facts import EventFacts
from tests.tiers import budget
from yihui.services.rules.documents import RuleFile, read_rule_file
from yihui.services.rules.drafts import DraftOptions, fill_template, list_templates
from yihui.services.rules.table_edit import edit_tables, match_pasted_rows, split_pasted_rows
from yihui.services.rules.table_grid import EditedRow, TableGrid, read_table_grids

ROOT = Path(__file__).parents[3]
DAY = date(2026, 6, 1)
NOON = datetime(2026, 6, 1, 4, tzinfo=UTC)
HEAD = """# Head of the file
id: visit   # an id
title: 慰问
basis: [{kind: example, note: 示例}]
owner: "370000"
in_force: {from: 2026-01-01, until: 2026-12-31}
on: application.confirmed
purpose: 核定
parameters:
  most: {title: 深度困难, value: 200000, unit: fen, least: 100, most: 99900000}  # of the notice
  both: {title: 其他, value: 5000, unit: fen}
"""
TAIL = """    else: 不在范围
limit: {times: 1, per: [member], every: calendar_year}
budget: visit
expires: P30D
# The end
"""
BLOCK = """benefit:
  kind: cash
  title: 慰问金
  table:
    rows:
      # the first row
      - {when: "member.hardship_level in ['深度困难', '意外致困'] and event.days >= 10", amount_fen: param.most}  # named
      - when: event.days >= 3 and event.days <= 5   # between

        amount_fen: 60000

      # of what is left
      - when: >-
          event.days < 3
          and member.hardship_level != 'none'
        amount_fen: 50000
      - {when: event.days > 100 or known(member.trade), amount_fen: param.both}
      - {when: "event.days >= 30", amount: {expression: "event.days * 1000", ceiling_fen: 90000}}
      - {when: "not (event.days in [7, 8])", amount_fen: param.both}
"""
FLOW = """benefit:
  kind: cash
  table:
    rows: [{when: "member.hardship_level == '深度困难'", amount_fen: 10000}, {when: event.days > 3, amount_fen: 500}]
"""
OWN = "benefit:\n  kind: cash\n  table:\n    file: tables/visit.json\n"
COLUMNS = [("level", "member.hardship_level"), ("days", "event.days")]
JDM = {
    "nodes": [
        {"id": "in", "type": "inputNode", "name": "申请"},
        {
            "id": "t",
            "type": "decisionTableNode",
            "name": "表",
            "content": {
                "hitPolicy": "first",
                "inputs": [{"id": id_, "name": id_, "field": name} for id_, name in COLUMNS],
                "outputs": [{"id": "aid", "name": "金额", "field": "amount_fen"}],
                "rules": [
                    {
                        "_id": "1",
                        "_description": "最难",
                        "level": "'深度困难', '意外致困'",
                        "days": "",
                        "aid": "90000",
                    },
                    {"_id": "2", "level": "-", "days": "[3..5]", "aid": "param.most"},
                    {"_id": "3", "days": "$ > 6 or $ == 1", "aid": "300"},
                ],
            },
        },
        {"id": "out", "type": "outputNode", "name": "金额"},
    ],
}
FILES = {
    "block": RuleFile("r.yaml", HEAD + BLOCK + TAIL),
    "flow": RuleFile("r.yaml", HEAD + FLOW + TAIL),
    "own": RuleFile(
        "r.yaml", HEAD + OWN + TAIL, {"tables/visit.json": json.dumps(JDM, ensure_ascii=False, indent=1)}
    ),
    "one line": RuleFile("r.yaml", HEAD + OWN + TAIL, {"tables/visit.json": json.dumps(JDM)}),
}


def shown_rows(grid: TableGrid) -> list[EditedRow]:
    """The rows as the page sends them back unchanged."""
    return [
        EditedRow(number, tuple(cell.text for cell in row.cells), row.amount, row.note)
        for number, row in enumerate(grid.rows)
    ]


def edited(file: RuleFile, rows: Sequence[EditedRow]) -> RuleFile:
    found, faults = edit_tables(file, read_table_grids(file), [rows])
    assert faults == [[]], [fault.text for fault in faults[0]]
    return found


def codes(file: RuleFile, rows: Sequence[EditedRow]) -> list[tuple[str | None, str]]:
    found, [faults] = edit_tables(file, read_table_grids(file), [rows])
    assert found is file, "a faulty grid changes nothing"
    return [(fault.field, fault.short_code) for fault in faults]


def changed(row: EditedRow, **values: object) -> EditedRow:
    return replace(row, **values)  # type: ignore[arg-type]


def paid(file: RuleFile, level: str | None, days: int | None, trade: str | None = None) -> int | None:
    """What the engine grants for an application."""
    library = load_library(file.texts())
    facts = {"member.organisation": "370102", "member.hardship_level": level, "member.trade": trade}
    event = EventFacts("s", "e", "application.confirmed", NOON, DAY, "m", {"days": days})
    [decision] = evaluate_rules(event, facts, library, DAY)
    return decision.benefits[0].amount_fen if decision.benefits else None


def shipped() -> list[RuleFile]:
    """Each rule and template with a table, and the JDM table of the library with its rule."""
    paths = [*sorted((ROOT / "rules/library").glob("*.yaml"))]
    found = []
    for path in paths:
        file = read_rule_file(path)
        tables = {name: (ROOT / "rules" / name).read_text("utf-8") for name in ("tables/mutual-aid.json",)}
        found.append(RuleFile(file.name, file.text, tables if "file: tables/" in file.text else {}))
    wanted = DraftOptions(DAY)
    found += [RuleFile(f"{name}.yaml", fill_template(name, wanted)) for name in list_templates()]
    return [file for file in found if re.search(r"(?m)^ +table:", file.text)]


@pytest.mark.endure
def test_a_grid_that_comes_back_unchanged_changes_no_sign() -> None:
    for file in (*shipped(), *FILES.values()):
        grids = read_table_grids(file)
        assert grids, "every table is shown"
        found, faults = edit_tables(file, grids, [shown_rows(grid) for grid in grids])
        assert faults == [[] for _ in grids]
        assert found.text == file.text and found.tables == file.tables


@pytest.mark.endure
def test_each_amount_of_a_shipped_table_can_be_changed_alone() -> None:
    for file in shipped():
        change_each_amount_alone(file)


def change_each_amount_alone(file: RuleFile) -> None:
    [grid] = read_table_grids(file)
    rows = shown_rows(grid)

    def edit_alone(number: int, amount: str) -> tuple[RuleFile, Sequence[Fault]]:
        alone = [*rows[:number], changed(rows[number], amount=amount), *rows[number + 1 :]]
        found, [faults] = edit_tables(file, [grid], [alone])
        return found, faults

    for number, row in enumerate(rows):
        amount = "1234"
        found, faults = edit_alone(number, "１，２３４元")
        if faults:
            [fault] = faults
            assert fault.short_code == "bounds" and found is file
            assert int(fault.terms["most"]) < 1234 or int(fault.terms["least"]) > 1234
            amount = next(fault.terms[end] for end in ("least", "most") if fault.terms[end] != row.amount)
            found, faults = edit_alone(number, amount)
        assert faults == []
        [after] = read_table_grids(found)
        assert [one.amount for one in after.rows] == [
            amount if n == number else one.amount for n, one in enumerate(rows)
        ]
        before = sum(len(text.splitlines()) for _, text in file.texts())
        assert sum(len(text.splitlines()) for _, text in found.texts()) == before


def test_cells_are_shown_as_a_clerk_writes_them_or_as_they_are_written() -> None:
    [grid] = read_table_grids(FILES["block"])
    assert [column.fact.path if column.fact else None for column in grid.columns] == [
        "member.hardship_level",
        "event.days",
        None,
    ]
    assert [[*(cell.text for cell in row.cells), row.amount] for row in grid.rows] == [
        ["深度困难、意外致困", "10以上", "", "2000"],
        ["不限", "3-5", "", "600"],
        ["不是无", "不满3", "", "500"],
        ["不限", "不限", "(event.days > 100 or known(member.trade))", "50"],
        ["不限", "30以上", "", '{expression: "event.days * 1000", ceiling_fen: 90000}'],
        ["不限", "not (event.days in [7, 8])", "", "50"],
    ]
    [grid] = read_table_grids(FILES["own"])
    assert [[*(cell.text for cell in row.cells), row.amount, row.note] for row in grid.rows] == [
        ["深度困难、意外致困", "不限", "900", "最难"],
        ["不限", "3-5", "2000", ""],
        ["不限", "$ > 6 or $ == 1", "3", ""],
    ]


def test_an_edit_keeps_comments_and_all_other_text() -> None:
    file = FILES["block"]
    rows = shown_rows(read_table_grids(file)[0])
    new = EditedRow(None, ("一般困难", "不限", ""), "88")
    after = [changed(rows[0], amount="3,000"), new, *rows[2:4], changed(rows[4], amount="１０元"), rows[5]]
    text = edited(file, after).text
    expected = file.text.replace("value: 200000", "value: 300000")
    expected = expected.replace(
        'amount: {expression: "event.days * 1000", ceiling_fen: 90000}', "amount_fen: 1000"
    )
    gone = "      - when: event.days >= 3 and event.days <= 5   # between\n\n        amount_fen: 60000\n"
    row = "      - {when: \"member.hardship_level == '一般困难'\", amount_fen: 8800}\n"
    assert text == expected.replace(gone, row)


def test_a_changed_cell_leaves_the_rest_of_its_row() -> None:
    file = FILES["block"]
    rows = shown_rows(read_table_grids(file)[0])
    rows[2] = changed(rows[2], cells=("不是none", "２以下", ""))
    rows[3] = changed(rows[3], cells=("不限", "1", rows[3].cells[2]))
    text = edited(file, rows).text
    assert (
        "- when: \"member.hardship_level != 'none' and event.days <= 2\"\n        amount_fen: 50000" in text
    )
    assert '"event.days == 1 and (event.days > 100 or known(member.trade))", amount_fen: param.both' in text


def test_a_figure_that_stands_twice_is_changed_at_all_its_places_or_not_at_all() -> None:
    file = FILES["block"]
    rows = shown_rows(read_table_grids(file)[0])
    one = [*rows[:3], changed(rows[3], amount="70"), *rows[4:]]
    assert codes(file, one) == [("3.3", "shared")]
    assert codes(file, [*one[:5], changed(rows[5], amount="80")]) == [("3.3", "shared")]
    both = edited(file, [*one[:5], changed(rows[5], amount="70")])
    assert both.text == file.text.replace("value: 5000", "value: 7000")


@pytest.mark.parametrize("name", FILES)
def test_what_is_not_understood_is_refused_with_its_cell(name: str) -> None:
    file = FILES[name]
    [grid] = read_table_grids(file)
    rows = shown_rows(grid)
    other = ("",) * (len(grid.columns) - 2)
    amount = len(grid.columns)
    bad = [
        ("", "3", "100", 0, "empty"),
        ("深度困难", "　", "100", 1, "empty"),
        ("非深度困难", "3", "100", 0, "cell"),
        ("深度困难", "-", "100", 1, "cell"),
        ("深度困难", "event.days > 3", "100", 1, "cell"),
        ("深度困难", "3", "", amount, "amount"),
        ("深度困难", "3", "-100", amount, "amount"),
        ("深度困难", "3", "0", amount, "amount"),
        ("深度困难", "3", "1,00", amount, "amount"),
        ("深度困难", "3", "param.most", amount, "amount"),
    ]
    for level, days, fen, column, code in bad:
        new = EditedRow(None, (level, days.strip(), *other), fen)
        blank = EditedRow(None, ("",) * amount, "")
        assert codes(file, [blank, *rows, new]) == [(f"{len(rows) + 1}.{column}", code)]
    assert codes(file, []) == [("rows", "no_rows")]
    assert codes(file, [EditedRow(None, ("深度困难", "3", *other), "1")] * 201) == [("rows", "rows")]
    cleared = changed(rows[0], cells=("",) * amount, amount="")
    assert ("0.0", "empty") in codes(file, [cleared, *rows[1:]]), "a cleared row is not a removed one"


def test_a_new_condition_on_several_facts_is_left_to_the_text() -> None:
    file = FILES["block"]
    rows = shown_rows(read_table_grids(file)[0])
    new = EditedRow(None, ("不限", "不限", "known(member.trade)"), "1")
    assert codes(file, [*rows, new]) == [("6.2", "expression")]
    copied = changed(new, cells=rows[3].cells)
    assert (
        '(event.days > 100 or known(member.trade))", amount_fen: 100}' in edited(file, [*rows, copied]).text
    )


LEVELS = ("none", "一般困难", "相对困难", "深度困难", "意外致困")
NUMBER = st.integers(0, 12)
LEVEL_CELL = st.one_of(
    st.just("不限"),
    st.lists(st.sampled_from(LEVELS), min_size=1, max_size=3, unique=True).map("、".join),
    st.sampled_from(LEVELS).map("不是{}".format),
    st.sampled_from(LEVELS).map("除{}外".format),
)
DAYS_CELL = st.one_of(
    st.just("不限"),
    NUMBER.map(lambda n: f"{n}天".translate({ord("0") + d: ord("０") + d for d in range(10)})),
    st.builds("{0}{1}".format, NUMBER, st.sampled_from(["以上", "天以下"])),
    st.builds("{1}{0}".format, NUMBER, st.sampled_from(["超过", "不满"])),
    st.tuples(NUMBER, NUMBER).map(sorted).map(lambda pair: f"{pair[0]}～{pair[1]}"),
)
EDITED = st.lists(
    st.tuples(st.none() | st.integers(0, 1), LEVEL_CELL, DAYS_CELL, st.integers(1, 99_999)),
    min_size=1,
    max_size=6,
)


def holds(level_cell: str, days_cell: str, level: str, days: int) -> bool:
    """Read a row in the plainest way."""
    if level_cell.startswith(("不是", "除")):
        is_level = level_cell.removeprefix("不是").removeprefix("除").removesuffix("外") != level
    else:
        is_level = level_cell == "不限" or level in level_cell.split("、")
    found = [int(one) for one in re.findall(r"\d+", days_cell)]
    if len(found) != 1:
        return is_level and (not found or found[0] <= days <= found[1])
    signs = {
        "以上": days >= found[0],
        "以下": days <= found[0],
        "超过": days > found[0],
        "不满": days < found[0],
    }
    return is_level and next((is_so for sign, is_so in signs.items() if sign in days_cell), days == found[0])


@pytest.mark.parametrize("name", ["block", "flow", "own", "one line"])
@pytest.mark.deeper
@settings(max_examples=budget(10))
@given(rows=EDITED, level=st.sampled_from(LEVELS), days=NUMBER, pasted=st.booleans())
def test_the_engine_decides_as_the_edited_rows_say(
    name: str, rows: list[tuple[int | None, str, str, int]], level: str, days: int, pasted: bool
) -> None:
    file = FILES[name]
    [grid] = read_table_grids(file)
    seen: set[int] = set()
    sent = []
    for origin, *cells, yuan in rows:
        is_first = origin is not None and origin not in seen
        seen |= {origin} if origin is not None else set()
        texts = (str(cells[0]), str(cells[1]), *("",) * (len(grid.columns) - 2))
        sent.append(EditedRow(origin if is_first else None, texts, f"{yuan:,}元"))
    if pasted:
        lines = "\n".join("\t".join([*row.cells, row.amount, *([""] * grid.has_notes)]) for row in sent)
        sent = match_pasted_rows(grid, split_pasted_rows(lines, len(grid.columns)))
    after = edited(file, sent)
    expected = next((yuan * 100 for _, one, two, yuan in rows if holds(one, two, level, days)), None)
    assert paid(after, level, days) == expected
    assert after.text.startswith("# Head") and after.text.endswith("# The end\n")
    if name == "block":
        assert "# the first row\n" in after.text and "# of what is left\n" in after.text
    [again] = read_table_grids(after)
    assert edited(after, shown_rows(again)) == after


def test_a_table_pasted_from_a_spreadsheet_finds_its_rows_again() -> None:
    file = FILES["block"]
    [grid] = read_table_grids(file)
    pasted = "困难\t天数\t其他\t金额（元）\r\n不限\t3-5\t\t650\r\n深度困难、意外致困\t10以上\t\t2000\r\n\r\n"
    rows = match_pasted_rows(grid, split_pasted_rows(pasted, 3))
    assert [(row.origin, row.amount) for row in rows] == [(1, "650"), (0, "2000")]
    assert paid(edited(file, rows), "深度困难", 20) == 200_000
    with pytest.raises(FaultError, match="2 cells"):
        match_pasted_rows(grid, split_pasted_rows("深度困难\t100", 3))

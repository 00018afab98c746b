"""A table of an answer as a page shows it: its own columns, the worst rows first, with what the map calls them."""

from math import inf, nan

from yihui.planning.answer import Column, Table, Unit
from yihui.planning.answer_texts import order_rows_as
from yihui.planning.tables import show_table, table_csv, table_worksheet
from yihui.runtime.language import load_language

COLUMNS = (Column("code", "code"), Column("name", "name"), Column("share", "share", Unit.SHARE))
ROWS = [("370102", "A", 0.5), ("370103", "B", nan), ("370104", "C", 0.02)]


ENGLISH = load_language("en")


def test_the_worst_rows_come_first_and_keep_their_keys() -> None:
    table = Table("areas", "areas", COLUMNS, ROWS, "", (), ("name", "share"), "share", ["a", "b", "c"])
    shown = show_table(table, ENGLISH, is_page=True)
    assert shown["rows"] == [["C", "2.0%"], ["A", "50.0%"], ["B", "–"]]
    assert shown["keys"] == ["c", "a", "b"]
    assert shown["values"] == [[None, 0.02], [None, 0.5], [None, None]]


def test_small_shares_are_told_apart() -> None:
    table = Table("areas", "areas", COLUMNS, [("1", "A", 0.0012), ("2", "B", 0.0008), ("3", "C", 0.0)])
    assert [row[2] for row in show_table(table, ENGLISH)["rows"]] == ["0.12%", "0.08%", "0.0%"]
    assert [row[2].form for row in table_worksheet(table, ENGLISH).rows][:2] == ["0.00%"] * 2  # type: ignore[union-attr]


def test_two_answers_beside_each_other_have_their_rows_in_one_order() -> None:
    def answer(*rows: tuple[str, str]) -> dict[str, list[dict[str, object]]]:
        each = [list(row) for row in rows]
        return {
            "tables": [{"title": "areas", "rows": each, "values": each, "keys": [row[0] for row in each]}]
        }

    (table,) = order_rows_as(answer(("B", "1"), ("D", "2"), ("A", "3")), answer(("A", "5"), ("B", "9")))[
        "tables"
    ]
    assert table["keys"] == ["A", "B", "D"] and table["values"][0] == ["A", "3"] == table["rows"][0]


def test_a_figure_is_a_text_for_readers_and_a_number_for_programs_and_workbooks() -> None:
    columns = (Column("far", "far", Unit.METRES), Column("cost", "cost", Unit.FEN), Column("note"))
    table = Table("far", "far", columns, [(5.0, 1_050, [1]), (inf, None, None)])
    assert show_table(table, ENGLISH)["rows"] == [["5 m", "10.50"], ["beyond 100 km", "–"]]
    assert table_csv(table, ENGLISH).splitlines()[1:] == ["5.0,1050,[1]", ",,"]
    (first, second), sheet = [*table_worksheet(table, ENGLISH).rows], table_worksheet(table, ENGLISH)
    assert list(sheet.heads) == ["far (m)", "cost"]
    assert [(one.value, one.form) for one in first] == [(5.0, "#,##0"), (10.5, "#,##0.00")]  # type: ignore[union-attr]
    assert list(second) == ["beyond 100 km", None]

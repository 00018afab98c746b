"""A table of an answer as a page shows it: its own columns, the worst rows first, with what the map calls them."""

from math import inf, nan

from yihui.planning.answer import ROW_NUMBER, Column, Table, Unit
from yihui.planning.tables import show_page_table
from yihui.runtime.language import load_language

COLUMNS = (Column("code", "code"), Column("name", "name"), Column("share", "share", Unit.SHARE))
ROWS = [("370102", "A", 0.5), ("370103", "B", nan), ("370104", "C", 0.02)]


def test_the_worst_rows_come_first_and_keep_their_keys() -> None:
    table = Table("areas", "areas", COLUMNS, ROWS, "", (), ("name", "share"), "share", ["a", "b", "c"])
    shown = show_page_table(table, load_language("en"))
    assert shown["rows"] == [["C", "2.0%"], ["A", "50.0%"], ["B", "–"]]
    assert shown["keys"] == ["c", "a", "b"]
    assert shown["values"] == [[None, 0.02], [None, 0.5], [None, None]]


def test_a_page_numbers_rows_without_a_name() -> None:
    far = Table(
        "cells", "cells", (Column("far", "far", Unit.METRES),), [(5.0,), (inf,)], on_page=(ROW_NUMBER, "far")
    )
    assert [row[0] for row in show_page_table(far, load_language("en"))["rows"]] == ["1", "2"]

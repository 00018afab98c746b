"""Render pages and tables for programs: JSON, CSV and workbooks."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from core.civil_time import format_civil_instant
from yihui.frame.cells import Cell, Days, Link, Measure, Money, Percent, cell_json, cell_text
from yihui.frame.content import Chart, Facts, Papers, Prose, Section, Table, TableColumn, ThingPage, Timeline
from yihui.frame.names import Names
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from yihui.frame.looking import NamedRows
    from yihui.frame.noun import Noun


def row_json(columns: Sequence[TableColumn[Any]], row: object) -> dict[str, object]:
    """Return a row by the names of its columns."""
    return {column.name: cell_json(column.value(row)) for column in columns}


def page_json(page: ThingPage) -> dict[str, object]:
    """Return a page by the names of its facts, texts and tables."""
    found: dict[str, object] = {"title": page.title}
    if page.status is not None:
        found["state"] = page.status.code
    if page.person is not None:
        found["member"] = page.person
    return found | sections_json(page.sections)


def sections_json(sections: Sequence[Section]) -> dict[str, object]:
    """Return the parts of a page by the names of their facts, texts and tables."""
    found: dict[str, object] = {}
    for section in sections:
        match section:
            case Facts():
                found |= {fact.name: cell_json(fact.value) for fact in section.facts}
            case Prose():
                found[section.name] = section.text
            case Table():
                found[section.name] = [row_json(section.columns, row) for row in section.rows]
            case Chart() if section.points:
                found[section.name] = [[day.isoformat(), value] for day, value in section.points]
            case Papers():
                found[section.name] = [
                    {"number": one.number, "title": one.title, "pages": one.pages, "by": one.by}
                    for one in section.papers
                ]
            case Timeline():
                found["events"] = [
                    {
                        "at": format_civil_instant(one.at),
                        "event": one.code,
                        "by": one.by,
                        "reason": one.reason,
                        "detail": one.detail,
                    }
                    for one in section.events
                ]
    return found


def table_rows(
    columns: Sequence[TableColumn[Any]], rows: Iterable[object], language: Language, names: Names
) -> Iterable[list[str]]:
    """Yield the titles of a table's columns, then its rows as texts."""
    yield [language.translate(column.title) for column in columns]
    for row in rows:
        yield [
            "" if (cell := column.value(row)) in (None, "") else cell_text(cell, language, names)
            for column in columns
        ]


def workbook_cells(
    columns: Sequence[TableColumn[Any]], row: object, language: Language, names: Names
) -> list[str | int | date | None]:
    """Return the cells of a workbook's row: numbers and days as such, all else as texts."""
    return [_workbook_cell(column.value(row), language, names) for column in columns]


def render_tables(tables: Iterable[Table[Any]], language: Language, names: Names) -> bytes:
    """Render tables as a workbook, each on a sheet of its own."""
    from core.sheets.workbook_rendering import Worksheet, render_workbook

    sheets = []
    for one in tables:
        rows = [workbook_cells(one.columns, row, language, names) for row in one.rows]
        heads = [language.translate(column.title) for column in one.columns]
        sheets.append(Worksheet(language.translate(one.title), rows, heads))
    return render_workbook(sheets)


def render_list(noun: "Noun", named: "NamedRows", ending: str, language: Language) -> str | bytes:
    """Render a list as CSV, or as a workbook that also has the facts that are shown with it."""
    columns, found, names = noun.listing.columns, named.found, named.names.with_ids
    if ending == "csv":
        from yihui.views.csv_text import render_csv

        return render_csv(table_rows(columns, found.rows, language, names))
    facts = [one.table for one in found.sections if isinstance(one, Facts)]
    return render_tables([Table("", noun.title, columns, found.rows, ""), *facts], language, names)


def _workbook_cell(cell: Cell, language: Language, names: Names) -> Any:
    from core.sheets.workbook_rendering import Figure, fen_cell

    match cell:
        case None | "":
            return None
        case Link():
            shown = cell.value if isinstance(cell.value, Money) else cell.shown
            return _workbook_cell(shown, language, names)
        case Measure() if cell.form:
            return None if cell.size is None else Figure(cell.size, cell.form)
        case Money():
            return fen_cell(cell.fen)
        case Days():
            return cell.count
        case Percent():
            return f"{cell.bp / 100:g} %"
        case bool():
            return cell_text(cell, language, names)
        case int():
            return cell
        case date() if not isinstance(cell, datetime):
            return cell
        case _:
            return cell_text(cell, language, names)

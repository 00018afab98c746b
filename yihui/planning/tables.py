"""Render the tables of an answer: on the terminal, on a page, as CSV, as worksheets, as GeoJSON."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import shapely

from core.civil_time import civil_date
from core.sheets.workbook_rendering import Worksheet
from core.text_marks import N_
from yihui.frame.cells import Cell, Measure, cell_text
from yihui.frame.content import TableColumn
from yihui.frame.names import NO_NAMES
from yihui.frame.plain import table_rows, workbook_cells
from yihui.planning.answer import (
    Answer,
    AnswerView,
    Chart,
    Column,
    Sentence,
    Table,
    Unit,
    answer_lines,
    note_lines,
    table_records,
    value_text,
)
from yihui.planning.answer_texts import MOST_ROWS, AnswerTexts, ShownChart, ShownTable
from yihui.planning.text import holiday_text
from yihui.runtime.language import Language
from yihui.views.csv_text import render_csv
from yihui.views.text_table import text_table_lines

_WIDTHS = {Unit.TEXT: 22, Unit.LONG: 44}
_NARROW = 13
_DEGREES = 6  # decimals of GeoJSON
_LIMITS = (
    *("spread_evenly", "hours_unknown", "nowhere", "without_way", "off_street", "townships_not_listed"),
    *("hour_not_told", "rough", "counted"),
)


def answer_texts(answer: Answer, language: Language) -> AnswerTexts:
    """Return the sentences, the notes and the first rows of the tables, as a page shows them, and what it draws."""
    lines = [*answer_lines(answer, language), *note_lines(answer.notes, language, is_page=True)]
    view = None if answer.view is None else answer.view()
    shown = [*answer.tables, *(() if view is None else view.tables)]
    tables = [show_table(one, language, MOST_ROWS, is_page=True) for one in shown]
    texts: AnswerTexts = {"lines": lines, "tables": tables}
    if view is None:
        return texts
    limits = [one for one in answer.sentences if isinstance(one, Sentence) and one.name in _LIMITS]
    said = (
        [language.translate(N_("stations, hours and names are generated samples"))]
        if answer.is_sample
        else []
    )
    texts["limits"] = [*said, *(one.text(language) for one in (*view.limits, *limits) if one.template)]
    _add_view(texts, view, language)
    return texts


def _add_view(texts: AnswerTexts, view: AnswerView, language: Language) -> None:
    from maps import map_data
    from yihui.planning.map.text import map_labels

    texts["figures"] = [
        [language.translate(one.title), *(value_text(each, language) for each in (one.value, one.beside))]
        for one in view.figures
    ]
    texts["headline"] = value_text(view.headline, language)
    texts["period"] = value_text(view.period, language)
    texts["holiday"] = holiday_text([civil_date(view.at)], language, N_("{names} holiday"))
    if view.map is not None:
        texts["map"] = map_data(view.map, map_labels(language))
        texts["has_reach"] = view.map.ground is not None
        texts["colours"] = view.map.classes.bands() if sum(map(len, view.map.levels)) > 1 else []
    if view.chart is not None:
        texts["chart"] = show_chart(view.chart, language)


def show_chart(chart: Chart, language: Language) -> ShownChart:
    """Return a chart with its title in the reader's language."""
    title = language.translate(chart.title)
    return {"kind": chart.kind, "title": title, "values": chart.values, "of": chart.of}


def list_shown_columns(
    table: Table, language: Language, *, is_page: bool = False
) -> list[tuple[Column, TableColumn[Any]]]:
    """Return the columns that readers see, each with the frame's; a page may have its own."""
    both = zip(table.columns, table.build_columns(language), strict=True)
    names = table.on_page if is_page and table.on_page else [one.name for one in table.columns]
    return [(own, one) for own, one in both if one.is_on_page and own.name in names]


def show_table(
    table: Table, language: Language, most: int | None = None, *, is_page: bool = False
) -> ShownTable:
    """Return the first rows of a table as texts; on a page its own columns, the worst rows first."""
    columns = list_shown_columns(table, language, is_page=is_page)
    places, least_first = list(range(len(table.rows))), set[Unit]()
    if is_page and table.worst:
        name, sign = table.worst.lstrip("-"), -1 if table.worst.startswith("-") else 1
        worst = next(one for one in table.build_columns(language) if one.name == name)
        least_first = {one.unit for one in table.columns if one.name == name and sign > 0}
        figures = [_read_number(worst.value(row)) for row in table.rows]
        places.sort(key=lambda place: (figures[place] is None, sign * (figures[place] or 0.0)))
    cells = [[one.value(table.rows[place]) for _, one in columns] for place in places[:most]]
    return {
        "title": language.translate(table.title),
        "columns": [language.translate(one.title) for one, _ in columns],
        "units": [one.unit.value for one, _ in columns],
        "least_first": [one.unit in least_first for one, _ in columns],
        "rows": [[cell_text(cell, language) for cell in row] for row in cells],
        "values": [[_read_number(cell) for cell in row] for row in cells],
        "keys": [table.keys[place] if table.keys else "" for place in places[:most]],
    }


def _read_number(cell: Cell) -> float | None:
    if isinstance(cell, Measure) and cell.form and isinstance(cell.value, int | float):
        return float(cell.value)
    return None


def table_lines(table: Table, language: Language, most: int | None) -> Iterator[str]:
    """Yield a table as a terminal shows it."""
    columns = list_shown_columns(table, language)
    yield ""
    yield language.translate(table.title)
    head, *rows = table_rows([one for _, one in columns], table.rows[:most], language, NO_NAMES)
    texts = [place for place, (own, _) in enumerate(columns) if own.unit in _WIDTHS]
    yield from text_table_lines(head, rows, texts)
    if more := len(table.rows) - len(rows):
        yield language.render(N_("{count} more are not listed; --limit 0 lists all"), count=f"{more:,}")


def table_csv(table: Table, language: Language) -> str:
    """Render all rows and columns under the names that programs read."""
    rows = (record.values() for record in table_records(table, language))
    return render_csv([[column.name for column in table.columns], *rows], end="\n")


def table_worksheet(table: Table, language: Language, title: str = "") -> Worksheet:
    """Build a worksheet: numbers as numbers, missing values empty."""
    columns = list_shown_columns(table, language)
    framed = [one for _, one in columns]
    rows = (workbook_cells(framed, row, language, NO_NAMES) for row in table.rows)
    widths = [_WIDTHS.get(own.unit, _NARROW) for own, _ in columns]
    heads = [_head(own, language) for own, _ in columns]
    return Worksheet(title or language.translate(table.title), rows, heads, widths)


def _head(column: Column, language: Language) -> str:
    title = language.translate(column.title)
    return language.render(N_("{title} (m)"), title=title) if column.unit is Unit.METRES else title


def tables_geojson(
    tables: Mapping[str, Table], language: Language, about: Mapping[str, object]
) -> dict[str, object]:
    """Return the rows of tables, by their role, as a GeoJSON FeatureCollection with further members (RFC 7946, 6.1).

    A row lies where its shape is, or else at its ``lon`` and ``lat``. *CRS*: WGS84.
    """
    features = [
        {"type": "Feature", **feature, "properties": {"role": role, **feature["properties"]}}
        for role, table in tables.items()
        for feature in _features(table, language)
    ]
    return {"type": "FeatureCollection", **about, "features": features}


def _features(table: Table, language: Language) -> Iterator[dict[str, Any]]:
    for place, record in enumerate(table_records(table, language)):
        if table.shapes:
            yield {"id": record["id"], "geometry": _round_shape(table.shapes[place]), "properties": record}
        else:
            point = {"type": "Point", "coordinates": [record.pop("lon"), record.pop("lat")]}
            yield {"geometry": point, "properties": record}


def _round_shape(shape: shapely.Geometry) -> dict[str, Any]:
    rounded = shapely.transform(shapely.orient_polygons(shape), lambda at: np.round(at, _DEGREES))
    geometry: dict[str, Any] = json.loads(shapely.to_geojson(rounded))
    return geometry

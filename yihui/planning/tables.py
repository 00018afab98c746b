"""Render the tables of an answer: on the terminal, on a page, as CSV, as worksheets, as GeoJSON."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import inf, isfinite
from typing import TYPE_CHECKING, Any

from core.civil_time import civil_date
from core.text_marks import N_
from geo.coverage.demand import GROUND_UNIT
from yihui.planning.answer import (
    ROW_NUMBER,
    Answer,
    AnswerView,
    Column,
    Sentence,
    Table,
    Unit,
    answer_lines,
    cell_text,
    note_lines,
    table_records,
    value_text,
)
from yihui.planning.answer_texts import MOST_ROWS, AnswerTexts, ShownTable
from yihui.planning.text import holiday_text
from yihui.runtime.language import Language
from yihui.views.csv_text import render_csv
from yihui.views.text_table import text_table_lines
from yihui.views.workbook import Cell, Figure, Worksheet

if TYPE_CHECKING:
    import shapely

_FORMATS = {
    Unit.SHARE: "0.0%",
    Unit.RATIO: "0.00",
    Unit.THREE_DIGITS: "#,##0.00###",
    Unit.KM2: "#,##0.0",
    Unit.DEGREES: "0.000000",
    Unit.FEN: "#,##0.00",
}
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
    texts: AnswerTexts = {"lines": lines, "tables": [show_page_table(one, language) for one in answer.tables]}
    if answer.view is None:
        return texts
    view = answer.view()
    limits = [one for one in answer.sentences if isinstance(one, Sentence) and one.name in _LIMITS]
    texts["limits"] = [one.text(language) for one in (*view.limits, *limits) if one.template]
    _add_view(texts, view, language)
    return texts


def _add_view(texts: AnswerTexts, view: AnswerView, language: Language) -> None:
    from maps import map_data
    from yihui.planning.map.text import map_labels

    texts["figures"] = [
        [language.translate(one.title), *(value_text(each, language) for each in (one.value, one.beside))]
        for one in view.figures
    ]
    texts["period"] = value_text(view.period, language)
    texts["holiday"] = holiday_text([civil_date(view.at)], language, N_("{names} holiday"))
    texts["map"] = None if view.map is None else map_data(view.map, map_labels(language))
    if (chart := view.chart) is not None:
        title = language.translate(chart.title)
        texts["chart"] = {"kind": chart.kind, "title": title, "values": chart.values, "of": chart.of}


def show_page_table(table: Table, language: Language) -> ShownTable:
    """Return a table as a page shows it: its own columns, the worst rows first."""
    names = [column.name for column in table.columns]
    rows, keys = list(table.rows), list(table.keys) or [""] * len(table.rows)
    if table.worst:
        place, sign = names.index(table.worst.lstrip("-")), -1 if table.worst.startswith("-") else 1
        order = sorted(range(len(rows)), key=lambda row: sign * _sortable(rows[row][place]))
        rows, keys = [rows[row] for row in order], [keys[row] for row in order]
    shown = replace(table, rows=rows)
    if table.on_page:
        numbered = [(*row, number) for number, row in enumerate(rows, 1)]
        columns = [*table.columns, Column(ROW_NUMBER, N_("no."))]
        places = [[*names, ROW_NUMBER].index(name) for name in table.on_page]
        picked = [[row[place] for place in places] for row in numbered]
        shown = replace(shown, columns=[columns[place] for place in places], rows=picked)
    places = shown.shown_columns
    values = [[_number(row[place]) for place in places] for row in shown.rows[:MOST_ROWS]]
    return {**show_table(shown, language, MOST_ROWS), "values": values, "keys": keys[:MOST_ROWS]}


def _sortable(value: object) -> float:
    """Return a figure to sort by; what is none comes last."""
    return value if isinstance(value, int | float) and value == value else inf


def _number(value: object) -> float | None:
    is_figure = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_figure and isfinite(value) else None  # type: ignore[arg-type]


def show_table(table: Table, language: Language, most: int | None = None) -> ShownTable:
    """Return the first rows of a table as texts."""
    places = table.shown_columns
    columns = [table.columns[place] for place in places]
    return {
        "title": language.translate(table.title),
        "columns": [language.translate(column.title) for column in columns],
        "units": [column.unit.value for column in columns],
        "rows": [
            [cell_text(row[place], table.columns[place], table.of, language) for place in places]
            for row in table.rows[:most]
        ],
    }


def table_lines(table: Table, language: Language, most: int | None) -> Iterator[str]:
    """Yield a table as a terminal shows it."""
    shown = show_table(table, language, most)
    yield ""
    yield shown["title"]
    texts = [place for place, unit in enumerate(shown["units"]) if unit in (Unit.TEXT, Unit.LONG)]
    yield from text_table_lines(shown["columns"], shown["rows"], texts)
    if more := len(table.rows) - len(shown["rows"]):
        yield language.render(N_("{count} more are not listed; --limit 0 lists all"), count=f"{more:,}")


def table_csv(table: Table, language: Language) -> str:
    """Render all rows and columns under the names that programs read."""
    rows = (record.values() for record in table_records(table, language))
    return render_csv([[column.name for column in table.columns], *rows], end="\n")


def table_worksheet(table: Table, language: Language, title: str = "") -> Worksheet:
    """Build a worksheet: numbers as numbers, missing values empty."""
    places = table.shown_columns
    columns = [table.columns[place] for place in places]
    rows = (
        [_build_cell(row[place], table.columns[place], table, language) for place in places]
        for row in table.rows
    )
    widths = [_WIDTHS.get(column.unit, _NARROW) for column in columns]
    return Worksheet(
        title or language.translate(table.title), rows, [_head(one, language) for one in columns], widths
    )


def _head(column: Column, language: Language) -> str:
    title = language.translate(column.title)
    return language.render(N_("{title} (m)"), title=title) if column.unit is Unit.METRES else title


def _build_cell(value: object, column: Column, table: Table, language: Language) -> Cell:
    if value is None or isinstance(value, bool) or not isinstance(value, int | float):
        return None if value is None else cell_text(value, column, table.of, language)
    if not isfinite(value):
        return "> 100 km" if value > 0 else None
    is_ground = table.of == GROUND_UNIT and column.unit is Unit.AMOUNT
    scale = 1e6 if is_ground else 100 if column.unit is Unit.FEN else 1
    return Figure(value / scale, _FORMATS.get(column.unit, "#,##0"))


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


def _round_shape(shape: "shapely.Geometry") -> dict[str, Any]:
    import numpy as np
    import shapely

    rounded = shapely.transform(shapely.orient_polygons(shape), lambda at: np.round(at, _DEGREES))
    geometry: dict[str, Any] = json.loads(shapely.to_geojson(rounded))
    return geometry

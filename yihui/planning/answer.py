"""What an analysis answers: sentences and tables of raw figures, described once; every door renders the same of them."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, fields, is_dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from functools import partial
from math import isfinite
from operator import attrgetter, itemgetter
from pathlib import Path
from types import MappingProxyType
from typing import Any

import shapely

from core.civil_time import CIVIL_TIME
from core.faults import Fault
from core.text_marks import N_
from geo.coverage.demand import GROUND_UNIT
from maps import MapView
from yihui.frame.cells import Cell, Choice, Measure
from yihui.frame.content import TableColumn
from yihui.frame.plain import row_json
from yihui.planning.order import AreaOrder
from yihui.planning.results import AreaResult
from yihui.planning.text import day_text, demand_amount, demand_amount_text, distance_text, sample_mark
from yihui.runtime.errors import fault_line
from yihui.runtime.language import Language

_NOTES_SHOWN = 3  # of a kind


class Unit(StrEnum):
    """What a figure is, by which texts, tables and workbooks format it."""

    TEXT = "text"  # one that is not wrapped
    LONG = "long"
    COUNT = "count"
    AMOUNT = "amount"  # of demand, with its unit; in a table without
    SHORT_AMOUNT = "short amount"  # the same, in Chinese by ten thousands
    SHARE = "share"
    POINTS = "points"  # of a hundred, by which two shares differ
    METRES = "metres"
    RATIO = "ratio"
    THREE_DIGITS = "three digits"
    KM2 = "km2"
    DEGREES = "degrees"
    FEN = "fen"


# How readers see figures, and how a workbook shows them.
_FORMS: Mapping[Unit, tuple[str, str]] = {
    Unit.SHARE: ("{:.1%}", "0.0%"),
    Unit.POINTS: ("{:.1f}", "0.0"),
    Unit.RATIO: ("{:.2f}", "0.00"),
    Unit.THREE_DIGITS: ("{:,.3g}", "#,##0.00###"),
    Unit.KM2: ("{:,.1f}", "#,##0.0"),
    Unit.DEGREES: ("{:.5f}", "0.000000"),
}
_WHOLE = ("{:,.0f}", "#,##0")
_SMALL_SHARE = ("{:.2%}", "0.00%")  # below 1 %, so that 0.12 and 0.08 are told apart


def _choose_form(value: float, unit: Unit) -> tuple[str, str]:
    is_small = unit is Unit.SHARE and 0 < abs(value) < 0.01
    return _SMALL_SHARE if is_small else _FORMS.get(unit, _WHOLE)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number and what it is; ``of`` is the unit of the demand where it is an amount.

    ``tolerance`` is how far it may be off where sample points measure it; 0 where it is exact.
    """

    value: float
    unit: Unit
    of: str = ""
    tolerance: float = 0.0


def share(value: float, tolerance: float = 0.0) -> Figure:
    """Return a share; NaN is none."""
    return Figure(value, Unit.SHARE, "", tolerance)


def share_of(part: float, whole: float, tolerance: float = 0.0) -> Figure:
    """Return a part as a share; of nothing it is none. ``tolerance`` is that of the part."""
    return share(part / whole if whole else float("nan"), tolerance / whole if whole else 0.0)


def metres(value: float, tolerance: float = 0.0) -> Figure:
    """Return a distance; an infinite one lies beyond 100 km."""
    return Figure(value, Unit.METRES, "", tolerance)


def amount(value: float, unit: str, tolerance: float = 0.0) -> Figure:
    """Return an amount of demand that is told in full."""
    return Figure(value, Unit.AMOUNT, unit, tolerance)


def short_amount(value: float, unit: str, tolerance: float = 0.0) -> Figure:
    """Return an amount of demand that a sentence tells by ten thousands."""
    return Figure(value, Unit.SHORT_AMOUNT, unit, tolerance)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text of the catalogue and its values: figures, numbers, days, texts, other sentences, or lists of them.

    Programs read the values under the name; of one without a name, nothing. ``values`` may have more than the text has
    places. One without a text is for programs alone. Within another one it stands for its one value, or its text.
    """

    name: str
    template: str
    values: Mapping[str, object]

    def text(self, language: Language, shared: Mapping[str, object] = MappingProxyType({})) -> str:
        """Return the sentence as readers see it; ``shared`` are values that programs don't read of it."""
        values = {**shared, **self.values}
        return language.render(
            self.template, **{name: value_text(one, language) for name, one in values.items()}
        )


def sentence(name: str, template: str, /, **values: object) -> Sentence:
    """Build a sentence."""
    return Sentence(name, template, values)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Sentences about one thing under a title; ``section`` is the part of a report that has the details.

    ``shared`` are values of several of them, such as the instant.
    """

    name: str
    title: str
    section: str
    sentences: Sequence[Sentence]
    shared: Mapping[str, object]

    @property
    def values(self) -> Mapping[str, object]:
        return {name: value for one in self.sentences for name, value in one.values.items()}

    def text(self, language: Language) -> str:
        between = "" if language.code == "zh" else " "
        return between.join(one.text(language, self.shared) for one in self.sentences if one.template)

    def line(self, language: Language) -> str:
        return language.render(
            N_("{title}: {text}"), title=language.translate(self.title), text=self.text(language)
        )


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name for programs, its title (a text of the catalogue) for readers, and what its figures are.

    ``value`` is what it has of a row, by default what stands there under its name, or at its place in a list. One without
    a title is for programs alone.
    """

    name: str
    title: str = ""
    unit: Unit = Unit.TEXT
    value: Callable[[Any], object] | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under columns. ``of`` is the unit of its demand; ``shapes`` are the rows' places on the ground.

    None is no value; infinite metres lie beyond 100 km. A page shows the columns ``on_page``, all shown ones where none
    is named, sorted by ``worst`` (the largest first after a minus), and ``keys`` are what the map calls the rows.
    """

    name: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Any]
    of: str = ""
    shapes: Sequence[shapely.Geometry] = ()
    on_page: Collection[str] = ()
    worst: str = ""
    keys: Sequence[str] = ()

    def build_columns(self, language: Language) -> list[TableColumn[Any]]:
        """Return its columns as the frame has them; readers see those with a title and a value in some row."""
        return [self._build_column(place, one, language) for place, one in enumerate(self.columns)]

    def _build_column(self, place: int, one: Column, language: Language) -> TableColumn[Any]:
        row, read = self.rows[0] if self.rows else None, one.value
        if read is None and isinstance(row, tuple | list | dict):
            read = itemgetter(one.name if isinstance(row, dict) else place)
        read = read or attrgetter(one.name)
        is_shown = bool(one.title) and (not self.rows or any(read(row) is not None for row in self.rows))
        build = partial(_build_cell, unit=one.unit, of=self.of, language=language)
        return TableColumn(one.name, one.title, lambda row: build(read(row)), is_shown)


def _build_cell(value: object, unit: Unit, of: str, language: Language) -> Cell:
    if value is None or isinstance(value, str | Choice):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return Measure(value_json(value, language), partial(value_text, value, language))
    write = partial(_write_number, value, unit, of, language)
    if not isfinite(value):
        # In a workbook an infinite value is a text, such as “over 100 km”; NaN, no figure, leaves the cell empty.
        return Measure(None, write, "" if value > 0 else "0")
    scale = 1e6 if of == GROUND_UNIT and unit is Unit.AMOUNT else 100 if unit is Unit.FEN else 1
    plain = float(value) if isinstance(value, float) else value  # no number of numpy's
    form = "#,##0.00" if unit is Unit.FEN else _choose_form(value, unit)[1]
    return Measure(plain, write, form, value / scale)


def _write_number(value: float, unit: Unit, of: str, language: Language) -> str:
    """Return a number as readers see it under its column: without the unit that is the head's."""
    if isfinite(value) and unit is Unit.AMOUNT:
        return demand_amount(value, of)
    if isfinite(value) and unit is Unit.METRES:
        return language.render(N_("{count} m"), count=f"{value:,.0f}")
    return figure_text(Figure(value, unit), language)


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """One of the three figures above an answer: its title (a text of the catalogue), its value, and what stands beside."""

    title: str
    value: object
    beside: object = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of an answer: ``kind`` is heat (168 shares), curve, bars (before, after) or lorenz; ``title`` is of the catalogue."""

    kind: str
    title: str
    values: Sequence[object]
    of: str = ""


@dataclass(frozen=True, slots=True)
class AnswerView:
    """What a page draws of an answer besides its sentences and tables; ``at`` is the instant at which its map begins.

    ``headline`` stands above the figures, ``period`` says what is asked about where that is no instant, ``limits`` what a
    reader must know of the table. ``tables`` are further ones that a page has and a terminal hasn't.
    """

    at: datetime
    figures: Sequence[KeyFigure]
    chart: Chart | None = None
    map: MapView | None = None
    period: object = ""
    limits: Sequence[Sentence] = ()
    headline: object = ""
    tables: Sequence[Table] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer of an analysis; ``further`` tables are for programs and files alone, ``files`` those that were wanted.

    ``lacks_files``: some could not be made here, as the notes say. ``is_interrupted``: the planner stopped it.
    """

    asked: Mapping[str, object]
    sentences: Sequence[Sentence | Paragraph]
    tables: Sequence[Table] = ()
    _: KW_ONLY
    further: Sequence[Table] = ()
    notes: Sequence[Fault] = ()
    is_sample: bool = False
    files: Sequence[tuple[Path, str | bytes]] = ()
    lacks_files: bool = False
    is_interrupted: bool = False
    view: Callable[[], AnswerView] | None = None  # what a page draws; only a page needs it

    def table(self, name: str) -> Table:
        return next(one for one in (*self.tables, *self.further) if one.name == name)


def build_area_answer(
    found: AreaResult[Any],
    sentences: Iterable[Sentence],
    tables: Sequence[Table],
    view: Callable[[], AnswerView],
    further: Sequence[Table] = (),
    **asked: object,
) -> Answer:
    """Build the answer about an area; ``asked`` is what was asked beside the order's terms."""
    terms = {**order_terms(found.order, found.area_name), "unit": found.demand.unit, **asked}
    return Answer(
        terms, [*sentences], tables, further=further, notes=found.notes, is_sample=found.is_sample, view=view
    )


def answer_lines(answer: Answer, language: Language) -> list[str]:
    """Return the sentences as readers see them; the first says whether the stations are generated."""
    shown = [one for one in answer.sentences if isinstance(one, Paragraph) or one.template]
    lines = [one.line(language) if isinstance(one, Paragraph) else one.text(language) for one in shown]
    return [lines[0] + sample_mark(answer.is_sample, language), *lines[1:]] if lines else []


def note_lines(notes: Sequence[Fault], language: Language, is_page: bool = False) -> Iterator[str]:
    """Yield the notes on assumptions and omissions: a few of each kind, and the number of further ones. A page has no commands in them."""
    by_kind: dict[str, list[Fault]] = {}
    for note in notes:
        by_kind.setdefault(note.message, []).append(note)
    for alike in by_kind.values():
        for line in (fault_line(note, language) for note in alike[:_NOTES_SHOWN]):
            yield (replace(line, remedy=line.advice) if is_page else line).text()
        if len(alike) > _NOTES_SHOWN:
            yield language.render(N_("… and {count} like that"), count=len(alike) - _NOTES_SHOWN)


def answer_json(answer: Answer, language: Language) -> dict[str, object]:
    """Return an answer as programs read it: what was asked, figures by sentence, tables by name, and notes.

    *Units*: metres, fen, shares 0..1, demand in its unit. Null is no value, or none within 100 km.
    """
    return {
        **{name: value_json(one, language) for name, one in answer.asked.items()},
        "sample": answer.is_sample,
        "figures": {one.name: value_json(one.values, language) for one in answer.sentences if one.name},
        "tables": {one.name: table_records(one, language) for one in (*answer.tables, *answer.further)},
        "notes": [fault_line(note, language).as_json() for note in answer.notes],
        "interrupted": answer.is_interrupted,
    }


def table_records(table: Table, language: Language) -> list[dict[str, object]]:
    """Return the rows as programs read them, by the names of the columns."""
    columns = table.build_columns(language)
    return [row_json(columns, row) for row in table.rows]


def order_terms(order: AreaOrder, area_name: str) -> dict[str, object]:
    """Return what an order says, by the names of its fields; what it leaves open isn't there."""
    known = {name: value for name, value in order.list_terms().items() if value is not None}
    if order.streets is not None:
        known.pop("radius_m", None)
    return {"area": order.area, "area_name": area_name, **known}


def value_text(value: object, language: Language) -> str:
    """Return a value as readers see it in a sentence."""
    match value:
        case None:
            return "–"
        case Figure():
            return figure_text(value, language)
        case Choice():
            return language.title(value.title)
        case Sentence():
            return value.text(language)
        case int():
            return f"{value:,}"
        case float():
            return f"{value:g}"
        case date():
            return day_text(value, language)
        case list() | tuple():
            return language.format_list(value_text(one, language) for one in value)
        case _:
            return str(value)


def figure_text(figure: Figure, language: Language) -> str:
    """Return a figure as readers see it."""
    value, unit = figure.value, figure.unit
    if figure.tolerance > 0 and isfinite(value):
        both = (replace(figure, value=one, tolerance=0.0) for one in (value, figure.tolerance))
        return " ±".join(figure_text(one, language) for one in both)
    if unit is Unit.METRES:
        return distance_text(value, language)
    if not isfinite(value):
        return "–"
    if unit in (Unit.AMOUNT, Unit.SHORT_AMOUNT):
        return demand_amount_text(value, figure.of, language, is_short=unit is Unit.SHORT_AMOUNT)
    if unit is Unit.FEN:
        return f"{value / 100:,.2f}".removesuffix(".00")
    is_large = unit is Unit.THREE_DIGITS and value >= 100
    return (_WHOLE if is_large else _choose_form(value, unit))[0].format(value)


def value_json(value: object, language: Language) -> object:
    """Return a value as programs read it: JSON has neither infinity nor NaN."""
    match value:
        case Figure():
            return value_json(value.value, language)
        case Choice():
            return value.code
        case Sentence() if len(value.values) == 1:
            return value_json(next(iter(value.values.values())), language)
        case Sentence():
            return value.text(language)
        case datetime():
            return value.astimezone(CIVIL_TIME).isoformat()
        case date():
            return value.isoformat()
        case Path():
            return value.name
        case Mapping():
            return {str(name): value_json(one, language) for name, one in value.items()}
        case list() | tuple() | set() | frozenset():
            return [value_json(one, language) for one in value]
        case float():
            return float(value) if isfinite(value) else None
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: value_json(getattr(value, one.name), language) for one in fields(value)}
    return value

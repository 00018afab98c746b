"""What a page says: facts, texts, tables and histories. Every door renders the same of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from markupsafe import Markup

from core.text_marks import N_
from yihui.frame.cells import Cell, Chip, Choice, Link, Officer, Organisation, Person, Several
from yihui.frame.fields import FormField
from yihui.runtime.language import Language

RowT = TypeVar("RowT")


@dataclass(frozen=True)  # without slots, as a subscribed class is called
class TableColumn(Generic[RowT]):
    """A column: its name for programs, its title for readers, and the value of a row; pages may leave it out."""

    name: str
    title: str
    value: Callable[[RowT], Cell]
    is_on_page: bool = True


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that a page states: its name for programs, its title for readers, its value; pages may leave it out."""

    name: str
    title: str
    value: Cell
    is_on_page: bool = True


_FACT_COLUMNS = (
    TableColumn[Fact]("title", N_("Title"), lambda one: Choice(one.name, one.title)),
    TableColumn[Fact]("value", N_("Value"), lambda one: one.value),
)


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts under a heading."""

    title: str
    facts: Sequence[Fact]

    @property
    def table(self) -> "Table[Fact]":
        return Table("", self.title, _FACT_COLUMNS, self.facts, "")


@dataclass(frozen=True, slots=True)
class Prose:
    """A text as somebody wrote it, with its paragraphs; ``title`` may be empty, and a folded one shows it alone."""

    name: str
    title: str
    text: str
    is_folded: bool = False


@dataclass(frozen=True)
class Table(Generic[RowT]):
    """Rows under titles, which a folded one shows alone; ``empty`` is what stands there in place of no rows."""

    name: str
    title: str
    columns: Sequence[TableColumn[RowT]]
    rows: Sequence[RowT]
    empty: str
    is_folded: bool = False

    def cells(self, row: RowT) -> list[Cell]:
        return [column.value(row) for column in self.columns]


@dataclass(frozen=True, slots=True)
class Event:
    """One step of a history: what happened (its code, and a text of the catalogue), when, by whom, why as it was typed.

    ``detail`` says the rest of it in the reader's language.
    """

    at: datetime
    code: str
    title: str
    by: str
    reason: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Timeline:
    """A history, the newest first."""

    events: Sequence[Event]


@dataclass(frozen=True, slots=True)
class Advice:
    """What is recommended, or what an act will do: a sentence in the reader's language."""

    text: str


@dataclass(frozen=True, slots=True)
class ShownPaper:
    """A document: what it is, below which path its pages are as pictures and how many (0: titles alone), who recorded it and when."""

    number: int
    title: str
    path: str
    pages: int
    by: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Papers:
    """Documents whose pages are shown, also beside the forms of a thing; of folded ones only what they are."""

    name: str
    title: str
    papers: Sequence[ShownPaper]
    empty: str = ""
    is_folded: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture of an amount by day under a heading: drawn for readers in their language; programs read its points.

    ``legend`` names what is in force and what is proposed, where both are drawn.
    """

    name: str
    title: str
    points: Sequence[tuple[date, int]]
    draw: Callable[[Language], Markup]
    legend: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Download:
    """A file that an act gives: the name under which it is saved, what it is, its content."""

    name: str
    media_type: str
    content: bytes = field(repr=False)


Section = Facts | Prose | Table[Any] | Timeline | Advice | Papers | Chart


@dataclass(frozen=True, slots=True)
class ThingPage:
    """The page of one thing. ``title`` and ``notice`` are texts in the reader's language.

    ``person`` is the member whom it concerns. ``effect`` says what the primary act will do. ``acts`` are the names of those that its state allows, the primary one
    first; ``buttons`` are their texts where they say more than the act's own. ``is_wrong``: it proves a fault.
    ``asked`` are the fields of an act that the desk asks for, in this order, where it doesn't ask for all; one may be
    given as this thing has it: with another title, kind or choices. ``job`` is the one that works on it now: the desk
    leads to its progress, and that back here.
    """

    title: str
    sections: Sequence[Section]
    status: Chip | None = None
    notice: str = ""
    person: str | None = None
    effect: str = ""
    acts: Sequence[str] = ()
    buttons: Mapping[str, str] = field(default_factory=dict)
    is_wrong: bool = False
    asked: Mapping[str, Sequence[str | FormField]] = field(default_factory=dict)
    job: str = ""

    def __iter__(self) -> Iterator[Section]:
        return iter(self.sections)


def cells_of(sections: Sequence[Section]) -> Iterator[Cell]:
    """Yield every value of a page, with those that stand in links."""
    for section in sections:
        match section:
            case Facts():
                found: list[Cell] = [one.value for one in section.facts]
            case Table():
                found = [cell for row in section.rows for cell in section.cells(row)]
            case Timeline():
                found = [Officer(one.by) for one in section.events]
            case Papers():
                found = [Officer(one.by) for one in section.papers]
            case Prose() | Advice() | Chart():
                found = []
        for cell in found:
            yield from _single_cells(cell)


def _single_cells(cell: Cell) -> Iterator[Cell]:
    """Yield what a cell shows, one by one, however deep its lists are."""
    shown = cell.shown if isinstance(cell, Link) else cell
    if isinstance(shown, Several):
        for one in shown.cells:
            yield from _single_cells(one)
    else:
        yield shown


@dataclass(frozen=True, slots=True)
class NamedIds:
    """The ids that a page states: of actors, members and organisations."""

    actors: frozenset[str]
    members: frozenset[str]
    organisations: frozenset[str]


def ids_of(sections: Sequence[Section], person: str | None = None) -> NamedIds:
    """Return the ids that a page states, so that their names are looked up together."""
    cells = list(cells_of(sections))
    members = {cell.member for cell in cells if isinstance(cell, Person)}
    return NamedIds(
        frozenset(cell.id for cell in cells if isinstance(cell, Officer)),
        frozenset(members if person is None else {*members, person}),
        frozenset(cell.code for cell in cells if isinstance(cell, Organisation)),
    )

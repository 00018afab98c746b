"""What a page says: facts, texts, tables and histories. Every door renders the same of them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from yihui.frame.cells import Cell, Chip, Link, Officer, Organisation

RowT = TypeVar("RowT")


@dataclass(frozen=True)  # without slots, as a subscribed class is called
class TableColumn(Generic[RowT]):
    """A column: its name for programs, its title for readers, and the value of a row."""

    name: str
    title: str
    value: Callable[[RowT], Cell]


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that a page states: its name for programs, its title for readers, its value."""

    name: str
    title: str
    value: Cell


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts under a heading."""

    title: str
    facts: Sequence[Fact]


@dataclass(frozen=True, slots=True)
class Prose:
    """A text as somebody wrote it, with its paragraphs; ``title`` may be empty, and a folded one shows it alone."""

    name: str
    title: str
    text: str
    is_folded: bool = False


@dataclass(frozen=True)
class Table(Generic[RowT]):
    """Rows under titles; ``empty`` is what stands there in place of no rows."""

    name: str
    title: str
    columns: Sequence[TableColumn[RowT]]
    rows: Sequence[RowT]
    empty: str

    def cells(self, row: RowT) -> list[Cell]:
        return [column.value(row) for column in self.columns]


@dataclass(frozen=True, slots=True)
class Event:
    """One step of a history: what happened (a text of the catalogue), when, by whom, and the reason as it was typed."""

    at: datetime
    title: str
    by: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Timeline:
    """A history, the newest first."""

    events: Sequence[Event]


Section = Facts | Prose | Table[Any] | Timeline


@dataclass(frozen=True, slots=True)
class ThingPage:
    """The page of one thing. ``title`` is a name or a sentence in the reader's language; ``notice`` a text above all."""

    title: str
    sections: Sequence[Section]
    status: Chip | None = None
    notice: str = ""
    acts: Sequence[str] = field(default=())  # the names of the acts that its state allows

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
            case Prose():
                found = []
        for cell in found:
            yield cell.shown if isinstance(cell, Link) else cell


def ids_of(sections: Sequence[Section]) -> tuple[set[str], set[str]]:
    """Return the ids of the actors and the codes of the organisations that a page names."""
    actors, organisations = set[str](), set[str]()
    for cell in cells_of(sections):
        if isinstance(cell, Officer):
            actors.add(cell.id)
        elif isinstance(cell, Organisation):
            organisations.add(cell.code)
    return actors, organisations

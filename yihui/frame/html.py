"""Values, tables and pages of lists as the desk's templates show them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from urllib.parse import quote, urlencode

from markupsafe import Markup, escape

from core.text_marks import N_
from yihui.frame.cells import (
    Cell,
    Chip,
    Deadline,
    Link,
    Person,
    Several,
    cell_text,
    is_figure,
    short_text,
)
from yihui.frame.components import render_component
from yihui.frame.content import TableColumn
from yihui.frame.listing import PAGE_ROWS
from yihui.frame.names import Names
from yihui.runtime.language import Language

_TONES: Mapping[str, str] = {"good": "green", "waiting": "blue", "bad": "red", "": "grey"}
_BESIDE = 2  # numbered pages on either side of the current one


@dataclass(frozen=True, slots=True)
class CellRenderer:
    """Renders values for one reader."""

    language: Language
    names: Names
    today: date
    is_column: bool = False  # of a table, in which days are short

    def cell(self, cell: Cell) -> Markup:
        """Return a value: a link as such, a state as a chip, all else as text."""
        if isinstance(cell, Link):
            shown = cell.shown
            text = self.person(shown.member) if isinstance(shown, Person) else self.cell(shown)
            return Markup('<a class="govuk-link" href="{}">{}</a>').format(cell.path, text)
        if isinstance(cell, Person):
            return Markup('<a class="govuk-link one-line" href="/desk/members/{}">{}</a>').format(
                quote(cell.member, safe=""), self.person(cell.member)
            )
        if isinstance(cell, Chip):
            text = self.language.title(cell.title)
            return render_component("tag", text=text, classes=f"govuk-tag--{_TONES[cell.tone]}")
        if isinstance(cell, Several) and cell.cells:
            return escape(cell.sign).join(map(self.cell, cell.cells))
        is_short = self.is_column or isinstance(cell, datetime)
        shown = short_text(cell, self.language, self.today) if is_short else None
        if isinstance(cell, Deadline) and cell.is_over:
            return escape(f"{shown or cell} ") + self.cell(Chip("overdue", N_("overdue"), "bad"))
        if shown is not None:
            return Markup('<span class="one-line">{}</span>').format(shown)
        return escape(cell_text(cell, self.language, self.names))

    def officer(self, id_: str) -> str:
        return self.names.officer(id_, self.language)

    def person(self, member: str) -> str:
        return self.names.person(member, self.language)

    def person_place(self, member: str) -> str:
        """Return the name of a member's organisation of today; a dash for who has none."""
        known = self.names.persons.get(member)
        return self.names.organisation(known.organisation) if known and known.organisation else "–"

    def table(self, columns: Sequence[TableColumn[Any]], rows: Sequence[object]) -> "TableView":
        """Return a table as a page shows it: a column of which a value is a figure stands flush right."""
        columns = [column for column in columns if column.is_on_page]
        cells = [[column.value(row) for column in columns] for row in rows]
        short = replace(self, is_column=True)
        heads = [self.language.translate(column.title) for column in columns]
        are_figures = [any(is_figure(row[place]) for row in cells) for place in range(len(columns))]
        return TableView(heads, are_figures, [[short.cell(cell) for cell in row] for row in cells])


@dataclass(frozen=True, slots=True)
class TableView:
    """A table as a template shows it."""

    heads: Sequence[str]
    are_figures: Sequence[bool]
    rows: Sequence[Sequence[Markup]]


@dataclass(frozen=True, slots=True)
class PageOfRows:
    """Which page of a list is shown, and the addresses of the others."""

    path: str
    query: Mapping[str, str]
    number: int
    total: int

    @property
    def last(self) -> int:
        return max(1, -(-self.total // PAGE_ROWS))

    def link(self, number: int) -> str:
        query = {**self.query, **({"page": str(number)} if number > 1 else {})}
        return f"{self.path}?{urlencode(query)}" if query else self.path

    def file(self, ending: str) -> str:
        """Return the address of the whole list as a file."""
        return f"{self.path}.{ending}" + (f"?{urlencode(self.query)}" if self.query else "")

    def component(self, language: Language) -> Markup:
        """Return the links between the pages; empty where there is one page alone."""
        if self.last == 1:
            return Markup()
        near = range(max(1, self.number - _BESIDE), min(self.last, self.number + _BESIDE) + 1)
        items: list[dict[str, object]] = []
        for number in sorted({1, *near, self.last}):
            if items and number - int(str(items[-1]["number"])) > 1:
                items.append({"ellipsis": True, "number": number - 1})
            items.append({"number": number, "current": number == self.number, "href": self.link(number)})
        before, after = self.number > 1, self.number < self.last
        return render_component(
            "pagination",
            items=items,
            landmarkLabel=language.translate(N_("Pages of the list")),
            previous={"href": self.link(self.number - 1), "text": language.translate(N_("Previous page"))}
            if before
            else None,
            next={"href": self.link(self.number + 1), "text": language.translate(N_("Next page"))}
            if after
            else None,
        )

"""Values, tables and pages of lists as the desk's templates show them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup, escape

from core.text_marks import N_
from yihui.frame.cells import Cell, Chip, Link, cell_text, is_figure
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

    def cell(self, cell: Cell) -> Markup:
        """Return a value: a link as such, a state as a chip, all else as text."""
        if isinstance(cell, Link):
            return Markup('<a class="govuk-link" href="{}">{}</a>').format(cell.path, self.cell(cell.shown))
        if isinstance(cell, Chip):
            text = self.language.translate(cell.title)
            return render_component("tag", text=text, classes=f"govuk-tag--{_TONES[cell.tone]}")
        return escape(cell_text(cell, self.language, self.names))

    def officer(self, id_: str) -> str:
        return self.names.officer(id_, self.language)

    def heads(self, columns: Sequence[TableColumn[Any]]) -> list[str]:
        return [self.language.translate(column.title) for column in columns]

    def row(self, columns: Sequence[TableColumn[Any]], row: object) -> list[tuple[Markup, bool]]:
        """Return a row's values, each with whether it stands flush right."""
        return [(self.cell(value), is_figure(value)) for value in (column.value(row) for column in columns)]


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

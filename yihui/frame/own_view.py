"""What the member's pages show of a noun: cards of her things, a form's fields, and the summary of what she typed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

from markupsafe import Markup, escape

from core.civil_time import parse_civil_date
from core.text_marks import N_
from yihui.frame.cells import (
    Button,
    Cell,
    Chip,
    Deadline,
    Link,
    Phrase,
    cell_text,
    short_day_text,
    short_text,
)
from yihui.frame.content import TableColumn
from yihui.frame.fields import FieldKind, FormField
from yihui.frame.names import Names
from yihui.runtime.language import Language


@dataclass(frozen=True, slots=True)
class OwnCard:
    """One thing of a list: its title and its page, what else is said of it, and buttons: address, text, whether it acts."""

    title: str
    path: str
    lines: Sequence[Markup]
    buttons: Sequence[tuple[str, str, bool]]


@dataclass(frozen=True, slots=True)
class OwnCells:
    """Renders values for the member, who reads no id and no officer's name."""

    language: Language
    names: Names
    today: date

    def text(self, cell: Cell) -> str:
        if isinstance(cell, Link):
            return self.text(cell.shown)
        if isinstance(cell, datetime | Deadline):
            return short_text(cell, self.language, self.today) or ""
        if isinstance(cell, date):
            return short_day_text(cell, self.language, self.today)
        if isinstance(cell, Phrase):
            said = {
                name: self.text(one) if isinstance(one, date) else one for name, one in cell.values.items()
            }
            cell = Phrase(cell.template, said)
        return cell_text(cell, self.language, self.names)

    def cell(self, cell: Cell) -> Markup:
        """Return a value: a link as such, a state as a chip, all else as text."""
        if isinstance(cell, Link):
            return Markup('<a href="{}">{}</a>').format(cell.path, self.text(cell))
        if isinstance(cell, Chip):
            return Markup('<span class="state {}">{}</span>').format(cell.tone, self.text(cell))
        return escape(self.text(cell))

    def card(self, columns: Sequence[TableColumn[Any]], row: object) -> OwnCard:
        """Return a row as a card: the first value is its title, a later link a button; an empty value is left out."""
        first, *others = [(one.title, one.value(row)) for one in columns if one.is_on_page]
        lines, buttons = list[Markup](), list[tuple[str, str, bool]]()
        for title, value in others:
            if isinstance(value, Link):
                buttons.append((value.path, self.text(value), isinstance(value, Button)))
            elif value not in (None, ""):
                lines.append(self._line(title, value))
        path = first[1].path if isinstance(first[1], Link) else ""
        return OwnCard(self.text(first[1]), path, lines, buttons)

    def _line(self, title: str, value: Cell) -> Markup:
        if not title or isinstance(value, Chip):
            return self.cell(value)
        name = self.language.translate(title)
        line = self.language.render(N_("{name}: {detail}"), name=name, detail=self.text(value))
        return Markup('<span class="small">{}</span>').format(line)

    def summary(
        self, fields: Sequence[FormField], typed: Mapping[str, Sequence[str]]
    ) -> list[tuple[str, str]]:
        """Return what was typed as a person reads it; what stayed empty is left out."""
        shown = [one for one in fields if one.kind is not FieldKind.HIDDEN and typed.get(one.name)]
        return [
            (
                self.language.translate(one.prompt.title),
                self.language.format_list(self._typed(one, value) for value in typed[one.name]),
            )
            for one in shown
        ]

    def _typed(self, field: FormField, value: str) -> str:
        if field.choices is not None:
            return self.language.title(field.choices.get(value, value))
        if field.kind is FieldKind.TICK:
            return self.language.translate(N_("yes"))
        if field.kind is FieldKind.MONEY:
            return self.language.render(N_("{yuan} yuan"), yuan=value)
        if field.kind is FieldKind.DAY and (day := parse_civil_date(value)) is not None:
            return self.text(day)
        return value


def build_path(path: str, key: object = None, act: str = "") -> str:
    """Return the address of a noun of the member's page, of a thing of it, or of an act."""
    parts = (path, "" if key is None else quote(str(key), safe=""), act)
    return "/".join(("/me", *filter(None, parts)))

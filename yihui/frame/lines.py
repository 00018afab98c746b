"""Render pages and tables as lines of a terminal."""

from collections.abc import Iterator, Sequence
from typing import Any

from core.civil_time import format_civil_minute
from core.text_marks import N_
from yihui.frame.cells import cell_text
from yihui.frame.content import Advice, Facts, Papers, Prose, Section, Table, TableColumn, ThingPage, Timeline
from yihui.frame.names import Names
from yihui.frame.plain import table_rows
from yihui.runtime.language import Language
from yihui.views.text_table import text_table_lines


def table_lines(
    columns: Sequence[TableColumn[Any]], rows: Sequence[Any], empty: str, language: Language, names: Names
) -> Iterator[str]:
    """Yield an aligned table; in place of no rows what that means."""
    if not rows:
        yield language.translate(empty)
        return
    shown = [column for column in columns if column.is_on_page]
    head, *cells = table_rows(shown, rows, language, names)
    yield from text_table_lines(head, cells)


def page_lines(
    page: ThingPage, key: object, version: object, language: Language, names: Names
) -> Iterator[str]:
    """Yield the page of a thing: its title and state, then its sections."""
    state = "" if page.status is None else f"  {language.title(page.status.title)}"
    yield language.render(
        N_("{key}  {title}{state}  (version {version})"),
        key=key,
        title=page.title,
        state=state,
        version=version,
    )
    if page.notice:
        yield page.notice
    if page.person is not None:
        yield names.person(page.person, language)
    if page.effect:
        yield page.effect
    yield from section_lines(page.sections, language, names)


def section_lines(sections: Sequence[Section], language: Language, names: Names) -> Iterator[str]:
    """Yield the parts of a page."""
    for section in sections:
        match section:
            case Facts():
                for fact in (one for one in section.facts if one.is_on_page):
                    value = cell_text(fact.value, language, names)
                    title = language.translate(fact.title)
                    yield language.render(N_("{name}: {detail}"), name=title, detail=value)
            case Prose() | Advice():
                yield section.text
            case Table():
                yield from table_lines(section.columns, section.rows, section.empty, language, names)
            case Papers():
                yield from (f"{one.number}  {one.title}" for one in section.papers)
            case Timeline():
                for one in section.events:
                    said = (format_civil_minute(one.at), language.title(one.title))
                    why = filter(None, (one.detail, one.reason))
                    yield "  ".join((*said, names.officer(one.by, language), *why))

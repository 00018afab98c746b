"""What the reader of a form's sheet notes, in the link to the page that tells it after the act."""

import re
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import parse_qsl

from core.faults import Fault
from core.sheets.table import format_rows
from core.text_marks import N_
from yihui.frame.pages import OfficerVisit
from yihui.runtime.language import Language

_TOTAL = "table.total"
# A note's code → what the page says of it.
_TEXTS: Mapping[str, str] = {
    _TOTAL: N_("Rows of the file that are totals or notes were left out: {which}."),
    "table.hidden_rows.taken": N_("Hidden rows of the file were taken: {which}."),
    "table.hidden_rows.left": N_("Hidden rows of the file were left out: {which}."),
    "table.hidden_column.taken": N_("Hidden columns of the file were read: {which}."),
    "table.hidden_column.left": N_("Hidden columns of the file were not read: {which}."),
}
_WHICH = re.compile(r"[0-9A-Z、–]{1,200}")


def link_notes(notes: Sequence[Fault]) -> dict[str, str]:
    """Return what a sheet's notes say of rows and hidden columns, for the link to the next page."""
    rows = [note.row for note in notes if note.code == _TOTAL and note.row]
    told = {_TOTAL: format_rows(rows)}
    for note in notes:
        if note.code in _TEXTS and note.code != _TOTAL:
            which = note.params.get("letters") or note.value or ""
            told[note.code] = "、".join(filter(None, (told.get(note.code), which)))
    return told


def _list_notes(query: Mapping[str, str], language: Language) -> Iterator[str]:
    """Yield the sentences of a page about the notes in its link."""
    for code, text in _TEXTS.items():
        if _WHICH.fullmatch(which := query.get(code, "")):
            yield language.render(text, which=which)


def render_notice(visit: OfficerVisit) -> str | None:
    """Return what the act before a page did, with the notes in the page's address."""
    query = dict(parse_qsl(visit.path.partition("?")[2]))
    return visit.notice and " ".join((visit.notice, *_list_notes(query, visit.language)))

"""Render entries of the audit log: lines, JSON, and rows of a table for a spreadsheet."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, fields

from core.civil_time import format_civil_instant, format_wall_clock
from core.text_marks import N_
from geo.formats.cells import escape_formula, format_cell
from store import ERASED_PREFIX
from yihui.runtime.language import Language
from yihui.services.access.audit import RecordedEntry

_LINE = N_("{at}  {actor}  {act}  {object}  {reason}")
_ERASED = N_("(erased with the member)")
_COLUMNS = tuple(field.name for field in fields(RecordedEntry))
_BYTE_ORDER_MARK = "\ufeff"  # or Excel reads Chinese in another encoding


def audit_entry_json(entry: RecordedEntry) -> dict[str, object]:
    """Return an entry for programs; an erased reason is null, as are erased changes."""
    reason = None if is_erased_text(entry.reason) else entry.reason
    changes = None if is_erased_text(entry.changes) else json.loads(entry.changes)
    return {**asdict(entry), "at": format_civil_instant(entry.at), "reason": reason, "changes": changes}


def audit_lines(entries: Iterable[RecordedEntry], language: Language) -> Iterator[str]:
    """Yield a line for each entry, and one below it where something changed."""
    for entry in entries:
        yield language.render(
            _LINE,
            at=format_wall_clock(entry.at),
            actor=entry.actor,
            act=entry.act,
            object=f"{entry.object_kind} {entry.object_id}",
            reason=audit_reason_text(entry, language),
        )
        yield from (f"    {line}" for line in audit_change_lines(entry))


def audit_reason_text(entry: RecordedEntry, language: Language) -> str:
    """Return the reason of an entry, or that it was erased."""
    return language.translate(_ERASED) if is_erased_text(entry.reason) else entry.reason


def audit_change_lines(entry: RecordedEntry) -> Iterator[str]:
    """Yield a line for each value that an entry changed, before → after."""
    changes: Mapping[str, Mapping[str, object]] = (
        {} if is_erased_text(entry.changes) else json.loads(entry.changes)
    )
    before, after = changes.get("before") or {}, changes.get("after") or {}
    for name in sorted({*before, *after}):
        yield f"{name}: {_shown(before, name)} → {_shown(after, name)}"


def _shown(values: Mapping[str, object], name: str) -> str:
    return json.dumps(values[name], ensure_ascii=False) if name in values else "—"


def audit_json_lines(entries: Iterable[RecordedEntry]) -> Iterator[str]:
    """Yield one JSON object for each entry."""
    for entry in entries:
        yield json.dumps(audit_entry_json(entry), ensure_ascii=False)


def audit_csv_lines(entries: Iterable[RecordedEntry]) -> Iterator[str]:
    """Yield the lines of a table for spreadsheets, with a header; no cell is run as a formula."""
    yield _BYTE_ORDER_MARK + _csv_line(_COLUMNS)
    for entry in entries:
        row = {**asdict(entry), "at": format_wall_clock(entry.at)}
        yield _csv_line([escape_formula(format_cell(row[name])) for name in _COLUMNS])


def _csv_line(cells: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(cells)
    return out.getvalue()


def is_erased_text(text: str) -> bool:
    """Return whether a reason or the changes of an entry were erased with the member."""
    return text.startswith(ERASED_PREFIX)

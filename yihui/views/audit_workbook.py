"""Write entries of the audit log as a workbook, row by row: memory stays small."""

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from core.civil_time import format_wall_clock
from core.text_marks import N_
from yihui.runtime.language import Language
from yihui.services.access.audit import RecordedEntry
from yihui.views.act_labels import act_text
from yihui.views.audit import is_erased_text
from yihui.views.workbook import Cell, Worksheet, write_workbook

AUDIT_HEADINGS = (
    N_("number"),
    N_("time"),
    N_("who"),
    N_("kind of actor"),
    N_("role"),
    N_("deputy of"),
    N_("organisation"),
    N_("act"),
    N_("act, as recorded"),
    N_("kind of object"),
    N_("object"),
    N_("reason"),
    N_("changes (JSON)"),
    N_("request"),
)
_WIDTHS = (8, 20, 16, 12, 16, 14, 18, 26, 26, 16, 26, 30, 60, 20)


def write_audit_workbook(entries: Iterable[RecordedEntry], to: Path, language: Language) -> None:
    """Write entries to sheets of at most a million rows each."""
    heads = [language.translate(head) for head in AUDIT_HEADINGS]
    rows = (_cells(entry, language) for entry in entries)
    write_workbook([Worksheet("", rows, heads, _WIDTHS, frozen=2)], to)


def _cells(entry: RecordedEntry, language: Language) -> list[Cell]:
    row = asdict(entry)
    texts = {name: "" if is_erased_text(row[name]) else row[name] for name in ("reason", "changes")}
    return [
        entry.sequence,
        format_wall_clock(entry.at),
        entry.actor,
        entry.actor_kind,
        entry.role,
        entry.deputy_of,
        entry.organisation,
        act_text(entry.act, language),
        entry.act,
        entry.object_kind,
        entry.object_id,
        texts["reason"],
        texts["changes"],
        entry.request_id,
    ]

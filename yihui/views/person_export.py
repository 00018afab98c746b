"""Render all that is known of one person: JSON for programs, and one page for the person."""

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from core.civil_time import format_civil_instant, format_wall_clock
from core.text_marks import N_
from yihui.runtime.language import Language
from yihui.services.members.person_export import PersonExport
from yihui.views.fact_values import format_fact_value
from yihui.views.outcomes import fact_title
from yihui.views.page_template import render_file_page
from yihui.views.vault import person_lines, unmasking_json, unmasking_lines

_TITLES: Mapping[str, str] = {
    "member_changes": N_("changes of membership and facts"),
    "application_steps": N_("steps of applications"),
    "application_acts": N_("officers' acts on applications, with their reasons"),
    "attachments": N_("files attached for the person"),
    "member_corrections": N_("corrections of facts, with their reasons"),
    "notice_list_entries": N_("places on public lists of applications"),
    "notice_lists": N_("public lists of applications"),
    "journal": N_("events received"),
    "ingress": N_("events that wait to be processed"),
    "dead_letters": N_("events that could not be processed"),
    "held_events": N_("events that wait for a stopped rule"),
    "decisions": N_("decisions"),
    "grants": N_("grants"),
    "claims": N_("grants claimed"),
    "vouchers": N_("vouchers that were issued"),
    "redemptions": N_("vouchers used"),
    "payout_orders": N_("payments ordered"),
    "payout_answers": N_("the bank's answers"),
    "transactions": N_("transactions of the ledger"),
    "postings": N_("postings of the ledger"),
    "entries": N_("entries of draws"),
    "waiting_list": N_("places on waiting lists"),
    "appeals": N_("appeals"),
    "appeal_texts": N_("the words of appeals"),
    "audit_entries": N_("who read or changed these data, when and why"),
    "appeal_answers": N_("answers to appeals"),
    "clawbacks": N_("grants taken back"),
    "feed_links": N_("links to other apps"),
    "join_requests": N_("requests to join"),
    "join_escalations": N_("reviews of joining that went one level up"),
}
_OTHER_TITLES = {"member.bank_card": N_("linked service card")}  # of facts that no rule reads


@dataclass(frozen=True, slots=True)
class _Section:
    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]


def person_export_json(export: PersonExport) -> dict[str, object]:
    """Return the export for programs; instants are ISO 8601 in civil time, stored JSON is not quoted again."""
    return {
        "member": export.member_id,
        "exported_at": format_civil_instant(export.exported_at),
        "has_vault": export.has_vault,
        "person": dict(export.person.items()),
        "facts": {path: _plain(value) for path, value in export.facts.items()},
        "organisations": dict(export.organisations),
        "rows": {
            table: [{name: _plain(cell) for name, cell in row.items()} for row in rows]
            for table, rows in export.rows.items()
        },
        "unmaskings": [unmasking_json(one) for one in export.unmaskings],
        "files": [
            {
                "attachment": one.record.number,
                "title": one.record.title,
                "media_type": one.record.media_type,
                "content_base64": None if one.content is None else b64encode(one.content).decode(),
            }
            for one in export.files
        ],
    }


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return format_civil_instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return list(value) if isinstance(value, tuple) else value


def render_person_page(export: PersonExport, language: Language) -> str:
    """Render one HTML file for screen and paper; all texts from outside are escaped."""
    return render_file_page(
        "person_export.html",
        language,
        export=export,
        made=format_wall_clock(export.exported_at),
        person=list(person_lines(export.person, language)),
        facts=list(_fact_lines(export, language)),
        unmaskings=list(unmasking_lines(export.unmaskings, language)),
        sections=_build_sections(export, language),
        files=[(one.record, [b64encode(page).decode() for page in one.pages]) for one in export.files],
    )


def _fact_lines(export: PersonExport, language: Language) -> Iterator[str]:
    """Yield a line for each fact; an organisation's code is followed by its name."""
    for path, value in export.facts.items():
        shown = format_fact_value(path, value, language)
        other = _OTHER_TITLES.get(path)
        title = language.translate(other) if other else fact_title("member.left", path, language)
        name = export.organisations.get(shown, "")
        yield language.render(N_("{name}: {detail}"), name=title, detail=f"{shown} {name}").rstrip()


def _build_sections(export: PersonExport, language: Language) -> list[_Section]:
    """Return a table for each kind of rows: those with a title in their order, then the others."""
    order = [*_TITLES, *(table for table in export.rows if table not in _TITLES)]
    return [
        _Section(
            language.translate(_TITLES[table]) if table in _TITLES else table,
            tuple(rows[0]),
            [tuple("" if cell is None else str(_format_cell(cell)) for cell in row.values()) for row in rows],
        )
        for table in order
        if (rows := export.rows.get(table))
    ]


def _format_cell(cell: object) -> object:
    return format_wall_clock(cell) if isinstance(cell, datetime) else cell

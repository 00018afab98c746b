"""Render entries of the audit log: lines, JSON, and rows of a table for a spreadsheet, or of a workbook."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, fields
from pathlib import Path

from core.civil_time import format_civil_instant, format_wall_clock
from core.money import format_yuan
from core.sheets.table import format_cell
from core.sheets.workbook_rendering import Cell, Worksheet, write_workbook
from core.text_marks import N_
from members.hardship.case import STATE_TITLES as FILE_STATES
from members.hotline.case import STATE_TITLES as CASE_STATES
from members.hotline.terms import TERMS
from members.mutual_aid.claim import CLAIM_STATE_TITLES
from members.mutual_aid.policy import POLICY_STATE_TITLES
from members.mutual_aid.reimbursement import Band
from store import ERASED_PREFIX
from yihui.cases.corrections.own_data import fact_name
from yihui.cases.mutual_aid.calls import render_band
from yihui.runtime.language import Language
from yihui.services.access.audit import RecordedEntry
from yihui.services.desk.record_names import NO_NAMES, RecordNames
from yihui.views.act_labels import act_text
from yihui.views.actors import actor_label
from yihui.views.audit_terms import FIELD_LABELS, VERB_LABELS
from yihui.views.csv_text import BYTE_ORDER_MARK, render_csv_line
from yihui.views.names import organisation_label, rule_label

_LINE = N_("{at}  {actor}  {act}  {object}  {reason}")
_ERASED = N_("(erased with the member)")
_SET = N_("{field}: {new}")
_ENDED = N_("{field}: no longer {old}")
_SAME = N_("{field}: {new}, as before")
_CHANGED = N_("{field}: from {old} to {new}")
_OF_PROGRAMS = frozenset({"digest", "job", "media_type"})  # an officer reads nothing in them
_HASHES, _HASH_DIGITS = frozenset({"grant", "hash", "simulated"}), 8
_ACTORS = frozenset({"officer", "proposed_by", "stopped_by"})
_PLACES = frozenset({"to", "from", "organisation", "unit"})
_STATES: Mapping[str, str] = {
    str(code): title
    for titles in (CASE_STATES, FILE_STATES, CLAIM_STATE_TITLES, POLICY_STATE_TITLES)
    for code, title in titles.items()
}
_VALUE_TITLES: Mapping[str, Mapping[str, str]] = {
    "state": {
        "waiting": N_("waits for a second person"),
        "confirmed": N_("confirmed"),
        "submitted": N_("handed in"),
        "approved": N_("approved"),
        "rejected": N_("rejected"),
        "refused": N_("refused"),
        **_STATES,
    },
    "verdict": {"upheld": N_("upheld, decided anew"), "rejected": N_("rejected, the decision stands")},
    "category": {code: term.title for code, term in TERMS.items()},
    "kind": {
        "budget_change": N_("change of a budget"),
        "stop_lift": N_("end of a stop"),
        "mass_reversal": N_("reversal of many grants"),
    },
    "act": VERB_LABELS,
    "field": {"phone": N_("phone number"), "name": N_("name")},
    "shown": {"phone": N_("phone number"), "name": N_("name")},
    "tries_of": {"account": N_("an account"), "address": N_("an address of the network")},
}
_COLUMNS = tuple(field.name for field in fields(RecordedEntry))
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
        yield from (f"    {line}" for line in audit_change_lines(entry, language))


def audit_reason_text(entry: RecordedEntry, language: Language) -> str:
    """Return the reason of an entry, or that it was erased."""
    return language.translate(_ERASED) if is_erased_text(entry.reason) else entry.reason


def audit_change_lines(
    entry: RecordedEntry, language: Language, names: RecordNames = NO_NAMES
) -> Iterator[str]:
    """Yield a sentence for each value that an entry changed: what it is, what it was before and what it is now."""
    changes: Mapping[str, Mapping[str, object]] = (
        {} if is_erased_text(entry.changes) else json.loads(entry.changes)
    )
    before, after = changes.get("before") or {}, changes.get("after") or {}
    hidden = frozenset() if names is NO_NAMES else _OF_PROGRAMS
    for name in sorted({*before, *after} - hidden):
        label = language.translate(FIELD_LABELS.get(name, name))
        old, new = (_value_text(name, values.get(name), language, names) for values in (before, after))
        if name not in before:
            yield language.render(_SET, field=label, new=new)
        elif name not in after:
            yield language.render(_ENDED, field=label, old=old)
        elif old == new:
            yield language.render(_SAME, field=label, new=new)
        else:
            yield language.render(_CHANGED, field=label, old=old, new=new)


def _value_text(name: str, value: object, language: Language, names: RecordNames) -> str:
    match value:
        case None | "":
            return "—"
        case bool():
            return language.translate(N_("yes") if value else N_("no"))
        case int() if name.endswith("_fen"):
            return language.render(N_("{yuan} yuan"), yuan=format_yuan(value))
        case Mapping():
            texts = [f"{one}: {_value_text(name, each, language, names)}" for one, each in value.items()]
            return language.format_list(texts)
        case list() if name == "bands":
            return language.join_clauses(render_band(Band(*one), language) for one in value)
        case list():
            return language.format_list([_value_text(name, one, language, names) for one in value])
    return _named_text(name, str(value), language, names)


def _named_text(name: str, value: str, language: Language, names: RecordNames) -> str:
    if name in _ACTORS:
        return actor_label(value, language, names)
    if name == "rule":
        return rule_label(value, names)
    if name == "fact":
        return fact_name(f"member.{value}", language)
    if name in _PLACES:
        return organisation_label(value, names)
    if name in _HASHES and names is not NO_NAMES:
        return value[:_HASH_DIGITS]
    title = _VALUE_TITLES.get(name, {}).get(value)
    return language.title(title) if title else value


def audit_json_lines(entries: Iterable[RecordedEntry]) -> Iterator[str]:
    """Yield one JSON object for each entry."""
    for entry in entries:
        yield json.dumps(audit_entry_json(entry), ensure_ascii=False)


def audit_csv_lines(entries: Iterable[RecordedEntry]) -> Iterator[str]:
    """Yield the lines of a table for spreadsheets, with a header; no cell is run as a formula."""
    yield BYTE_ORDER_MARK + render_csv_line(_COLUMNS)
    for entry in entries:
        row = {**asdict(entry), "at": format_wall_clock(entry.at)}
        yield render_csv_line(format_cell(row[name]) for name in _COLUMNS)


def is_erased_text(text: str) -> bool:
    """Return whether a reason or the changes of an entry were erased with the member."""
    return text.startswith(ERASED_PREFIX)


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

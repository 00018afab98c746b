"""Feeds as terminal lines and JSON: the app's fields beside ours, and the outcomes of the records."""

from collections.abc import Iterable, Iterator

from core.faults import Fault
from core.text_marks import N_
from events.feeds.conversion import ConversionOutcome, Converted, Rejected, Skipped
from events.feeds.mapping import EventMapping, FeedMapping
from events.feeds.records import FeedRecord
from events.feeds.values import find_field_value, scalar_text, scrub_path
from members import scrub_personal_numbers
from yihui.runtime.errors import fault_line
from yihui.runtime.language import Language
from yihui.services.events.feeds import FeedTally

_LONGEST = 40
_HIDDEN = "***"
_HEADINGS = {
    "Converted": N_("record {row}"),
    "Skipped": N_("record {row}: passed over"),
    "Rejected": N_("record {row}: becomes no event"),
}


def field_pairs(
    record: FeedRecord, outcome: ConversionOutcome, mapping: FeedMapping
) -> Iterator[tuple[str, str, str, object]]:
    """Yield path and value of the app's field, name and value of ours; unmapped fields are left out."""
    event = outcome.event if isinstance(outcome, Converted) else None
    data = event.payload.model_dump(mode="json") if event else {}
    ours = {"id": event.id, "subject": event.subject, "type": event.type} if event else {}
    yield "+".join(mapping.id), _value(record, mapping.id[0], mapping), "id", ours.get("id")
    for path in (mapping.about.user, mapping.about.id_number):
        if path is not None and (theirs := _value(record, path, mapping)):
            yield path, theirs, "subject", ours.get("subject")
    at = event.occurred_at.isoformat() if event else None
    yield mapping.time.path, _value(record, mapping.time.path, mapping), "time", at
    if mapping.kind is not None:
        yield mapping.kind, _value(record, mapping.kind, mapping), "type", ours.get("type")
    rendering = _rendering(record, mapping)
    for name, step in rendering.data.items() if rendering else ():
        theirs = _value(record, step.path, mapping) if step.path else ""
        yield step.path or "", theirs, name, data.get(name)


def _rendering(record: FeedRecord, mapping: FeedMapping) -> EventMapping | None:
    word = scalar_text(find_field_value(record.content, mapping.kind)) if mapping.kind else None
    return mapping.find_event_mapping(word)


def _value(record: FeedRecord, path: str, mapping: FeedMapping) -> str:
    """Return the field's value as it may be shown: an ID number is always hidden."""
    if path == mapping.about.id_number:
        return _HIDDEN if find_field_value(record.content, path) else ""
    value = find_field_value(record.content, path)
    text = scalar_text(value)
    bare = scrub_personal_numbers(text if text is not None else str(value or ""))
    bare = bare.encode("utf-8", "replace").decode()
    return bare if len(bare) <= _LONGEST else bare[: _LONGEST - 1] + "…"


def preview_lines(
    item: FeedRecord | Fault, outcome: ConversionOutcome, mapping: FeedMapping, language: Language
) -> Iterator[str]:
    """Yield the outcome of one record as lines: its fields, or its faults."""
    yield f"── {language.render(_HEADINGS[type(outcome).__name__], row=outcome.row)}"
    if isinstance(item, FeedRecord) and not isinstance(outcome, Skipped):
        for path, theirs, name, ours in field_pairs(item, outcome, mapping):
            if not theirs and ours is None:
                continue
            theirs_said = f"{scrub_path(path)} = {theirs}" if path else language.translate(N_("always"))
            ours_said = "" if ours is None else f"{name} = {_ours(ours)}"
            yield f"  {theirs_said}  →  {ours_said or name + ' …'}"
    if isinstance(outcome, Rejected):
        for fault in outcome.faults:
            yield "  " + fault_line(fault, language).text()


def _ours(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def preview_json(
    item: FeedRecord | Fault, outcome: ConversionOutcome, mapping: FeedMapping, language: Language
) -> dict[str, object]:
    """Return the outcome of one record as JSON data."""
    several = list(field_pairs(item, outcome, mapping)) if isinstance(item, FeedRecord) else []
    event = outcome.event if isinstance(outcome, Converted) else None
    return {
        "row": outcome.row,
        "outcome": type(outcome).__name__.lower(),
        "theirs": {scrub_path(path): theirs for path, theirs, *_ in several if path},
        "type": event.type if event else None,
        "ours": {name: value for _, _, name, value in several if value is not None},
        "errors": errors_json(outcome.faults, language) if isinstance(outcome, Rejected) else [],
    }


def errors_json(faults: Iterable[Fault], language: Language) -> list[dict[str, object]]:
    """Return faults as JSON data in the reader's language."""
    return [fault_line(fault, language).as_json() for fault in faults]


def feed_tally_line(account: FeedTally, language: Language) -> str:
    """Return the counts of outcomes as one line."""
    summary = N_(
        "records: {converted} events, {again} said again, {skipped} passed over, {rejected} with errors"
    )
    return language.render(summary, **{name: f"{count:,}" for name, count in account.counts().items()})


def feed_tally_json(account: FeedTally, language: Language) -> dict[str, object]:
    """Return the counts, errors and warnings of a feed as JSON data."""
    return {
        **account.counts(),
        "errors": errors_json(account.faults, language),
        "warnings": errors_json(account.unknown_fields, language),
    }

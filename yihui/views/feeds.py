"""Feeds as a terminal and as programs show them: theirs beside ours, what became of the records."""

from collections.abc import Iterable, Iterator

from core.faults import Fault
from events.feeds import Converted, Mapping, Outcome, Record, Rejected, Skipped
from events.feeds.mapping import Rendering
from events.feeds.paths import found, shown
from events.feeds.values import plain
from members import scrubbed
from yihui.runtime.errors import fault_line
from yihui.runtime.language import Language
from yihui.services.feeds import Account

N_ = str  # marks a text for the message catalogue

_LONGEST = 40
_HIDDEN = "***"


def pairs(record: Record, outcome: Outcome, mapping: Mapping) -> Iterator[tuple[str, str, str, object]]:
    """Path and value of theirs, name and value of ours; fields that nobody reads aren't shown."""
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


def _rendering(record: Record, mapping: Mapping) -> Rendering | None:
    word = plain(found(record.content, mapping.kind)) if mapping.kind else None
    return mapping.rendering(word)


def _value(record: Record, path: str, mapping: Mapping) -> str:
    """What stands there, as it may be shown: an ID number never."""
    if path == mapping.about.id_number:
        return _HIDDEN if found(record.content, path) else ""
    value = found(record.content, path)
    text = plain(value)
    bare = scrubbed(text if text is not None else str(value or ""))
    bare = bare.encode("utf-8", "replace").decode()
    return bare if len(bare) <= _LONGEST else bare[: _LONGEST - 1] + "…"


def preview_lines(
    item: Record | Fault, outcome: Outcome, mapping: Mapping, language: Language
) -> Iterator[str]:
    """One record: what becomes of it, field by field, or what is wrong."""
    yield f"── {language.say(_HEADINGS[type(outcome).__name__], row=outcome.row)}"
    if isinstance(item, Record) and not isinstance(outcome, Skipped):
        for path, theirs, name, ours in pairs(item, outcome, mapping):
            if not theirs and ours is None:
                continue
            theirs_said = f"{shown(path)} = {theirs}" if path else language.text(N_("always"))
            ours_said = "" if ours is None else f"{name} = {_ours(ours)}"
            yield f"  {theirs_said}  →  {ours_said or name + ' …'}"
    if isinstance(outcome, Rejected):
        for fault in outcome.faults:
            yield "  " + fault_line(fault, language).text()


_HEADINGS = {
    "Converted": N_("record {row}"),
    "Skipped": N_("record {row}: passed over"),
    "Rejected": N_("record {row}: becomes no event"),
}


def _ours(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def preview_json(
    item: Record | Fault, outcome: Outcome, mapping: Mapping, language: Language
) -> dict[str, object]:
    """The same for programs."""
    several = list(pairs(item, outcome, mapping)) if isinstance(item, Record) else []
    event = outcome.event if isinstance(outcome, Converted) else None
    return {
        "row": outcome.row,
        "outcome": type(outcome).__name__.lower(),
        "theirs": {shown(path): theirs for path, theirs, *_ in several if path},
        "type": event.type if event else None,
        "ours": {name: value for _, _, name, value in several if value is not None},
        "errors": errors_json(outcome.faults, language) if isinstance(outcome, Rejected) else [],
    }


def errors_json(faults: Iterable[Fault], language: Language) -> list[dict[str, object]]:
    return [fault_line(fault, language).as_json() for fault in faults]


def account_line(account: Account, language: Language) -> str:
    """How many records became what."""
    summary = N_(
        "records: {converted} events, {again} said again, {skipped} passed over, {rejected} with errors"
    )
    return language.say(summary, **{name: f"{count:,}" for name, count in account.counts().items()})


def account_json(account: Account, language: Language) -> dict[str, object]:
    return {
        **account.counts(),
        "errors": errors_json(account.faults, language),
        "warnings": errors_json(account.strangers, language),
    }

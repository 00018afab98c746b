"""Parse the text of a feed mapping file and check it: each payload field must be able to take the values mapped to it."""

from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Map
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from core.faults import Fault, FaultError, FaultTable, Severity
from core.source_text import shorten_quote
from core.text_marks import N_
from core.yaml.document import DocumentPath, YamlDocument
from core.yaml.yaml_text import parse_yaml_document
from events.feeds import fields
from events.feeds.mapping import ConstantValue, EventMapping, FeedMapping, FieldMapping, InstantMapping
from events.feeds.moments import is_time_format, needs_zone, parse_time_zone
from events.feeds.values import path_covers
from members import scrub_personal_numbers
from rules.faults import DID_YOU_MEAN, suggest_name
from rules.yaml.rule_text import add_validation_faults

_KEYS = N_("use one of: {keys}")
# What follows a point in a code names a variant of the texts, which results don't show.
MAPPING_FAULTS = FaultTable(
    "mapping",
    {
        "unfit.records": (
            N_("records: says where a JSON file has its list, but the format is {format}"),
            N_("leave records: out"),
        ),
        "unfit.sheet": (
            N_("sheet: names a sheet of a workbook, but the format is {format}"),
            N_("leave sheet: out"),
        ),
        "no-zone": (
            N_("{value} has no time zone, and none is named"),
            N_("add zone: Asia/Shanghai, or the zone of the clock that it was written by"),
        ),
        "no-such-zone": (N_("there is no time zone {value}"), N_("write Asia/Shanghai or +08:00")),
        "no-such-format": (
            N_("{value} is no format of a day or time"),
            N_("write epoch_ms, epoch_s, iso, or a form such as YYYY-MM-DD HH:mm:ss, each part once"),
        ),
        "nobody": (
            N_("nothing says whom a record is about"),
            N_(
                "name the field of their id of the person under user:, that of the ID number under id_number:"
            ),
        ),
        "id-of-person.record": (
            N_("a person's ID number is not the number of a record: {value}"),
            N_("name the field with the record's own number; an ID number is the same in many"),
        ),
        "id-of-person.field": (
            N_("{name} would get the ID number of {value}"),
            N_("leave it out: ID numbers enter no event"),
        ),
        "two-meanings": (
            N_("“{word}” stands under {first} already"),
            N_("let each word of kind: mean one thing"),
        ),
        "unfit.event": (
            N_("nothing says which records become {type}"),
            N_("name the words of {kind} under when:"),
        ),
        "no-kind.words": (
            N_("{field} names words, but nothing says where they stand"),
            N_("add kind: with the field that holds them"),
        ),
        "no-kind.events": (
            N_("there are several events, and nothing says which record becomes which"),
            N_("add kind: with a field, and when: to each event"),
        ),
        "unknown-name.event.misspelt": (N_("{value} is no event about a member"), DID_YOU_MEAN),
        "unknown-name.event.other": (N_("{value} is no event about a member"), _KEYS),
        "unknown-name.field.misspelt": (N_("{type} has no field {name}"), DID_YOU_MEAN),
        "unknown-name.field.other": (N_("{type} has no field {name}"), _KEYS),
        "unfilled.field": (
            N_("{type} needs the field {name}, and nothing fills it"),
            N_("add {name}: under data:"),
        ),
        "unfilled.profile": (
            N_("a profile change names at least one field"),
            N_("add a field under data:"),
        ),
        "unfit.source": (
            N_("{name} needs either from: or value:"),
            N_("say the field of theirs, or what is always so"),
        ),
        "yuan-or-fen": (N_("nothing says whether {value} is yuan or fen"), N_("add as: yuan or as: fen")),
        "unfit-kind": (N_("{name} can't be read as {value}"), N_("leave as: out, or write {wanted}")),
        "unfit-split": (
            N_("{name} holds one value, split: would make several"),
            N_("leave split: out"),
        ),
        "unfit-format": (
            N_("format: says how days are written, but this is no day"),
            N_("leave format: out"),
        ),
        "unfit-value.choices": (N_("{name} of {type} can't be {value}"), N_("use one of: {expected}")),
        "unfit-value.other": (
            N_("{name} of {type} can't be {value}"),
            N_("write what the field holds: `yihui events types --json` says it"),
        ),
        "dropped-and-used": (
            N_("{value} is dropped here and used elsewhere"),
            N_("keep one of the two"),
        ),
        "dropped-twice": (
            N_("{value} stands within a field that is dropped as well"),
            N_("leave it out"),
        ),
    },
)
_FITTING = {
    "text": {"text", "digest", "pseudonym", "organisation", "district", "date"},
    "integer": {"integer", "yuan", "fen"},
}
_TEMPLATE = N_("compare a template: `yihui feeds draft` writes one")
# Remedies worded for mapping files instead of rule files, by the name of the fault.
_REMEDIES: Map[str, str] = {
    "empty-file": N_("write a mapping into it: `yihui feeds draft` begins one"),
    "not-yaml": N_("compare the line and the one above with a template: colons, quotes, indents"),
    "large-file": N_("one file holds one feed: leave out what is no mapping"),
    "deep-file": _TEMPLATE,
}
_OF_RULES = "compare a rule of the library"  # of rules.yaml.rule_text
_NAMES: Map[str, str] = {
    "feed": N_("write a name like zibo-aigonghui: small letters, digits and hyphens"),
    "source": N_("write an address of theirs without blanks, like https://app.example/aigonghui"),
}
_NO_MAPPING = FaultTable(
    "mapping",
    {
        "not-a-mapping": (
            N_("the file holds no mapping: {value}"),
            N_("begin with feed:, title:, source:, format:, id:, about:, time:, events:"),
        ),
    },
)


def lint_mapping(mapping: FeedMapping, document: YamlDocument) -> None:
    """Add a fault for each part that can't work, although each key alone is well-formed."""
    _container(mapping, document)
    _moments(mapping, document)
    _people(mapping, document)
    _kinds(mapping, document)
    for number, rendering in enumerate(mapping.events):
        _rendering(mapping, document, rendering, ("events", number))
    _dropped(mapping, document)


def _container(mapping: FeedMapping, document: YamlDocument) -> None:
    if mapping.records is not None and mapping.format != "json":
        _find(document, ("records",), "unfit.records", format=mapping.format)
    if mapping.sheet is not None and mapping.format != "xlsx":
        _find(document, ("sheet",), "unfit.sheet", format=mapping.format)


def _moments(mapping: FeedMapping, document: YamlDocument) -> None:
    for name, moment in (("time", mapping.time), ("recorded", mapping.recorded)):
        if moment is not None:
            _moment(document, moment, name)


def _moment(document: YamlDocument, moment: InstantMapping, name: str) -> None:
    if not is_time_format(moment.format):
        _find(document, (name, "format"), "no-such-format")
    elif moment.zone is None and needs_zone(moment.format):
        _find(document, (name, "format"), "no-zone")
    if moment.zone is not None and parse_time_zone(moment.zone) is None:
        _find(document, (name, "zone"), "no-such-zone")


def _people(mapping: FeedMapping, document: YamlDocument) -> None:
    if mapping.about.user is None and mapping.about.id_number is None:
        _find(document, ("about",), "nobody")
    for number, path in enumerate(mapping.id):
        if path == mapping.about.id_number and len(mapping.id) == 1:
            _find(document, ("id", number), "id-of-person.record")


def _kinds(mapping: FeedMapping, document: YamlDocument) -> None:
    if mapping.kind is None:
        _without_kind(mapping, document)
        return
    seen: dict[str, str] = {}
    for path, word in _words(mapping):
        if word in seen:
            _find(document, path, "two-meanings", word=scrub_personal_numbers(word), first=seen[word])
        seen.setdefault(word, "skip" if path[0] == "skip" else f"events[{int(path[1]) + 1}]")
    for number, rendering in enumerate(mapping.events):
        if rendering.when is None:
            _find(document, ("events", number), "unfit.event", type=rendering.type, kind=mapping.kind)


def _without_kind(mapping: FeedMapping, document: YamlDocument) -> None:
    paths: list[DocumentPath] = [
        ("events", n, "when") for n, rendering in enumerate(mapping.events) if rendering.when is not None
    ]
    if mapping.skip:
        paths.append(("skip",))
    for path in paths:
        _find(document, path, "no-kind.words")
    if len(mapping.events) > 1 and not paths:
        _find(document, ("events",), "no-kind.events")


def _words(mapping: FeedMapping) -> Iterator[tuple[DocumentPath, str]]:
    for number, rendering in enumerate(mapping.events):
        for place, word in enumerate(rendering.when or ()):
            yield ("events", number, "when", place), word
    for place, word in enumerate(mapping.skip or ()):
        yield ("skip", place), word


def _rendering(
    mapping: FeedMapping, document: YamlDocument, rendering: EventMapping, path: DocumentPath
) -> None:
    if rendering.type not in fields.feed_event_types():
        _find_unknown_name(document, (*path, "type"), rendering.type, fields.feed_event_types(), "event")
        return
    known = fields.payload_fields(rendering.type)
    for name, step in rendering.data.items():
        at = (*path, "data", name)
        if name not in known:
            _find_unknown_name(document, at, name, tuple(known), "field", rendering.type)
        else:
            _step(mapping, document, _Place(rendering.type, name, at), step)
    for name in fields.required_fields(rendering.type):
        if name not in rendering.data and not _follows(mapping, rendering, name):
            _find(document, (*path, "type"), "unfilled.field", type=rendering.type, name=name)
    filled = any(step.path or step.value is not None for step in rendering.data.values())
    if rendering.type == "member.profile_changed" and not filled:
        _find(document, (*path, "type"), "unfilled.profile")


def _follows(mapping: FeedMapping, rendering: EventMapping, name: str) -> bool:
    """Return whether a field is derived: the birthday follows from the ID number."""
    return (
        name == "birthday"
        and fields.is_enrolment_type(rendering.type)
        and mapping.about.id_number is not None
    )


@dataclass(frozen=True, slots=True)
class _Place:
    """A payload field, by event type and name, and its path in the mapping file."""

    type: str
    name: str
    path: DocumentPath


def _step(mapping: FeedMapping, document: YamlDocument, place: _Place, step: FieldMapping) -> None:
    name, path = place.name, place.path
    if (step.path is None) == (step.value is None):
        _find(document, path, "unfit.source", name=name)
        return
    wanted = fields.default_value_kind(place.type, name)
    read_as = step.kind or wanted
    if read_as is None and step.path is not None:
        _find(document, path, "yuan-or-fen", name=name)
    elif step.kind is not None and not _fits(step.kind, wanted):
        _find(document, (*path, "as"), "unfit-kind", name=name, wanted=wanted or "yuan, fen")
    _format(document, path, step, read_as == "date")
    if step.split is not None and not fields.is_list_field(place.type, name):
        _find(document, (*path, "split"), "unfit-split", name=name)
    if (
        step.path is not None
        and step.path == mapping.about.id_number
        and read_as not in ("digest", "pseudonym")
    ):
        _find(document, path, "id-of-person.field", name=name)
    _constants(document, place, step)


def _fits(given: str, wanted: str | None) -> bool:
    if wanted is None:
        return given in ("yuan", "fen", "integer")
    return given == wanted or given in _FITTING.get(wanted, ())


def _format(document: YamlDocument, path: DocumentPath, step: FieldMapping, dated: bool) -> None:
    if step.format is None:
        return
    if not dated:
        _find(document, (*path, "format"), "unfit-format")
    elif not is_time_format(step.format):
        _find(document, (*path, "format"), "no-such-format")


def _constants(document: YamlDocument, place: _Place, step: FieldMapping) -> None:
    """Check that the payload field accepts the constants in the mapping file."""
    kind, name, path = place.type, place.name, place.path
    several = fields.is_list_field(kind, name)
    said: list[tuple[DocumentPath, ConstantValue | None]]
    said = [((*path, "words", word), value) for word, value in step.words.items()]
    said += [((*path, "value"), step.value)] * (step.value is not None)
    said += [((*path, "otherwise"), step.otherwise)] * (step.otherwise is not None)
    for at, value in said:
        expected = fields.validate_field_value(kind, name, (value,) if several else value)
        if expected is not None:
            code = "unfit-value.choices" if expected else "unfit-value.other"
            _find(document, at, code, name=name, type=kind, expected=expected)


def _dropped(mapping: FeedMapping, document: YamlDocument) -> None:
    used = mapping.used_paths()
    for number, path in enumerate(mapping.drop):
        if path in used:
            _find(document, ("drop", number), "dropped-and-used")
        elif any(other != path and path_covers(other, path) for other in mapping.drop):
            _find(document, ("drop", number), "dropped-twice", severity="warning")


def _find_unknown_name(
    document: YamlDocument, path: DocumentPath, name: str, known: Sequence[str], what: str, type: str = ""
) -> None:
    close = suggest_name(name, known)
    fault = MAPPING_FAULTS.build(
        f"unknown-name.{what}.{'misspelt' if close else 'other'}",
        suggestion=close,
        keys=", ".join(known),
        name=name[:80],
        type=type,
    )
    document.add_fault(path, fault, document.key_spots.get(path) if path[-1] == name else None)


def _find(
    document: YamlDocument, path: DocumentPath, code: str, *, severity: Severity = "error", **params: Any
) -> None:
    # as a term, since the edge lists the choices of a parameter that is called “expected”
    terms = {"expected": params.pop("expected")} if "expected" in params else {}
    fault = MAPPING_FAULTS.build(code, severity=severity, terms=terms)
    document.add_fault(path, replace(fault, params=params))


def parse_feed_mapping(file: str, text: str) -> FeedMapping:
    """Parse a mapping. *Raises*: FaultError with every fault."""
    mapping, faults = check_feed_mapping(file, text)
    if mapping is None or any(fault.severity == "error" for fault in faults):
        raise FaultError(faults)
    return mapping


def check_feed_mapping(file: str, text: str) -> tuple[FeedMapping | None, tuple[Fault, ...]]:
    """Return the mapping, if the text holds one, and all faults by line."""
    document = parse_yaml_document(file, text)
    mapping = _mapping(document)
    if mapping is not None:
        lint_mapping(mapping, document)
    return mapping, tuple(_in_words_of_feeds(fault) for fault in document.sorted_faults())


def _mapping(document: YamlDocument) -> FeedMapping | None:
    if document.value is None and document.faults:
        return None  # the YAML could not be parsed
    if not isinstance(document.value, dict):
        document.add_fault((), _NO_MAPPING.build("not-a-mapping", value=shorten_quote(document.text)))
        return None
    try:
        return FeedMapping.model_validate(document.value)
    except ValidationError as error:
        add_validation_faults(document, error, FeedMapping)
        return None


def _in_words_of_feeds(fault: Fault) -> Fault:
    remedy = _REMEDIES.get(fault.short_code, fault.remedy)
    if fault.remedy == _OF_RULES:
        remedy = _TEMPLATE
    if fault.short_code == "string-pattern-mismatch" and fault.field:
        remedy = _NAMES.get(fault.field, remedy)
    return replace(fault, remedy=remedy, code=f"mapping.{fault.short_code}")

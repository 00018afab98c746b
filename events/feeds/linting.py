"""Check a feed mapping before it is used: each payload field must be able to take the values mapped to it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.faults import Fault, Severity
from core.text_marks import N_
from events.feeds import fields
from events.feeds.mapping import ConstantValue, EventMapping, FeedMapping, FieldMapping, InstantMapping
from events.feeds.moments import is_time_format, needs_zone, parse_time_zone
from events.feeds.paths import path_covers
from members import scrub_personal_numbers
from rules.faults import suggest_name
from rules.yaml.document import DocumentPath, YamlDocument

_FITTING = {
    "text": {"text", "digest", "pseudonym", "organisation", "district", "date"},
    "integer": {"integer", "yuan", "fen"},
}


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
        message = N_("records: says where a JSON file has its list, but the format is {format}")
        _find(document, ("records",), message, N_("leave records: out"), {"format": mapping.format})
    if mapping.sheet is not None and mapping.format != "xlsx":
        message = N_("sheet: names a sheet of a workbook, but the format is {format}")
        _find(document, ("sheet",), message, N_("leave sheet: out"), {"format": mapping.format})


def _moments(mapping: FeedMapping, document: YamlDocument) -> None:
    for name, moment in (("time", mapping.time), ("recorded", mapping.recorded)):
        if moment is not None:
            _moment(document, moment, name)


def _moment(document: YamlDocument, moment: InstantMapping, name: str) -> None:
    if not is_time_format(moment.format):
        _wrong_format(document, (name, "format"))
    elif moment.zone is None and needs_zone(moment.format):
        message = N_("{value} has no time zone, and none is named")
        remedy = N_("add zone: Asia/Shanghai, or the zone of the clock that it was written by")
        _find(document, (name, "format"), message, remedy, code="no-zone")
    if moment.zone is not None and parse_time_zone(moment.zone) is None:
        message = N_("there is no time zone {value}")
        _find(document, (name, "zone"), message, N_("write Asia/Shanghai or +08:00"), code="no-such-zone")


def _wrong_format(document: YamlDocument, path: DocumentPath) -> None:
    _find(
        document,
        path,
        N_("{value} is no format of a day or time"),
        N_("write epoch_ms, epoch_s, iso, or a form such as YYYY-MM-DD HH:mm:ss, each part once"),
        code="no-such-format",
    )


def _people(mapping: FeedMapping, document: YamlDocument) -> None:
    if mapping.about.user is None and mapping.about.id_number is None:
        _find(
            document,
            ("about",),
            N_("nothing says whom a record is about"),
            N_(
                "name the field of their id of the person under user:, that of the ID number under id_number:"
            ),
            code="nobody",
        )
    for number, path in enumerate(mapping.id):
        if path == mapping.about.id_number and len(mapping.id) == 1:
            message = N_("a person's ID number is not the number of a record: {value}")
            remedy = N_("name the field with the record's own number; an ID number is the same in many")
            _find(document, ("id", number), message, remedy, code="id-of-person")


def _kinds(mapping: FeedMapping, document: YamlDocument) -> None:
    if mapping.kind is None:
        _without_kind(mapping, document)
        return
    seen: dict[str, str] = {}
    for path, word in _words(mapping):
        if word in seen:
            _find(
                document,
                path,
                N_("“{word}” stands under {first} already"),
                N_("let each word of kind: mean one thing"),
                {"word": scrub_personal_numbers(word), "first": seen[word]},
                code="two-meanings",
            )
        seen.setdefault(word, "skip" if path[0] == "skip" else f"events[{int(path[1]) + 1}]")
    for number, rendering in enumerate(mapping.events):
        if rendering.when is None:
            message = N_("nothing says which records become {type}")
            remedy = N_("name the words of {kind} under when:")
            _find(
                document, ("events", number), message, remedy, {"type": rendering.type, "kind": mapping.kind}
            )


def _without_kind(mapping: FeedMapping, document: YamlDocument) -> None:
    paths: list[DocumentPath] = [
        ("events", n, "when") for n, rendering in enumerate(mapping.events) if rendering.when is not None
    ]
    if mapping.skip:
        paths.append(("skip",))
    for path in paths:
        message = N_("{field} names words, but nothing says where they stand")
        _find(document, path, message, N_("add kind: with the field that holds them"), code="no-kind")
    if len(mapping.events) > 1 and not paths:
        message = N_("there are several events, and nothing says which record becomes which")
        _find(
            document,
            ("events",),
            message,
            N_("add kind: with a field, and when: to each event"),
            code="no-kind",
        )


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
        _unknown(
            document,
            (*path, "type"),
            rendering.type,
            fields.feed_event_types(),
            N_("{value} is no event about a member"),
        )
        return
    known = fields.payload_fields(rendering.type)
    for name, step in rendering.data.items():
        at = (*path, "data", name)
        if name not in known:
            _unknown(document, at, name, tuple(known), N_("{type} has no field {name}"), rendering.type)
        else:
            _step(mapping, document, _Place(rendering.type, name, at), step)
    for name in fields.required_fields(rendering.type):
        if name not in rendering.data and not _follows(mapping, rendering, name):
            _find(
                document,
                (*path, "type"),
                N_("{type} needs the field {name}, and nothing fills it"),
                N_("add {name}: under data:"),
                {"type": rendering.type, "name": name},
                code="unfilled",
            )
    filled = any(step.path or step.value is not None for step in rendering.data.values())
    if rendering.type == "member.profile_changed" and not filled:
        message = N_("a profile change names at least one field")
        _find(document, (*path, "type"), message, N_("add a field under data:"), code="unfilled")


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
        message = N_("{name} needs either from: or value:")
        _find(document, path, message, N_("say the field of theirs, or what is always so"), {"name": name})
        return
    wanted = fields.default_value_kind(place.type, name)
    read_as = step.kind or wanted
    if read_as is None and step.path is not None:
        message = N_("nothing says whether {value} is yuan or fen")
        _find(document, path, message, N_("add as: yuan or as: fen"), {"name": name}, code="yuan-or-fen")
    elif step.kind is not None and not _fits(step.kind, wanted):
        message = N_("{name} can't be read as {value}")
        remedy = N_("leave as: out, or write {wanted}")
        wanted_here = wanted or "yuan, fen"
        _find(
            document, (*path, "as"), message, remedy, {"name": name, "wanted": wanted_here}, code="unfit-kind"
        )
    _format(document, path, step, read_as == "date")
    if step.split is not None and not fields.is_list_field(place.type, name):
        message = N_("{name} holds one value, split: would make several")
        _find(document, (*path, "split"), message, N_("leave split: out"), {"name": name}, code="unfit-split")
    if (
        step.path is not None
        and step.path == mapping.about.id_number
        and read_as not in ("digest", "pseudonym")
    ):
        message = N_("{name} would get the ID number of {value}")
        remedy = N_("leave it out: ID numbers enter no event")
        _find(document, path, message, remedy, {"name": name}, code="id-of-person")
    _constants(document, place, step)


def _fits(given: str, wanted: str | None) -> bool:
    if wanted is None:
        return given in ("yuan", "fen", "integer")
    return given == wanted or given in _FITTING.get(wanted, ())


def _format(document: YamlDocument, path: DocumentPath, step: FieldMapping, dated: bool) -> None:
    if step.format is None:
        return
    if not dated:
        message = N_("format: says how days are written, but this is no day")
        _find(document, (*path, "format"), message, N_("leave format: out"), code="unfit-format")
    elif not is_time_format(step.format):
        _wrong_format(document, (*path, "format"))


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
            message = N_("{name} of {type} can't be {value}")
            other = N_("write what the field holds: `yihui events types --json` says it")
            remedy = N_("use one of: {expected}") if expected else other
            params = {"name": name, "type": kind, "expected": expected}
            _find(document, at, message, remedy, params, code="unfit-value")


def _dropped(mapping: FeedMapping, document: YamlDocument) -> None:
    used = mapping.used_paths()
    for number, path in enumerate(mapping.drop):
        if path in used:
            message = N_("{value} is dropped here and used elsewhere")
            _find(document, ("drop", number), message, N_("keep one of the two"), code="dropped-and-used")
        elif any(other != path and path_covers(other, path) for other in mapping.drop):
            message = N_("{value} stands within a field that is dropped as well")
            remedy = N_("leave it out")
            _find(document, ("drop", number), message, remedy, code="dropped-twice", severity="warning")


def _unknown(
    document: YamlDocument, path: DocumentPath, word: str, known: Sequence[str], message: str, type: str = ""
) -> None:
    close = suggest_name(word, known)
    remedy = N_("did you mean {suggestion}?") if close else N_("use one of: {keys}")
    params = {"suggestion": close, "keys": ", ".join(known), "name": word[:80], "type": type}
    fault = Fault(message, remedy, code="mapping.unknown-name", params=params)
    document.add_fault(path, fault, document.key_spots.get(path) if path[-1] == word else None)


def _find(
    document: YamlDocument,
    path: DocumentPath,
    message: str,
    remedy: str,
    params: dict[str, str] | None = None,
    *,
    code: str = "unfit",
    severity: Severity = "error",
) -> None:
    # as a term, since the edge lists the choices of a parameter that is called “expected”
    terms = {"expected": params.pop("expected")} if params and "expected" in params else {}
    fault = Fault(
        message, remedy, code=f"mapping.{code}", severity=severity, params=params or {}, terms=terms
    )
    document.add_fault(path, fault)

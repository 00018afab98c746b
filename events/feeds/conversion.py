"""Convert one record of an app into one event, or reject the record with all of its faults."""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping as Map
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from core.faults import Fault, FaultTable
from core.text_marks import N_
from events.envelope import Event, InvalidEvent, check_publishable, validate_event
from events.feeds import fields
from events.feeds.mapping import EventMapping, FeedMapping, FieldMapping, InstantMapping, ValueKind
from events.feeds.moments import parse_feed_instant, parse_time_zone
from events.feeds.people import MemberResolver, PersonReference
from events.feeds.records import FeedRecord, RecordOrFault
from events.feeds.values import (
    FieldValue,
    JsonValue,
    NameDirectory,
    ValueContext,
    find_field_value,
    iter_leaf_fields,
    normalize_name,
    parse_field_value,
    path_covers,
    scalar_text,
    scrub_path,
)
from members import scrub_personal_numbers

_MOST = 50
UNKNOWN_FIELD_FAULTS = FaultTable(
    "feed_field",
    {
        "unknown": (
            N_("the field {field} is neither read nor dropped; records with it: {count}"),
            N_("read it under data:, or name it under drop:"),
        ),
    },
)
_MOST_NAMES = 5_000  # if field names are ids, every record has new ones
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_LONGEST_ID = 180
_MANY = 30  # maximum number of values that a message lists
CONVERSION_FAULTS = FaultTable(
    "feed",
    {
        "missing": (
            N_("the field {field} is missing or empty"),
            N_("have {field} sent with every record"),
        ),
        "unmapped_kind": (
            N_("nothing says what a record of the kind “{value}” becomes"),
            N_("add it under when: of an event, or under skip:; known are {known}"),
        ),
        "several_values": (
            N_("{field} holds several values, {name} takes one"),
            N_("name one of them with a path, such as {example}"),
        ),
        "unknown_word": (
            N_("{value} is not among the words of {field}"),
            N_("add it under words:; known are {known}"),
        ),
        "personal_data": (
            N_("{field} holds what looks like an ID number or a phone number"),
            N_("have it left out, or read it as: digest or as: pseudonym"),
        ),
        "no_instant": (
            N_("{value} is no time in the format {format}"),
            N_(
                "correct the record, or format: and zone: in the mapping; epoch_s counts seconds, epoch_ms thousandths"
            ),
        ),
        "changed": (
            N_("the record {value} stands in row {first} already, with other content"),
            N_(
                "keep the right one; where records are corrected later, name what tells them apart under version:"
            ),
        ),
    },
)


@dataclass(slots=True)
class UnknownFields:
    """The fields that a mapping neither reads nor drops: the number of records with each, and the first such row.

    A new field may carry data that the mapping should use.
    """

    mapping: FeedMapping
    rows: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    _known: dict[str, bool] = field(default_factory=dict)

    def collect(self, record: FeedRecord) -> None:
        """Count the unknown fields of one record."""
        for path, _ in iter_leaf_fields(record.content):
            if not self._is_known(path):
                self.rows.setdefault(path, record.row)
                self.counts[path] = self.counts.get(path, 0) + 1

    def _is_known(self, path: str) -> bool:
        if path not in self._known:
            if len(self._known) >= _MOST_NAMES:
                return True
            named = (*self.mapping.used_paths(), *self.mapping.drop)
            self._known[path] = any(path_covers(other, path) for other in named)
        return self._known[path]

    def faults(self, file: str | None) -> list[Fault]:
        """Return one warning per field."""
        return [
            UNKNOWN_FIELD_FAULTS.build(
                "unknown",
                file=file,
                row=self.rows[path],
                field=scrub_path(path),
                severity="warning",
                count=count,
            )
            for path, count in list(self.counts.items())[:_MOST]
        ]


@dataclass(frozen=True, slots=True)
class Converted:
    """A record that became an event."""

    row: int
    event: Event
    is_repeat: bool = False  # an earlier record was identical


@dataclass(frozen=True, slots=True)
class Skipped:
    """A record that the mapping skips."""

    row: int


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that became no event, with all of its faults."""

    row: int
    faults: tuple[Fault, ...]
    id: str | None = None


ConversionOutcome = Converted | Skipped | Rejected


@dataclass(slots=True)
class Converter:
    """Convert records into events in order; a later record may use a link that an earlier one added.

    ``recorded`` is the time of recording if the mapping names no field for it.
    """

    mapping: FeedMapping
    people: MemberResolver
    directory: NameDirectory
    now: datetime
    file: str | None = None
    recorded: datetime | None = None
    unknown_fields: UnknownFields = field(init=False)
    _seen: dict[str, tuple[int, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.unknown_fields = UnknownFields(self.mapping)

    def convert(self, item: RecordOrFault, claim: PersonReference) -> ConversionOutcome:
        """Convert one record; ``claim`` is the person reference that ``people`` read from it."""
        if isinstance(item, Fault):
            return Rejected(item.row or 0, (self._clean(item, item.row or 0),))
        word = self._word(item.content)
        if isinstance(word, Fault):
            return self._rejected(item, [word])
        if word is not None and word in (self.mapping.skip or ()):
            return Skipped(item.row)
        rendering = self.mapping.find_event_mapping(word)
        if rendering is None:
            return self._rejected(item, [self._unmapped(word)])
        self.unknown_fields.collect(item)
        return self._as_event(item, claim, rendering)

    def _word(self, content: Map[str, JsonValue]) -> str | Fault | None:
        if self.mapping.kind is None:
            return None
        word = scalar_text(find_field_value(dict(content), self.mapping.kind))
        return word if word else CONVERSION_FAULTS.build("missing", field=self.mapping.kind)

    def _unmapped(self, word: str | None) -> Fault:
        words = [known for event in self.mapping.events for known in event.when or ()]
        known = ", ".join(words[:_MANY])
        return CONVERSION_FAULTS.build("unmapped_kind", field=self.mapping.kind, value=word, known=known)

    def _as_event(
        self, record: FeedRecord, claim: PersonReference, rendering: EventMapping
    ) -> ConversionOutcome:
        faults = list(record.faults)
        id_ = self._id(record.content, faults)
        raw: dict[str, object] = {"specversion": "1.0", "id": id_, "source": self.mapping.source}
        raw |= {"type": rendering.type, "datacontenttype": "application/json"}
        raw |= self._moments(record.content, faults)
        member = self.people.find_member(claim, enrols=fields.is_enrolment_type(rendering.type))
        if isinstance(member, Fault):
            faults.append(member)
        raw["subject"] = member
        raw["data"] = self._data(record.content, rendering, faults)
        if fields.is_enrolment_type(rendering.type) and claim.identity is not None:
            raw["data"].setdefault("birthday", claim.identity.birthday.isoformat())  # type: ignore[attr-defined]
        if faults:
            return self._rejected(record, faults, id_)
        event = check_publishable(validate_event(raw, self.now))
        if isinstance(event, InvalidEvent):
            return self._rejected(
                record, [_at_source_field(fault, self.mapping, rendering) for fault in event.faults], id_
            )
        return self._once(record, claim, event)

    def _once(self, record: FeedRecord, claim: PersonReference, event: Event) -> ConversionOutcome:
        """Count an identical record as a repeat; reject a record that reuses an id with other content."""
        row, digest = self._seen.setdefault(event.id, (record.row, event.digest))
        if digest != event.digest:
            field = "+".join(self.mapping.id)
            fault = CONVERSION_FAULTS.build("changed", field=field, value=event.id, first=row)
            return self._rejected(record, [fault], event.id)
        self.people.add_reference(claim, event.subject)
        return Converted(record.row, event, is_repeat=row != record.row)

    def _id(self, content: dict[str, JsonValue], faults: list[Fault]) -> str:
        """Build the event id from the record's id and version fields.

        The id stays readable if its characters, its length and privacy allow that; otherwise it is a hash.
        """
        parts: list[str] = []
        for path in (*self.mapping.id, *(self.mapping.version or ())):
            part = scalar_text(find_field_value(content, path))
            if part:
                parts.append(part)
            else:
                faults.append(CONVERSION_FAULTS.build("missing", field=path))
        said = ":".join(parts)
        if (
            all(map(_ID.fullmatch, parts))
            and len(said) <= _LONGEST_ID
            and scrub_personal_numbers(said) == said
        ):
            return said
        secret = json.dumps(["record", self.mapping.feed, *parts]).encode()
        return "x-" + hmac.new(self.people.key, secret, hashlib.sha256).hexdigest()[:32]

    def _moments(self, content: dict[str, JsonValue], faults: list[Fault]) -> dict[str, object]:
        made: dict[str, object] = {}
        recorded = self.mapping.recorded
        for name, moment in (("time", self.mapping.time), ("recordedtime", recorded)):
            if moment is None:
                continue
            instant = _instant(content, moment)
            if isinstance(instant, Fault):
                faults.append(instant)
            else:
                made[name] = instant.isoformat()
        if recorded is None and self.recorded is not None:
            made["recordedtime"] = self.recorded.isoformat()
        return made

    def _data(
        self, content: dict[str, JsonValue], rendering: EventMapping, faults: list[Fault]
    ) -> dict[str, object]:
        data: dict[str, object] = {}
        for name, step in rendering.data.items():
            value = self._value(content, _TargetField(rendering.type, name, step))
            if isinstance(value, Fault):
                faults.append(value)
            elif value is not None:
                data[name] = _as_json(value)
        for name in fields.required_fields(rendering.type):
            step_of = rendering.data.get(name)
            if name not in data and step_of is not None and not _has_fault_at(faults, step_of.path):
                faults.append(CONVERSION_FAULTS.build("missing", field=step_of.path or name))
        return data

    def _value(self, content: dict[str, JsonValue], wanted: "_TargetField") -> FieldValue | Fault | None:
        step = wanted.step
        if step.path is None:
            return step.value
        given = find_field_value(content, step.path)
        if fields.is_list_field(wanted.type, wanted.name):
            return self._values(given, wanted)
        if isinstance(given, list | dict) and given:
            example = f"{step.path}.0"
            return CONVERSION_FAULTS.build(
                "several_values", field=step.path, name=wanted.name, example=example
            )
        text = scalar_text(given)
        return self._read(text, wanted) if text else step.otherwise

    def _values(self, given: JsonValue, wanted: "_TargetField") -> FieldValue | Fault | None:
        items = given if isinstance(given, list) else [given]
        texts = [text for item in items if (text := scalar_text(item))]
        if wanted.step.split is not None:
            texts = [part.strip() for text in texts for part in text.split(wanted.step.split) if part.strip()]
        read_ones: list[str | int | bool | date] = []
        for text in texts:
            value = self._read(text, wanted)
            if isinstance(value, Fault):
                return value
            if not isinstance(value, tuple):
                read_ones.append(value)
        return tuple(read_ones) or wanted.step.otherwise

    def _read(self, text: str, wanted: "_TargetField") -> FieldValue | Fault:
        step = wanted.step
        for word in (text, normalize_name(text)):
            if word in step.words:
                return step.words[word]
        if step.words and step.kind is None and wanted.kind in ("text", "yes_no", "integer"):
            known = ", ".join(list(step.words)[:_MANY])
            return CONVERSION_FAULTS.build("unknown_word", field=step.path, value=text, known=known)
        value = parse_field_value(
            text, wanted.kind, ValueContext(self.directory, self.people.key, step.format)
        )
        if isinstance(value, Fault):
            return value.at(field=step.path, value=text)
        if scrub_personal_numbers(str(value)) != str(value):
            return CONVERSION_FAULTS.build("personal_data", field=step.path, value="***")
        return value

    def _rejected(self, record: FeedRecord, faults: list[Fault], id_: str | None = None) -> Rejected:
        return Rejected(record.row, tuple(self._clean(fault, record.row) for fault in faults), id_)

    def _clean(self, fault: Fault, row: int) -> Fault:
        """Return the fault with its file and row, and without personal numbers."""
        return replace(
            fault,
            file=self.file,
            row=row,
            field=_quoted(fault.field),
            value=_quoted(fault.value),
            params={name: _quoted(text) or "" for name, text in fault.params.items()},
        )


@dataclass(frozen=True, slots=True)
class _TargetField:
    """A payload field and the mapping of this field."""

    type: str
    name: str
    step: FieldMapping

    @property
    def kind(self) -> ValueKind:
        return self.step.kind or fields.default_value_kind(self.type, self.name) or "fen"


def _as_json(value: FieldValue) -> object:
    if isinstance(value, tuple):
        return [_as_json(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def _quoted(text: str | None) -> str | None:
    if text is None:
        return None
    bare = scrub_personal_numbers(text)
    bare = bare if len(bare) <= 200 else bare[:80] + "…"
    return bare.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def _has_fault_at(faults: list[Fault], path: str | None) -> bool:
    return path is not None and any(fault.field == path for fault in faults)


def _instant(content: dict[str, JsonValue], moment: InstantMapping) -> datetime | Fault:
    text = scalar_text(find_field_value(content, moment.path))
    if not text:
        return CONVERSION_FAULTS.build("missing", field=moment.path)
    instant = parse_feed_instant(text, moment.format, parse_time_zone(moment.zone) if moment.zone else None)
    if instant is not None:
        return instant
    return CONVERSION_FAULTS.build("no_instant", field=moment.path, value=text, format=moment.format)


def _at_source_field(fault: Fault, mapping: FeedMapping, rendering: EventMapping) -> Fault:
    """Return a fault of the event with the app's field that the value came from."""
    name = (fault.field or "").removeprefix("data.").partition(".")[0].partition("[")[0]
    places = {"id": "+".join(mapping.id), "time": mapping.time.path, "subject": mapping.about.user}
    step = rendering.data.get(name)
    path = step.path if step is not None else places.get(name)
    return replace(fault, field=path or fault.field)

"""Parse and validate one CloudEvent and report all of its faults at once."""

import codecs
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
)
from pydantic_core import PydanticCustomError, PydanticKnownError, to_json

from core.civil_time import EARLIEST_DATE, civil_date, start_of_day
from core.faults import Fault
from core.json_keys import find_repeated_key
from core.text_marks import N_
from core.validation import fault_from_pydantic
from events.catalogue import is_reserved_type, payload_models
from events.faults import BANK_CARD_CODE, EVENT_FAULTS
from members import (
    ORGANISATION_CODE_FORM,
    Application,
    MemberPayload,
    has_id_number,
    has_personal_number,
    has_phone,
    is_organisation_code,
    scrub_personal_numbers,
    walk_texts,
)
from members.applications import OFFICERS_SOURCES

VERSION = 1  # of each type, so far (docs/decisions/0024); an event without ``dataschema`` has it
_OURS = "urn:yihui:"
_SCHEMA = re.compile(r"urn:yihui:(?P<kind>[a-z_.]{1,100}):v(?P<version>[1-9][0-9]{0,5})")
_FIELDS_NAMED = 20
CLOCK_SKEW = timedelta(minutes=5)  # how far ahead of our clock a sender's may be
LARGEST_BYTES = 1_000_000  # brokers take 1 MiB by default, with what Kafka adds
_MEMBER_ID = r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$"
_OF_STATIONS = "station."  # types whose subject is a station id; registers choose the form of these ids
_OF_ORGANISATIONS = "organisation."
_JSON_TYPE = r"^application/([A-Za-z0-9.+-]+\+)?json( *;.*)?$"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d")
_EARLIEST = start_of_day(EARLIEST_DATE)
_JSON_OBJECT = TypeAdapter(dict[str, object])
_KEYS = re.compile(r'"\s*:')


def build_dataschema(kind: str) -> str:
    """Return the ``dataschema`` of a type."""
    return f"{_OURS}{kind}:v{VERSION}"


def find_version_faults(
    kind: str, schema: object, data: object, models: Mapping[str, type[BaseModel]]
) -> Iterable[Fault]:
    """Yield why an event can't be read in the version that it states; nothing if it can, or states none of ours.

    Of an event from a later Yihui: its version, ours, and each unknown field.
    """
    if not isinstance(schema, str) or not schema.startswith(_OURS):
        return
    found = _SCHEMA.fullmatch(schema)
    if found is None or found["kind"] != kind:
        shown = scrub_personal_numbers(schema)[:80]
        yield EVENT_FAULTS.build(
            "schema", field="dataschema", value=shown, kind=kind, expected_form=build_dataschema(kind)
        )
        return
    version = int(found["version"])
    if kind not in models:
        yield EVENT_FAULTS.build("newer_type", field="dataschema", value=version, kind=kind)
    elif version > VERSION:
        yield EVENT_FAULTS.build("newer_version", field="dataschema", value=version, kind=kind, ours=VERSION)
        yield from _unknown_fields(models[kind], data)


def _unknown_fields(model: type[BaseModel], data: object) -> Iterable[Fault]:
    unknown = [name for name in data if name not in model.model_fields] if isinstance(data, Mapping) else []
    for name in sorted(map(str, unknown))[:_FIELDS_NAMED]:
        field = f"data.{scrub_personal_numbers(name)[:80]}"
        yield EVENT_FAULTS.build("newer_field", field=field, ours=VERSION)


def _attribute(text: str) -> str:
    if not text.strip() or _CONTROL.search(text):
        raise PydanticCustomError("attribute", N_("{field} can't be {value}"))
    return text


def _as_text(value: object) -> object:
    """Refuse numbers: pydantic would read a bare number as seconds since 1970."""
    if not isinstance(value, str) or not _INSTANT.match(value):
        raise PydanticCustomError("datetime_parsing", N_("the time {value} can't be read"))
    return value


def _plausible(instant: datetime) -> datetime:
    if instant < _EARLIEST:
        raise PydanticCustomError("too_early", N_("{value} lies before the year 1900"))
    return instant


def _check_subject(subject: str, info: ValidationInfo) -> str:
    kind = str(info.data.get("type", ""))
    if kind.startswith(_OF_ORGANISATIONS) and not is_organisation_code(subject):
        raise PydanticCustomError("organisation_code", ORGANISATION_CODE_FORM)
    if not kind.startswith(_OF_STATIONS) and not re.match(_MEMBER_ID, subject):
        raise PydanticKnownError("string_pattern_mismatch", {"pattern": _MEMBER_ID})
    return subject


_Attribute = Annotated[str, AfterValidator(_attribute)]


class _Envelope(BaseModel):
    """Attributes of CloudEvents 1.0 that we need, and when it was recorded; others are allowed and ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: str = Field(pattern=r"^1\.0$")
    id: _Attribute = Field(min_length=1, max_length=200)
    source: _Attribute = Field(min_length=1, max_length=200)
    type: _Attribute = Field(min_length=1, max_length=100)
    subject: Annotated[_Attribute, AfterValidator(_check_subject)] = Field(max_length=128)
    time: Annotated[AwareDatetime, BeforeValidator(_as_text), AfterValidator(_plausible)]
    datacontenttype: str = Field("application/json", pattern=_JSON_TYPE)
    recordedtime: Annotated[AwareDatetime | None, BeforeValidator(_as_text)] = None
    data: dict[str, object]


@dataclass(slots=True)  # not frozen: one is created for every event, and this takes a fifth of the time
class Event:
    """One valid event. ``digest`` distinguishes two events with the same id and different content.

    ``known_at`` is when the sender recorded it (the extension ``recordedtime``), if it is given.
    """

    source: str
    id: str
    type: str
    subject: str
    occurred_at: datetime
    payload: BaseModel
    digest: str
    text: str  # JSON, as stored in ingress and dead letters
    known_at: datetime | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.source, self.id


@dataclass(frozen=True, slots=True)
class InvalidEvent:
    """Input that is not a valid event: its faults, and its source and id if these could be read."""

    faults: tuple[Fault, ...]
    source: str | None
    id: str | None
    text: str


def parse_event(text: str | bytes, now: datetime) -> Event | InvalidEvent:
    """Parse and validate one CloudEvent in JSON structured form (CloudEvents 1.0, JSON event format).

    *Source*: CloudEvents 1.0.2, sections "REQUIRED Attributes" and "JSON Event Format"; extension
    "Recorded Time".
    """
    try:
        raw = _JSON_OBJECT.validate_json(_without_bom(text))
    except ValidationError:
        words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
        return _unreadable(_storable(words.strip()), _is_utf8(text))
    found = validate_event(raw, now)
    if (key := _find_repeated_key(text, found.text)) is not None:
        fault = EVENT_FAULTS.build("repeated_key", value=_shown(key))
        others = found.faults if isinstance(found, InvalidEvent) else ()
        words = _storable(text.decode() if isinstance(text, bytes) else text)  # as sent, with both
        return InvalidEvent(
            (fault, *others), _text(raw.get("source")), _text(raw.get("id")), words.strip("\ufeff \t\r\n")
        )
    return found


def _find_repeated_key(text: str | bytes, written: str) -> str | None:
    """Return a key that an object holds twice. ``written`` is the parsed text written again, which holds each key once."""
    words = text.decode() if isinstance(text, bytes) else text
    if words == written or ("\\u" not in words and len(_KEYS.findall(words)) == len(_KEYS.findall(written))):
        return None
    return find_repeated_key(words.removeprefix("\ufeff"))


def _without_bom(text: str | bytes) -> str | bytes:
    """Remove a leading byte order mark, which Windows editors write."""
    return text.removeprefix("\ufeff") if isinstance(text, str) else text.removeprefix(codecs.BOM_UTF8)


def _is_utf8(text: str | bytes) -> bool:
    try:
        if isinstance(text, bytes):
            text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _unreadable(words: str, is_utf8: bool) -> InvalidEvent:
    faults = [EVENT_FAULTS.build("not_json" if is_utf8 else "not_utf8", value=_shown(words))]
    if scrub_personal_numbers(words) != words:
        faults.append(EVENT_FAULTS.build("personal_line", field="", value="***"))
    return InvalidEvent(tuple(faults), None, None, words)


def validate_event(raw: Mapping[str, object], now: datetime) -> Event | InvalidEvent:
    """Validate the attributes and the payload of an event that is already a JSON object."""
    text = _json(raw)
    faults: list[Fault] = []
    envelope = _envelope(raw, faults)
    payload = _payload(raw, faults)
    if envelope is not None and envelope.time > now + CLOCK_SKEW:
        faults.append(EVENT_FAULTS.build("future", field="time", value=envelope.time.isoformat()))
    elif envelope is not None and isinstance(payload, MemberPayload):
        faults.extend(_future_dates(payload, envelope.time))
    escapes = "\\u" in text
    if escapes or has_personal_number(text):  # the digits of an escape could adjoin a number and hide it
        faults.extend(_personal(raw))
    if escapes:
        faults.extend(_unstorable_faults(raw))
    if faults or envelope is None or payload is None:
        return InvalidEvent(tuple(faults), _text(raw.get("source")), _text(raw.get("id")), text)
    return Event(
        source=envelope.source,
        id=envelope.id,
        type=envelope.type,
        subject=envelope.subject,
        occurred_at=envelope.time,
        payload=payload,
        digest=_digest(envelope, payload),
        text=text,
        known_at=envelope.recordedtime,
    )


def check_publishable(item: Event | InvalidEvent) -> Event | InvalidEvent:
    """Return the event if clients may submit it, else an ``InvalidEvent``.

    An event is refused if it is larger than a broker takes, if its type is reserved for the ledger, or if only
    an act of two officers publishes it.
    """
    if not isinstance(item, Event):
        return item
    size = len(item.text.encode())
    faults: list[Fault] = []
    if size > LARGEST_BYTES:
        faults.append(EVENT_FAULTS.build("too_large", value=f"{size:,}", limit=f"{LARGEST_BYTES:,}"))
    if is_reserved_type(item.type):
        faults.append(EVENT_FAULTS.build("told_by_us", field="type", value=item.type))
    faults += find_forged_source_faults(item)
    return InvalidEvent(tuple(faults), item.source, item.id, item.text) if faults else item


def find_forged_source_faults(event: Event) -> Iterable[Fault]:
    """Yield why an event from outside is refused: only acts of two officers publish those of these programmes.

    The programme counts whatever source is written, and the source whatever the event is about: an id that is
    taken would keep the officers' own event out.
    """
    if isinstance(event.payload, Application) and event.payload.programme in OFFICERS_SOURCES:
        yield EVENT_FAULTS.build("officers_programme", field="data.programme", value=event.payload.programme)
    elif event.source in OFFICERS_SOURCES.values():
        yield EVENT_FAULTS.build("officers_source", field="source", value=event.source)


def _json(content: object) -> str:
    try:
        return to_json(content).decode()
    except ValueError:  # half of a surrogate pair: ``_unstorable_faults`` reports it with its path
        return _storable(json.dumps(content, ensure_ascii=False))


def _digest(envelope: _Envelope, payload: BaseModel) -> str:
    """Return a digest of the event's content. Extension attributes don't count.

    It covers only the fields that were given, so that a field added to a payload later does not change the
    digests of processed events.
    """
    said = payload.model_dump_json(exclude_unset=True)
    text = "\0".join((envelope.type, envelope.subject, str(envelope.time.timestamp()), said))
    return hashlib.sha256(text.encode()).hexdigest()


def _text(value: object) -> str | None:
    return _storable(value[:200]) if isinstance(value, str) and value else None


def _storable(text: str) -> str:
    """Return a text that a database can store: NUL replaced, halves of surrogate pairs escaped."""
    return text.replace("\0", "\ufffd").encode("utf-8", "backslashreplace").decode()


def _envelope(raw: Mapping[str, object], faults: list[Fault]) -> _Envelope | None:
    try:
        return _Envelope.model_validate(raw)
    except ValidationError as error:
        faults.extend(validation_faults(error))
        return None


def _payload(raw: Mapping[str, object], faults: list[Fault]) -> BaseModel | None:
    kind, data = raw.get("type"), raw.get("data")
    if not isinstance(kind, str):
        return None  # the envelope reports this fault
    models = payload_models()
    if wrong := list(find_version_faults(kind, raw.get("dataschema"), data, models)):
        faults.extend(wrong)
        return None
    model = models.get(kind)
    if model is None:
        faults.append(EVENT_FAULTS.build("unknown_type", field="type", value=_shown(kind)))
        return None
    if not isinstance(data, dict):
        return None
    try:
        return model.model_validate_json(_json(data), strict=True)
    except ValidationError as error:
        faults.extend(validation_faults(error, "data"))
        return None


def validation_faults(error: ValidationError, root: str = "") -> Iterable[Fault]:
    """Return a fault for every error that pydantic found. No fault quotes personal data."""
    for found in error.errors(include_url=False):
        field = ".".join([root] * bool(root) + [str(part) for part in found["loc"]])
        value = "***" if found["type"] == BANK_CARD_CODE else _shown(found["input"])
        yield fault_from_pydantic(found, _storable(scrub_personal_numbers(field)), value)


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return _storable(scrub_personal_numbers(text.strip()))[:80]


def _future_dates(payload: MemberPayload, time: datetime) -> Iterable[Fault]:
    """Yield a fault for each payload date more than one day after the event; the day allows for clocks."""
    latest = civil_date(time) + timedelta(days=1)
    for name, value in vars(payload).items():
        if isinstance(value, date) and value > latest and name not in payload.days_to_come:
            yield EVENT_FAULTS.build("future_date", field=f"data.{name}", value=value.isoformat())


def _personal(raw: Mapping[str, object]) -> Iterable[Fault]:
    for path, text in walk_texts(raw):
        if has_id_number(text):
            yield EVENT_FAULTS.build("id_number", field=path, value="***")
        elif has_phone(text):
            yield EVENT_FAULTS.build("phone_number", field=path, value="***")


def _unstorable_faults(raw: Mapping[str, object]) -> Iterable[Fault]:
    for path, text in walk_texts(raw):
        if _storable(text) != text:
            yield EVENT_FAULTS.build("character", field=_storable(path), value=_shown(text))

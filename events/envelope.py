"""The envelope: one CloudEvent, checked whole, all of its faults at once."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from events.catalogue import payload_type
from events.privacy import holds_id_number, holds_phone, scrubbed, texts_in
from geo.faults import Fault
from geo.misfits import misfit

N_ = str  # marks a text for the message catalogue

CLOCK_SKEW = timedelta(minutes=5)  # how far ahead of our clock a sender's may be
_MEMBER_ID = r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$"


class _Envelope(BaseModel):
    """Attributes of CloudEvents 1.0 that we need; extension attributes are allowed and ignored."""

    model_config = ConfigDict(frozen=True, extra="allow")

    specversion: str = Field(pattern=r"^1\.0$")
    id: str = Field(min_length=1, max_length=200)
    source: str = Field(min_length=1, max_length=200)
    type: str = Field(min_length=1, max_length=100)
    subject: str = Field(pattern=_MEMBER_ID)  # member id, or station id for station events
    time: AwareDatetime
    datacontenttype: str = "application/json"
    data: dict[str, object]


@dataclass(frozen=True, slots=True)
class Event:
    """One event that is known to be well-formed. ``digest`` tells two contents of one id apart."""

    source: str
    id: str
    type: str
    subject: str
    occurred_at: datetime
    payload: BaseModel
    digest: str
    text: str  # canonical JSON, as kept in ingress and dead letters

    @property
    def key(self) -> tuple[str, str]:
        return self.source, self.id


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something that is no event: why, and as much of who sent it as could be read."""

    faults: tuple[Fault, ...]
    source: str | None
    id: str | None
    text: str

    @property
    def reason(self) -> str:
        return self.faults[0].params.get("code", "invalid")


_JSON_OBJECT = TypeAdapter(dict[str, object])


def read_event(text: str | bytes, now: datetime) -> Event | Unreadable:
    """Check one CloudEvent in JSON structured form (CloudEvents 1.0, JSON event format).

    *Source*: CloudEvents 1.0.2, sections "REQUIRED Attributes" and "JSON Event Format".
    """
    try:
        raw = _JSON_OBJECT.validate_json(text)
    except ValidationError:
        words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
        return Unreadable((_not_json(words),), None, None, words)
    return check_event(raw, now)


def check_event(raw: Mapping[str, object], now: datetime) -> Event | Unreadable:
    """Check the attributes and the payload of an event that is already a JSON object."""
    text = _canonical(raw)
    faults: list[Fault] = []
    envelope = _envelope(raw, faults)
    payload = _payload(raw, faults)
    if envelope is not None and envelope.time > now + CLOCK_SKEW:
        faults.append(_future(envelope.time))
    if _may_be_personal(text):
        faults.extend(_personal(raw))
    if faults or envelope is None or payload is None:
        return Unreadable(tuple(faults), _text(raw.get("source")), _text(raw.get("id")), text)
    return Event(
        source=envelope.source,
        id=envelope.id,
        type=envelope.type,
        subject=envelope.subject,
        occurred_at=envelope.time,
        payload=payload,
        digest=_digest(envelope),
        text=text,
    )


def _canonical(raw: Mapping[str, object]) -> str:
    return json.dumps(raw, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _digest(envelope: _Envelope) -> str:
    """Over what the event says, not over how it travelled: extension attributes don't count."""
    said = [envelope.type, envelope.subject, envelope.time.timestamp(), envelope.data]
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _text(value: object) -> str | None:
    return value[:200] if isinstance(value, str) and value else None


def _envelope(raw: Mapping[str, object], faults: list[Fault]) -> _Envelope | None:
    try:
        return _Envelope.model_validate(raw)
    except ValidationError as error:
        faults.extend(faults_of(error))
        return None


def _payload(raw: Mapping[str, object], faults: list[Fault]) -> BaseModel | None:
    kind = raw.get("type")
    if not isinstance(kind, str):
        return None  # told by the envelope
    model = payload_type(kind)
    if model is None:
        faults.append(_unknown_type(kind))
        return None
    if not isinstance(raw.get("data"), dict):
        return None
    try:
        return model.model_validate_json(json.dumps(raw["data"]))
    except ValidationError as error:
        faults.extend(faults_of(error, "data"))
        return None


def faults_of(error: ValidationError, root: str = "") -> Iterable[Fault]:
    """Every fault that pydantic found; never with a value of personal data."""
    for found in error.errors(include_url=False):
        field = ".".join([root] * bool(root) + [str(part) for part in found["loc"]])
        yield misfit(found, field, _shown(found["input"]))


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return scrubbed(text.strip()[:80])


def _not_json(text: str) -> Fault:
    return Fault(
        N_("this is no JSON object: {value}"),
        N_("write one CloudEvent in JSON on each line"),
        value=_shown(text),
        params={"code": "not_json"},
    )


def _unknown_type(kind: str) -> Fault:
    return Fault(
        N_("events of type {value} are not known"),
        N_("use a type of the catalogue (yihui events types)"),
        field="type",
        value=_shown(kind),
        params={"code": "unknown_type"},
    )


def _future(time: datetime) -> Fault:
    return Fault(
        N_("the time {value} lies in the future"),
        N_("correct the sender's clock; an event tells what has happened"),
        field="time",
        value=time.isoformat(),
        params={"code": "future"},
    )


def _may_be_personal(text: str) -> bool:
    """One look at the whole event; only where it finds something is each field looked at.

    An escape (``\\n``) puts a letter before what follows and would hide it.
    """
    return "\\" in text or holds_id_number(text) or holds_phone(text)


def _personal(raw: Mapping[str, object]) -> Iterable[Fault]:
    for name in ("id", "source", "subject", "data"):
        for path, text in texts_in(raw.get(name), name):
            if holds_id_number(text):
                yield _personal_fault(path, N_("{field} holds an ID number"))
            elif holds_phone(text):
                yield _personal_fault(path, N_("{field} holds a phone number"))


def _personal_fault(path: str, message: str) -> Fault:
    return Fault(
        message,
        N_("leave it out: ID numbers and phones enter by a join request or an import only"),
        field=path,
        value="***",
        params={"code": "personal_data"},
    )

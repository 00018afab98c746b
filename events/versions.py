"""Determine the version of an event's type and convert earlier versions to the current one.

CloudEvents' ``dataschema`` holds the version: ``urn:yihui:hardship.filed:v2``. An event without it has
version 1. See docs/decisions/0024.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic import BaseModel
from pydantic_core import to_json

from core.faults import Fault
from core.text_marks import N_
from events.catalogue import EventTypes, EventTypeVersions, event_types
from members import scrub_personal_numbers

NEWER_VERSION_CODE = "newer_version"
_OURS = "urn:yihui:"
_SCHEMA = re.compile(r"urn:yihui:(?P<kind>[a-z_.]{1,100}):v(?P<version>[1-9][0-9]{0,5})")
_FIELDS_NAMED = 20


def build_dataschema(kind: str, version: int) -> str:
    """Return the ``dataschema`` of a version."""
    return f"{_OURS}{kind}:v{version}"


def current_dataschema(kind: str) -> str | None:
    """Return the ``dataschema`` for events that Yihui writes; None for version 1, which needs none."""
    version = event_types()[kind].version
    return build_dataschema(kind, version) if version > 1 else None


def parse_schema_version(kind: str, schema: object) -> int | Fault:
    """Return the version that an event's ``dataschema`` names; 1 if the sender uses another schema."""
    if not isinstance(schema, str) or not schema.startswith(_OURS):
        return 1
    found = _SCHEMA.fullmatch(schema)
    if found is None or found["kind"] != kind:
        return _wrong_schema(kind, schema)
    return int(found["version"])


def is_newer_version(versions: EventTypeVersions | None, version: int, schema: object) -> bool:
    """Return whether a later Yihui wrote the event. An unknown type counts if its schema is a Yihui URN."""
    if versions is None:
        return isinstance(schema, str) and schema.startswith(_OURS)
    return version > versions.version


@dataclass(frozen=True, slots=True)
class VersionedPayload:
    """A payload in the version in which it was sent, and converted to the current version."""

    original: BaseModel
    current: BaseModel


def parse_payload(versions: EventTypeVersions, version: int, data: str) -> VersionedPayload:
    """Validate JSON data as its own version, then convert it step by step to the current version.

    *Raises*: ValidationError.
    """
    as_said = versions.models[version - 1].model_validate_json(data, strict=True)
    if version == versions.version:
        return VersionedPayload(as_said, as_said)
    content: Mapping[str, object] = as_said.model_dump(mode="json", exclude_unset=True)
    for upcaster in versions.upcasters[version - 1 :]:
        content = upcaster(content)
    return VersionedPayload(as_said, versions.model.model_validate_json(to_json(content), strict=True))


def newer_version_faults(kind: str, version: int, data: object, types: EventTypes) -> Iterable[Fault]:
    """Yield the faults of an event from a later Yihui: its version, ours, and each unknown field."""
    versions = types.get(kind)
    if versions is None:
        yield _unheard_of(kind, version)
        return
    yield _newer_version(kind, version, versions.version)
    known = versions.model.model_fields
    unknown = [name for name in data if name not in known] if isinstance(data, Mapping) else []
    for name in sorted(map(str, unknown))[:_FIELDS_NAMED]:
        yield _unknown_field(scrub_personal_numbers(name)[:80], versions.version)


_REMEDY = N_("upgrade Yihui, then: yihui events dead-letters replay --reason newer_version")


def _newer_version(kind: str, version: int, ours: int) -> Fault:
    return Fault(
        N_("{kind} of version {value} is newer than what this Yihui reads, which is version {ours}"),
        _REMEDY,
        field="dataschema",
        value=str(version),
        params={"code": NEWER_VERSION_CODE, "kind": kind, "ours": str(ours)},
    )


def _unheard_of(kind: str, version: int) -> Fault:
    return Fault(
        N_("{kind}, of version {value}, is a type that this Yihui doesn't know yet"),
        _REMEDY,
        field="dataschema",
        value=str(version),
        params={"code": NEWER_VERSION_CODE, "kind": kind},
    )


def _unknown_field(name: str, ours: int) -> Fault:
    return Fault(
        N_("the field {field} can't be read: version {ours} doesn't have it"),
        _REMEDY,
        field=f"data.{name}",
        params={"code": NEWER_VERSION_CODE, "ours": str(ours)},
    )


def _wrong_schema(kind: str, schema: str) -> Fault:
    return Fault(
        N_("the dataschema {value} is no version of {kind}"),
        N_("write {expected_form}, or leave it out for version 1"),
        field="dataschema",
        value=scrub_personal_numbers(schema)[:80],
        params={"code": "schema", "kind": kind, "expected_form": build_dataschema(kind, 1)},
    )

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
from events.catalogue import EventTypes, EventTypeVersions, event_types
from events.faults import EVENT_FAULTS
from members import scrub_personal_numbers

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
        shown = scrub_personal_numbers(schema)[:80]
        form = build_dataschema(kind, 1)
        return EVENT_FAULTS.build("schema", field="dataschema", value=shown, kind=kind, expected_form=form)
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
        yield EVENT_FAULTS.build("newer_type", field="dataschema", value=version, kind=kind)
        return
    ours = versions.version
    yield EVENT_FAULTS.build("newer_version", field="dataschema", value=version, kind=kind, ours=ours)
    known = versions.model.model_fields
    unknown = [name for name in data if name not in known] if isinstance(data, Mapping) else []
    for name in sorted(map(str, unknown))[:_FIELDS_NAMED]:
        field = f"data.{scrub_personal_numbers(name)[:80]}"
        yield EVENT_FAULTS.build("newer_field", field=field, ours=ours)

"""Which version of its type an event is, and how an earlier one is read today.

CloudEvents' ``dataschema`` says it: ``urn:yihui:hardship.filed:v2``. Without it an event is of version 1. See
docs/decisions/0024.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic import BaseModel
from pydantic_core import to_json

from core.faults import Fault
from events.catalogue import Published, Types, published
from members import scrubbed

N_ = str  # marks a text for the message catalogue

NEWER = "newer_version"
_OURS = "urn:yihui:"
_SCHEMA = re.compile(r"urn:yihui:(?P<kind>[a-z_.]{1,100}):v(?P<version>[1-9][0-9]{0,5})")
_FIELDS_NAMED = 20


def schema_of(kind: str, version: int) -> str:
    """The ``dataschema`` of a version."""
    return f"{_OURS}{kind}:v{version}"


def current_schema(kind: str) -> str | None:
    """The ``dataschema`` that an event which we write says; None for version 1, which needs none."""
    version = published()[kind].version
    return schema_of(kind, version) if version > 1 else None


def version_said(kind: str, schema: object) -> int | Fault:
    """Which version an event says that it is. Whoever names a schema of their own says nothing of ours."""
    if not isinstance(schema, str) or not schema.startswith(_OURS):
        return 1
    found = _SCHEMA.fullmatch(schema)
    if found is None or found["kind"] != kind:
        return _wrong_schema(kind, schema)
    return int(found["version"])


def is_newer(versions: Published | None, version: int, schema: object) -> bool:
    """Whether a later Yihui wrote this. A type that only we could have named is one that we'll know then."""
    if versions is None:
        return isinstance(schema, str) and schema.startswith(_OURS)
    return version > versions.version


@dataclass(frozen=True, slots=True)
class Said:
    """A payload as it was said, in its own version, and as it is read today."""

    as_said: BaseModel
    today: BaseModel


def read_data(versions: Published, version: int, data: str) -> Said:
    """Check JSON data as what it says it is, then bring it to today's version, step by step.

    *Raises*: ValidationError.
    """
    as_said = versions.models[version - 1].model_validate_json(data, strict=True)
    if version == versions.version:
        return Said(as_said, as_said)
    content: Mapping[str, object] = as_said.model_dump(mode="json", exclude_unset=True)
    for upcaster in versions.upcasters[version - 1 :]:
        content = upcaster(content)
    return Said(as_said, versions.model.model_validate_json(to_json(content), strict=True))


def newer(kind: str, version: int, data: object, types: Types) -> Iterable[Fault]:
    """An event that a later Yihui understands: what it is, what we read, and each field that is new to us."""
    versions = types.get(kind)
    if versions is None:
        yield _unheard_of(kind, version)
        return
    yield _newer_version(kind, version, versions.version)
    known = versions.model.model_fields
    unknown = [name for name in data if name not in known] if isinstance(data, Mapping) else []
    for name in sorted(map(str, unknown))[:_FIELDS_NAMED]:
        yield _unknown_field(scrubbed(name)[:80], versions.version)


_REMEDY = N_("upgrade Yihui, then: yihui events dead-letters replay --reason newer_version")


def _newer_version(kind: str, version: int, ours: int) -> Fault:
    return Fault(
        N_("{kind} of version {value} is newer than what this Yihui reads, which is version {ours}"),
        _REMEDY,
        field="dataschema",
        value=str(version),
        params={"code": NEWER, "kind": kind, "ours": str(ours)},
    )


def _unheard_of(kind: str, version: int) -> Fault:
    return Fault(
        N_("{kind}, of version {value}, is a type that this Yihui doesn't know yet"),
        _REMEDY,
        field="dataschema",
        value=str(version),
        params={"code": NEWER, "kind": kind},
    )


def _unknown_field(name: str, ours: int) -> Fault:
    return Fault(
        N_("the field {field} can't be read: version {ours} doesn't have it"),
        _REMEDY,
        field=f"data.{name}",
        params={"code": NEWER, "ours": str(ours)},
    )


def _wrong_schema(kind: str, schema: str) -> Fault:
    return Fault(
        N_("the dataschema {value} is no version of {kind}"),
        N_("write {expected_form}, or leave it out for version 1"),
        field="dataschema",
        value=scrubbed(schema)[:80],
        params={"code": "schema", "kind": kind, "expected_form": schema_of(kind, 1)},
    )

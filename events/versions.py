"""Check the version that an event states of its type: there is one of each so far (docs/decisions/0024).

CloudEvents' ``dataschema`` holds it: ``urn:yihui:hardship.filed:v1``. An event without it has version 1.
"""

import re
from collections.abc import Iterable, Mapping

from pydantic import BaseModel

from core.faults import Fault
from events.faults import EVENT_FAULTS
from members import scrub_personal_numbers

VERSION = 1  # of each type
_OURS = "urn:yihui:"
_SCHEMA = re.compile(r"urn:yihui:(?P<kind>[a-z_.]{1,100}):v(?P<version>[1-9][0-9]{0,5})")
_FIELDS_NAMED = 20


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

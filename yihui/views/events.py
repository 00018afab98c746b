"""Show the types of events as lines and as JSON Schemas."""

from collections.abc import Iterator

from events.catalogue import EventTypes
from events.versions import build_dataschema


def event_type_schemas(types: EventTypes) -> dict[str, object]:
    """Return the JSON Schema of each type."""
    return {
        kind: {"$id": build_dataschema(kind, of.version), **of.model.model_json_schema()}
        for kind, of in types.items()
    }


def event_type_lines(types: EventTypes) -> Iterator[str]:
    """Yield a line for each type: its version and fields, a question mark after those that may be absent."""
    for kind, of in types.items():
        fields = of.model.model_fields.items()
        names = (f"{name}{'' if field.is_required() else '?'}" for name, field in fields)
        yield f"{kind:28} v{of.version}  {', '.join(names)}"

"""Show the types of events as lines and as JSON Schemas."""

from collections.abc import Iterator, Mapping

from pydantic import BaseModel

from events.envelope import VERSION, build_dataschema


def event_type_schemas(models: Mapping[str, type[BaseModel]]) -> dict[str, object]:
    """Return the JSON Schema of each type."""
    return {
        kind: {"$id": build_dataschema(kind), **model.model_json_schema()} for kind, model in models.items()
    }


def event_type_lines(models: Mapping[str, type[BaseModel]]) -> Iterator[str]:
    """Yield a line for each type: its version and fields, a question mark after those that may be absent."""
    for kind, model in models.items():
        fields = model.model_fields.items()
        names = (f"{name}{'' if field.is_required() else '?'}" for name, field in fields)
        yield f"{kind:28} v{VERSION}  {', '.join(names)}"

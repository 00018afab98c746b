"""The description of the API (/openapi.json) as the content of a page: operations by tag, and schemas."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

OpenApiObject = Mapping[str, Any]
Phrase = tuple[str, str]  # a text, and the name of the schema to which it leads; often empty

_CODE = re.compile(r"`([^`]+)`")
_STRONG = re.compile(r"\*\*([^*]+)\*\*")
_LIMITS = ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "pattern", "default")


@dataclass(frozen=True, slots=True)
class ApiField:
    """A parameter of an operation, or a property of a schema."""

    name: str
    place: str  # of a parameter: path, query or header
    is_required: bool
    kind: Sequence[Phrase]
    limits: str
    description: str
    example: str


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """An answer of an operation; ``contents`` are its media types, each with its schema."""

    status: str
    description: str
    contents: Sequence[tuple[str, Sequence[Phrase]]]
    example: str


@dataclass(frozen=True, slots=True)
class ApiOperation:
    """One operation with its parameters, its body's media types and its answers."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    needs_key: bool
    parameters: Sequence[ApiField]
    body: Sequence[tuple[str, Sequence[Phrase]]]
    body_fields: Sequence[ApiField]
    body_example: str
    answers: Sequence[ApiAnswer]


@dataclass(frozen=True, slots=True)
class ApiTag:
    """A tag with its operations, in the order of the description."""

    name: str
    description: str
    operations: Sequence[ApiOperation]


@dataclass(frozen=True, slots=True)
class ApiSchema:
    """A named schema with its properties."""

    name: str
    description: str
    kind: Sequence[Phrase]
    fields: Sequence[ApiField]


def list_api_tags(document: OpenApiObject) -> list[ApiTag]:
    """Return the tags that have operations, with them."""
    found = [
        (operation["tags"][0], _operation(document, path, method, operation))
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    tags = (
        ApiTag(tag["name"], tag["description"], [one for name, one in found if name == tag["name"]])
        for tag in document["tags"]
    )
    return [tag for tag in tags if tag.operations]


def list_api_schemas(document: OpenApiObject) -> list[ApiSchema]:
    """Return the named schemas, by name."""
    return [
        ApiSchema(name, schema.get("description", ""), _kind(schema), list(_properties(schema)))
        for name, schema in sorted(document["components"]["schemas"].items())
    ]


def render_markdown(text: str) -> Markup:
    """Render the Markdown of descriptions as HTML: paragraphs, lists, code and strong words; all escaped."""
    blocks = (block.strip() for block in text.split("\n\n"))
    return Markup("\n").join(_block(block) for block in blocks if block)


def _block(text: str) -> Markup:
    if not text.startswith("- "):
        return Markup("<p>{}</p>").format(_inline(text))
    items = (Markup("<li>{}</li>").format(_inline(item)) for item in text.removeprefix("- ").split("\n- "))
    return Markup("<ul>{}</ul>").format(Markup("").join(items))


def _inline(text: str) -> Markup:
    escaped = str(escape(" ".join(text.split())))
    return Markup(_STRONG.sub(r"<strong>\1</strong>", _CODE.sub(r"<code>\1</code>", escaped)))


def _operation(document: OpenApiObject, path: str, method: str, operation: OpenApiObject) -> ApiOperation:
    contents: OpenApiObject = operation.get("requestBody", {}).get("content", {})
    body: OpenApiObject = next(iter(contents.values()), {})
    return ApiOperation(
        operation["operationId"],
        method.upper(),
        path,
        operation["summary"],
        operation.get("description", ""),
        bool(operation.get("security")),
        [_parameter(one) for one in operation.get("parameters", ())],
        [(media_type, _kind(content.get("schema", {}))) for media_type, content in contents.items()],
        list(_properties(body.get("schema", {}))),
        _example(body),
        [_answer(document, status, one) for status, one in operation["responses"].items()],
    )


def _parameter(parameter: OpenApiObject) -> ApiField:
    schema = parameter["schema"]
    return ApiField(
        parameter["name"],
        parameter["in"],
        parameter.get("required", False),
        _kind(schema),
        _limits(schema),
        parameter.get("description", ""),
        _json(parameter["example"]) if "example" in parameter else "",
    )


def _properties(schema: OpenApiObject) -> Iterator[ApiField]:
    required = schema.get("required", ())
    for name, one in schema.get("properties", {}).items():
        yield ApiField(name, "", name in required, _kind(one), _limits(one), one.get("description", ""), "")


def _answer(document: OpenApiObject, status: str, answer: OpenApiObject) -> ApiAnswer:
    if "$ref" in answer:
        answer = document["components"]["responses"][_name(answer["$ref"])]
    contents: OpenApiObject = answer.get("content", {})
    examples = [example for content in contents.values() if (example := _example(content))]
    return ApiAnswer(
        status,
        answer["description"],
        [(media_type, _kind(content.get("schema", {}))) for media_type, content in contents.items()],
        examples[0] if examples else "",
    )


def _kind(schema: OpenApiObject) -> list[Phrase]:
    """Return the type of a schema in words; a named schema is a link."""
    if "$ref" in schema:
        name = _name(schema["$ref"])
        return [(name, name)]
    if options := schema.get("anyOf") or schema.get("oneOf"):
        return [phrase for n, option in enumerate(options) for phrase in (*_or(n), *_kind(option))]
    if "enum" in schema:
        return [(" | ".join(_json(value) for value in schema["enum"]), "")]
    if "const" in schema:
        return [(_json(schema["const"]), "")]
    kind = schema.get("type", "any")
    if kind == "array":
        return [("array of ", ""), *_kind(schema.get("items", {}))]
    words = kind if isinstance(kind, str) else " | ".join(kind)
    return [(f"{words} ({schema['format']})" if "format" in schema else words, "")]


def _or(number: int) -> list[Phrase]:
    return [(" | ", "")] if number else []


def _limits(schema: OpenApiObject) -> str:
    stated = [f"{name}: {_json(schema[name])}" for name in _LIMITS if schema.get(name) is not None]
    return ", ".join(stated)


def _example(content: OpenApiObject) -> str:
    return json.dumps(content["example"], ensure_ascii=False, indent=2) if "example" in content else ""


def _json(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _name(reference: str) -> str:
    return reference.rpartition("/")[2]

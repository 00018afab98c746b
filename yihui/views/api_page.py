"""The description of the API (/openapi.json) in words for its page: types with their links, limits, examples."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

OpenApiObject = Mapping[str, Any]
Phrase = tuple[str, str]  # a text, and the name of the schema to which it leads; often empty

_LIMITS = ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "pattern", "default")


def list_api_tags(
    document: OpenApiObject,
) -> Iterator[tuple[OpenApiObject, list[tuple[str, str, OpenApiObject]]]]:
    """Yield the tags that have operations, with the method, the path and the description of each."""
    found = [
        (method.upper(), path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    for tag in document["tags"]:
        if operations := [one for one in found if one[2]["tags"][0] == tag["name"]]:
            yield tag, operations


def resolve_answer(document: OpenApiObject, answer: OpenApiObject) -> OpenApiObject:
    """Return an answer of an operation; a reference leads to one that many operations share."""
    if "$ref" not in answer:
        return answer
    found: OpenApiObject = document["components"]["responses"][_name(answer["$ref"])]
    return found


def render_markdown(text: str) -> Markup:
    """Render the Markdown of descriptions as HTML: paragraphs, lists, code and strong words; all escaped."""
    return Markup(_parser().render(text))  # HTML is switched off


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    return MarkdownIt("zero", {"html": False}).enable(["list", "backticks", "emphasis"])


def render_type(schema: OpenApiObject) -> list[Phrase]:
    """Return the type of a schema in words; a named schema is a link."""
    if "$ref" in schema:
        name = _name(schema["$ref"])
        return [(name, name)]
    if options := schema.get("anyOf") or schema.get("oneOf"):
        first, *others = map(render_type, options)
        return [*first, *(phrase for other in others for phrase in ((" | ", ""), *other))]
    if "enum" in schema:
        return [(" | ".join(render_value(value) for value in schema["enum"]), "")]
    if "const" in schema:
        return [(render_value(schema["const"]), "")]
    kind = schema.get("type", "any")
    if kind == "array":
        return [("array of ", ""), *render_type(schema.get("items", {}))]
    words = kind if isinstance(kind, str) else " | ".join(kind)
    return [(f"{words} ({schema['format']})" if "format" in schema else words, "")]


def render_limits(schema: OpenApiObject) -> str:
    """Return the bounds and the default of a schema in words."""
    stated = [f"{name}: {render_value(schema[name])}" for name in _LIMITS if schema.get(name) is not None]
    return ", ".join(stated)


def render_example(contents: OpenApiObject) -> str:
    """Return the first example among some media types as JSON text; empty without one."""
    examples = [content["example"] for content in contents.values() if "example" in content]
    return json.dumps(examples[0], ensure_ascii=False, indent=2) if examples else ""


def render_value(value: object) -> str:
    """Return a value as it is written in JSON, a text without quotes."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _name(reference: str) -> str:
    return reference.rpartition("/")[2]

"""Finish the texts and the arrays of the OpenAPI document, whose parts FastAPI and pydantic take from the code.

Docstrings become Markdown, summaries become sentences, and every array says what its items are: generators of
clients need that.
"""

import re
from collections.abc import Iterator
from typing import Any

OpenApiObject = dict[str, Any]

_LITERAL = re.compile(r"``(.+?)``", re.DOTALL)
_SECTION = re.compile(r"\*(Units|Shape|CRS|Raises|Source)\*:")
_FIRST_SENTENCE = re.compile(r"(.+?[.?!])(?:\s+|$)(.*)", re.DOTALL)
_EXAMPLES = ("example", "examples")


def finish_document(document: OpenApiObject) -> None:
    """Finish all parts of the document, in place."""
    for part in _schemas_and_descriptions(document):
        if isinstance(part.get("description"), str):
            part["description"] = _as_markdown(part["description"])
        if "array" in _types(part) and "items" not in part:
            part["items"] = _items_of(part)
    for methods in document["paths"].values():
        for operation in methods.values():
            _summarise(operation)


def _schemas_and_descriptions(part: object) -> Iterator[OpenApiObject]:
    """Yield every object of the document but for those inside examples."""
    if isinstance(part, list):
        for one in part:
            yield from _schemas_and_descriptions(one)
    elif isinstance(part, dict):
        yield part
        for name, one in part.items():
            if name not in _EXAMPLES:
                yield from _schemas_and_descriptions(one)


def _types(part: OpenApiObject) -> tuple[str, ...]:
    kind = part.get("type", ())
    return (kind,) if isinstance(kind, str) else tuple(kind) if isinstance(kind, list) else ()


def _items_of(part: OpenApiObject) -> OpenApiObject:
    """Return what the items of an array are: any of the items that a tuple lists."""
    different: list[OpenApiObject] = []
    for item in part.get("prefixItems", ()):
        if item not in different:
            different.append(item)
    return different[0] if len(different) == 1 else {"anyOf": different} if different else {}


def _as_markdown(text: str) -> str:
    """Return a docstring as Markdown: one line for each paragraph, code between single backquotes."""
    plain = _SECTION.sub(r"\1:", _LITERAL.sub(r"`\1`", text))
    if "\n-" in plain:  # a list: its lines stay
        return plain
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in plain.split("\n\n"))


def _summarise(operation: OpenApiObject) -> None:
    """Make the first sentence of a description the summary; what follows it stays the description."""
    found = _FIRST_SENTENCE.fullmatch(operation["description"])
    assert found is not None, f"{operation['operationId']}: its docstring begins with no sentence"
    operation["summary"] = found[1]
    if rest := found[2].strip():
        operation["description"] = rest
    else:
        del operation["description"]

"""Content of a rule as a tree in which every value has its file and line."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from core.yaml.document import DocumentPath, PlainValue, YamlDocument

_PLAIN_WORD = re.compile(r"[a-z]+([._-][a-z]+)*", re.ASCII)
_KEY = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
_TAKEN_OTHERWISE = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_STEP = 2

Scalar = str | int | float | bool | date | None


class SourceLocation(NamedTuple):
    """File and line where a value was read."""

    file: str
    line: int


class LocatedValue(NamedTuple):
    """One value and where it was read."""

    value: Scalar
    origin: SourceLocation


LocatedTree = LocatedValue | tuple["LocatedTree", ...] | Mapping[str, "LocatedTree"]


@dataclass(frozen=True, slots=True)
class LocatedLine:
    """One line of a merged rule and where it was read."""

    text: str
    origin: SourceLocation


def build_located_tree(document: YamlDocument) -> Mapping[str, LocatedTree]:
    """Build the tree of a document without faults."""
    tree = _tree(document, document.value, ())
    assert isinstance(tree, Mapping)
    return tree


def _tree(document: YamlDocument, value: PlainValue, path: DocumentPath) -> LocatedTree:
    if isinstance(value, dict):
        return {key: _tree(document, inner, (*path, key)) for key, inner in value.items()}
    if isinstance(value, tuple):
        return tuple([_tree(document, inner, (*path, index)) for index, inner in enumerate(value)])
    return LocatedValue(value, SourceLocation(document.file, document.place(path).line))


def strip_locations(tree: LocatedTree) -> PlainValue:
    """Return the content of a tree without locations."""
    if isinstance(tree, LocatedValue):
        return tree.value
    if isinstance(tree, Mapping):
        return {key: strip_locations(inner) for key, inner in tree.items()}
    return tuple([strip_locations(inner) for inner in tree])


def iter_leaves(tree: LocatedTree) -> Iterator[LocatedValue]:
    """Yield every value, in order."""
    if isinstance(tree, LocatedValue):
        yield tree
    else:
        for inner in tree.values() if isinstance(tree, Mapping) else tree:
            yield from iter_leaves(inner)


def render_yaml_lines(tree: LocatedTree, above: SourceLocation, indent: int = 0) -> Iterator[LocatedLine]:
    """Yield the tree as YAML, one value a line; ``above`` is the location for parts that have no values."""
    margin = " " * indent
    if isinstance(tree, LocatedValue) or not tree:
        yield LocatedLine(margin + _inline(tree), _origin(tree, above))
    elif isinstance(tree, Mapping):
        for key, inner in tree.items():
            name = key if _KEY.fullmatch(key) else json.dumps(key, ensure_ascii=False)
            if isinstance(inner, LocatedValue) or not inner:
                yield LocatedLine(f"{margin}{name}: {_inline(inner)}", _origin(inner, above))
            else:
                yield LocatedLine(f"{margin}{name}:", _origin(inner, above))
                yield from render_yaml_lines(inner, above, indent + _STEP)
    else:
        for inner in tree:
            first, *rest = render_yaml_lines(inner, above, indent + _STEP)
            yield LocatedLine(f"{margin}- {first.text.lstrip()}", first.origin)
            yield from rest


def _origin(tree: LocatedTree, above: SourceLocation) -> SourceLocation:
    return next((leaf.origin for leaf in iter_leaves(tree)), above)


def _inline(tree: LocatedTree) -> str:
    if isinstance(tree, LocatedValue):
        return render_yaml_scalar(tree.value)
    return "{}" if isinstance(tree, Mapping) else "[]"


def render_yaml_scalar(value: Scalar) -> str:
    """Return a value as YAML that every parser reads the same way."""
    if isinstance(value, str) and not (_PLAIN_WORD.fullmatch(value) and value not in _TAKEN_OTHERWISE):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    return str(value)

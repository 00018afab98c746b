"""The content of a rule that remembers of which file and line each value is."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from rules.yaml.document import Path, Plain, YamlDocument

_PLAIN_WORD = re.compile(r"[a-z]+([._-][a-z]+)*", re.ASCII)
_KEY = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
_TAKEN_OTHERWISE = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_STEP = 2

Scalar = str | int | float | bool | date | None


class Origin(NamedTuple):
    """Where a value was read."""

    file: str
    line: int


class Leaf(NamedTuple):
    """One value."""

    value: Scalar
    origin: Origin


Tree = Leaf | tuple["Tree", ...] | Mapping[str, "Tree"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a rule that was put together, and where it was read."""

    text: str
    origin: Origin


def tree_of(document: YamlDocument, path: Path = ()) -> Tree:
    """What stands at a path of a document that is sound."""
    value: Plain = document.value
    for part in path:
        if isinstance(value, tuple) and isinstance(part, int):
            value = value[part]
        else:
            assert isinstance(value, dict), f"nothing stands at {path}"
            value = value[str(part)]
    return _tree(document, value, path)


def _tree(document: YamlDocument, value: Plain, path: Path) -> Tree:
    if isinstance(value, dict):
        return {key: _tree(document, inner, (*path, key)) for key, inner in value.items()}
    if isinstance(value, tuple):
        return tuple([_tree(document, inner, (*path, index)) for index, inner in enumerate(value)])
    return Leaf(value, Origin(document.file, document.place(path).line))


def plain(tree: Tree) -> Plain:
    """The content alone."""
    if isinstance(tree, Leaf):
        return tree.value
    if isinstance(tree, Mapping):
        return {key: plain(inner) for key, inner in tree.items()}
    return tuple([plain(inner) for inner in tree])


def leaves(tree: Tree) -> Iterator[Leaf]:
    """Every value, in order."""
    if isinstance(tree, Leaf):
        yield tree
    else:
        for inner in tree.values() if isinstance(tree, Mapping) else tree:
            yield from leaves(inner)


def written(tree: Tree, above: Origin, indent: int = 0) -> Iterator[Line]:
    """The tree as YAML, a value a line; ``above`` is the origin of what has no values."""
    margin = " " * indent
    if isinstance(tree, Leaf) or not tree:
        yield Line(margin + _inline(tree), _origin(tree, above))
    elif isinstance(tree, Mapping):
        for key, inner in tree.items():
            name = key if _KEY.fullmatch(key) else json.dumps(key, ensure_ascii=False)
            if isinstance(inner, Leaf) or not inner:
                yield Line(f"{margin}{name}: {_inline(inner)}", _origin(inner, above))
            else:
                yield Line(f"{margin}{name}:", _origin(inner, above))
                yield from written(inner, above, indent + _STEP)
    else:
        for inner in tree:
            first, *rest = written(inner, above, indent + _STEP)
            yield Line(f"{margin}- {first.text.lstrip()}", first.origin)
            yield from rest


def _origin(tree: Tree, above: Origin) -> Origin:
    return next((leaf.origin for leaf in leaves(tree)), above)


def _inline(tree: Tree) -> str:
    if isinstance(tree, Leaf):
        return scalar(tree.value)
    return "{}" if isinstance(tree, Mapping) else "[]"


def scalar(value: Scalar) -> str:
    """A value as YAML that nobody reads otherwise."""
    if isinstance(value, str) and not (_PLAIN_WORD.fullmatch(value) and value not in _TAKEN_OTHERWISE):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    return str(value)

"""The door of a package that imports each of its public names when it is first used.

A command uses a few names of a room; importing the whole room would take it a second.
"""

import ast
import sys
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path


def build_door(package: str) -> Callable[[str], object]:
    """Return the ``__getattr__`` of a package whose file lists its public names as imports for type checkers."""

    def import_name(name: str) -> object:
        if name not in (homes := _read_homes(package)):
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(homes[name]), name)
        setattr(sys.modules[package], name, value)
        return value

    return import_name


@cache
def _read_homes(package: str) -> Mapping[str, str]:
    """Return the module that defines each public name."""
    text = Path(str(sys.modules[package].__file__)).read_text(encoding="utf-8")
    listed = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom))
    return {alias.name: str(node.module) for node in listed for alias in node.names}

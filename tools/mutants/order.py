"""Faults of order: a commit before its rows, a lock taken out, a check skipped. One is planted at a time."""

import ast
import json
from dataclasses import dataclass
from pathlib import Path

from tools.mutants.sample import functions_of

FAULTS = Path(__file__).with_name("order_faults.json")


@dataclass(frozen=True, slots=True)
class OrderFault:
    """Statements of a function, what stands in their place, why that is a fault, and the tests that must find it."""

    id: str
    file: str
    function: str
    before: str
    after: str
    why: str
    tests: tuple[str, ...]


def read_order_faults() -> list[OrderFault]:
    """Read order_faults.json."""
    listed = json.loads(FAULTS.read_text("utf-8"))
    return [OrderFault(**{**one, "tests": tuple(one["tests"])}) for one in listed]


def plant_order_fault(fault: OrderFault, tree: Path) -> str:
    """Plant a fault; return the file's text as it was. *Raises*: ValueError if its statements are not there once."""
    path = tree / fault.file
    text = path.read_text("utf-8")
    function = dict(functions_of(ast.parse(text)))[fault.function]
    lines = text.splitlines(keepends=True)
    start, end = function.lineno - 1, function.end_lineno or function.lineno
    inside = "".join(lines[start:end])
    if inside.count(fault.before) != 1:
        raise ValueError(f"{fault.id}: {fault.function} of {fault.file} does not hold its statements once")
    planted = inside.replace(fault.before, fault.after)
    path.write_text("".join([*lines[:start], planted, *lines[end:]]), encoding="utf-8")
    ast.parse(path.read_text("utf-8"))
    return text


def restore(fault: OrderFault, tree: Path, text: str) -> None:
    """Take a planted fault back."""
    (tree / fault.file).write_text(text, encoding="utf-8")

"""Find fields of a record by path, and list the paths that a record has.

JMESPath is not used: it would quote every Chinese name, can't find a name that contains dots, and takes
two to twenty times as long.
"""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from members import scrub_personal_numbers

JsonValue = str | int | bool | Decimal | None | list["JsonValue"] | dict[str, "JsonValue"]
MAX_RECORD_DEPTH = 40
_MOST_STARS = 1_000
_INDEX = re.compile(r"[0-9]{1,4}")


def find_field_value(record: JsonValue, path: str) -> JsonValue:
    """Return the value at a path, or None if there is none.

    A name may itself contain dots. In a list, a number selects one item, from 0, and * selects all.
    """
    if isinstance(record, dict):
        return _in_object(record, path)
    head, _, rest = path.partition(".")
    if isinstance(record, list) and head == "*":
        several = [find_field_value(item, rest) if rest else item for item in record[:_MOST_STARS]]
        return [item for item in several if item is not None]
    if isinstance(record, list) and _INDEX.fullmatch(head) and int(head) < len(record):
        return find_field_value(record[int(head)], rest) if rest else record[int(head)]
    return None


def _in_object(record: Mapping[str, JsonValue], path: str) -> JsonValue:
    if path in record:
        return record[path]
    for place, sign in enumerate(path):
        if sign == "." and path[:place] in record:
            inner = find_field_value(record[path[:place]], path[place + 1 :])
            if inner is not None:
                return inner
    return None


def iter_leaf_fields(record: JsonValue, path: str = "", depth: int = 0) -> Iterator[tuple[str, JsonValue]]:
    """Yield the path and value of each field that isn't empty; items of lists have * in their path."""
    if isinstance(record, dict) and record and depth < MAX_RECORD_DEPTH:
        for name, inner in record.items():
            yield from iter_leaf_fields(inner, f"{path}.{name}" if path else name, depth + 1)
    elif isinstance(record, list) and depth < MAX_RECORD_DEPTH:
        for inner in record[:_MOST_STARS]:
            yield from iter_leaf_fields(inner, f"{path}.*" if path else "*", depth + 1)
    elif record not in (None, "", {}) and path:
        yield path, record


def path_covers(path: str, leaf: str) -> bool:
    """Return whether a path names a leaf or a parent of it; a number matches any item of a list."""
    wanted, there = path.split("."), leaf.split(".")
    alike = (a == b or (b == "*" and a.isdigit()) for a, b in zip(wanted, there, strict=False))
    return len(wanted) <= len(there) and all(alike)


def scrub_path(path: str) -> str:
    """Return a path that a message may quote: personal numbers among its names are hidden."""
    return scrub_personal_numbers(path)[:120].encode("utf-8", "replace").decode()

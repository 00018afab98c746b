"""Finds fields in a record by their names, and names the fields that a record has."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from members import scrubbed

Json = str | int | bool | Decimal | None | list["Json"] | dict[str, "Json"]
DEEPEST = 40
_MOST_STARS = 1_000
_INDEX = re.compile(r"[0-9]{1,4}")


def found(record: Json, path: str) -> Json:
    """What stands at a path; None where nothing does.

    A name may itself hold dots. In a list a number picks one, from 0, and * all of them.
    """
    if isinstance(record, dict):
        return _in_object(record, path)
    head, _, rest = path.partition(".")
    if isinstance(record, list) and head == "*":
        several = [found(item, rest) if rest else item for item in record[:_MOST_STARS]]
        return [item for item in several if item is not None]
    if isinstance(record, list) and _INDEX.fullmatch(head) and int(head) < len(record):
        return found(record[int(head)], rest) if rest else record[int(head)]
    return None


def _in_object(record: Mapping[str, Json], path: str) -> Json:
    if path in record:
        return record[path]
    for place, sign in enumerate(path):
        if sign == "." and path[:place] in record:
            inner = found(record[path[:place]], path[place + 1 :])
            if inner is not None:
                return inner
    return None


def leaves(record: Json, path: str = "", depth: int = 0) -> Iterator[tuple[str, Json]]:
    """The fields that hold something, by path; items of lists under *."""
    if isinstance(record, dict) and record and depth < DEEPEST:
        for name, inner in record.items():
            yield from leaves(inner, f"{path}.{name}" if path else name, depth + 1)
    elif isinstance(record, list) and depth < DEEPEST:
        for inner in record[:_MOST_STARS]:
            yield from leaves(inner, f"{path}.*" if path else "*", depth + 1)
    elif record not in (None, "", {}) and path:
        yield path, record


def covers(path: str, leaf: str) -> bool:
    """Whether a path names a leaf or what it stands in; a number stands for any place in a list."""
    wanted, there = path.split("."), leaf.split(".")
    alike = (a == b or (b == "*" and a.isdigit()) for a, b in zip(wanted, there, strict=False))
    return len(wanted) <= len(there) and all(alike)


def shown(path: str) -> str:
    """A path as a message may quote it: what stands in place of a name may be a person's number."""
    return scrubbed(path)[:120].encode("utf-8", "replace").decode()

"""Refuse a key that stands twice in an object of JSON: a parser would keep the last one (RFC 8259, 4)."""

import json


class RepeatedKey(ValueError):
    """A key stands twice in one object; the text is the key."""


def refuse_repeated_keys(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return an object's pairs as a dict, as ``object_pairs_hook`` of `json.loads`. *Raises*: RepeatedKey."""
    made = dict(pairs)
    if len(made) < len(pairs):
        keys = [key for key, _ in pairs]
        raise RepeatedKey(next(key for key in keys if keys.count(key) > 1))
    return made


def indent_json(text: str) -> str:
    """Return a JSON text with one field a line; as it is if it is no JSON, or holds a key twice."""
    try:
        content = json.loads(text, object_pairs_hook=refuse_repeated_keys)
    except (ValueError, RecursionError):
        return text
    return json.dumps(content, ensure_ascii=False, indent=2)


def find_repeated_key(text: str | bytes) -> str | None:
    """Return the first key that an object of a JSON text holds twice; None if there is none, or no JSON."""
    try:
        json.loads(text, object_pairs_hook=refuse_repeated_keys)
    except RepeatedKey as found:
        return str(found)
    except (ValueError, RecursionError):
        return None
    return None

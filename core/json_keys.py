"""Find a key that stands twice in an object of JSON, of which parsers silently keep the last (RFC 8259, 4)."""

import json


class _Repeated(Exception):
    """A key that stands twice."""


def find_repeated_key(text: str | bytes) -> str | None:
    """Return the first key that an object of a JSON text holds twice; None if there is none, or no JSON."""
    try:
        json.loads(text, object_pairs_hook=_refuse_repeated)
    except _Repeated as found:
        return str(found)
    except (ValueError, RecursionError):
        return None
    return None


def _refuse_repeated(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) < len(pairs):
        seen = set[str]()
        raise _Repeated(next(key for key, _ in pairs if key in seen or seen.add(key)))  # type: ignore[func-returns-value]
    return made

"""Read how Hanzi are read from pypinyin's data files, item by item.

Importing pypinyin would hold its dictionaries as objects, 50 MB for as long as the process lives
(docs/decisions/0030); what we need of them takes a tenth of that.
"""

import json
import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_BETWEEN = re.compile(r"[\s{,:]*")  # what stands before a key or a value of a JSON object


def iter_phrase_readings() -> Iterator[tuple[str, list[str]]]:
    """Yield each phrase with the usual reading of each of its parts, with tones."""
    for phrase, readings in _iter_items("phrases_dict.json"):
        yield phrase, [variants[0] for variants in readings]


def iter_character_readings() -> Iterator[tuple[str, str]]:
    """Yield each character with its usual reading, with tones."""
    for code, readings in _iter_items("pinyin_dict.json"):
        yield chr(int(code)), readings.partition(",")[0]


def _iter_items(name: str) -> Iterator[tuple[str, Any]]:
    """Yield the items of a JSON object in a file of pypinyin, without building the object."""
    text = (_find_folder() / name).read_text("utf-8")
    read, at = json.JSONDecoder().raw_decode, _skip(text, 0)
    while text[at] != "}":
        key, at = read(text, at)
        value, at = read(text, _skip(text, at))
        yield key, value
        at = _skip(text, at)


def _skip(text: str, at: int) -> int:
    found = _BETWEEN.match(text, at)
    assert found is not None, "the pattern matches the empty text"
    return found.end()


def _find_folder() -> Path:
    """Return the folder of pypinyin, which is not imported."""
    spec = find_spec("pypinyin")
    assert spec is not None and spec.origin is not None, "pypinyin is one of the packages that Yihui needs"
    return Path(spec.origin).parent

"""Find full-width signs (：，“”) that stand where YAML needs ASCII ones: the commonest slip of a Chinese keyboard."""

import re
from collections.abc import Iterable, Iterator

from core.source_text import SourcePosition

ASCII_SIGNS = {
    "：": ":",
    "，": ",",
    "“": '"',
    "”": '"',
    "‘": "'",
    "’": "'",
    "｛": "{",
    "｝": "}",
    "［": "[",
    "］": "]",
    "【": "[",
    "】": "]",
    "　": " ",
}
_QUOTED = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^']|'')*'""")
_COMMENT = re.compile(r"(?:^|\s)#.*")
_KEY = r"""["'“]?[A-Za-z_][A-Za-z0-9_.-]*["'”]?\s*"""
_SIGNS = (
    re.compile(r"^\s*(?:-\s+)?" + _KEY + "(：)"),  # title：x
    re.compile(r"[{,，｛]\s*" + _KEY + "(：)"),  # {kind： x}
    re.compile("(，)" + r"\s*" + _KEY + "[:：]"),  # {kind: x， note: y}
    re.compile(r"(?:[:：\[,，]|^\s*-)\s*([“‘])"),  # title: “x”
    re.compile(r"(?:[:：]|^\s*-)\s*([｛［【])"),  # benefit: ｛
    re.compile(r"([｝］】])\s*$"),
    re.compile(r"^\s*(　)"),  # an indent
)
_KEY_WITH_SIGN = re.compile("^" + _KEY + "(：)")


def find_full_width_signs(text: str) -> Iterator[tuple[SourcePosition, str]]:
    """Yield each full-width sign that stands for one of YAML's own, with its place, line by line."""
    for number, line in enumerate(text.splitlines(), 1):
        bare = _COMMENT.sub("", _QUOTED.sub(lambda quoted: "'" + "_" * (len(quoted[0]) - 2) + "'", line))
        places = {found.start(1) for sign in _SIGNS for found in sign.finditer(bare)}
        for place in sorted(places):
            yield SourcePosition(number, place + 1), bare[place]


def find_signs_in_keys(
    keys: Iterable[tuple[str, SourcePosition]],
) -> Iterator[tuple[SourcePosition, str]]:
    """Yield the full-width colon of each key that swallowed its value, such as ``kind： voucher`` in braces."""
    for key, place in keys:
        found = _KEY_WITH_SIGN.match(key)
        if found:
            yield SourcePosition(place.line, place.column + found.start(1)), found[1]

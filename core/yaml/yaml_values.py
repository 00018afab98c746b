"""Convert YAML nodes into plain values.

This module doesn't use YAML's own conversion, because YAML has surprises that a rule or a setting must not have: the
last of two equal keys wins, anchors multiply, 2026-02-30 and ``yes`` are read as something else.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import date

from yaml import MappingNode, Node, ScalarNode, SequenceNode

from core.faults import Fault, FaultTable
from core.source_text import SourcePosition, shorten_quote
from core.text_marks import N_
from core.yaml.document import DocumentPath, PlainValue, TextSpot, YamlDocument

MAX_NESTING_DEPTH = 20
_YES_NO = re.compile(r"(?i)^(yes|no|on|off)$")
_OCTAL = re.compile(r"^[-+]?0[0-9_]+$|^0[oO]|^0[xX]")
_DATE = re.compile(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode's controls, formats (such as the turning of directions), halves of pairs, separators of lines."""
_INTEGER = re.compile(r"^[-+]?(0|[1-9][0-9]{0,17})$")


_FAULTS = FaultTable(
    "yaml",
    {
        "anchor": (N_("anchors and aliases can't be used: {value}"), N_("write the value out")),
        "tag": (N_("tags can't be used: {value}"), N_("write the value alone")),
        "deep-file": (N_("nested deeper than {limit} levels: {value}"), N_("use fewer levels")),
        "bad-key": (N_("a key is a single word, not {value}"), N_("write it like title:")),
        "duplicate-key": (
            N_("the key {key} stands here a second time, first in line {first}"),
            N_("keep one of them"),
            N_("YAML would silently keep the last."),
        ),
        "hidden-sign": (
            N_("the text holds a sign that nobody sees, {sign}: {value}"),
            N_("type the text again instead of pasting it"),
            N_("It would turn texts around, act on a terminal, or make texts that look alike unlike."),
        ),
        "not-nfc": (
            N_("the text is not in Unicode normal form C: {value}"),
            N_("type the text again instead of pasting it"),
        ),
        "yes-no": (
            N_("{value} means a text to some and true or false to others"),
            N_("write true or false, or put it in quotes"),
        ),
        "octal": (
            N_("{value} means different numbers to different readers"),
            N_("write it without the leading 0, or put it in quotes"),
        ),
        "no-such-day": (N_("there is no day {value}"), N_("write an existing day")),
    },
)


def build_hidden_sign(sign: str) -> Fault:
    return _FAULTS.build("hidden-sign", sign=f"U+{ord(sign):04X}")


class YamlValueReader:
    """Convert nodes into values and add faults to the document."""

    def __init__(self, document: YamlDocument) -> None:
        self._document = document
        self._seen: set[int] = set()

    def read(self, node: Node, path: DocumentPath) -> PlainValue:
        place = _place(node)
        single = node.start_mark.line == node.end_mark.line
        quoted = isinstance(node, ScalarNode) and node.style in ("'", '"')
        span = (node.start_mark.index, node.end_mark.index)
        self._document.spots[path] = TextSpot(
            SourcePosition(place.line, place.column + quoted), single, *span
        )
        if self._is_refused(node, path, place):
            self._document.spoiled.add(path)
            return None
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        if isinstance(node, SequenceNode):
            return tuple(self.read(child, (*path, index)) for index, child in enumerate(node.value))
        assert isinstance(node, ScalarNode)
        before = len(self._document.faults)
        value = self._scalar(node, path)
        if len(self._document.faults) > before:
            self._document.spoiled.add(path)
        return value

    def _is_refused(self, node: Node, path: DocumentPath, place: SourcePosition) -> bool:
        if id(node) in self._seen:  # an alias: its anchor has a fault already
            return True
        self._seen.add(id(node))
        if self._document.text.startswith("&", node.start_mark.index):
            self._document.add_fault(path, _FAULTS.build("anchor"), place)
        elif self._document.text.startswith("!", node.start_mark.index):
            self._document.add_fault(path, _FAULTS.build("tag"), place)
        elif len(path) > MAX_NESTING_DEPTH:
            self._document.add_fault(path, _FAULTS.build("deep-file", limit=MAX_NESTING_DEPTH))
        else:
            return False
        return True

    def _mapping(self, node: MappingNode, path: DocumentPath) -> dict[str, PlainValue]:
        values: dict[str, PlainValue] = {}
        self._document.mappings.add(path)
        for key_node, value_node in node.value:
            place = _place(key_node)
            start, end = key_node.start_mark.index, key_node.end_mark.index
            written = shorten_quote(self._document.text[start:end])
            if not isinstance(key_node, ScalarNode) or key_node.value == "<<":
                self._document.add_fault(path, _FAULTS.build("bad-key", value=written), place)
                continue
            key = str(key_node.value)
            if key in values:
                self._duplicate((*path, key), place)
                continue
            self._document.key_spots[*path, key] = place
            values[key] = self.read(value_node, (*path, key))
        return values

    def _duplicate(self, path: DocumentPath, place: SourcePosition) -> None:
        key, first = str(path[-1])[:80], self._document.key_spots[path].line
        self._document.add_fault(path, _FAULTS.build("duplicate-key", value=key, key=key, first=first), place)

    def _scalar(self, node: ScalarNode, path: DocumentPath) -> PlainValue:
        text = str(node.value)
        if self._is_unreadable(text, path):
            return None
        if node.style:  # quoted or block: a text
            return text
        for pattern, make in _PLAIN:
            if pattern.search(text):
                return make(self, text, path)
        return text

    def _is_unreadable(self, text: str, path: DocumentPath) -> bool:
        """Report invisible characters and text that is not in NFC; a quoted text can hold the former by
        escapes.
        """
        hidden = next((sign for sign in text if unicodedata.category(sign) in _HIDDEN and sign != "\n"), None)
        if hidden is not None:
            self._document.add_fault(path, build_hidden_sign(hidden))
        elif not unicodedata.is_normalized("NFC", text):
            self._document.add_fault(path, _FAULTS.build("not-nfc"))
        else:
            return False
        return True

    def refuse_yes_no(self, text: str, path: DocumentPath) -> PlainValue:
        self._document.add_fault(path, _FAULTS.build("yes-no"))
        return None

    def refuse_octal(self, text: str, path: DocumentPath) -> PlainValue:
        self._document.add_fault(path, _FAULTS.build("octal"))
        return None

    def parse_day(self, text: str, path: DocumentPath) -> PlainValue:
        try:
            return date.fromisoformat(text)
        except ValueError:
            self._document.add_fault(path, _FAULTS.build("no-such-day"))
            return None


_PLAIN: tuple[tuple[re.Pattern[str], Callable[[YamlValueReader, str, DocumentPath], PlainValue]], ...] = (
    (re.compile(r"^(~|null|Null|NULL)?$"), lambda _, text, path: None),
    (re.compile(r"^(true|false)$"), lambda _, text, path: text == "true"),
    (_YES_NO, YamlValueReader.refuse_yes_no),
    (_OCTAL, YamlValueReader.refuse_octal),
    (_DATE, YamlValueReader.parse_day),
    (_INTEGER, lambda _, text, path: int(text)),
    (
        re.compile(r"^[-+]?(([0-9]+\.[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+)$"),
        lambda _, text, path: float(text),
    ),
)


def _place(node: Node) -> SourcePosition:
    return SourcePosition(node.start_mark.line + 1, node.start_mark.column + 1)

"""Reads a YAML text into plain values that remember where they stood.

ruamel.yaml composes the nodes; the values are made here, because YAML has surprises that a rule must
not have: the last of two equal keys wins, anchors multiply, 2026-02-30 and ``yes`` mean something else.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from rules.finding import Finding
from rules.syntax import Place

N_ = str  # marks a text for the message catalogue

LARGEST_FILE = 200_000
Key = str | int
Path = tuple[Key, ...]
Plain = str | int | float | bool | date | None | tuple["Plain", ...] | dict[str, "Plain"]

_YES_NO = re.compile(r"(?i)^(y|n|yes|no|on|off)$")
_OCTAL = re.compile(r"^[-+]?0[0-9_]+$|^0[oO]|^0[xX]")
_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}$")
_INTEGER = re.compile(r"^[-+]?(0|[1-9][0-9]{0,17})$")


class Spot(NamedTuple):
    """Where a value stands, and whether its text begins right there on a single line."""

    place: Place
    exact: bool


@dataclass(slots=True)
class YamlDocument:
    """The values of one file, the places of values and of keys by path, what is wrong so far, and
    the paths whose value is lost by it."""

    file: str
    value: Plain = None
    spots: dict[Path, Spot] = field(default_factory=dict)
    key_spots: dict[Path, Place] = field(default_factory=dict)
    spoiled: set[Path] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)

    def place(self, path: Path) -> Place:
        """The place of a path, or of the nearest thing above it that exists."""
        while path and path not in self.spots:
            path = path[:-1]
        return self.spots[path].place if path in self.spots else Place(1, 1)

    def inside(self, path: Path, inner: Place) -> Place:
        """The place within a text; its first column where the text is folded over lines."""
        spot = self.spots[path]
        if spot.exact and inner.line == 1:
            return Place(spot.place.line, spot.place.column + inner.column - 1)
        return Place(spot.place.line + (0 if spot.exact else inner.line), spot.place.column)

    def find(
        self,
        place: Place,
        code: str,
        message: str,
        remedy: str,
        *,
        why: str = "",
        params: Mapping[str, str] | None = None,
    ) -> None:
        """Adds a finding of this file."""
        self.findings.append(
            Finding(self.file, place.line, place.column, code, message, why, remedy, params or {})
        )


def read_document(file: str, text: str) -> YamlDocument:
    """The document in a text, with every fault of its YAML."""
    document = YamlDocument(file)
    text = text.removeprefix("\ufeff")
    if not _refused(document, text):
        node = _compose(document, text)
        if node is not None:
            document.value = _Reader(document).read(node, ())
    return document


def _refused(document: YamlDocument, text: str) -> bool:
    if len(text) > LARGEST_FILE:
        document.find(
            Place(1, 1),
            "large-file",
            N_("the file has {size} characters, {limit} are allowed"),
            N_("one file holds one rule: split it"),
            params={"size": str(len(text)), "limit": str(LARGEST_FILE)},
        )
    elif not text.strip():
        document.find(
            Place(1, 1), "empty-file", N_("the file is empty"), N_("write a rule into it, or delete it")
        )
    else:
        _refuse_lines(document, text)
    return bool(document.findings)


def _refuse_lines(document: YamlDocument, text: str) -> None:
    for number, line in enumerate(text.splitlines(), 1):
        indent = line[: len(line) - len(line.lstrip())]
        if "\t" in indent:
            document.find(
                Place(number, indent.index("\t") + 1),
                "tab",
                N_("the line is indented with a tab"),
                N_("indent with spaces"),
            )
        if not unicodedata.is_normalized("NFC", line):
            document.find(
                Place(number, 1),
                "not-nfc",
                N_("the line is not in Unicode normal form C"),
                N_("type the text again instead of pasting it"),
                why=N_("Texts that look alike would be unlike."),
            )


def _compose(document: YamlDocument, text: str) -> Node | None:
    yaml = YAML(typ="safe", pure=True)
    try:
        node: Node | None = yaml.compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)
        detail = str(error.problem or error.context or error)
        _not_yaml(document, place, detail)
        return None
    except RecursionError:
        _not_yaml(document, Place(1, 1), "nested too deeply")
        return None
    except YAMLError as error:
        _not_yaml(document, Place(1, 1), str(error).splitlines()[0])
        return None
    if node is None:
        document.find(
            Place(1, 1), "empty-file", N_("the file is empty"), N_("write a rule into it, or delete it")
        )
    return node


def _not_yaml(document: YamlDocument, place: Place, detail: str) -> None:
    document.find(
        place,
        "not-yaml",
        N_("this is not YAML: {detail}"),
        N_("compare the line and the one above with a rule of the library: colons, quotes, indents"),
        params={"detail": detail[:200]},
    )


class _Reader:
    """Makes values of nodes."""

    def __init__(self, document: YamlDocument) -> None:
        self._document = document
        self._seen: set[int] = set()

    def read(self, node: Node, path: Path) -> Plain:
        place = _place(node)
        single = node.start_mark.line == node.end_mark.line
        quoted = isinstance(node, ScalarNode) and node.style in ("'", '"')
        self._document.spots[path] = Spot(Place(place.line, place.column + quoted), single)
        if node.anchor or id(node) in self._seen:
            self._fault(place, "anchor", N_("anchors and aliases can't be used"), N_("write the value out"))
            self._document.spoiled.add(path)
            return None
        self._seen.add(id(node))
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        if isinstance(node, SequenceNode):
            return tuple(self.read(child, (*path, index)) for index, child in enumerate(node.value))
        assert isinstance(node, ScalarNode)
        before = len(self._document.findings)
        value = self._scalar(node, place)
        if len(self._document.findings) > before:
            self._document.spoiled.add(path)
        return value

    def _mapping(self, node: MappingNode, path: Path) -> dict[str, Plain]:
        values: dict[str, Plain] = {}
        for key_node, value_node in node.value:
            place = _place(key_node)
            if not isinstance(key_node, ScalarNode) or key_node.value == "<<":
                self._fault(place, "bad-key", N_("a key is a single word"), N_("write it like title:"))
                continue
            key = str(key_node.value)
            if key in values:
                first = self._document.key_spots[*path, key].line
                self._fault(
                    place,
                    "duplicate-key",
                    N_("the key {key} stands here a second time, first in line {first}"),
                    N_("keep one of them"),
                    N_("YAML would silently keep the last."),
                    key=key[:80],
                    first=str(first),
                )
                continue
            self._document.key_spots[*path, key] = place
            values[key] = self.read(value_node, (*path, key))
        return values

    def _scalar(self, node: ScalarNode, place: Place) -> Plain:
        text = str(node.value)
        if node.style is not None:  # quoted or block: a text
            return text
        for pattern, make in _PLAIN:
            if pattern.search(text):
                return make(self, text, place)
        return text

    def yes_no(self, text: str, place: Place) -> Plain:
        self._fault(
            place,
            "yes-no",
            N_("{value} means a text to some and true or false to others"),
            N_("write true or false, or put it in quotes"),
            value=text,
        )
        return None

    def octal(self, text: str, place: Place) -> Plain:
        self._fault(
            place,
            "octal",
            N_("{value} means different numbers to different readers"),
            N_("write it without the leading 0, or put it in quotes"),
            value=text[:40],
        )
        return None

    def day(self, text: str, place: Place) -> Plain:
        try:
            return date.fromisoformat(text)
        except ValueError:
            self._fault(
                place, "no-such-day", N_("there is no day {value}"), N_("write an existing day"), value=text
            )
            return None

    def _fault(
        self, place: Place, code: str, message: str, remedy: str, why: str = "", **params: str
    ) -> None:
        self._document.find(place, code, message, remedy, why=why, params=params)


_PLAIN: tuple[tuple[re.Pattern[str], Callable[[_Reader, str, Place], Plain]], ...] = (
    (re.compile(r"^(~|null|Null|NULL)?$"), lambda _, text, place: None),
    (re.compile(r"^(true|false)$"), lambda _, text, place: text == "true"),
    (_YES_NO, _Reader.yes_no),
    (_OCTAL, _Reader.octal),
    (_DATE, _Reader.day),
    (_INTEGER, lambda _, text, place: int(text)),
    (
        re.compile(r"^[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9.]+[eE][-+]?[0-9]+)$"),
        lambda _, text, place: float(text),
    ),
)


def _place(node: Node) -> Place:
    return Place(node.start_mark.line + 1, node.start_mark.column + 1)

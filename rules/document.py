"""Reads a YAML text into plain values that remember where they stood.

ruamel.yaml composes the nodes; the values are made here, because YAML has surprises that a rule must
not have: the last of two equal keys wins, anchors multiply, 2026-02-30 and ``yes`` mean something else.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import accumulate
from typing import NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from rules.finding import Finding, Severity, shortened
from rules.syntax import Place

N_ = str  # marks a text for the message catalogue

LARGEST_FILE = 64_000
DEEPEST_FILE = 20
MOST_BRACKETS = 200
MOST_FAULTS = 100
Key = str | int
Path = tuple[Key, ...]
Plain = str | int | float | bool | date | None | tuple["Plain", ...] | dict[str, "Plain"]

_YAML_SAYS = frozenset(
    {
        N_("mapping values are not allowed here"),
        N_("could not find expected ':'"),
        N_("but found another document"),
        N_("nested too deeply"),
        N_("found unexpected end of stream"),
        N_("found undefined alias"),
    }
)
"""What ruamel.yaml says most often; the rest stays in its words."""
_YES_NO = re.compile(r"(?i)^(y|n|yes|no|on|off)$")
_OCTAL = re.compile(r"^[-+]?0[0-9_]+$|^0[oO]|^0[xX]")
_DATE = re.compile(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")
_INTEGER = re.compile(r"^[-+]?(0|[1-9][0-9]{0,17})$")


class Spot(NamedTuple):
    """Where a value stands, and whether its text begins right there on a single line."""

    place: Place
    exact: bool
    start: int  # where its text begins and ends in the file, in characters
    end: int


@dataclass(slots=True)
class YamlDocument:
    """The values of one file, the places of values and of keys by path, what is wrong so far, and
    the paths whose value is lost by it."""

    file: str
    text: str = ""
    value: Plain = None
    spots: dict[Path, Spot] = field(default_factory=dict)
    key_spots: dict[Path, Place] = field(default_factory=dict)
    spoiled: set[Path] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)
    untold: int = 0  # faults beyond MOST_FAULTS that were only counted

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

    def snippet(self, path: Path) -> str | None:
        """What stands at a path, on one line."""
        spot = self.spots.get(path)
        return shortened(self.text[spot.start : spot.end]) if spot and path else None

    def find(
        self,
        path: Path,
        code: str,
        message: str,
        remedy: str,
        *,
        why: str = "",
        params: Mapping[str, str] | None = None,
        terms: Mapping[str, str] | None = None,
        severity: Severity = "error",
        place: Place | None = None,
        value: str | None = None,
    ) -> None:
        """Adds a finding about what stands at a path; ``place`` and ``value`` where they are known better."""
        line, column = place or self.place(path)
        self.findings.append(
            Finding(
                self.file,
                line,
                column,
                code,
                message,
                why,
                remedy,
                params or {},
                terms or {},
                severity,
                field=named(path) or None,
                value=self.snippet(path) if value is None else value,
            )
        )

    def told(self) -> list[Finding]:
        """The findings by line, those beyond MOST_FAULTS merely counted."""
        ordered = sorted(self.findings, key=lambda found: (found.line, found.column, found.code))
        kept, rest = ordered[:MOST_FAULTS], ordered[MOST_FAULTS:]
        count = len(rest) + self.untold
        if count:
            last = (rest or kept)[-1]
            severity: Severity = (
                "error" if self.untold or any(found.severity == "error" for found in rest) else "warning"
            )
            texts = (N_("{count} more faults follow"), "", N_("mend those above first"))
            place = (self.file, last.line, last.column)
            kept.append(Finding(*place, "more-faults", *texts, {"count": str(count)}, severity=severity))
        return kept


def named(path: Sequence[Key]) -> str:
    """A path as people read it: require[2].that is the condition of the second requirement."""
    text = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def read_document(file: str, text: str) -> YamlDocument:
    """The document in a text, with every fault of its YAML."""
    document = YamlDocument(file, text.removeprefix("\ufeff"))
    if not _refused(document):
        node = _compose(document)
        if node is not None:
            document.value = _Reader(document).read(node, ())
    return document


def _refused(document: YamlDocument) -> bool:
    if len(document.text) > LARGEST_FILE:
        document.find(
            (),
            "large-file",
            N_("the file has {value} characters, {limit} are allowed"),
            N_("one file holds one rule, its table at most 200 rows: split it"),
            params={"limit": str(LARGEST_FILE)},
            value=str(len(document.text)),
        )
    elif not document.text.strip():
        _empty(document)
    elif _brackets_in_brackets(document.text) > MOST_BRACKETS:
        _not_yaml(document, Place(1, 1), "nested too deeply")
    else:
        _refuse_lines(document)
    return bool(document.findings)


def _empty(document: YamlDocument) -> None:
    document.find((), "empty-file", N_("the file is empty"), N_("write a rule into it, or delete it"))


def _brackets_in_brackets(text: str) -> int:
    """At most how deep lists and maps in brackets lie; the YAML reader takes the square of it."""
    steps = ((sign in "[{") - (sign in "]}") for sign in re.findall(r"[\[\]{}]", text))
    return max(accumulate(steps), default=0)


def _refuse_lines(document: YamlDocument) -> None:
    for number, line in enumerate(document.text.splitlines(), 1):
        indent = line[: len(line) - len(line.lstrip())]
        if "\t" in indent:
            document.find(
                (),
                "tab",
                N_("the line is indented with a tab: {value}"),
                N_("indent with spaces"),
                place=Place(number, indent.index("\t") + 1),
                value=shortened(line),
            )
        if not unicodedata.is_normalized("NFC", line):
            document.find(
                (),
                "not-nfc",
                N_("the line is not in Unicode normal form C: {value}"),
                N_("type the text again instead of pasting it"),
                why=N_("Texts that look alike would be unlike."),
                place=Place(number, 1),
                value=shortened(line),
            )


def _compose(document: YamlDocument) -> Node | None:
    yaml = YAML(typ="safe", pure=True)
    try:
        node: Node | None = yaml.compose(document.text)
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
        _empty(document)
    return node


def _not_yaml(document: YamlDocument, place: Place, detail: str) -> None:
    lines = document.text.splitlines()
    line = shortened(lines[place.line - 1]) if place.line <= len(lines) else ""
    document.find(
        (),
        "not-yaml",
        N_("this is not YAML, {detail}: {value}"),
        N_("compare the line and the one above with a rule of the library: colons, quotes, indents"),
        params={"detail": detail[:200]},
        terms={"detail": detail} if detail in _YAML_SAYS else {},
        place=place,
        value=line,
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
        span = (node.start_mark.index, node.end_mark.index)
        self._document.spots[path] = Spot(Place(place.line, place.column + quoted), single, *span)
        if self._is_refused(node, path, place):
            self._document.spoiled.add(path)
            return None
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        if isinstance(node, SequenceNode):
            return tuple(self.read(child, (*path, index)) for index, child in enumerate(node.value))
        assert isinstance(node, ScalarNode)
        before = len(self._document.findings)
        value = self._scalar(node, path)
        if len(self._document.findings) > before:
            self._document.spoiled.add(path)
        return value

    def _is_refused(self, node: Node, path: Path, place: Place) -> bool:
        if id(node) in self._seen:  # an alias: its anchor was told
            return True
        self._seen.add(id(node))
        faults = len(self._document.findings)
        if node.anchor:
            message = N_("anchors and aliases can't be used: {value}")
            self._document.find(path, "anchor", message, N_("write the value out"), place=place)
        elif self._document.text.startswith("!", node.start_mark.index):
            message = N_("tags can't be used: {value}")
            self._document.find(path, "tag", message, N_("write the value alone"), place=place)
        elif len(path) > DEEPEST_FILE:
            message = N_("nested deeper than {limit} levels: {value}")
            remedy = N_("compare a rule of the library")
            self._document.find(path, "deep-file", message, remedy, params={"limit": str(DEEPEST_FILE)})
        return len(self._document.findings) > faults

    def _mapping(self, node: MappingNode, path: Path) -> dict[str, Plain]:
        values: dict[str, Plain] = {}
        for key_node, value_node in node.value:
            place = _place(key_node)
            start, end = key_node.start_mark.index, key_node.end_mark.index
            written = shortened(self._document.text[start:end])
            if not isinstance(key_node, ScalarNode) or key_node.value == "<<":
                message = N_("a key is a single word, not {value}")
                self._document.find(
                    path, "bad-key", message, N_("write it like title:"), place=place, value=written
                )
                continue
            key = str(key_node.value)
            if key in values:
                self._duplicate((*path, key), place)
                continue
            self._document.key_spots[*path, key] = place
            values[key] = self.read(value_node, (*path, key))
        return values

    def _duplicate(self, path: Path, place: Place) -> None:
        self._document.find(
            path,
            "duplicate-key",
            N_("the key {key} stands here a second time, first in line {first}"),
            N_("keep one of them"),
            why=N_("YAML would silently keep the last."),
            params={"key": str(path[-1])[:80], "first": str(self._document.key_spots[path].line)},
            place=place,
            value=str(path[-1])[:80],
        )

    def _scalar(self, node: ScalarNode, path: Path) -> Plain:
        text = str(node.value)
        if node.style is not None:  # quoted or block: a text
            return text
        for pattern, make in _PLAIN:
            if pattern.search(text):
                return make(self, text, path)
        return text

    def yes_no(self, text: str, path: Path) -> Plain:
        message = N_("{value} means a text to some and true or false to others")
        self._document.find(path, "yes-no", message, N_("write true or false, or put it in quotes"))
        return None

    def octal(self, text: str, path: Path) -> Plain:
        message = N_("{value} means different numbers to different readers")
        remedy = N_("write it without the leading 0, or put it in quotes")
        self._document.find(path, "octal", message, remedy)
        return None

    def day(self, text: str, path: Path) -> Plain:
        try:
            return date.fromisoformat(text)
        except ValueError:
            message = N_("there is no day {value}")
            self._document.find(path, "no-such-day", message, N_("write an existing day"))
            return None


_PLAIN: tuple[tuple[re.Pattern[str], Callable[[_Reader, str, Path], Plain]], ...] = (
    (re.compile(r"^(~|null|Null|NULL)?$"), lambda _, text, path: None),
    (re.compile(r"^(true|false)$"), lambda _, text, path: text == "true"),
    (_YES_NO, _Reader.yes_no),
    (_OCTAL, _Reader.octal),
    (_DATE, _Reader.day),
    (_INTEGER, lambda _, text, path: int(text)),
    (
        re.compile(r"^[-+]?(([0-9]+\.[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+)$"),
        lambda _, text, path: float(text),
    ),
)


def _place(node: Node) -> Place:
    return Place(node.start_mark.line + 1, node.start_mark.column + 1)

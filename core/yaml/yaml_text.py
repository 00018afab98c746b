"""Parse a YAML text into a document; PyYAML composes its nodes, from libyaml's events."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import accumulate

import yaml
from yaml.composer import Composer
from yaml.cyaml import CParser  # type: ignore[attr-defined]
from yaml.reader import ReaderError
from yaml.resolver import BaseResolver

from core.faults import FaultTable
from core.source_text import SourcePosition, shorten_quote
from core.text_marks import N_
from core.yaml.document import DocumentPath, YamlDocument
from core.yaml.yaml_values import YamlValueReader, build_hidden_sign

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
MAX_YAML_CHARACTERS = 64_000
MAX_BRACKET_DEPTH = 200
_FAULTS = FaultTable(
    "yaml",
    {
        "large-file": (
            N_("the file has {value} characters, {limit} are allowed"),
            N_("split it, or name the right file"),
        ),
        "empty-file": (N_("the file is empty"), N_("write keys and values into it, or delete it")),
        "tab": (N_("the line is indented with a tab: {value}"), N_("indent with spaces")),
        "not-nfc": (
            N_("the line is not in Unicode normal form C: {value}"),
            N_("type the text again instead of pasting it"),
            N_("Texts that look alike would be unlike."),
        ),
        "not-yaml": (
            N_("this is not YAML, {detail}: {value}"),
            N_("compare the line and the one above: colons, quotes, indents"),
        ),
        "full-width": (
            N_("here stands the full-width sign {value}, which YAML reads as a letter"),
            N_("type {ascii} with the keyboard in English, and a space after a colon"),
        ),
    },
)
_YAML_SAYS = frozenset(
    {
        N_("mapping values are not allowed here"),
        N_("could not find expected ':'"),
        N_("but found another document"),
        N_("nested too deeply"),
        N_("found unexpected end of stream"),
        N_("found undefined alias"),
        N_("expected ',' or '}'"),
        N_("expected ',' or ']'"),
        N_("expected <block end>"),
        N_("unacceptable character"),
        N_("found character that cannot start any token"),
        N_("found unknown escape character"),
        N_("found invalid Unicode character escape code"),
    }
)
"""What PyYAML says most often; the rest stays in its words."""
_SEPARATORS = re.compile("[\x85\u2028\u2029]")
"""Invisible separators. libyaml ends a line at each of them, as YAML 1.1 says; YAML 1.2 doesn't."""
_WHAT_CAME = re.compile(
    r"(?:, but (?:got|found)|:? #x).*|(?:(?<=character)|(?<=alias)) '.+?'"
)  # the quoted line shows it


def find_full_width_signs(text: str) -> Iterator[tuple[SourcePosition, str]]:
    """Yield each full-width sign that stands for one of YAML's own, with its place, line by line."""
    for number, line in enumerate(text.splitlines(), 1):
        bare = _COMMENT.sub("", _QUOTED.sub(lambda quoted: "'" + "_" * (len(quoted[0]) - 2) + "'", line))
        places = {found.start(1) for sign in _SIGNS for found in sign.finditer(bare)}
        for place in sorted(places):
            yield SourcePosition(number, place + 1), bare[place]


def find_signs_in_keys(keys: Iterable[tuple[str, SourcePosition]]) -> Iterator[tuple[SourcePosition, str]]:
    """Yield the full-width colon of each key that swallowed its value, such as ``kind： voucher`` in braces."""
    for key, place in keys:
        found = _KEY_WITH_SIGN.match(key)
        if found:
            yield SourcePosition(place.line, place.column + found.start(1)), found[1]


def parse_yaml_document(file: str, text: str) -> YamlDocument:
    """Parse a text into a document, with every YAML fault."""
    document = YamlDocument(file, text.removeprefix("\ufeff"))
    if not _refused(document):
        node = _compose(document)
        if node is not None:
            document.value = YamlValueReader(document).read(node, ())
            _refuse_signs_in_keys(document)
    return document


def _refused(document: YamlDocument) -> bool:
    size = len(document.text)
    if size > MAX_YAML_CHARACTERS:
        document.add_fault((), _FAULTS.build("large-file", value=size, limit=MAX_YAML_CHARACTERS))
    elif not document.text.strip():
        document.add_fault((), _FAULTS.build("empty-file"))
    elif _brackets_in_brackets(document.text) > MAX_BRACKET_DEPTH:
        _not_yaml(document, SourcePosition(1, 1), "nested too deeply")
    else:
        _refuse_lines(document)
    return bool(document.faults)


def _brackets_in_brackets(text: str) -> int:
    """Return an upper bound of the nesting depth of brackets; the YAML reader's time grows with its square."""
    steps = ((sign in "[{") - (sign in "]}") for sign in re.findall(r"[\[\]{}]", text))
    return max(accumulate(steps), default=0)


def _refuse_lines(document: YamlDocument) -> None:
    for number, line in enumerate(document.text.splitlines(), 1):
        indent = line[: len(line) - len(line.lstrip())]
        if "\t" in indent:
            place = SourcePosition(number, indent.index("\t") + 1)
            document.add_fault((), _FAULTS.build("tab", value=shorten_quote(line)), place)
        if not unicodedata.is_normalized("NFC", line):
            fault = _FAULTS.build("not-nfc", value=shorten_quote(line))
            document.add_fault((), fault, SourcePosition(number, 1))
    for found in _SEPARATORS.finditer(document.text):
        place = _find_position(document.text, found.start())
        document.add_fault((), build_hidden_sign(found[0]), place)


def _find_position(text: str, index: int) -> SourcePosition:
    before = text[:index]
    return SourcePosition(before.count("\n") + 1, len(before) - before.rfind("\n"))


class _Composer(Composer, CParser, BaseResolver):
    """Composes the nodes in Python: libyaml's own composer overflows the stack on deep nesting."""

    def __init__(self, text: str) -> None:
        CParser.__init__(self, text)
        Composer.__init__(self)
        BaseResolver.__init__(self)


def _compose(document: YamlDocument) -> yaml.Node | None:
    try:
        node = _Composer(document.text).get_single_node()
    except RecursionError:
        _not_yaml(document, SourcePosition(1, 1), "nested too deeply")
    except (yaml.YAMLError, UnicodeError) as error:
        place, detail = _locate(document.text, error)
        _not_yaml(document, place, detail)
        _name_full_width_signs(document, place)
    else:
        if node is None:
            document.add_fault((), _FAULTS.build("empty-file"))
        return node
    return None


def _locate(text: str, error: Exception) -> tuple[SourcePosition, str]:
    """Return the place and the message of an error from PyYAML's own parser, whose messages are plainer than libyaml's."""
    try:
        yaml.compose(text, yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError) as plainer:
        error = plainer
    if isinstance(error, ReaderError):
        return _find_position(text, error.position), str(error).splitlines()[0]
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        place = SourcePosition(mark.line + 1, mark.column + 1) if mark else SourcePosition(1, 1)
        return place, str(error.problem or error.context or error)
    return SourcePosition(1, 1), str(error).splitlines()[0]


def _name_full_width_signs(document: YamlDocument, place: SourcePosition) -> None:
    """Report each full-width sign at its own place; they replace a fault that they explain."""
    signs = list(find_full_width_signs(document.text))
    if any(sign_place.line <= place.line for sign_place, _ in signs):
        document.faults.clear()  # the YAML reader gives up at the first sign, or on a line below it
    for sign_place, sign in signs:
        _add_sign(document, (), sign_place, sign)


def _refuse_signs_in_keys(document: YamlDocument) -> None:
    for path, place in list(document.key_spots.items()):
        for sign_place, sign in find_signs_in_keys([(str(path[-1]), place)]):
            _add_sign(document, path, sign_place, sign)
            document.spoiled.add(path[:-1])  # its other faults follow from this one


def _add_sign(document: YamlDocument, path: DocumentPath, place: SourcePosition, sign: str) -> None:
    ascii_sign = "a space" if sign == "　" else ASCII_SIGNS[sign]
    document.add_fault(path, _FAULTS.build("full-width", value=sign, ascii=ascii_sign), place)


def _not_yaml(document: YamlDocument, place: SourcePosition, detail: str) -> None:
    detail = _WHAT_CAME.sub("", detail)
    lines = document.text.splitlines()
    line = shorten_quote(lines[place.line - 1]) if place.line <= len(lines) else ""
    terms = {"detail": detail} if detail in _YAML_SAYS else {}
    document.add_fault((), _FAULTS.build("not-yaml", value=line, terms=terms, detail=detail[:200]), place)

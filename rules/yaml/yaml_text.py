"""Parse a YAML text into a document; ruamel.yaml composes its nodes."""

import re
import unicodedata
from itertools import accumulate

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import Node
from ruamel.yaml.reader import ReaderError

from core.text_marks import N_
from rules.expressions.syntax import SourcePosition
from rules.finding import shorten_quote
from rules.yaml.document import YamlDocument
from rules.yaml.yaml_values import YamlValueReader

MAX_RULE_FILE_CHARACTERS = 64_000
MAX_BRACKET_DEPTH = 200
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
    }
)
"""What ruamel.yaml says most often; the rest stays in its words."""
_WHAT_CAME = re.compile(r"(?:, but (?:got|found)|:? #x).*|(?<=character) '.+?'")  # the quoted line shows it


def parse_yaml_document(file: str, text: str) -> YamlDocument:
    """Parse a text into a document, with a finding for every YAML fault."""
    document = YamlDocument(file, text.removeprefix("\ufeff"))
    if not _refused(document):
        node = _compose(document)
        if node is not None:
            document.value = YamlValueReader(document).read(node, ())
    return document


def _refused(document: YamlDocument) -> bool:
    if len(document.text) > MAX_RULE_FILE_CHARACTERS:
        document.add_finding(
            (),
            "large-file",
            N_("the file has {value} characters, {limit} are allowed"),
            N_("one file holds one rule, its table at most 200 rows: split it"),
            params={"limit": str(MAX_RULE_FILE_CHARACTERS)},
            value=str(len(document.text)),
        )
    elif not document.text.strip():
        _empty(document)
    elif _brackets_in_brackets(document.text) > MAX_BRACKET_DEPTH:
        _not_yaml(document, SourcePosition(1, 1), "nested too deeply")
    else:
        _refuse_lines(document)
    return bool(document.findings)


def _empty(document: YamlDocument) -> None:
    document.add_finding((), "empty-file", N_("the file is empty"), N_("write a rule into it, or delete it"))


def _brackets_in_brackets(text: str) -> int:
    """Return an upper bound of the nesting depth of brackets; the YAML reader's time grows with its square."""
    steps = ((sign in "[{") - (sign in "]}") for sign in re.findall(r"[\[\]{}]", text))
    return max(accumulate(steps), default=0)


def _refuse_lines(document: YamlDocument) -> None:
    for number, line in enumerate(document.text.splitlines(), 1):
        indent = line[: len(line) - len(line.lstrip())]
        if "\t" in indent:
            document.add_finding(
                (),
                "tab",
                N_("the line is indented with a tab: {value}"),
                N_("indent with spaces"),
                place=SourcePosition(number, indent.index("\t") + 1),
                value=shorten_quote(line),
            )
        if not unicodedata.is_normalized("NFC", line):
            document.add_finding(
                (),
                "not-nfc",
                N_("the line is not in Unicode normal form C: {value}"),
                N_("type the text again instead of pasting it"),
                why=N_("Texts that look alike would be unlike."),
                place=SourcePosition(number, 1),
                value=shorten_quote(line),
            )


def _compose(document: YamlDocument) -> Node | None:
    yaml = YAML(typ="safe", pure=True)
    try:
        node: Node | None = yaml.compose(document.text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = SourcePosition(mark.line + 1, mark.column + 1) if mark else SourcePosition(1, 1)
        detail = str(error.problem or error.context or error)
        _not_yaml(document, place, detail)
        return None
    except RecursionError:
        _not_yaml(document, SourcePosition(1, 1), "nested too deeply")
        return None
    except ReaderError as error:
        before = document.text[: error.position]
        place = SourcePosition(before.count("\n") + 1, len(before) - before.rfind("\n"))
        _not_yaml(document, place, str(error).splitlines()[0])
        return None
    except YAMLError as error:
        _not_yaml(document, SourcePosition(1, 1), str(error).splitlines()[0])
        return None
    if node is None:
        _empty(document)
    return node


def _not_yaml(document: YamlDocument, place: SourcePosition, detail: str) -> None:
    detail = _WHAT_CAME.sub("", detail)
    lines = document.text.splitlines()
    line = shorten_quote(lines[place.line - 1]) if place.line <= len(lines) else ""
    document.add_finding(
        (),
        "not-yaml",
        N_("this is not YAML, {detail}: {value}"),
        N_("compare the line and the one above with a rule of the library: colons, quotes, indents"),
        params={"detail": detail[:200]},
        terms={"detail": detail} if detail in _YAML_SAYS else {},
        place=place,
        value=line,
    )

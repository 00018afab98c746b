"""Parse the YAML text of a rule, with remedies worded for rule files."""

from dataclasses import replace
from functools import lru_cache

from core.faults import Fault
from core.text_marks import N_
from core.yaml.document import YamlDocument
from core.yaml.yaml_text import MAX_YAML_CHARACTERS, parse_yaml_document

MAX_RULE_FILE_CHARACTERS = MAX_YAML_CHARACTERS
_REMEDIES = {
    "large-file": N_("one file holds one rule, its table at most 200 rows: split it"),
    "empty-file": N_("write a rule into it, or delete it"),
    "not-yaml": N_("compare the line and the one above with a rule of the library: colons, quotes, indents"),
    "deep-file": N_("compare docs/rules_reference.md, which has an example of each key"),
}


def parse_rule_document(file: str, text: str) -> YamlDocument:
    """Parse a text into a document, with every YAML fault. The caller may change the document."""
    return _parse(file, text).copy()


@lru_cache(maxsize=256)  # a command reads the same library several times; the YAML reader is slow
def _parse(file: str, text: str) -> YamlDocument:
    document = parse_yaml_document(file, text)
    document.faults = [_in_words_of_rules(fault) for fault in document.faults]
    return document


def _in_words_of_rules(fault: Fault) -> Fault:
    remedy = _REMEDIES.get(fault.short_code, fault.remedy)
    return replace(fault, remedy=remedy, code=f"rules.{fault.short_code}")

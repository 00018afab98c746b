"""Parse and check the text of a feed mapping file; report every fault."""

from collections.abc import Mapping as Map
from dataclasses import replace

from pydantic import ValidationError

from core.faults import Fault, FaultError, FaultTable
from core.source_text import shorten_quote
from core.text_marks import N_
from core.yaml.document import YamlDocument
from core.yaml.yaml_text import parse_yaml_document
from events.feeds.linting import lint_mapping
from events.feeds.mapping import FeedMapping
from rules.yaml.rule_text import add_validation_faults

_TEMPLATE = N_("compare a template: `yihui feeds draft` writes one")
# Remedies worded for mapping files instead of rule files, by the name of the fault.
_REMEDIES: Map[str, str] = {
    "empty-file": N_("write a mapping into it: `yihui feeds draft` begins one"),
    "not-yaml": N_("compare the line and the one above with a template: colons, quotes, indents"),
    "large-file": N_("one file holds one feed: leave out what is no mapping"),
    "deep-file": _TEMPLATE,
}
_OF_RULES = "compare a rule of the library"  # of rules.yaml.rule_text
_NAMES: Map[str, str] = {
    "feed": N_("write a name like zibo-aigonghui: small letters, digits and hyphens"),
    "source": N_("write an address of theirs without blanks, like https://app.example/aigonghui"),
}


_NO_MAPPING = FaultTable(
    "mapping",
    {
        "not-a-mapping": (
            N_("the file holds no mapping: {value}"),
            N_("begin with feed:, title:, source:, format:, id:, about:, time:, events:"),
        ),
    },
)


def parse_feed_mapping(file: str, text: str) -> FeedMapping:
    """Parse a mapping. *Raises*: FaultError with every fault."""
    mapping, faults = check_feed_mapping(file, text)
    if mapping is None or any(fault.severity == "error" for fault in faults):
        raise FaultError(faults)
    return mapping


def check_feed_mapping(file: str, text: str) -> tuple[FeedMapping | None, tuple[Fault, ...]]:
    """Return the mapping, if the text holds one, and all faults by line."""
    document = parse_yaml_document(file, text)
    mapping = _mapping(document)
    if mapping is not None:
        lint_mapping(mapping, document)
    return mapping, tuple(_in_words_of_feeds(fault) for fault in document.sorted_faults())


def _mapping(document: YamlDocument) -> FeedMapping | None:
    if document.value is None and document.faults:
        return None  # the YAML could not be parsed
    if not isinstance(document.value, dict):
        document.add_fault((), _NO_MAPPING.build("not-a-mapping", value=shorten_quote(document.text)))
        return None
    try:
        return FeedMapping.model_validate(document.value)
    except ValidationError as error:
        add_validation_faults(document, error, FeedMapping)
        return None


def _in_words_of_feeds(fault: Fault) -> Fault:
    remedy = _REMEDIES.get(fault.short_code, fault.remedy)
    if fault.remedy == _OF_RULES:
        remedy = _TEMPLATE
    if fault.short_code == "string-pattern-mismatch" and fault.field:
        remedy = _NAMES.get(fault.field, remedy)
    return replace(fault, remedy=remedy, code=f"mapping.{fault.short_code}")

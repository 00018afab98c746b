"""Parse and check the text of a feed mapping file; report every finding."""

from collections.abc import Mapping as Map
from dataclasses import replace

from pydantic import ValidationError

from core.text_marks import N_
from events.feeds.linting import lint_mapping
from events.feeds.mapping import FeedMapping
from rules import Finding
from rules.finding import shorten_quote
from rules.yaml.complaints import add_validation_findings
from rules.yaml.document import YamlDocument
from rules.yaml.yaml_text import parse_yaml_document

_TEMPLATE = N_("compare a template: `yihui feeds draft` writes one")
# Remedies worded for mapping files instead of rule files, by the code of the finding.
_REMEDIES: Map[str, str] = {
    "empty-file": N_("write a mapping into it: `yihui feeds draft` begins one"),
    "not-yaml": N_("compare the line and the one above with a template: colons, quotes, indents"),
    "large-file": N_("one file holds one feed: leave out what is no mapping"),
    "deep-file": _TEMPLATE,
}
_OF_RULES = "compare a rule of the library"
_NAMES: Map[str, str] = {
    "feed": N_("write a name like zibo-aigonghui: small letters, digits and hyphens"),
    "source": N_("write an address of theirs without blanks, like https://app.example/aigonghui"),
}


class MappingFaults(Exception):
    """A mapping file that can't be used, with all of its findings."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        self.findings = findings
        super().__init__("; ".join(str(finding) for finding in findings[:5]))


def parse_feed_mapping(file: str, text: str) -> FeedMapping:
    """Parse a mapping. *Raises*: MappingFaults with every finding."""
    mapping, findings = check_feed_mapping(file, text)
    if mapping is None or any(finding.severity == "error" for finding in findings):
        raise MappingFaults(findings)
    return mapping


def check_feed_mapping(file: str, text: str) -> tuple[FeedMapping | None, tuple[Finding, ...]]:
    """Return the mapping, if the text holds one, and all findings by line."""
    document = parse_yaml_document(file, text)
    mapping = _mapping(document)
    if mapping is not None:
        lint_mapping(mapping, document)
    return mapping, tuple(_in_words_of_feeds(finding) for finding in document.sorted_findings())


def _mapping(document: YamlDocument) -> FeedMapping | None:
    if document.value is None and document.findings:
        return None  # the YAML could not be parsed
    if not isinstance(document.value, dict):
        document.add_finding(
            (),
            "not-a-mapping",
            N_("the file holds no mapping: {value}"),
            N_("begin with feed:, title:, source:, format:, id:, about:, time:, events:"),
            value=shorten_quote(document.text),
        )
        return None
    try:
        return FeedMapping.model_validate(document.value)
    except ValidationError as error:
        add_validation_findings(document, error, FeedMapping)
        return None


def _in_words_of_feeds(finding: Finding) -> Finding:
    remedy = _REMEDIES.get(finding.code)
    if finding.remedy == _OF_RULES:
        remedy = _TEMPLATE
    if finding.code == "string-pattern-mismatch" and finding.field:
        remedy = _NAMES.get(finding.field, remedy)
    return replace(finding, remedy=remedy) if remedy else finding

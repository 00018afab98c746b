"""Read merged rules as rules; report their faults at the lines of the adaptation that cause them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from rules.engine.rule import Rule
from rules.finding import Finding
from rules.overrides.merging import Layer
from rules.yaml.document import YamlDocument
from rules.yaml.yaml_text import parse_yaml_document

RuleReader = Callable[[YamlDocument], Rule | None]
"""Makes a rule of a document, and adds to it whatever is wrong."""


def read_merged_rules(layers: Sequence[Layer], read: RuleReader) -> list[Rule]:
    """Return the rules of the merged layers; add their findings to the adaptations' documents."""
    return [rule for layer in layers if layer.is_merged and (rule := _read(layer, layers, read)) is not None]


def _read(layer: Layer, layers: Sequence[Layer], read: RuleReader) -> Rule | None:
    text = "".join(f"{line.text}\n" for line in layer.lines)
    document = parse_yaml_document(layer.document.file, text)
    rule = read(document)
    told = {_content(finding) for finding in _told_above(layer, layers)}
    for finding in document.findings:
        if _content(finding) not in told:
            told.add(_content(finding))
            layer.document.findings.append(_placed(finding, layer))
    return replace(rule, is_merged=True) if rule else None


def _told_above(layer: Layer, layers: Sequence[Layer]) -> Iterator[Finding]:
    """Yield the findings of the rule itself, and those already reported for this adaptation."""
    for other in layers:
        if other.definition.id == layer.definition.id:
            yield from other.document.findings


def _content(finding: Finding) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    return finding.code, finding.message, tuple(sorted(finding.params.items()))


def _placed(finding: Finding, layer: Layer) -> Finding:
    """Move a finding to the adaptation's line that causes it; if that line is from above, to the first key."""
    origin = layer.lines[finding.line - 1].origin if finding.line <= len(layer.lines) else None
    if origin is not None and origin.file == layer.document.file:
        return replace(finding, line=origin.line, column=1)
    line, column = layer.document.place(("adapts",))
    return replace(finding, line=line, column=column)

"""Reads merged rules as rules, and tells what is wrong with them where an officer wrote it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from rules.engine.rule import Rule
from rules.finding import Finding
from rules.overrides.merging import Layer
from rules.yaml.document import YamlDocument
from rules.yaml.yaml_text import read_document

Read = Callable[[YamlDocument], Rule | None]
"""Makes a rule of a document, and adds to it whatever is wrong."""


def read_layers(layers: Sequence[Layer], read: Read) -> list[Rule]:
    """The rules that the merged layers make; their findings are told in the adaptations' documents."""
    return [rule for layer in layers if layer.is_merged and (rule := _read(layer, layers, read)) is not None]


def _read(layer: Layer, layers: Sequence[Layer], read: Read) -> Rule | None:
    text = "".join(f"{line.text}\n" for line in layer.lines)
    document = read_document(layer.document.file, text)
    rule = read(document)
    told = {_content(finding) for finding in _told_above(layer, layers)}
    for finding in document.findings:
        if _content(finding) not in told:
            told.add(_content(finding))
            layer.document.findings.append(_placed(finding, layer))
    return replace(rule, is_merged=True) if rule else None


def _told_above(layer: Layer, layers: Sequence[Layer]) -> Iterator[Finding]:
    """What is wrong with the rule whoever adapts it, and what was told of this adaptation already."""
    for other in layers:
        if other.definition.id == layer.definition.id:
            yield from other.document.findings


def _content(finding: Finding) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    return finding.code, finding.message, tuple(sorted(finding.params.items()))


def _placed(finding: Finding, layer: Layer) -> Finding:
    """The line of the adaptation that it comes from; where that is a line from above, its first key."""
    origin = layer.lines[finding.line - 1].origin if finding.line <= len(layer.lines) else None
    if origin is not None and origin.file == layer.document.file:
        return replace(finding, line=origin.line, column=1)
    line, column = layer.document.place(("adapts",))
    return replace(finding, line=line, column=column)

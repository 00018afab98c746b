"""Build a library from the texts of rule and cap files: the whole library, or none and every fault."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from pydantic import ValidationError

from core.faults import Fault
from core.source_text import shorten_quote
from core.text_marks import N_
from core.yaml.document import YamlDocument
from rules.engine.decision_table import is_decision_table
from rules.engine.library import RuleLibrary, build_library
from rules.engine.rule import Rule, compile_rule
from rules.faults import RuleFaults, rule_fault_table
from rules.loading.consistency import check_rules_together
from rules.loading.statements import read_rule_expressions
from rules.model.definition import RuleDefinition
from rules.model.figures import CapDefinition
from rules.overrides.definition import AdaptationDefinition, Amendments
from rules.overrides.merging import AdaptationWithDocument, Layer, build_layers
from rules.territory import territory_covers
from rules.yaml.rule_text import add_validation_faults, parse_rule_document
from rules.yaml.wording import StrictFileModel

if TYPE_CHECKING:
    from rules.linting.sources import FactSources

Definition = TypeVar("Definition", bound=StrictFileModel)
_FAULTS = rule_fault_table(
    {
        "not-a-rule": (
            N_("the file holds no rule: {value}"),
            N_("begin with id:, title:, basis:, owner:, in_force:, on:, benefit:"),
        ),
        "same-cap": (
            N_("the cap {cap} stands in {first} already"),
            N_("put the new amount into that file, with its from:"),
        ),
    }
)


_UNCHANGED = Amendments()


def load_library(files: Sequence[tuple[str, str]], amend: Amendments = _UNCHANGED) -> RuleLibrary:
    """Load the library from texts; each file is its name and its text.

    A file holds one rule, cap or (``.json``) decision table. ``amend`` may end a rule or an adaptation earlier
    than its file says, or leave it out.

    Raises: RuleFaults with every fault of every file; a warning alone raises nothing.
    """
    library, faults = _load(files, amend)
    if library is None:
        raise RuleFaults(faults)
    return library


def lint_rule_files(
    files: Sequence[tuple[str, str]],
    amend: Amendments = _UNCHANGED,
    budgets: Mapping[str, int] | None = None,
    others: Sequence[RuleDefinition] = (),
    sources: "FactSources | None" = None,
) -> tuple[Fault, ...]:
    """Return all faults with the warnings, ordered by file and line, and everything that can be proven.

    ``budgets``, in fen by id, are compared with the quotas of the rules that they pay. ``others`` are rules
    of other files on which these may depend. ``sources`` say which facts the application's doors fill.
    """
    from rules.linting import (
        lint_rules,  # imported here, so that callers who only read rules don't load the prover
    )

    beside: list[LoadingState] = []

    def prove_more(loading: LoadingState) -> None:
        beside.append(loading)  # the first holds all files, each later one a single merged rule
        lint_rules(
            loading.rules,
            {name: cap for name, (cap, _) in loading.caps.items()},
            loading.tables,
            budgets or {},
            [*others, *beside[0].known],
            beside[0].faulty,
            sources,
        )

    return _load(files, amend, prove_more)[1]


@dataclass(slots=True)
class LoadingState:
    """Rules, caps and adaptations that were read so far."""

    amend: Amendments = _UNCHANGED
    rules: list[tuple[Rule, YamlDocument]] = field(default_factory=list)
    caps: dict[str, tuple[CapDefinition, YamlDocument]] = field(default_factory=dict)
    known: list[RuleDefinition] = field(
        default_factory=list
    )  # as their files state them, even if amended or left out
    faulty: set[str] = field(default_factory=set)
    adaptations: list[AdaptationWithDocument] = field(default_factory=list)
    tables: Mapping[str, YamlDocument] = field(default_factory=dict)


def _load(
    files: Sequence[tuple[str, str]], amend: Amendments, also: Callable[[LoadingState], None] = lambda _: None
) -> tuple[RuleLibrary | None, tuple[Fault, ...]]:
    documents = [parse_rule_document(name, text) for name, text in sorted(files)]
    tables = {document.file: document for document in documents if is_decision_table(document.file)}
    loading = LoadingState(amend, tables=tables)
    for document in documents:
        if document.file not in tables:
            _read(loading, document)
    check_rules_together([*loading.rules], dict(loading.caps))
    also(loading)
    merged = _adapt(loading, also)
    ordered = tuple(fault for document in documents for fault in document.sorted_faults())
    if any(fault.severity == "error" for fault in ordered):
        return None, ordered
    caps = [cap for cap, _ in loading.caps.values()]
    return build_library([*(rule for rule, _ in loading.rules), *merged], caps, ordered), ordered


def _adapt(loading: LoadingState, also: Callable[[LoadingState], None]) -> list[Rule]:
    """Return the merged rules of lower levels; they are read and validated like any other."""
    stated = [(rule.definition, document) for rule, document in loading.rules]
    layers = build_layers(stated, loading.adaptations, loading.known, loading.faulty)
    merged = [_read_merged(layer, layers, loading, also) for layer in layers if layer.is_merged]
    return [rule for rule in merged if rule is not None]


def _read_merged(
    layer: Layer, layers: Sequence[Layer], loading: LoadingState, also: Callable[[LoadingState], None]
) -> Rule | None:
    """Read a merged layer as a rule; add its faults to the adaptation's document, at the lines that cause them."""
    text = "".join(f"{line.text}\n" for line in layer.lines)
    document = parse_rule_document(layer.document.file, text)
    alone = LoadingState(caps=loading.caps, tables=loading.tables)
    _read_rule(alone, document)
    check_rules_together([*alone.rules], dict(alone.caps))
    also(alone)
    same_rule = [other for other in layers if other.definition.id == layer.definition.id]
    reported = {_content(fault) for other in same_rule for fault in other.document.faults}
    for fault in document.faults:
        if _content(fault) not in reported:
            reported.add(_content(fault))
            layer.document.faults.append(_placed(fault, layer))
    if not alone.rules:
        return None
    stated = next(
        other.owner
        for other in same_rule
        if not other.is_merged
        and territory_covers(other.owner, layer.owner)
        and other.span.encloses(layer.span)
    )
    return replace(alone.rules[0][0], is_merged=True, adapted_owner=stated)


def _content(fault: Fault) -> tuple[str, str, str]:
    return fault.short_code, fault.message, repr(sorted({**fault.params, **fault.terms}.items()))


def _placed(fault: Fault, layer: Layer) -> Fault:
    """Move a fault to the adaptation's line that causes it; if that line is from above, to the first key."""
    row = fault.row or 1
    origin = layer.lines[row - 1].origin if row <= len(layer.lines) else None
    if origin is not None and origin.file == layer.document.file:
        return replace(fault, row=origin.line, column=1)
    line, column = layer.document.place(("adapts",))
    return replace(fault, row=line, column=column)


def _read(loading: LoadingState, document: YamlDocument) -> None:
    if document.value is None and document.faults:
        return  # nothing could be read
    if not isinstance(document.value, dict):
        document.add_fault((), _FAULTS.build("not-a-rule", value=shorten_quote(document.text)))
    elif "cap" in document.value:
        _read_cap(loading, document)
    elif "adapts" in document.value:
        adaptation = _validated(document, AdaptationDefinition)
        if adaptation is not None and not document.faults:
            left = loading.amend.adaptation(adaptation, document.file)
            if left is not None:
                loading.adaptations.append((left, document))
    else:
        _read_rule(loading, document)


def _read_cap(loading: LoadingState, document: YamlDocument) -> None:
    cap = _validated(document, CapDefinition)
    if cap is None:
        return
    if cap.cap in loading.caps:
        first = loading.caps[cap.cap][1].file
        document.add_fault(("cap",), _FAULTS.build("same-cap", cap=cap.cap, first=first))
    else:
        loading.caps[cap.cap] = (cap, document)


def _read_rule(loading: LoadingState, document: YamlDocument) -> None:
    definition = _validated(document, RuleDefinition)
    expressions = read_rule_expressions(document, definition, loading.tables)
    if definition is None or document.failed or document.has_errors:
        stated = document.value.get("id") if isinstance(document.value, dict) else None
        loading.faulty |= {stated} if isinstance(stated, str) else set()
    else:
        loading.known.append(definition)
        rule = loading.amend.rule(compile_rule(definition, expressions, document.file))
        if rule is not None:
            loading.rules.append((rule, document))


def _validated(document: YamlDocument, model: type[Definition]) -> Definition | None:
    try:
        return model.model_validate(document.value)
    except ValidationError as error:
        add_validation_faults(document, error, model)
        return None

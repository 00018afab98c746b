"""Build a library from the texts of rule and cap files: the whole library, or none and every finding."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from pydantic import ValidationError

from core.text_marks import N_
from rules.engine.decision_table import is_decision_table
from rules.engine.library import RuleLibrary, build_library
from rules.engine.rule import Rule, compile_rule
from rules.finding import Finding, RuleFaults, shorten_quote
from rules.loading.statements import read_rule_expressions
from rules.model.cap import CapDefinition
from rules.model.definition import RuleDefinition
from rules.overrides.ending import (
    AdaptationAmendment,
    RuleAmendment,
    leave_adaptation_unchanged,
    leave_rule_unchanged,
)
from rules.overrides.file import AdaptationDefinition
from rules.overrides.merging import AdaptationWithDocument, Layer, build_layers
from rules.overrides.reading import read_merged_rules
from rules.proofs import check_rules_together
from rules.yaml.complaints import add_validation_findings
from rules.yaml.document import YamlDocument
from rules.yaml.wording import StrictFileModel
from rules.yaml.yaml_text import parse_yaml_document

Definition = TypeVar("Definition", bound=StrictFileModel)


def load_library(
    files: Sequence[tuple[str, str]],
    amend: RuleAmendment = leave_rule_unchanged,
    amend_adaptation: AdaptationAmendment = leave_adaptation_unchanged,
) -> RuleLibrary:
    """Load the library from texts; each file is its name and its text.

    A file holds one rule, cap or (``.json``) decision table. ``amend`` may end a rule earlier than its file
    says, or leave it out; so may ``amend_adaptation``.

    Raises: RuleFaults with every finding of every file; a warning alone raises nothing.
    """
    library, findings = _load(files, Amendments(amend, amend_adaptation))
    if library is None:
        raise RuleFaults(findings)
    return library


def lint_rule_files(
    files: Sequence[tuple[str, str]],
    amend: RuleAmendment = leave_rule_unchanged,
    budgets: Mapping[str, int] | None = None,
    others: Sequence[RuleDefinition] = (),
    amend_adaptation: AdaptationAmendment = leave_adaptation_unchanged,
) -> tuple[Finding, ...]:
    """Return all findings with the warnings, ordered by file and line, and everything that can be proven.

    ``budgets``, in fen by id, are compared with the quotas of the rules that they pay. ``others`` are rules
    of other files on which these may depend.
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
        )

    return _load(files, Amendments(amend, amend_adaptation), prove_more)[1]


def load_layers(
    files: Sequence[tuple[str, str]],
    amend: RuleAmendment = leave_rule_unchanged,
    amend_adaptation: AdaptationAmendment = leave_adaptation_unchanged,
) -> tuple[Layer, ...]:
    """Load the rules as stated and as lower levels adapted them, each line with the place where it was read.

    Raises: RuleFaults as ``load_library``.
    """
    seen: list[LoadingState] = []
    library, findings = _load(files, Amendments(amend, amend_adaptation), seen.append)
    if library is None:
        raise RuleFaults(findings)
    return tuple(seen[0].layers)  # the first one; each later one is a single merged rule


class Amendments(NamedTuple):
    """The amendments to apply to rules and to adaptations after reading."""

    rule: RuleAmendment = leave_rule_unchanged
    adaptation: AdaptationAmendment = leave_adaptation_unchanged


@dataclass(slots=True)
class LoadingState:
    """Rules, caps, adaptations and layers that were read so far."""

    amend: Amendments = field(default_factory=Amendments)
    rules: list[tuple[Rule, YamlDocument]] = field(default_factory=list)
    caps: dict[str, tuple[CapDefinition, YamlDocument]] = field(default_factory=dict)
    known: list[RuleDefinition] = field(
        default_factory=list
    )  # as their files state them, even if amended or left out
    faulty: set[str] = field(default_factory=set)
    adaptations: list[AdaptationWithDocument] = field(default_factory=list)
    layers: list[Layer] = field(default_factory=list)
    tables: Mapping[str, YamlDocument] = field(default_factory=dict)


def _load(
    files: Sequence[tuple[str, str]], amend: Amendments, also: Callable[[LoadingState], None] = lambda _: None
) -> tuple[RuleLibrary | None, tuple[Finding, ...]]:
    documents = [parse_yaml_document(name, text) for name, text in sorted(files)]
    tables = {document.file: document for document in documents if is_decision_table(document.file)}
    loading = LoadingState(amend, tables=tables)
    for document in documents:
        if document.file not in tables:
            _read(loading, document)
    check_rules_together([*loading.rules], dict(loading.caps))
    also(loading)
    merged = _adapt(loading, also)
    ordered = tuple(finding for document in documents for finding in document.sorted_findings())
    if any(finding.severity == "error" for finding in ordered):
        return None, ordered
    caps = [cap for cap, _ in loading.caps.values()]
    return build_library([*(rule for rule, _ in loading.rules), *merged], caps, ordered), ordered


def _adapt(loading: LoadingState, also: Callable[[LoadingState], None]) -> list[Rule]:
    """Return the merged rules of lower levels; they are read and validated like any other."""

    def read(document: YamlDocument) -> Rule | None:
        alone = LoadingState(caps=loading.caps, tables=loading.tables)
        _read_rule(alone, document)
        check_rules_together([*alone.rules], dict(alone.caps))
        also(alone)
        return alone.rules[0][0] if alone.rules else None

    stated = [(rule.definition, document) for rule, document in loading.rules]
    loading.layers = build_layers(stated, loading.adaptations, loading.known, loading.faulty)
    return read_merged_rules(loading.layers, read)


def _read(loading: LoadingState, document: YamlDocument) -> None:
    if document.value is None and document.findings:
        return  # nothing could be read
    if not isinstance(document.value, dict):
        document.add_finding(
            (),
            "not-a-rule",
            N_("the file holds no rule: {value}"),
            N_("begin with id:, title:, basis:, owner:, in_force:, on:, benefit:"),
            value=shorten_quote(document.text),
        )
    elif "cap" in document.value:
        _read_cap(loading, document)
    elif "adapts" in document.value:
        adaptation = _validated(document, AdaptationDefinition)
        if adaptation is not None and not document.findings:
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
        document.add_finding(
            ("cap",),
            "same-cap",
            N_("the cap {cap} stands in {first} already"),
            N_("put the new amount into that file, with its from:"),
            params={"cap": cap.cap, "first": first},
        )
    else:
        loading.caps[cap.cap] = (cap, document)


def _read_rule(loading: LoadingState, document: YamlDocument) -> None:
    definition = _validated(document, RuleDefinition)
    expressions = read_rule_expressions(document, definition, loading.tables)
    faulty = document.failed or any(finding.severity == "error" for finding in document.findings)
    if definition is None or faulty:
        loading.faulty |= _id_in(document)
    else:
        loading.known.append(definition)
        rule = loading.amend.rule(compile_rule(definition, expressions, document.file))
        if rule is not None:
            loading.rules.append((rule, document))


def _id_in(document: YamlDocument) -> set[str]:
    stated = document.value.get("id") if isinstance(document.value, dict) else None
    return {stated} if isinstance(stated, str) else set()


def _validated(document: YamlDocument, model: type[Definition]) -> Definition | None:
    try:
        return model.model_validate(document.value)
    except ValidationError as error:
        add_validation_findings(document, error, model)
        return None

"""Makes a library of the texts of rule and cap files: all of it, or nothing and every finding."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from pydantic import ValidationError

from rules.engine.decision_table import is_table
from rules.engine.library import Library, library_of
from rules.engine.rule import Rule, compile_rule
from rules.finding import Finding, RuleFaults, shortened
from rules.loading.statements import read_expressions
from rules.model.cap import CapDefinition
from rules.model.definition import RuleDefinition
from rules.overrides.ending import Amend, AmendAdaptation, adaptation_as_written, as_written
from rules.overrides.file import AdaptationDefinition
from rules.overrides.merging import Adaptation, Layer, layers_of
from rules.overrides.reading import read_layers
from rules.proofs import prove
from rules.yaml.complaints import complain
from rules.yaml.document import YamlDocument
from rules.yaml.wording import Document
from rules.yaml.yaml_text import read_document

N_ = str  # marks a text for the message catalogue

Definition = TypeVar("Definition", bound=Document)


def load_library(
    files: Sequence[tuple[str, str]],
    amend: Amend = as_written,
    amend_adaptation: AmendAdaptation = adaptation_as_written,
) -> Library:
    """The library that the texts make; each file is its name and its text, one rule, cap or (``.json``)
    decision table in each.

    ``amend`` may end a rule earlier than its file says, or leave it out; so may ``amend_adaptation``.

    Raises: RuleFaults with every finding of every file; a warning alone raises nothing.
    """
    library, findings = _load(files, Amends(amend, amend_adaptation))
    if library is None:
        raise RuleFaults(findings)
    return library


def lint(
    files: Sequence[tuple[str, str]],
    amend: Amend = as_written,
    budgets: Mapping[str, int] | None = None,
    others: Sequence[RuleDefinition] = (),
    amend_adaptation: AmendAdaptation = adaptation_as_written,
) -> tuple[Finding, ...]:
    """All findings, warnings among them, ordered by file and line, and all that can be proven.

    ``budgets``, in fen by id, are held against the quotas of the rules that they pay. ``others`` are rules
    of other files on which these may depend.
    """
    from rules.linting import examine  # those who only read rules don't pay for proofs

    beside: list[Loading] = []

    def prove_more(loading: Loading) -> None:
        beside.append(loading)  # the first holds all files, those after it a merged rule alone
        examine(
            loading.rules,
            {name: cap for name, (cap, _) in loading.caps.items()},
            loading.tables,
            budgets or {},
            [*others, *beside[0].known],
            beside[0].faulty,
        )

    return _load(files, Amends(amend, amend_adaptation), prove_more)[1]


def layers_in(
    files: Sequence[tuple[str, str]],
    amend: Amend = as_written,
    amend_adaptation: AmendAdaptation = adaptation_as_written,
) -> tuple[Layer, ...]:
    """The rules as stated and as lower levels adapted them, each line with where it was read.

    Raises: RuleFaults as ``load_library``.
    """
    seen: list[Loading] = []
    library, findings = _load(files, Amends(amend, amend_adaptation), seen.append)
    if library is None:
        raise RuleFaults(findings)
    return tuple(seen[0].layers)  # the first: those after it are merged rules, read alone


class Amends(NamedTuple):
    """What is made of what is read."""

    rule: Amend = as_written
    adaptation: AmendAdaptation = adaptation_as_written


@dataclass(slots=True)
class Loading:
    """What has been read so far."""

    amend: Amends = field(default_factory=Amends)
    rules: list[tuple[Rule, YamlDocument]] = field(default_factory=list)
    caps: dict[str, tuple[CapDefinition, YamlDocument]] = field(default_factory=dict)
    known: list[RuleDefinition] = field(default_factory=list)  # as their files say, whatever becomes of them
    faulty: set[str] = field(default_factory=set)
    adaptations: list[Adaptation] = field(default_factory=list)
    layers: list[Layer] = field(default_factory=list)
    tables: Mapping[str, YamlDocument] = field(default_factory=dict)


def _load(
    files: Sequence[tuple[str, str]], amend: Amends, also: Callable[[Loading], None] = lambda _: None
) -> tuple[Library | None, tuple[Finding, ...]]:
    documents = [read_document(name, text) for name, text in sorted(files)]
    tables = {document.file: document for document in documents if is_table(document.file)}
    loading = Loading(amend, tables=tables)
    for document in documents:
        if document.file not in tables:
            _read(loading, document)
    prove([*loading.rules], dict(loading.caps))
    also(loading)
    merged = _adapt(loading, also)
    ordered = tuple(finding for document in documents for finding in document.told())
    if any(finding.severity == "error" for finding in ordered):
        return None, ordered
    caps = [cap for cap, _ in loading.caps.values()]
    return library_of([*(rule for rule, _ in loading.rules), *merged], caps, ordered), ordered


def _adapt(loading: Loading, also: Callable[[Loading], None]) -> list[Rule]:
    """The rules that lower levels made of others: read, and looked at, like any other."""

    def read(document: YamlDocument) -> Rule | None:
        alone = Loading(caps=loading.caps, tables=loading.tables)
        _read_rule(alone, document)
        prove([*alone.rules], dict(alone.caps))
        also(alone)
        return alone.rules[0][0] if alone.rules else None

    stated = [(rule.definition, document) for rule, document in loading.rules]
    loading.layers = layers_of(stated, loading.adaptations, loading.known, loading.faulty)
    return read_layers(loading.layers, read)


def _read(loading: Loading, document: YamlDocument) -> None:
    if document.value is None and document.findings:
        return  # nothing could be read
    if not isinstance(document.value, dict):
        document.find(
            (),
            "not-a-rule",
            N_("the file holds no rule: {value}"),
            N_("begin with id:, title:, basis:, owner:, in_force:, on:, benefit:"),
            value=shortened(document.text),
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


def _read_cap(loading: Loading, document: YamlDocument) -> None:
    cap = _validated(document, CapDefinition)
    if cap is None:
        return
    if cap.cap in loading.caps:
        first = loading.caps[cap.cap][1].file
        document.find(
            ("cap",),
            "same-cap",
            N_("the cap {cap} stands in {first} already"),
            N_("put the new amount into that file, with its from:"),
            params={"cap": cap.cap, "first": first},
        )
    else:
        loading.caps[cap.cap] = (cap, document)


def _read_rule(loading: Loading, document: YamlDocument) -> None:
    definition = _validated(document, RuleDefinition)
    expressions = read_expressions(document, definition, loading.tables)
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
        complain(document, error, model)
        return None

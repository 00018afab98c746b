"""Makes a library of the texts of rule and cap files: all of it, or nothing and every finding."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TypeVar

from pydantic import ValidationError

from rules.adaptation_file import AdaptationDefinition
from rules.adapting import read_layers
from rules.cap import CapDefinition
from rules.complaints import complain
from rules.definition import RuleDefinition
from rules.document import Path, YamlDocument
from rules.ending import Amend, as_written
from rules.expression import Expression, read_condition
from rules.facts import EVENTS, Fact
from rules.finding import Finding, RuleFaults, shortened
from rules.library import Library, library_of
from rules.merging import Adaptation, Layer, layers_of
from rules.proofs import prove
from rules.rule import PER_MEMBER, Rule, compile_rule
from rules.wording import Document
from rules.yaml_text import read_document

N_ = str  # marks a text for the message catalogue

Definition = TypeVar("Definition", bound=Document)


def load_library(files: Sequence[tuple[str, str]], amend: Amend = as_written) -> Library:
    """The library that the texts make; each file is its name and its text, one rule or cap in each.

    ``amend`` may end a rule earlier than its file says, or leave it out.

    Raises: RuleFaults with every finding of every file; a warning alone raises nothing.
    """
    library, findings = _load(files, amend)
    if library is None:
        raise RuleFaults(findings)
    return library


def lint(
    files: Sequence[tuple[str, str]], amend: Amend = as_written, budgets: Mapping[str, int] | None = None
) -> tuple[Finding, ...]:
    """All findings, warnings among them, ordered by file and line, and all that can be proven.

    ``budgets``, in fen by id, are held against the quotas of the rules that they pay.
    """
    from rules.linting import examine  # those who only read rules don't pay for proofs

    def prove_more(loading: "Loading") -> None:
        examine(
            [(rule.definition, document) for rule, document in loading.rules],
            {name: cap for name, (cap, _) in loading.caps.items()},
            budgets or {},
        )

    return _load(files, amend, prove_more)[1]


def layers_in(files: Sequence[tuple[str, str]], amend: Amend = as_written) -> tuple[Layer, ...]:
    """The rules as stated and as lower levels adapted them, each line with where it was read.

    Raises: RuleFaults as ``load_library``.
    """
    seen: list[Loading] = []
    library, findings = _load(files, amend, seen.append)
    if library is None:
        raise RuleFaults(findings)
    return tuple(seen[0].layers)  # the first: those after it are merged rules, read alone


@dataclass(slots=True)
class Loading:
    """What has been read so far."""

    amend: Amend
    rules: list[tuple[Rule, YamlDocument]] = field(default_factory=list)
    caps: dict[str, tuple[CapDefinition, YamlDocument]] = field(default_factory=dict)
    known: list[RuleDefinition] = field(default_factory=list)  # as their files say, whatever becomes of them
    faulty: set[str] = field(default_factory=set)
    adaptations: list[Adaptation] = field(default_factory=list)
    layers: list[Layer] = field(default_factory=list)


def _load(
    files: Sequence[tuple[str, str]], amend: Amend, also: Callable[[Loading], None] = lambda _: None
) -> tuple[Library | None, tuple[Finding, ...]]:
    loading = Loading(amend)
    documents = [read_document(name, text) for name, text in sorted(files)]
    for document in documents:
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
        alone = Loading(as_written, caps=loading.caps)
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
            loading.adaptations.append((adaptation, document))
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
    expressions = _expressions(document)
    if definition is not None and definition.process is not None:
        expressions |= _process_expressions(document, definition)
    faulty = any(finding.severity == "error" for finding in document.findings)
    if definition is None or faulty:
        loading.faulty |= _id_in(document)
    else:
        loading.known.append(definition)
        rule = loading.amend(compile_rule(definition, expressions, document.file))
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


def _expressions(document: YamlDocument) -> dict[str, Expression]:
    """The sound expressions of a rule by text; looked at even where the rest of the file is faulty."""
    facts = _facts(document)
    if facts is None:
        return {}
    sound = _read_texts(document, _texts(document.value, ()), facts)
    _limit_facts(document, facts)
    return sound


def _read_texts(
    document: YamlDocument, texts: Iterable[tuple[Path, str]], facts: "dict[str, Fact]"
) -> dict[str, Expression]:
    """The sound ones among some expressions; the flaws of the others are told where they stand."""
    sound = {}
    for path, text in texts:
        expression, flaws = read_condition(text, facts)
        if expression is not None:
            sound[text] = expression
        for flaw in flaws:
            document.find(
                path,
                flaw.code,
                flaw.message,
                flaw.remedy,
                why=flaw.why,
                params=flaw.params,
                terms=flaw.terms,
                severity=flaw.severity,
                place=document.inside(path, flaw.place),
                value=flaw.value or None,
            )
    return sound


def _process_expressions(document: YamlDocument, definition: RuleDefinition) -> dict[str, Expression]:
    """The expressions that a process comes to; they are ours, and sound wherever applications are."""
    if not definition.on.startswith("application."):
        document.find(
            ("process",),
            "process-event",
            N_("process: goes with an application.* event, this rule reacts to {event}"),
            N_("write on: application.confirmed"),
            why=N_("Only an application has attachments, reviews and a public notice."),
            params={"event": definition.on[:80]},
        )
        return {}
    facts = dict(EVENTS.get(definition.on, {}))  # an event that there isn't is told already
    texts = [definition.whom, *(condition.that for condition in definition.preconditions)]
    return _read_texts(document, ((("process",), text) for text in texts if text), facts)


def _facts(document: YamlDocument) -> "dict[str, Fact] | None":
    assert isinstance(document.value, dict)
    on = document.value.get("on")
    if not isinstance(on, str):
        return None  # the missing or wrong key is told by the model
    if on in EVENTS:
        return dict(EVENTS[on])
    close = get_close_matches(on[:80], EVENTS, 1, 0.6)
    document.find(
        ("on",),
        "unknown-event",
        N_("there is no event {event}"),
        N_("did you mean {suggestion}?") if close else N_("use one of: {events}"),
        params={"event": on[:80], "suggestion": (close or [""])[0], "events": ", ".join(EVENTS)},
    )
    return None


def _texts(value: object, path: Path) -> Iterator[tuple[Path, str]]:
    """Every expression of a document: what stands under among, that and when."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, str) and key in ("among", "that", "when"):
                yield (*path, key), inner
            else:
                yield from _texts(inner, (*path, key))
    elif isinstance(value, tuple):
        for index, inner in enumerate(value):
            yield from _texts(inner, (*path, index))


def _limit_facts(document: YamlDocument, facts: "dict[str, Fact]") -> None:
    limit = document.value.get("limit") if isinstance(document.value, dict) else None
    per = limit.get("per") if isinstance(limit, dict) else None
    for index, name in enumerate(per[:10] if isinstance(per, tuple) else ()):  # more are refused anyway
        if not isinstance(name, str) or name == PER_MEMBER:
            continue
        path = ("limit", "per", index)
        if name not in facts:
            close = get_close_matches(name[:80], [PER_MEMBER, *facts], 1, 0.6)
            document.find(
                path,
                "unknown-fact",
                N_("there is no fact {path} for this event"),
                N_("did you mean {suggestion}?") if close else N_("write member, or a fact of the event"),
                params={"path": name[:80], "suggestion": (close or [""])[0]},
            )
        elif facts[name].personal == "sensitive":
            document.find(
                path,
                "sensitive-limit",
                N_("{path} is sensitive and can't stand in a limit"),
                N_("use member, or another fact"),
                why=N_("The key of a limit is written into the ledger."),
                params={"path": name},
            )

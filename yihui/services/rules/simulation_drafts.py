"""Load the drafts of a simulation: read and check them beside the rules in force, and vary a parameter."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from core.yaml.document import DocumentPath as PlaceIn
from core.yaml.document import YamlDocument
from rules import CapDefinition, Parameter, Rule, RuleLibrary, load_library
from rules.model.period import build_span
from rules.yaml.rule_text import parse_rule_document
from yihui.bootstrap import Wiring
from yihui.services.rules.documents import read_rule_file
from yihui.services.rules.draft_amendment import DraftAmendment
from yihui.services.rules.rules import list_rule_paths
from yihui.services.rules.sources import RuleSources, read_rule_sources

DraftTexts = Sequence[tuple[str, str]]
"""The names and texts of drafts and of their tables."""
MAX_WHAT_IF_VALUES = 60
_RANGE = re.compile(r"(-?[0-9]{1,15})\.\.(-?[0-9]{1,15})(?::([0-9]{1,15}))?")
_CAP = re.compile(r"(?m)^cap: *([a-z0-9-]+)")
_NAME = re.compile(r"(?:([a-z0-9-]+)\.)?([a-z][a-z0-9_]*)")
WHAT_IF_OPTION = "--what-if"

SIMULATION_DRAFT_FAULTS = FaultTable(
    "simulation_draft",
    {
        "beyond_bounds": (
            N_("{name} can't be {value}: the draft allows {least} to {most}"),
            N_("try values in between, or change least: and most: in the draft"),
        ),
        "no_rule": (N_("there is no rule in {value}"), N_("name the file of a draft: one rule in each file")),
        "foreign_id": (
            N_(
                "the id {value} belongs to a rule of {owner} that is in force, “{title}”; the draft's owner is {own}"
            ),
            N_("give the draft another id; the same id and owner would make it a new version of that rule"),
        ),
        "unreadable_values": (
            N_("{field} can't be {value}"),
            N_("write a parameter and its values: amount=10000..30000:5000, or amount=10000,20000"),
        ),
        "reversed_range": (
            N_(
                "the range {value} never arrives: it runs from the smaller value to the larger one, by a step above 0"
            ),
            N_("write it like amount=10000..30000:5000"),
        ),
        "too_many_values": (
            N_("{value} are {count} values, at most {most} are tried at once"),
            N_("take a larger step"),
        ),
        "no_parameters": (
            N_("no draft has a parameter {value}; none has any"),
            N_("give the figure a name under parameters: and read it as param.{value}"),
        ),
        "unknown_parameter": (N_("no draft has a parameter {value}"), N_("choose one of {expected}")),
        "ambiguous_parameter": (
            N_("more than one draft has a parameter {value}"),
            N_("choose one of {expected}"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Values to try for one parameter; ``rule`` is needed if several drafts have a parameter of that name."""

    rule: str | None
    parameter: str
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PresentRules:
    """The rules in force that drafts are read beside: their sources and the library."""

    sources: RuleSources
    present: RuleLibrary

    def load_with_drafts(self, texts: Sequence[tuple[str, str]]) -> RuleLibrary:
        """Return the library with the drafts, without the versions they replace.

        *Raises*: RuleFaults.
        """
        names = {name for name, _ in texts}
        caps = {found[1] for _, text in texts for found in _CAP.finditer(text)}
        others = [
            (name, text)
            for name, text in self.sources.texts()
            if name not in names and caps.isdisjoint(found[1] for found in _CAP.finditer(text))
        ]
        beside = DraftAmendment.of_texts(texts, self.sources.amendment())
        return load_library([*others, *texts], beside, beside.adaptation)

    def find_new_rules(self, library: RuleLibrary, texts: Sequence[tuple[str, str]]) -> tuple[Rule, ...]:
        """Return the rules of the drafts, and the lower levels' rules that change with them."""
        names = {name for name, _ in texts}
        there = {(rule.id, rule.definition.owner, rule.hash) for rule in self.present.rules}
        return tuple(
            rule
            for rule in library.rules
            if rule.file in names
            or (rule.is_merged and (rule.id, rule.definition.owner, rule.hash) not in there)
        )


@dataclass(frozen=True, slots=True)
class DraftSet:
    """Valid drafts as written, and once more for each value tried."""

    rules: tuple[Rule, ...]
    caps: Mapping[str, CapDefinition]
    variants: tuple[tuple[Rule, ...], ...] = ()
    values: tuple[int, ...] = ()
    parameter: str | None = None
    unit: str | None = None


def parse_what_if(text: str) -> WhatIf:
    """Parse ``amount=10000..30000:5000`` or ``amount=10000,20000``. *Raises*: FaultError."""
    name, _, said = text.partition("=")
    named = _NAME.fullmatch(name.strip().removeprefix("param."))
    if named is None or not said:
        raise FaultError(SIMULATION_DRAFT_FAULTS.build("unreadable_values", field=WHAT_IF_OPTION, value=text))
    return WhatIf(named[1], named[2], _values(text, said.strip()))


def _values(text: str, said: str) -> tuple[int, ...]:
    ranged = _RANGE.fullmatch(said)
    if ranged is None:
        parts = said.split(",")
        if len(parts) > MAX_WHAT_IF_VALUES:
            raise FaultError(
                SIMULATION_DRAFT_FAULTS.build(
                    "too_many_values",
                    field=WHAT_IF_OPTION,
                    value=text,
                    count=f"{len(parts):,}",
                    most=MAX_WHAT_IF_VALUES,
                )
            )
        if not all(re.fullmatch(r"-?[0-9]{1,15}", part.strip()) for part in parts):
            raise FaultError(
                SIMULATION_DRAFT_FAULTS.build("unreadable_values", field=WHAT_IF_OPTION, value=text)
            )
        return tuple(dict.fromkeys(int(part) for part in parts))
    first, last, step = int(ranged[1]), int(ranged[2]), int(ranged[3] or 1)
    if step == 0 or last < first:
        raise FaultError(SIMULATION_DRAFT_FAULTS.build("reversed_range", field=WHAT_IF_OPTION, value=text))
    count = (last - first) // step + 1
    if count > MAX_WHAT_IF_VALUES:
        raise FaultError(
            SIMULATION_DRAFT_FAULTS.build(
                "too_many_values",
                field=WHAT_IF_OPTION,
                value=text,
                count=f"{count:,}",
                most=MAX_WHAT_IF_VALUES,
            )
        )
    return tuple(range(first, last + 1, step))


def read_drafts(paths: Sequence[Path], around: PresentRules, what_if: WhatIf | None = None) -> DraftSet:
    """Return the rules of the draft files, checked beside all rules in force. No draft comes into force.

    *Raises*: RuleFaults with every finding; FaultError for a draft that conflicts with a rule in force,
    or a parameter that no draft has; OSError.
    """
    return load_drafts(read_draft_texts(paths), around, what_if)


def load_drafts(texts: DraftTexts, around: PresentRules, what_if: WhatIf | None = None) -> DraftSet:
    """Return the rules of drafts given as texts, as ``read_drafts`` does. *Raises*: RuleFaults; FaultError."""
    library, rules = _load_checked(texts, around)
    if what_if is None:
        return DraftSet(rules, library.caps)
    changes = _changes(texts, what_if, rules)
    variants = tuple(
        around.find_new_rules(around.load_with_drafts(changed), changed) for changed in changes.texts
    )
    return DraftSet(rules, library.caps, variants, what_if.values, changes.name, changes.unit)


def check_drafts(texts: DraftTexts, around: PresentRules, what_if: WhatIf | None = None) -> None:
    """Check drafts and the values to try, without loading the rules for each value.

    *Raises*: RuleFaults; FaultError.
    """
    _, rules = _load_checked(texts, around)
    if what_if is not None:
        _changes(texts, what_if, rules)


def _load_checked(texts: DraftTexts, around: PresentRules) -> tuple[RuleLibrary, tuple[Rule, ...]]:
    library = around.load_with_drafts(texts)
    rules = around.find_new_rules(library, texts)
    if not rules:
        names = ", ".join(name for name, _ in texts)
        raise FaultError(SIMULATION_DRAFT_FAULTS.build("no_rule", field="DRAFT", value=names))
    _refuse_foreign_ids(rules, around.present)
    return library, rules


def load_present_rules(reading: Wiring) -> PresentRules:
    """Return the rules in force now, and their sources."""
    sources = read_rule_sources(reading)
    return PresentRules(sources, sources.load_library())


def backdate_drafts(drafts: DraftSet, first: date) -> DraftSet:
    """Return the drafts as if they had been in force since a day, to replay last year's events under them."""

    def earlier(rules: Sequence[Rule]) -> tuple[Rule, ...]:
        return tuple(_since(rule, first) for rule in rules)

    return replace(drafts, rules=earlier(drafts.rules), variants=tuple(map(earlier, drafts.variants)))


def _since(rule: Rule, first: date) -> Rule:
    span = rule.definition.in_force
    if span.since <= first and span.until is None:
        return rule
    return rule.during(build_span(min(first, span.since), None))


def read_draft_texts(paths: Sequence[Path]) -> list[tuple[str, str]]:
    """Read the draft files and the tables that they name. *Raises*: RuleFaults, FaultError, OSError."""
    files = [
        file
        for path in paths
        for file in list_rule_paths(path)
        if not path.is_dir() or file.suffix != ".json"
    ]
    return list(dict.fromkeys(pair for file in files for pair in read_rule_file(file).texts()))


def _refuse_foreign_ids(rules: Sequence[Rule], present: RuleLibrary) -> None:
    """Refuse a draft with the id of another owner's rule, because it would silently replace that rule."""
    faults = [
        SIMULATION_DRAFT_FAULTS.build(
            "foreign_id",
            file=rule.file,
            field="id",
            value=rule.id,
            owner=other.definition.owner,
            title=other.definition.title,
            own=rule.definition.owner,
        )
        for rule in rules
        for other in present.versions(rule.id)[:1]
        if not rule.is_merged and other.definition.owner != rule.definition.owner
    ]
    if faults:
        raise FaultError(faults)


@dataclass(frozen=True, slots=True)
class _Changes:
    """The texts of all files, one set for each value."""

    name: str
    unit: str | None
    texts: tuple[list[tuple[str, str]], ...]


def _changes(texts: Sequence[tuple[str, str]], what_if: WhatIf, rules: Sequence[Rule]) -> _Changes:
    """Write each value into the file where the parameter's value stands."""
    found, offered = [], []
    read = dict(texts)
    drafts = {
        rule.file: rule for rule in rules if rule.file in read
    }  # other rules change only through a draft
    for rule in drafts.values():
        text = read[rule.file]
        document = parse_rule_document(rule.file, text)
        key, path = _value_location(document, what_if.parameter)
        named = document.value.get(key) if isinstance(document.value, dict) else None
        offered += [f"{rule.id}.{name}" for name in named] if isinstance(named, dict) else []
        if path in document.spots and what_if.rule in (None, rule.id):
            unit = rule.definition.parameters[what_if.parameter].unit
            found.append((rule, text, document.spots[path], unit))
    if not found:
        raise FaultError([_no_parameter(what_if, offered)])
    if len(found) > 1:
        raise FaultError(
            SIMULATION_DRAFT_FAULTS.build(
                "ambiguous_parameter",
                field=WHAT_IF_OPTION,
                value=what_if.parameter,
                expected=", ".join([f"{rule.id}.{what_if.parameter}" for rule, *_ in found]),
            )
        )
    rule, text, spot, unit = found[0]
    _refuse_beyond(what_if, rule.definition.parameters[what_if.parameter])
    changed = tuple(
        [(n, f"{text[: spot.start]}{value}{text[spot.end :]}" if n == rule.file else t) for n, t in texts]
        for value in what_if.values
    )
    return _Changes(f"{rule.id}.{what_if.parameter}", unit, changed)


def _refuse_beyond(what_if: WhatIf, parameter: Parameter) -> None:
    """Refuse values that the rule itself forbids. *Raises*: FaultError."""
    least, most = parameter.least, parameter.most
    beyond = [str(v) for v in what_if.values if type(parameter.value) is int and not parameter.allows(v)]
    if not beyond:
        return
    fault = SIMULATION_DRAFT_FAULTS.build(
        "beyond_bounds",
        field=WHAT_IF_OPTION,
        value=", ".join(beyond[:3]),
        name=what_if.parameter,
        least="…" if least is None else str(least),
        most="…" if most is None else str(most),
    )
    raise FaultError([fault])


def _value_location(document: YamlDocument, parameter: str) -> tuple[str, PlaceIn]:
    """Return the key and path of a parameter's value: a rule states it, an adaptation sets it."""
    if isinstance(document.value, dict) and "adapts" in document.value:
        return "set", ("set", parameter)
    return "parameters", ("parameters", parameter, "value")


def _no_parameter(what_if: WhatIf, offered: Sequence[str]) -> Fault:
    name = f"{what_if.rule}.{what_if.parameter}" if what_if.rule else what_if.parameter
    if not offered:
        return SIMULATION_DRAFT_FAULTS.build("no_parameters", field=WHAT_IF_OPTION, value=name)
    return SIMULATION_DRAFT_FAULTS.build(
        "unknown_parameter", field=WHAT_IF_OPTION, value=name, expected=", ".join(offered)
    )

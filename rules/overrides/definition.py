"""A file that adapts a higher level's rule, within what that rule allows, and amendments that end either early."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated

from pydantic import Field

from core.faults import Fault
from core.source_text import shorten_quote
from core.text_marks import N_
from core.yaml.document import DocumentPath, YamlDocument
from rules.engine.rule import Rule
from rules.faults import build_unknown_name_fault, rule_fault_table
from rules.model.definition import Requirement, RuleDefinition
from rules.model.figures import Basis, Parameter, ParameterValue
from rules.model.period import Span
from rules.model.terms import LowerLevels
from rules.yaml.wording import NonEmptyText, ParameterName, SlugName, StrictFileModel, TerritoryCode

_WHY = N_("A lower level changes only what the rule above leaves to it (lower_levels:).")
_ASK = N_("leave it out, or ask {owner} to allow it in its rule")
_FAULTS = rule_fault_table(
    {
        "may-not-require": (N_("{rule} doesn't let lower levels add conditions"), _ASK, _WHY),
        "nothing-adapted": (
            N_("the adaptation changes nothing"),
            N_("add set:, require: or top_up:, or delete the file"),
            _WHY,
        ),
        "unknown-parameter": (N_("{rule} has no parameter {name}"), N_("set one of: {names}"), _WHY),
        "may-not-set": (N_("{rule} doesn't let lower levels set {name} ({title})"), _ASK, _WHY),
        "other-kind": (
            N_("{set} is another kind of value than {now}, which {title} has above"),
            N_("write the same kind of value"),
            _WHY,
        ),
        "beyond-bounds": (
            N_("{title} may be {least} to {most}, this is {set}"),
            N_("choose a value from {least} to {most}"),
            _WHY,
        ),
        "may-not-top-up": (N_("{rule} leaves nothing to be added to its amount"), _ASK, _WHY),
        "beyond-top-up": (
            N_("{amount} fen are added, {rule} leaves {most} fen to be added here"),
            N_("add at most {most}"),
            _WHY,
        ),
        "passes-on-more": (
            N_("{what} is more than was left to this level"),
            N_("pass on at most what the rule above allows"),
            _WHY,
        ),
    }
)
_FaultAtPath = tuple[DocumentPath, Fault]


class Addition(StrictFileModel):
    """An additional part of the benefit, paid out of the lower level's budget."""

    amount_fen: Annotated[int, Field(ge=1, le=10**12)]
    budget: SlugName
    title: NonEmptyText | None = None


class AdaptationDefinition(StrictFileModel):
    """One adaptation: parameters to set, conditions to add, an amount to add, fewer rights for lower levels.

    Without ``until`` it holds as long as the rule. ``lower_levels`` may only take away from what the
    levels below may do.
    """

    adapts: SlugName
    owner: TerritoryCode
    title: NonEmptyText
    basis: Annotated[tuple[Basis, ...], Field(min_length=1)]
    in_force: Span
    values: Annotated[dict[ParameterName, ParameterValue], Field(max_length=30)] = Field(
        default_factory=dict, alias="set"
    )
    require: Annotated[tuple[Requirement, ...], Field(max_length=20)] = ()
    top_up: Addition | None = None
    lower_levels: LowerLevels | None = None

    @property
    def id(self) -> str:
        """The id that all its versions share: the rule and the owner (``birthday-cake@370200``)."""
        return f"{self.adapts}@{self.owner}"


class Amendments:
    """End a rule or an adaptation early when it is read; this base class leaves all unchanged."""

    def rule(self, rule: Rule) -> Rule | None:
        """Return what holds of a rule; None if it never holds."""
        return rule

    def adaptation(self, adaptation: AdaptationDefinition, file: str) -> AdaptationDefinition | None:
        """Return what holds of the adaptation in a file; None if it never holds."""
        return adaptation


def end_rule_on(rule: Rule, last_day: date) -> Rule | None:
    """Return the version ending on ``last_day``, or None if the version begins after that day.

    The programme span stays, so that limits and quotas by programme period continue to count.
    """
    span = rule.definition.in_force.ending_on(last_day)
    if span is None or span is rule.definition.in_force:
        return rule if span else None
    return rule.during(span)


def end_adaptation_on(adaptation: AdaptationDefinition, last_day: date) -> AdaptationDefinition | None:
    """Return the adaptation ending on ``last_day``, or None if it begins after that day."""
    span = adaptation.in_force.ending_on(last_day)
    return None if span is None else adaptation.model_copy(update={"in_force": span})


def report_forbidden_changes(
    adaptation: AdaptationDefinition, document: YamlDocument, above: RuleDefinition
) -> bool:
    """Add a fault to the adaptation's document for each forbidden change; return whether there is any.

    Each is added once, even if it concerns several versions of the rule.
    """
    found = list(_forbidden_changes(adaptation, above, above.lower_levels or LowerLevels()))
    for path, fault in found:
        reported = {(other.row, other.column, other.short_code) for other in document.faults}
        if (*document.place(path), fault.short_code) not in reported:
            document.add_fault(path, fault)
    return bool(found)


def _forbidden_changes(
    adaptation: AdaptationDefinition, above: RuleDefinition, levels: LowerLevels
) -> Iterator[_FaultAtPath]:
    for name, value in adaptation.values.items():
        fault = _value_fault(name, value, above, levels)
        if fault:
            yield ("set", name), fault
    if adaptation.require and not levels.may_require:
        yield ("require",), _FAULTS.build("may-not-require", rule=above.id, owner=above.owner)
    yield from _top_up(adaptation, above, levels)
    for path, what in _passed_on(adaptation, levels):
        yield ("lower_levels", *path), _FAULTS.build("passes-on-more", what=what)
    if not (adaptation.values or adaptation.require or adaptation.top_up or adaptation.lower_levels):
        yield ("adapts",), _FAULTS.build("nothing-adapted")


def _value_fault(
    name: str, value: ParameterValue, above: RuleDefinition, levels: LowerLevels
) -> Fault | None:
    parameter = above.parameters.get(name)
    if parameter is None:
        params = {"rule": above.id, "name": name, "names": ", ".join(levels.may_set)}
        return build_unknown_name_fault(_FAULTS, "unknown-parameter", name, above.parameters, **params)
    if name not in levels.may_set:
        return _FAULTS.build(
            "may-not-set", rule=above.id, owner=above.owner, name=name, title=parameter.title
        )
    return None if parameter.allows(value) else _not_allowed(value, parameter)


def _not_allowed(value: ParameterValue, parameter: Parameter) -> Fault:
    quote = shorten_quote(str(value))
    if type(value) is not type(parameter.value):
        now = shorten_quote(str(parameter.value))
        return _FAULTS.build("other-kind", title=parameter.title, set=quote, now=now)
    least, most = ("…" if bound is None else bound for bound in (parameter.least, parameter.most))
    return _FAULTS.build("beyond-bounds", title=parameter.title, set=quote, least=least, most=most)


def _top_up(
    adaptation: AdaptationDefinition, above: RuleDefinition, levels: LowerLevels
) -> Iterator[_FaultAtPath]:
    if adaptation.top_up is None:
        return
    amount_fen = adaptation.top_up.amount_fen
    if levels.may_top_up is None:
        yield ("top_up",), _FAULTS.build("may-not-top-up", rule=above.id, owner=above.owner)
    elif amount_fen > levels.may_top_up.most_fen:
        most = levels.may_top_up.most_fen
        fault = _FAULTS.build("beyond-top-up", amount=amount_fen, rule=above.id, most=most)
        yield ("top_up", "amount_fen"), fault


def _passed_on(adaptation: AdaptationDefinition, levels: LowerLevels) -> Iterator[tuple[DocumentPath, str]]:
    """Yield each right that the adaptation passes on without having it itself."""
    passed = adaptation.lower_levels
    if passed is None:
        return
    for index, name in enumerate(passed.may_set):
        if name not in levels.may_set:
            yield ("may_set", index), name
    if passed.may_require and not levels.may_require:
        yield ("may_require",), "may_require"
    if passed.may_top_up is not None:
        used_fen = adaptation.top_up.amount_fen if adaptation.top_up else 0
        left_fen = (levels.may_top_up.most_fen if levels.may_top_up else 0) - used_fen
        if passed.may_top_up.most_fen > left_fen:
            yield ("may_top_up", "most_fen"), str(passed.may_top_up.most_fen)

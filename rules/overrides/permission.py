"""Check that an adaptation stays within what the rule above allows."""

from collections.abc import Iterator
from difflib import get_close_matches

from core.text_marks import N_
from rules.finding import shorten_quote
from rules.model.adaptation import LowerLevels
from rules.model.definition import RuleDefinition
from rules.model.parameter import Parameter, ParameterValue
from rules.overrides.file import AdaptationDefinition
from rules.yaml.document import DocumentPath, YamlDocument

_WHY = N_("A lower level changes only what the rule above leaves to it (lower_levels:).")
_ASK = N_("leave it out, or ask {owner} to allow it in its rule")


class _Judge:
    """Add each fault once, even if it concerns several versions of the rule."""

    def __init__(self, document: YamlDocument) -> None:
        self._document = document
        self.faults = 0

    def add_fault(self, path: DocumentPath, code: str, message: str, remedy: str, **params: str) -> None:
        self.faults += 1
        field = self._document.place(path)
        told = {(found.line, found.column, found.code) for found in self._document.findings}
        if (field.line, field.column, code) not in told:
            self._document.add_finding(path, code, message, remedy, why=_WHY, params=params)


def report_forbidden_changes(
    adaptation: AdaptationDefinition, document: YamlDocument, above: RuleDefinition
) -> bool:
    """Add a finding to the adaptation's document for each forbidden change; return whether there is any."""
    judge = _Judge(document)
    levels = above.lower_levels or LowerLevels()
    for name, value in adaptation.values.items():
        _value(judge, name, value, above, levels)
    if adaptation.require and not levels.may_require:
        message = N_("{rule} doesn't let lower levels add conditions")
        judge.add_fault(("require",), "may-not-require", message, _ASK, rule=above.id, owner=above.owner)
    _top_up(judge, adaptation, above, levels)
    _passed_on(judge, adaptation, levels)
    if not (adaptation.values or adaptation.require or adaptation.top_up or adaptation.lower_levels):
        remedy = N_("add set:, require: or top_up:, or delete the file")
        judge.add_fault(("adapts",), "nothing-adapted", N_("the adaptation changes nothing"), remedy)
    return judge.faults > 0


def _value(
    judge: _Judge, name: str, value: ParameterValue, above: RuleDefinition, levels: LowerLevels
) -> None:
    path: DocumentPath = ("set", name)
    parameter = above.parameters.get(name)
    if parameter is None:
        close = get_close_matches(name, above.parameters, 1, 0.6)
        remedy = N_("did you mean {suggestion}?") if close else N_("set one of: {names}")
        judge.add_fault(
            path,
            "unknown-parameter",
            N_("{rule} has no parameter {name}"),
            remedy,
            rule=above.id,
            name=name,
            suggestion=(close or [""])[0],
            names=", ".join(levels.may_set),
        )
    elif name not in levels.may_set:
        message = N_("{rule} doesn't let lower levels set {name} ({title})")
        words = {"rule": above.id, "owner": above.owner, "name": name, "title": parameter.title}
        judge.add_fault(path, "may-not-set", message, _ASK, **words)
    elif not parameter.allows(value):
        _not_allowed(judge, path, value, parameter)


def _not_allowed(judge: _Judge, path: DocumentPath, value: ParameterValue, parameter: Parameter) -> None:
    words = {
        "title": parameter.title,
        "set": shorten_quote(str(value)),
        "now": shorten_quote(str(parameter.value)),
    }
    if type(value) is not type(parameter.value):
        message = N_("{set} is another kind of value than {now}, which {title} has above")
        judge.add_fault(path, "other-kind", message, N_("write the same kind of value"), **words)
        return
    bounds = {
        "least": str(parameter.least) if parameter.least is not None else "…",
        "most": str(parameter.most) if parameter.most is not None else "…",
    }
    message = N_("{title} may be {least} to {most}, this is {set}")
    judge.add_fault(
        path, "beyond-bounds", message, N_("choose a value from {least} to {most}"), **words, **bounds
    )


def _top_up(
    judge: _Judge, adaptation: AdaptationDefinition, above: RuleDefinition, levels: LowerLevels
) -> None:
    if adaptation.top_up is None:
        return
    if levels.may_top_up is None:
        message = N_("{rule} leaves nothing to be added to its amount")
        judge.add_fault(("top_up",), "may-not-top-up", message, _ASK, rule=above.id, owner=above.owner)
    elif adaptation.top_up.amount_fen > levels.may_top_up.most_fen:
        most = str(levels.may_top_up.most_fen)
        message = N_("{amount} fen are added, {rule} leaves {most} fen to be added here")
        words = {"amount": str(adaptation.top_up.amount_fen), "rule": above.id, "most": most}
        judge.add_fault(("top_up", "amount_fen"), "beyond-top-up", message, N_("add at most {most}"), **words)


def _passed_on(judge: _Judge, adaptation: AdaptationDefinition, levels: LowerLevels) -> None:
    """Add a finding for each right that the adaptation passes on without having it itself."""
    if adaptation.lower_levels is None:
        return
    for path, what in _excess(adaptation, adaptation.lower_levels, levels):
        message = N_("{what} is more than was left to this level")
        remedy = N_("pass on at most what the rule above allows")
        judge.add_fault(("lower_levels", *path), "passes-on-more", message, remedy, what=what)


def _excess(
    adaptation: AdaptationDefinition, passed: LowerLevels, levels: LowerLevels
) -> Iterator[tuple[DocumentPath, str]]:
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

"""Check names that stand for a value: parameters, and the facts that limits and quotas count by."""

from collections.abc import Callable, Iterator, Mapping

from core.text_marks import N_
from core.yaml.document import DocumentPath, YamlDocument
from rules.engine.rule import PER_MEMBER
from rules.facts import Fact
from rules.faults import build_unknown_name_fault, rule_fault_table
from rules.model.definition import RuleDefinition
from rules.model.period import is_counting_period, is_duration, rolling_days
from rules.yaml.wording import PARAMETER_PREFIX

_LEAST: Mapping[str, int] = {
    "amount_fen": 0,
    "floor_fen": 0,
    "ceiling_fen": 0,
    "to_fen": 1,
    "quantity": 1,
    "uses": 1,
    "times": 1,
    "quota": 1,
    "quotas": 1,
    "places": 1,
    "of": 1,
}
"""Keys whose value is a number that a parameter may hold, and the least that it must be."""


_DURATIONS = frozenset({"within", "expires", "grace"})
_BY_PARAMETER = frozenset({"every", *_DURATIONS})
"""Keys whose value is a text that a parameter may hold."""
_FAULTS = rule_fault_table(
    {
        "rolling-places": (
            N_("places can't be counted over rolling days: {value}"),
            N_("count them by year, quarter, month or programme_period; a limit may roll"),
        ),
        "unknown-parameter": (N_("there is no parameter {value}"), N_("write it under parameters:")),
        "wrong-parameter": (
            N_("the parameter {value} doesn't hold {wanted}"),
            N_("give it another value: under parameters:"),
        ),
        "unknown-fact": (
            N_("there is no fact {path} for this event"),
            N_("write member, or a fact of the event"),
        ),
        "sensitive-limit": (
            N_("{path} is sensitive and can't stand in a limit"),
            N_("use member, or another fact"),
            N_("The key of a limit is written into the ledger."),
        ),
    }
)


def check_parameter_references(document: YamlDocument, definition: RuleDefinition) -> None:
    """Add a fault for every parameter that is missing or whose value is invalid in its place."""
    for path, name in _references(document.value, ()):
        key = _key(path)
        parameter = definition.parameters.get(name)
        if parameter is None:
            meant = N_("did you mean param.{suggestion}?")
            fault = build_unknown_name_fault(
                _FAULTS, "unknown-parameter", name, definition.parameters, meant=meant
            )
            document.add_fault(path, fault)
        elif key == "every":
            _expect(document, path, is_counting_period(parameter.value), N_("a period"))
        elif key in _DURATIONS:
            _expect(document, path, is_duration(parameter.value), N_("a duration such as P30D, P3M or P1Y"))
        else:
            value = parameter.value
            _expect(document, path, type(value) is int and value >= _LEAST[key], N_("such a number"))
    every = definition.allocate.every
    if isinstance(every, str) and every.startswith(PARAMETER_PREFIX):
        held = definition.parameters.get(every.removeprefix(PARAMETER_PREFIX))
        every = str(held.value) if held else ""
    if definition.allocate.mode != "everyone" and rolling_days(every):
        document.add_fault(("allocate", "every"), _FAULTS.build("rolling-places"))


def _references(value: object, path: DocumentPath) -> Iterator[tuple[DocumentPath, str]]:
    """Yield every place where a parameter stands for a number, a period or a duration."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _references(inner, (*path, key))
    elif isinstance(value, tuple):
        for index, inner in enumerate(value):
            yield from _references(inner, (*path, index))
    elif (
        isinstance(value, str)
        and value.startswith(PARAMETER_PREFIX)
        and (_key(path) in _LEAST or path[-1] in _BY_PARAMETER)
    ):
        yield path, value.removeprefix(PARAMETER_PREFIX)


def _key(path: DocumentPath) -> str:
    """Return the key that determines the value's meaning; below ``quotas:`` the keys are codes."""
    return "quotas" if len(path) > 1 and path[-2] == "quotas" else str(path[-1])


def _expect(document: YamlDocument, path: DocumentPath, fits: bool, wanted: str) -> None:
    if not fits:
        document.add_fault(path, _FAULTS.build("wrong-parameter", terms={"wanted": wanted}))


def check_counted_facts(document: YamlDocument, facts: Mapping[str, Fact]) -> None:
    """Add a fault for every fact in a limit's ``per`` or in ``quota_per`` that is invalid there."""
    for path, name in _named(document.value):
        if name == PER_MEMBER and path[0] == "limit":
            continue
        if name not in facts:
            known = [PER_MEMBER, *facts]
            fault = build_unknown_name_fault(_FAULTS, "unknown-fact", name, known, path=name[:80])
            document.add_fault(path, fault)
        elif facts[name].personal == "sensitive" and not _is_pseudonym(name):
            document.add_fault(path, _FAULTS.build("sensitive-limit", path=name))


_is_pseudonym: Callable[[str], bool] = frozenset({"member.household", "event.household"}).__contains__
"""A case file's household is a pseudonym by itself, and what 一户一档 counts by."""


def _named(value: object) -> Iterator[tuple[DocumentPath, str]]:
    """Yield the names under ``per:`` of every limit, and under ``quota_per:``."""
    if not isinstance(value, dict):
        return
    limits, allocate = value.get("limit"), value.get("allocate")
    stated = [limits] if isinstance(limits, dict) else limits if isinstance(limits, tuple) else []
    for number, limit in enumerate(stated[:10]):
        per = limit.get("per") if isinstance(limit, dict) else None
        yield from _items(("limit", number, "per"), per)
    yield from _items(
        ("allocate", "quota_per"), allocate.get("quota_per") if isinstance(allocate, dict) else None
    )


def _items(path: DocumentPath, names: object) -> Iterator[tuple[DocumentPath, str]]:
    for index, name in enumerate(
        names[:10] if isinstance(names, tuple) else ()
    ):  # the model refuses more than ten
        if isinstance(name, str):
            yield (*path, index), name

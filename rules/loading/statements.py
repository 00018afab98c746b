"""Read and validate the expressions of a rule file, and the names that stand for values or are counted by."""

from collections.abc import Iterable, Iterator, Mapping

from core.text_marks import N_
from core.yaml.document import DocumentPath, YamlDocument
from rules.engine.decision_table import find_decision_table, read_decision_table
from rules.engine.rule import PER_MEMBER, RuleExpressions, TableRow
from rules.expressions.expression import Expression, read_expression
from rules.expressions.faults import NO_FACT
from rules.facts import FACTS_BY_EVENT, Fact
from rules.faults import build_unknown_name_fault, rule_fault_table
from rules.model.definition import RuleDefinition
from rules.model.figures import parameter_facts
from rules.model.period import is_counting_period, is_duration, rolling_days
from rules.yaml.wording import PARAMETER_PREFIX

FactsByPath = Mapping[str, Fact]
_CONDITIONS = ("among", "that", "when", "where")
_NUMBERS = ("expression", "rank", "weight")
_FAULTS = rule_fault_table(
    {
        "process-event": (
            N_("process: goes with an application.* event, this rule reacts to {event}"),
            N_("write on: application.confirmed"),
            N_("Only an application has attachments, reviews and a public notice."),
        ),
        "no-such-table": (
            N_("there is no table {value}"),
            N_("put the file beside the rules, under tables/"),
        ),
        "unknown-event": (N_("there is no event {event}"), N_("use one of: {events}")),
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
            NO_FACT,
            N_("write member, or a fact of the event"),
        ),
        "sensitive-limit": (
            N_("{path} is sensitive and can't stand in a limit"),
            N_("use member, or another fact"),
            N_("The key of a limit is written into the ledger."),
        ),
    }
)
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
_PSEUDONYMS = frozenset({"member.household", "event.household"})
"""A case file's household is a pseudonym by itself, and what 一户一档 counts by."""


def read_rule_expressions(
    document: YamlDocument, definition: RuleDefinition | None, tables: Mapping[str, YamlDocument]
) -> RuleExpressions:
    """Return the valid expressions of a rule, even if the rest of the file is faulty; report the others."""
    facts = _facts(document, definition)
    if facts is None:
        return RuleExpressions()
    check_counted_facts(document, facts)
    if definition is not None:
        check_parameter_references(document, definition)
    conditions = _read(document, _iter_texts_under(document, _CONDITIONS), facts, is_number=False)
    numbers = _read(document, _iter_texts_under(document, _NUMBERS), facts, is_number=True)
    if definition is not None:
        conditions |= _of_process(document, definition, facts)
    files = dict(_tables(document, definition, tables, facts)) if definition is not None else {}
    for rows in files.values():
        conditions |= {row.when: _sound(row.when, facts, is_number=False) for row in rows}
        formulas = [row.amount for row in rows if isinstance(row.amount, str)]
        numbers |= {text: _sound(text, facts, is_number=True) for text in formulas}
    return RuleExpressions(conditions, numbers, files)


def _read(
    document: YamlDocument, texts: Iterable[tuple[DocumentPath, str]], facts: FactsByPath, *, is_number: bool
) -> dict[str, Expression]:
    """Return the valid expressions; add the faults of the others to the document."""
    sound = {}
    for path, text in texts:
        expression, faults = read_expression(text, facts, is_number=is_number)
        if expression is not None:
            sound[text] = expression
        document.add_inner_faults(path, faults)
    return sound


def _sound(text: str, facts: FactsByPath, *, is_number: bool) -> Expression:
    expression, _ = read_expression(text, facts, is_number=is_number)
    assert expression is not None, f"{text} was let through by its table"
    return expression


def _of_process(
    document: YamlDocument, definition: RuleDefinition, facts: FactsByPath
) -> dict[str, Expression]:
    """Return the expressions of a process; the product writes them, so they are valid for every application."""
    if definition.process is None:
        return {}
    if not definition.on.startswith("application."):
        document.add_fault(("process",), _FAULTS.build("process-event", event=definition.on[:80]))
        return {}
    texts = [definition.audience_condition, *(condition.that for condition in definition.preconditions)]
    return _read(document, ((("process",), text) for text in texts if text), facts, is_number=False)


def _tables(
    document: YamlDocument, definition: RuleDefinition, tables: Mapping[str, YamlDocument], facts: FactsByPath
) -> Iterator[tuple[str, tuple[TableRow, ...]]]:
    """Yield the rows of every decision table that the rule names."""
    for index, benefit in enumerate(definition.benefits):
        if benefit.table is None or benefit.table.file is None:
            continue
        found = find_decision_table(benefit.table.file, tables)
        if found is None:
            document.add_fault(("benefit", index, "table", "file"), _FAULTS.build("no-such-table"))
        else:
            reported = [*found.faults]
            found.faults.clear()
            rows = read_decision_table(found, facts, pays=benefit.kind in ("cash", "voucher"))
            found.faults[:] = [*reported, *(fault for fault in found.faults if fault not in reported)]
            document.failed |= found.has_errors
            yield benefit.table.file, rows


def _facts(document: YamlDocument, definition: RuleDefinition | None) -> dict[str, Fact] | None:
    assert isinstance(document.value, dict)
    on = document.value.get("on")
    if not isinstance(on, str):
        return None  # the model reports the missing or wrong key
    if on in FACTS_BY_EVENT:
        own = parameter_facts(definition.parameters) if definition is not None else _named(document)
        return {**FACTS_BY_EVENT[on], **own}
    params = {"event": on[:80], "events": ", ".join(FACTS_BY_EVENT)}
    fault = build_unknown_name_fault(_FAULTS, "unknown-event", on, FACTS_BY_EVENT, **params)
    document.add_fault(("on",), fault)
    return None


def _named(document: YamlDocument) -> dict[str, Fact]:
    """Return the valid parameters of a file that has faults elsewhere."""
    from pydantic import TypeAdapter, ValidationError

    from rules.model.figures import Parameter

    stated = document.value.get("parameters") if isinstance(document.value, dict) else None
    found: dict[str, Parameter] = {}
    for name, value in stated.items() if isinstance(stated, dict) else ():
        try:
            found[name] = TypeAdapter(Parameter).validate_python(value)
        except ValidationError:
            continue  # already reported
    return parameter_facts(found)


def _texts(value: object, path: DocumentPath = ()) -> Iterator[tuple[DocumentPath, str]]:
    """Yield every text of a document with its path."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict | tuple):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _texts(inner, (*path, key))


def _iter_texts_under(document: YamlDocument, keys: tuple[str, ...]) -> Iterator[tuple[DocumentPath, str]]:
    return ((path, text) for path, text in _texts(document.value) if path[-1] in keys)


def check_parameter_references(document: YamlDocument, definition: RuleDefinition) -> None:
    """Add a fault for every parameter that is missing or whose value is invalid in its place."""
    for path, name in _references(document):
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


def _references(document: YamlDocument) -> Iterator[tuple[DocumentPath, str]]:
    """Yield every place where a parameter stands for a number, a period or a duration."""
    for path, text in _texts(document.value):
        if text.startswith(PARAMETER_PREFIX) and (_key(path) in _LEAST or path[-1] in _BY_PARAMETER):
            yield path, text.removeprefix(PARAMETER_PREFIX)


def _key(path: DocumentPath) -> str:
    """Return the key that determines the value's meaning; below ``quotas:`` the keys are codes."""
    return "quotas" if len(path) > 1 and path[-2] == "quotas" else str(path[-1])


def _expect(document: YamlDocument, path: DocumentPath, fits: bool, wanted: str) -> None:
    if not fits:
        document.add_fault(path, _FAULTS.build("wrong-parameter", terms={"wanted": wanted}))


def check_counted_facts(document: YamlDocument, facts: Mapping[str, Fact]) -> None:
    """Add a fault for every fact in a limit's ``per`` or in ``quota_per`` that is invalid there."""
    for path, name in _iter_counted_names(document.value):
        if name == PER_MEMBER and path[0] == "limit":
            continue
        if name not in facts:
            known = [PER_MEMBER, *facts]
            fault = build_unknown_name_fault(_FAULTS, "unknown-fact", name, known, path=name[:80])
            document.add_fault(path, fault)
        elif facts[name].personal == "sensitive" and name not in _PSEUDONYMS:
            document.add_fault(path, _FAULTS.build("sensitive-limit", path=name))


def _iter_counted_names(value: object) -> Iterator[tuple[DocumentPath, str]]:
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

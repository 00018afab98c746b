"""Read and validate the expressions and names of a rule file."""

from collections.abc import Iterable, Iterator, Mapping

from core.text_marks import N_
from core.yaml.document import DocumentPath, YamlDocument
from rules.engine.decision_table import find_decision_table, read_decision_table
from rules.engine.rule import RuleExpressions, TableRow
from rules.expressions.expression import Expression, parse_condition, parse_number_expression
from rules.facts import FACTS_BY_EVENT, Fact
from rules.faults import build_unknown_name_fault, rule_fault_table
from rules.loading.references import check_counted_facts, check_parameter_references
from rules.model.definition import RuleDefinition
from rules.model.figures import parameter_facts

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
    }
)


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
    conditions = _read(document, _texts(document.value, (), _CONDITIONS), facts, is_number=False)
    numbers = _read(document, _texts(document.value, (), _NUMBERS), facts, is_number=True)
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
        expression, faults = (
            parse_number_expression(text, facts) if is_number else parse_condition(text, facts)
        )
        if expression is not None:
            sound[text] = expression
        document.add_inner_faults(path, faults)
    return sound


def _sound(text: str, facts: FactsByPath, *, is_number: bool) -> Expression:
    expression, _ = parse_number_expression(text, facts) if is_number else parse_condition(text, facts)
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


def _texts(value: object, path: DocumentPath, keys: tuple[str, ...]) -> Iterator[tuple[DocumentPath, str]]:
    """Yield every text of a document that stands under one of the keys."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, str) and key in keys:
                yield (*path, key), inner
            else:
                yield from _texts(inner, (*path, key), keys)
    elif isinstance(value, tuple):
        for index, inner in enumerate(value):
            yield from _texts(inner, (*path, index), keys)

"""The expressions and names that stand in a rule file, each proven sound or told where it is not."""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches

from rules.engine.decision_table import read_table, table_of
from rules.engine.rule import Expressions, TableRow
from rules.expressions.expression import Expression, read_condition, read_number
from rules.expressions.flaw import Flaw
from rules.facts import EVENTS, Fact
from rules.loading.references import check_names, check_parameters
from rules.model.definition import RuleDefinition
from rules.model.parameter import parameter_facts
from rules.yaml.document import Path, YamlDocument

N_ = str  # marks a text for the message catalogue

Facts = Mapping[str, Fact]
_CONDITIONS = ("among", "that", "when", "where")
_NUMBERS = ("expression", "rank", "weight")


def read_expressions(
    document: YamlDocument, definition: RuleDefinition | None, tables: Mapping[str, YamlDocument]
) -> Expressions:
    """The sound expressions of a rule; looked at even where the rest of the file is faulty."""
    facts = _facts(document, definition)
    if facts is None:
        return Expressions()
    check_names(document, facts)
    if definition is not None:
        check_parameters(document, definition)
    conditions = _read(document, _texts(document.value, (), _CONDITIONS), facts, is_number=False)
    numbers = _read(document, _texts(document.value, (), _NUMBERS), facts, is_number=True)
    if definition is not None:
        conditions |= _of_process(document, definition, facts)
    files = dict(_tables(document, definition, tables, facts)) if definition is not None else {}
    for rows in files.values():
        conditions |= {row.when: _sound(row.when, facts, is_number=False) for row in rows}
        formulas = [row.amount for row in rows if isinstance(row.amount, str)]
        numbers |= {text: _sound(text, facts, is_number=True) for text in formulas}
    return Expressions(conditions, numbers, files)


def _read(
    document: YamlDocument, texts: Iterable[tuple[Path, str]], facts: Facts, *, is_number: bool
) -> dict[str, Expression]:
    """The sound ones among some expressions; the flaws of the others are told where they stand."""
    sound = {}
    for path, text in texts:
        expression, flaws = read_number(text, facts) if is_number else read_condition(text, facts)
        if expression is not None:
            sound[text] = expression
        for flaw in flaws:
            tell(document, path, flaw)
    return sound


def tell(document: YamlDocument, path: Path, flaw: Flaw) -> None:
    """Adds what is wrong within the expression at a path."""
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


def _sound(text: str, facts: Facts, *, is_number: bool) -> Expression:
    expression, _ = read_number(text, facts) if is_number else read_condition(text, facts)
    assert expression is not None, f"{text} was let through by its table"
    return expression


def _of_process(document: YamlDocument, definition: RuleDefinition, facts: Facts) -> dict[str, Expression]:
    """The expressions that a process comes to; they are ours, and sound wherever applications are."""
    if definition.process is None:
        return {}
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
    texts = [definition.whom, *(condition.that for condition in definition.preconditions)]
    return _read(document, ((("process",), text) for text in texts if text), facts, is_number=False)


def _tables(
    document: YamlDocument, definition: RuleDefinition, tables: Mapping[str, YamlDocument], facts: Facts
) -> Iterator[tuple[str, tuple[TableRow, ...]]]:
    """The rows of every decision table that the rule names."""
    for index, benefit in enumerate(definition.benefits):
        if benefit.table is None or benefit.table.file is None:
            continue
        found = table_of(benefit.table.file, tables)
        if found is None:
            document.find(
                ("benefit", index, "table", "file"),
                "no-such-table",
                N_("there is no table {value}"),
                N_("put the file beside the rules, under tables/"),
            )
        else:
            told = [*found.findings]
            found.findings.clear()
            rows = read_table(found, facts, pays=benefit.kind in ("cash", "voucher"))
            told += [finding for finding in found.findings if finding not in told]  # two rules may share it
            found.findings[:] = told
            document.failed |= any(finding.severity == "error" for finding in found.findings)
            yield benefit.table.file, rows


def _facts(document: YamlDocument, definition: RuleDefinition | None) -> dict[str, Fact] | None:
    assert isinstance(document.value, dict)
    on = document.value.get("on")
    if not isinstance(on, str):
        return None  # the missing or wrong key is told by the model
    if on in EVENTS:
        own = parameter_facts(definition.parameters) if definition is not None else _named(document)
        return {**EVENTS[on], **own}
    close = get_close_matches(on[:80], EVENTS, 1, 0.6)
    document.find(
        ("on",),
        "unknown-event",
        N_("there is no event {event}"),
        N_("did you mean {suggestion}?") if close else N_("use one of: {events}"),
        params={"event": on[:80], "suggestion": (close or [""])[0], "events": ", ".join(EVENTS)},
    )
    return None


def _named(document: YamlDocument) -> dict[str, Fact]:
    """The parameters of a file that is faulty elsewhere, as far as they can be made out."""
    from pydantic import TypeAdapter, ValidationError

    from rules.model.parameter import Parameter

    stated = document.value.get("parameters") if isinstance(document.value, dict) else None
    found: dict[str, Parameter] = {}
    for name, value in stated.items() if isinstance(stated, dict) else ():
        try:
            found[name] = TypeAdapter(Parameter).validate_python(value)
        except ValidationError:
            continue  # told already
    return parameter_facts(found)


def _texts(value: object, path: Path, keys: tuple[str, ...]) -> Iterator[tuple[Path, str]]:
    """Every text of a document that stands under one of the keys."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, str) and key in keys:
                yield (*path, key), inner
            else:
                yield from _texts(inner, (*path, key), keys)
    elif isinstance(value, tuple):
        for index, inner in enumerate(value):
            yield from _texts(inner, (*path, index), keys)

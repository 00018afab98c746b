"""Show rules and findings to an officer; a form's findings by titles, without paths or codes."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from itertools import groupby

from core.faults import Fault
from core.text_marks import N_
from rules import FACT_CATALOGUE, KIND_TITLES, Fact, Rule
from yihui.runtime.errors import ErrorLine, fault_line
from yihui.runtime.language import Language
from yihui.services.desk.record_names import NO_NAMES, RecordNames
from yihui.views.condition_words import find_fact, render_condition
from yihui.views.fact_values import format_fact_value
from yihui.views.labels import EVENT_LABELS, code_label
from yihui.views.names import organisation_label
from yihui.views.outcomes import fact_title
from yihui.views.rule_lines import basis_text, benefit_lines, field_line, span_text
from yihui.views.rule_terms import parameter_lines, terms_lines

_PARAMETER_NAME = re.compile(r"\s*\(param\.\w+\)")
_FACT_PATH = re.compile(r"(?<![\w.])(?:member|event|application)\.[a-z_]+")
_EXPRESSION = re.compile(r"(.*?(?:: |：))((?:not |\()*(?:member|event|application)\.[a-z_]+ .*)")
FACT_SOURCE_TITLES = {
    "member": N_("about the member, on every event"),
    "event": N_("about every event"),
    "application": N_("about the application, over all of its steps so far, on application.* events"),
}
PERSONAL_DATA_TITLES = {
    "none": "",
    "personal": N_("personal data"),
    "sensitive": N_("sensitive personal data"),
}
_PATH = r"(?:member|event|application)\.[a-z_]+"
_MEMBER = re.compile(rf"{_PATH}: ")
_MOST_FACTS = 4  # of the member who serves as an example
_STEPS = "application."  # facts of how far an application came
_LINE_NUMBER = re.compile(r"\d+")


def facts_json(language: Language) -> list[dict[str, object]]:
    """Return every fact: its path in rules, kind, unit, allowed values, source, and class of personal data."""
    return [{**asdict(fact), "title": language.translate(fact.title)} for fact in FACT_CATALOGUE.values()]


def facts_lines(language: Language) -> Iterator[str]:
    """Yield the same facts as terminal lines, under the event or table that each comes from."""
    for source, facts in groupby(FACT_CATALOGUE.values(), key=lambda fact: fact.source):
        yield f"{source}  {language.translate(FACT_SOURCE_TITLES.get(source, ''))}".rstrip()
        for fact in facts:
            yield f"  {fact.path}  " + "  ".join(filter(None, _fact_parts(fact, language)))


def _fact_parts(fact: Fact, language: Language) -> Iterator[str]:
    yield language.translate(fact.title)
    unit = language.translate(fact.unit or "")
    yield language.translate(KIND_TITLES[fact.kind]) + (f" ({unit})" if unit else "")
    if fact.allowed:
        values = language.format_list(fact.allowed)
        template = N_("one of: {values}, or another") if fact.open else N_("one of: {values}")
        yield language.render(template, values=values)
    yield language.translate(PERSONAL_DATA_TITLES[fact.personal])


def rule_fault_text(fault: Fault, language: Language) -> str:
    """Return file:line:column, the fault, why it matters, and the remedy."""
    line = fault_line(fault, language)
    mark = f"{language.translate(N_('warning'))}: " if fault.severity == "warning" else ""
    return replace(line, message=mark + line.message).text()


def rule_fault_json(fault: Fault, language: Language) -> dict[str, object]:
    """Return the fault in the common error shape, with its code."""
    return {**fault_line(fault, language).as_json(), "code": fault.short_code}


def rule_json(rule: Rule) -> dict[str, object]:
    """Return a version of a rule as JSON data, with its hash and file."""
    definition = rule.definition.model_dump(mode="json", by_alias=True, exclude_none=True)
    return {**definition, "hash": rule.hash, "file": rule.file, "reads": list(rule.compiled.reads)}


def rule_summary(rule: Rule, language: Language) -> str:
    """Return a version of a rule on one line."""
    span = span_text(rule.definition.in_force, language)
    return f"{rule.id}  {rule.definition.title}  {span}  {rule.definition.on}  {rule.hash[:12]}"


def rule_lines(rule: Rule, language: Language, names: RecordNames = NO_NAMES) -> Iterator[str]:
    """Yield a version of a rule in readable form, with every part of its file; with names, as a clerk would say it."""
    lines = _rule_lines(rule, language, names)
    if names is NO_NAMES:
        return lines
    return (plain_text(line, rule.definition.on, language) for line in lines)


def plain_text(text: str, event: str, language: Language) -> str:
    """Return an officer's line without names of parameters, its expression in words and facts by their titles."""
    text = _PARAMETER_NAME.sub("", text)
    if matched := _EXPRESSION.fullmatch(text):
        text = matched[1] + render_condition(event, matched[2], {}, language)
    return _FACT_PATH.sub(lambda path: fact_title(event, path[0], language), text)


def _rule_lines(rule: Rule, language: Language, names: RecordNames) -> Iterator[str]:
    definition = rule.definition
    is_plain = names is not NO_NAMES

    def condition(that: str) -> str:
        return render_condition(definition.on, that, {}, language) if is_plain else that

    yield definition.title if is_plain else f"{definition.title}  ({rule.id})"
    yield from field_line(language, N_("in force"), span_text(definition.in_force, language))
    if definition.programme:
        yield from field_line(language, N_("programme period"), span_text(definition.programme, language))
    yield from field_line(language, N_("owner"), organisation_label(definition.owner, names))
    yield from field_line(
        language,
        N_("on event"),
        code_label(EVENT_LABELS, definition.on, language) if is_plain else definition.on,
    )
    yield from field_line(language, N_("among"), definition.among and condition(definition.among))
    yield from field_line(language, N_("purpose"), definition.purpose)
    yield from parameter_lines(definition, language, with_names=not is_plain)
    for requirement in definition.require:
        yield from field_line(language, N_("requires"), condition(requirement.that))
        yield from field_line(language, N_("otherwise"), requirement.otherwise, 2)
        yield from field_line(language, N_("remedy"), requirement.remedy, 2)
    yield from benefit_lines(rule, language)
    yield from terms_lines(definition, language, names)
    for basis in definition.basis:
        yield from field_line(language, N_("basis"), basis_text(basis, language))
    if not is_plain:
        yield from field_line(language, N_("hash"), rule.hash)
        yield from field_line(language, N_("file"), rule.file)


def plain_finding(
    fault: Fault, event: str, language: Language, row_text: str, rows_by_line: Mapping[int, int]
) -> ErrorLine:
    """Return a finding in words; ``row_text`` describes the row of a table that it is about, or is empty.

    ``rows_by_line`` has the number of the table's row for each line of the rule's text that begins one.
    """
    params = {name: _plain_value(value, event, language) for name, value in fault.params.items()}
    if "line" in params:
        params["line"] = _LINE_NUMBER.sub(lambda at: f"{rows_by_line.get(int(at[0]), at[0])}", params["line"])
    value = row_text or (fault.value and _plain_value(fault.value, event, language))
    line = fault_line(replace(fault, params=params, value=value), language)
    message, remedy, why = (
        plain_text(one, event, language) for one in (line.message, line.remedy, line.why or "")
    )
    return replace(line, message=message, remedy=remedy, why=why or None)


def _plain_value(text: str, event: str, language: Language) -> str:
    """Return what stands in a rule's text as a clerk would say it; any other text stays as it is."""
    text = text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text
    if _MEMBER.match(text):
        members = dict.fromkeys(_member_text(one, event, language) for one in text.split(" / "))
        return language.format_list(members)
    if re.fullmatch(_PATH, text):
        return fact_title(event, text, language)
    return render_condition(event, text, {}, language) if re.search(_PATH, text) else text


def _member_text(text: str, event: str, language: Language) -> str:
    """Return the example of a member, ``event.level: 技师; member.status: active``, by titles."""
    found: list[str] = []
    for part in text.split("; "):
        path, _, value = part.partition(": ")
        if path.startswith(_STEPS) or len(found) == _MOST_FACTS:
            continue
        if (fact := find_fact(event, path)) is not None:
            shown = _value_text(fact, value, language)
            found.append(
                language.render(N_("{fact} {value}"), fact=language.translate(fact.title), value=shown)
            )
    return language.render(N_("({values})"), values=language.join_clauses(found))


def _value_text(fact: Fact, value: str, language: Language) -> str:
    if value == "null":
        return language.translate(N_("not known"))
    if fact.kind == "boolean":
        return format_fact_value(fact.path, value == "true", language)
    if fact.kind == "fen" and value.isdecimal():
        return format_fact_value(fact.path, int(value), language)
    if value.startswith("["):
        return format_fact_value(fact.path, [one for one in value[1:-1].split("、") if one], language)
    return format_fact_value(fact.path, value, language)

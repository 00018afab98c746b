"""Say what the linter finds in a rule as its form would: facts, values and rows by their titles, no paths or codes."""

import re
from collections.abc import Mapping
from dataclasses import replace

from core.faults import Fault
from core.money import format_yuan
from core.text_marks import N_
from rules import Fact
from yihui.runtime.errors import ErrorLine, fault_line
from yihui.runtime.language import Language
from yihui.views.condition_words import render_condition
from yihui.views.fact_values import format_fact_value
from yihui.views.outcomes import fact_title, find_fact
from yihui.views.rules import plain_text

_PATH = r"(?:member|event|application)\.[a-z_]+"
_MEMBER = re.compile(rf"{_PATH}: ")
_MOST_FACTS = 4  # of the member who serves as an example
_STEPS = "application."  # facts of how far an application came
_LINE_NUMBER = re.compile(r"\d+")


def plain_finding(
    fault: Fault, event: str, language: Language, row_text: str, rows_by_line: Mapping[int, int]
) -> ErrorLine:
    """Return a finding in words; ``row_text`` stands for the row of a table that it is about, and is else empty.

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
        return language.render(N_("{yuan} yuan"), yuan=format_yuan(int(value)))
    if value.startswith("["):
        return format_fact_value(fact.path, [one for one in value[1:-1].split("、") if one], language)
    return format_fact_value(fact.path, value, language)

"""Format the lines of a rule's view: names and values with indentation, periods, times and figures."""

import re
from collections.abc import Iterator

from core.money import format_yuan
from core.text_marks import N_
from rules import (
    Basis,
    RuleDefinition,
    Span,
    rolling_days,
)
from rules.model.figures import format_basis_source
from yihui.runtime.language import Language

PERIOD_TEXTS = {
    "once": N_("once in a lifetime"),
    "calendar_year": N_("per calendar year"),
    "quarter": N_("per quarter"),
    "month": N_("per month"),
    "programme_period": N_("per programme period"),
    "rule_lifetime": N_("as long as the rule exists"),
}
BASIS_TEXTS = {"document": N_("document"), "reported": N_("reported"), "example": N_("example")}
_UNITS = {
    "Y": N_("{count} years"),
    "M": N_("{count} months"),
    "W": N_("{count} weeks"),
    "D": N_("{count} days"),
}
YEAR_END_TEXTS = {
    "end_of_year": N_("the end of the year in which it is granted"),
    "end_of_next_year": N_("the end of the year after the one in which it is granted"),
}
_PART = re.compile(r"([0-9]+)([YMWD])")


def field_line(language: Language, name: str, value: str | None, depth: int = 1) -> Iterator[str]:
    """Yield one line with a name and a value, or none if the value is empty."""
    if value:
        yield "  " * depth + language.translate(name) + ": " + value


def span_text(span: Span, language: Language) -> str:
    """Return the first and the last day."""
    return f"{span.since} … {span.until or language.translate(N_('without end'))}"


def period_text(every: str | Span, language: Language) -> str:
    """Return a period as text."""
    days = rolling_days(every)
    if days is not None:
        return language.render(N_("within {days} days"), days=days)
    return span_text(every, language) if isinstance(every, Span) else language.translate(PERIOD_TEXTS[every])


def duration_text(definition: RuleDefinition, duration: str, language: Language) -> str:
    """Return a duration such as P1Y6M as text, with its parameter's name if it has one."""
    stated = definition.resolve_duration(duration)
    if stated in YEAR_END_TEXTS:
        return language.translate(YEAR_END_TEXTS[stated])
    parts = [language.render(_UNITS[unit], count=int(count)) for count, unit in _PART.findall(stated)]
    return with_parameter_name(duration, " ".join(parts))


def money_text(amount_fen: int, language: Language) -> str:
    """Return fen as yuan."""
    return language.render(N_("{amount} yuan"), amount=format_yuan(amount_fen))


def with_parameter_name(value: object, shown: str) -> str:
    """Return the shown value, followed by the parameter's name if a parameter holds it."""
    return f"{shown} ({value})" if isinstance(value, str) and value.startswith("param.") else shown


def figure_text(definition: RuleDefinition, value: int | str) -> str:
    """Return a whole number, with its parameter's name if it has one."""
    return with_parameter_name(value, str(definition.resolve_figure(value)))


def money_figure_text(definition: RuleDefinition, value: int | str, language: Language) -> str:
    """Return fen as yuan, with the parameter's name if it has one."""
    return with_parameter_name(value, money_text(definition.resolve_figure(value), language))


def basis_text(basis: Basis, language: Language) -> str:
    """Return the source of a figure."""
    return f"{language.translate(BASIS_TEXTS[basis.kind])}  {format_basis_source(basis)}"

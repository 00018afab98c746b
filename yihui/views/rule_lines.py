"""Lines of a sheet: a name, a value, how deep; and how periods, times and figures are written on it."""

import re
from collections.abc import Iterator

from rules import Basis, RuleDefinition, Span, rolling_days, yuan
from yihui.runtime.language import Language

N_ = str  # marks a text for the message catalogue

PERIODS = {
    "once": N_("once in a lifetime"),
    "calendar_year": N_("per calendar year"),
    "quarter": N_("per quarter"),
    "month": N_("per month"),
    "programme_period": N_("per programme period"),
    "rule_lifetime": N_("as long as the rule exists"),
}
BASES = {"document": N_("document"), "reported": N_("reported"), "example": N_("example")}
_UNITS = {
    "Y": N_("{count} years"),
    "M": N_("{count} months"),
    "W": N_("{count} weeks"),
    "D": N_("{count} days"),
}
_PART = re.compile(r"([0-9]+)([YMWD])")


def field(language: Language, name: str, value: str | None, depth: int = 1) -> Iterator[str]:
    """One line; none where there is nothing to say."""
    if value:
        yield "  " * depth + language.text(name) + ": " + value


def span_text(span: Span, language: Language) -> str:
    """First and last day."""
    return f"{span.since} … {span.until or language.text(N_('without end'))}"


def period_text(every: str | Span, language: Language) -> str:
    """A period in words."""
    days = rolling_days(every)
    if days is not None:
        return language.say(N_("within {days} days"), days=days)
    return span_text(every, language) if isinstance(every, Span) else language.text(PERIODS[every])


def duration_text(duration: str, language: Language) -> str:
    """P1Y6M in words."""
    parts = [language.say(_UNITS[unit], count=int(count)) for count, unit in _PART.findall(duration)]
    return " ".join(parts)


def money_text(amount_fen: int, language: Language) -> str:
    """Fen as yuan."""
    return language.say(N_("{amount} yuan"), amount=yuan(amount_fen))


def by_name(value: object, shown: str) -> str:
    """What is shown and, where a parameter holds it, by what name."""
    return f"{shown} ({value})" if isinstance(value, str) and value.startswith("param.") else shown


def counted(definition: RuleDefinition, value: int | str) -> str:
    """A whole number, as ``by_name``."""
    return by_name(value, str(definition.figure(value)))


def worth(definition: RuleDefinition, value: int | str, language: Language) -> str:
    """Fen as yuan, as ``by_name``."""
    return by_name(value, money_text(definition.figure(value), language))


def basis_text(basis: Basis, language: Language) -> str:
    """Where a figure comes from."""
    source = " ".join(filter(None, (basis.document, basis.clause, basis.source, basis.note)))
    return f"{language.text(BASES[basis.kind])}  {source}"

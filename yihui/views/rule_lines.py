"""Format the lines of a rule's view: names and values with indentation, periods, times, figures, and its benefits."""

import re
from collections.abc import Iterator

from core.money import format_yuan
from core.text_marks import N_
from rules import Basis, Benefit, Formula, RedeemAt, Row, Rule, RuleDefinition, Span, rolling_days
from rules.model.figures import format_basis_source
from rules.yaml.wording import is_parameter_reference
from yihui.runtime.language import Language
from yihui.views.condition_words import ROUNDING_TEXTS
from yihui.views.labels import ACCESS_LABELS, FACILITY_LABELS
from yihui.views.labels import STATION_KIND_LABELS as STATION_KINDS

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
BENEFIT_KIND_TITLES = {
    "cash": N_("cash"),
    "voucher": N_("voucher"),
    "item": N_("item"),
    "points": N_("points"),
    "place": N_("place in a course or a stay"),
    "service": N_("service"),
}


def field_line(language: Language, name: str, value: str | None, depth: int = 1) -> Iterator[str]:
    """Yield one line with a name and a value, or none if the value is empty."""
    if value:
        yield "  " * depth + language.render(
            N_("{title}: {text}"), title=language.translate(name), text=value
        )


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
    return with_parameter_name(duration, stated_duration_text(stated, language))


def stated_duration_text(duration: str, language: Language) -> str:
    """Return a duration such as P1Y6M in words."""
    return " ".join(
        language.render(_UNITS[unit], count=int(count)) for count, unit in _PART.findall(duration)
    )


def money_text(amount_fen: int, language: Language) -> str:
    """Return fen as yuan."""
    return language.render(N_("{amount} yuan"), amount=format_yuan(amount_fen))


def with_parameter_name(value: object, shown: str) -> str:
    """Return the shown value, followed by the parameter's name if a parameter holds it."""
    return f"{shown} ({value})" if is_parameter_reference(value) else shown


def figure_text(definition: RuleDefinition, value: int | str) -> str:
    """Return a whole number, with its parameter's name if it has one."""
    return with_parameter_name(value, str(definition.resolve_figure(value)))


def money_figure_text(definition: RuleDefinition, value: int | str, language: Language) -> str:
    """Return fen as yuan, with the parameter's name if it has one."""
    return with_parameter_name(value, money_text(definition.resolve_figure(value), language))


def basis_text(basis: Basis, language: Language) -> str:
    """Return the source of a figure."""
    return f"{language.translate(BASIS_TEXTS[basis.kind])}  {format_basis_source(basis)}"


def benefit_lines(rule: Rule, language: Language) -> Iterator[str]:
    """Yield the lines of every part of a rule's benefit."""
    for index in range(len(rule.parts)):
        yield from _part(rule, index, language)


def _part(rule: Rule, index: int, language: Language) -> Iterator[str]:
    definition, benefit = rule.definition, rule.definition.benefits[index]
    words = [language.translate(BENEFIT_KIND_TITLES[benefit.kind]), benefit.title or definition.title]
    words += _amount(definition, benefit, language)
    if benefit.unit:
        words.append(f"{figure_text(definition, benefit.quantity)} {benefit.unit}")
    if benefit.uses != 1:
        uses = with_parameter_name(benefit.uses, str(definition.resolve_figure(benefit.uses)))
        words.append(language.render(N_("can be used {times} times"), times=uses))
    name = language.translate(N_("benefit"))
    if len(rule.parts) > 1:
        name += f" {definition.part_name(index)}"
    yield from field_line(language, name, "  ".join(words))
    yield from _table(rule, index, language)
    if benefit.redeem_at:
        yield from redeem_at_lines(benefit.redeem_at, language)
    yield from field_line(language, N_("budget"), benefit.budget, 2)
    if benefit.partial:
        yield "    " + language.translate(
            N_("where less than this is left of the budget, what is left is granted")
        )


def _table(rule: Rule, index: int, language: Language) -> Iterator[str]:
    definition, part = rule.definition, rule.parts[index]
    table = part.benefit.table
    if table is None:
        return
    yield from field_line(language, N_("decision table"), table.file, 2)
    for row in table.rows or ():
        yield from field_line(language, " ".join(_amount(definition, row, language)), row.when, 2)
    if table.file is not None:
        for condition, amount in zip(part.rows, part.amounts, strict=True):
            shown = (
                money_figure_text(definition, amount, language)
                if isinstance(amount, int)
                else amount.expression.text
            )
            yield from field_line(language, shown, condition.that, 2)
    yield from field_line(language, N_("otherwise"), table.otherwise, 2)
    yield from field_line(language, N_("remedy"), table.remedy, 3)


def _amount(definition: RuleDefinition, part: Benefit | Row, language: Language) -> list[str]:
    """Return the amount in yuan, or the expression that computes it; an empty list if there is none."""
    if part.amount is not None:
        return [formula_text(definition, part.amount, part.amount.expression, language)]
    if not definition.resolve_figure(part.amount_fen or 0):
        return []
    return [money_figure_text(definition, part.amount_fen or 0, language)]


def formula_text(definition: RuleDefinition, formula: Formula, expression: str, language: Language) -> str:
    """Return how an amount is computed; ``expression`` is the formula's expression, as written or in words."""
    step = money_figure_text(definition, formula.to_fen, language)
    said = [language.render(ROUNDING_TEXTS[formula.round], step=step)]
    if formula.floor_fen != 0:
        said.append(
            language.render(
                N_("at least {amount}"), amount=money_figure_text(definition, formula.floor_fen, language)
            )
        )
    if formula.ceiling_fen is not None:
        most = money_figure_text(definition, formula.ceiling_fen, language)
        said.append(language.render(N_("at most {amount}"), amount=most))
    return f"{expression} ({language.join_clauses(said)})"


def redeem_at_lines(where: RedeemAt, language: Language) -> Iterator[str]:
    """Yield the redemption filters as text; codes of districts and stations stay as they are."""
    words = {
        N_("at these kinds of stations"): [language.translate(STATION_KINDS.get(w, w)) for w in where.kinds],
        N_("at stations that have"): [
            language.translate(FACILITY_LABELS.get(w, w)) for w in where.facilities
        ],
        N_("at stations"): [language.translate(ACCESS_LABELS.get(w, w)) for w in where.access],
        N_("in these districts"): [*where.districts],
        N_("at these stations"): [*where.stations],
    }
    for name, said in words.items():
        if said:
            yield from field_line(language, name, language.format_list(said), 2)

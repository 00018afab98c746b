"""Render the benefits of a rule for officers: every part with its amount, and where it can be redeemed."""

from collections.abc import Iterator

from core.text_marks import N_
from rules import Benefit, Formula, RedeemAt, Row, Rule, RuleDefinition
from yihui.runtime.language import Language
from yihui.views.condition_words import ROUNDING_TEXTS
from yihui.views.labels import ACCESS_LABELS, FACILITY_LABELS
from yihui.views.labels import STATION_KIND_LABELS as STATION_KINDS
from yihui.views.rule_lines import field_line, figure_text, money_figure_text, with_parameter_name

BENEFIT_KIND_TITLES = {
    "cash": N_("cash"),
    "voucher": N_("voucher"),
    "item": N_("item"),
    "points": N_("points"),
    "place": N_("place in a course or a stay"),
    "service": N_("service"),
}


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
    """Return how an amount is computed; ``expression`` is the formula's, as it stands or in words."""
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

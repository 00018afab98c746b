"""What a rule gives, as an officer reads it: every part with its amount, and where it can be redeemed."""

from collections.abc import Iterator

from rules import Benefit, Formula, RedeemAt, Row, Rule, RuleDefinition
from yihui.runtime.language import Language
from yihui.views.labels import ACCESSES, FACILITIES
from yihui.views.labels import KINDS as STATION_KINDS
from yihui.views.rule_lines import by_name, counted, field, worth

N_ = str  # marks a text for the message catalogue

KINDS = {
    "cash": N_("cash"),
    "voucher": N_("voucher"),
    "item": N_("item"),
    "points": N_("points"),
    "place": N_("place in a course or a stay"),
    "service": N_("service"),
}
ROUNDINGS = {
    "down": N_("rounded down to {step}"),
    "up": N_("rounded up to {step}"),
    "half_up": N_("rounded to {step}, a half up"),
    "half_even": N_("rounded to {step}, a half to the even one"),
}


def benefit_lines(rule: Rule, language: Language) -> Iterator[str]:
    """Every part of the benefit."""
    for index in range(len(rule.parts)):
        yield from _part(rule, index, language)


def _part(rule: Rule, index: int, language: Language) -> Iterator[str]:
    definition, benefit = rule.definition, rule.definition.benefits[index]
    words = [language.text(KINDS[benefit.kind]), benefit.title or definition.title]
    words += _amount(definition, benefit, language)
    if benefit.unit:
        words.append(f"{counted(definition, benefit.quantity)} {benefit.unit}")
    if benefit.uses != 1:
        uses = by_name(benefit.uses, str(definition.figure(benefit.uses)))
        words.append(language.say(N_("can be used {times} times"), times=uses))
    name = language.text(N_("benefit"))
    if len(rule.parts) > 1:
        name += f" {definition.part_name(index)}"
    yield from field(language, name, "  ".join(words))
    yield from _table(rule, index, language)
    if benefit.redeem_at:
        yield from _redeem_at(benefit.redeem_at, language)
    yield from field(language, N_("budget"), benefit.budget, 2)


def _table(rule: Rule, index: int, language: Language) -> Iterator[str]:
    definition, part = rule.definition, rule.parts[index]
    table = part.benefit.table
    if table is None:
        return
    yield from field(language, N_("decision table"), table.file, 2)
    for row in table.rows or ():
        yield from field(language, " ".join(_amount(definition, row, language)), row.when, 2)
    if table.file is not None:
        for condition, amount in zip(part.rows, part.amounts, strict=True):
            shown = worth(definition, amount, language) if isinstance(amount, int) else amount.expression.text
            yield from field(language, shown, condition.that, 2)
    yield from field(language, N_("otherwise"), table.otherwise, 2)
    yield from field(language, N_("remedy"), table.remedy, 3)


def _amount(definition: RuleDefinition, part: Benefit | Row, language: Language) -> list[str]:
    """The amount as yuan, or the expression that gives it; nothing where there is none."""
    if part.amount is not None:
        return [_formula(definition, part.amount, language)]
    if not definition.figure(part.amount_fen or 0):
        return []
    return [worth(definition, part.amount_fen or 0, language)]


def _formula(definition: RuleDefinition, formula: Formula, language: Language) -> str:
    step = worth(definition, formula.to_fen, language)
    said = [language.say(ROUNDINGS[formula.round], step=step)]
    if formula.floor_fen != 0:
        said.append(
            language.say(N_("at least {amount}"), amount=worth(definition, formula.floor_fen, language))
        )
    if formula.ceiling_fen is not None:
        most = worth(definition, formula.ceiling_fen, language)
        said.append(language.say(N_("at most {amount}"), amount=most))
    return f"{formula.expression} ({language.clauses(said)})"


def _redeem_at(where: RedeemAt, language: Language) -> Iterator[str]:
    """The filters in words; codes of districts and stations stand as they are."""
    words = {
        N_("at these kinds of stations"): [language.text(STATION_KINDS.get(w, w)) for w in where.kinds],
        N_("at stations that have"): [language.text(FACILITIES.get(w, w)) for w in where.facilities],
        N_("at stations"): [language.text(ACCESSES.get(w, w)) for w in where.access],
        N_("in these districts"): [*where.districts],
        N_("at these stations"): [*where.stations],
    }
    for name, said in words.items():
        if said:
            yield from field(language, name, language.listed(said), 2)

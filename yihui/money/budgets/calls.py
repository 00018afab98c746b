"""How people know a budget: by the benefits that it pays, and by the union whose rules these are."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from rules.territory import territory_prefix, territory_prefixes
from yihui.bootstrap import PROVINCE_CODE, Wiring

if TYPE_CHECKING:
    from rules import Rule, RuleLibrary

BUDGETS_PATH = "money/budgets"


@dataclass(frozen=True, slots=True)
class BudgetTerms:
    """A budget's title, its owner, and the titles of the rules that name it, by their ids.

    The owner is who owns these rules; a budget that rules of several owners name is the whole union's.
    """

    title: str
    organisation: str
    rules: Mapping[str, str]


def load_budget_terms(wiring: Wiring, connection: Connection) -> dict[str, BudgetTerms]:
    """Return the terms of the budgets that rules name, by their ids: rules of today, of before and to come.

    A budget that is called like another one has the years of its rules behind its title.
    """
    named = list_naming_rules(wiring.rulebook.in_force(connection))
    titles = {
        budget: "、".join(dict.fromkeys(rule.definition.title for rule in rules))
        for budget, rules in named.items()
    }
    count = Counter(titles.values())
    return {
        budget: BudgetTerms(
            titles[budget] if count[titles[budget]] == 1 else f"{titles[budget]}（{_years(rules)}）",
            find_owner(rules),
            {rule.id: rule.definition.title for rule in rules},
        )
        for budget, rules in named.items()
    }


def list_naming_rules(library: "RuleLibrary") -> "dict[str, list[Rule]]":
    """Return the rules that name each budget; what a higher level's version of the rule names, no adaptation does."""
    found: dict[str, list[Rule]] = {}
    for rule in library.rules:
        for budget in {rule.definition.budget, *rule.budgets} - {None}:
            found.setdefault(str(budget), []).append(rule)
    return {budget: _leave_adaptations_out(rules) for budget, rules in found.items()}


def _leave_adaptations_out(rules: "list[Rule]") -> "list[Rule]":
    there = {(rule.id, territory_prefix(rule.definition.owner)) for rule in rules}
    return [
        rule
        for rule in rules
        if all((rule.id, above) not in there for above in territory_prefixes(rule.definition.owner)[:-1])
    ]


def find_owner(rules: "Iterable[Rule]") -> str:
    """Return who owns all of some rules; the whole union where several do, or there is no rule."""
    owners = {rule.definition.owner for rule in rules}
    return owners.pop() if len(owners) == 1 else PROVINCE_CODE


def _years(rules: "list[Rule]") -> str:
    spans = [rule.definition.in_force for rule in rules]
    first, ends = min(span.since for span in spans).year, [span.until for span in spans]
    last = "" if None in ends else str(max(end for end in ends if end is not None).year)
    return str(first) if str(first) == last else f"{first}–{last}"

"""Find rules whose cost nothing limits, as no budget pays or it has no amount, and those that another union's would pay."""

from collections.abc import Collection

from sqlalchemy import Connection

import benefits
from core.civil_time import civil_date
from core.faults import Fault
from core.text_marks import N_
from rules import Rule, RuleLibrary
from rules.faults import rule_fault_table
from yihui.bootstrap import PROVINCE_CODE, Wiring
from yihui.money.budgets.calls import find_owner, list_naming_rules

_FAULTS = rule_fault_table(
    {
        "no-ceiling": (
            N_("nothing limits what the rule may cost: no amount of the budget {value} is set"),
            N_("set the amount before the rule begins: on the desk under Money, or with yihui budgets set"),
        ),
        "no-ceiling.unnamed": (
            N_("nothing limits what the rule may cost: no budget pays it"),
            N_("name a budget under budget: and set its amount"),
        ),
        "foreign-budget": (
            N_("the budget {value} belongs to {owner}, and not to {own}, whose rule it is"),
            N_("name a budget that no rule of another union names, and whose amount isn't set yet"),
        ),
    }
)


def list_limited_budgets(connection: Connection) -> frozenset[str]:
    """List the budgets whose amount is set."""
    return frozenset(one.id for one in benefits.list_budgets(connection) if one.ceiling_fen is not None)


def find_missing_ceilings(rule: Rule, limited: Collection[str], file: str) -> list[Fault]:
    """Return a warning for each budget of a rule that is not limited."""
    return [
        _FAULTS.build(
            "no-ceiling" if budget else "no-ceiling.unnamed",
            file=file,
            field="budget",
            value=budget,
            severity="warning",
        )
        for budget in rule.budgets
        if budget not in limited
    ]


def find_foreign_budgets(
    library: RuleLibrary, file: str, standing: RuleLibrary, limited: Collection[str]
) -> list[Fault]:
    """Return a fault for each budget that a file's rule in a library names, and that was another union's before.

    A budget that was set before any rule named it is the whole union's.
    """
    owners = dict.fromkeys(limited, PROVINCE_CODE) | {
        budget: find_owner(rules) for budget, rules in list_naming_rules(standing).items()
    }
    stated = {
        budget: rule.definition.owner
        for budget, rules in list_naming_rules(library).items()
        for rule in rules
        if rule.file == file
    }
    return [
        _FAULTS.build(
            "foreign-budget", file=file, field="budget", value=budget, owner=owners[budget], own=own
        )
        for budget, own in stated.items()
        if owners.get(budget, own) != own
    ]


def list_unlimited_rules(wiring: Wiring, library: RuleLibrary) -> list[str]:
    """List the ids of the rules, in force or to come, whose cost nothing limits."""
    today = civil_date(wiring.now())
    with wiring.database.read() as connection:
        limited = list_limited_budgets(connection)
    return sorted(
        {
            rule.id
            for rule in library.rules
            if (rule.definition.in_force.until or today) >= today and not limited.issuperset(rule.budgets)
        }
    )

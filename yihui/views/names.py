"""Say by a name what records state by an id: organisations, rules, budgets, and the ledger's accounts."""

import re
from collections.abc import Mapping

from core.text_marks import N_
from yihui.runtime.language import Language
from yihui.services.desk.record_names import RecordNames

# The kinds of accounts of the ledger (benefits/model/accounts.py): what stands before the slash of an account.
ACCOUNT_LABELS: Mapping[str, str] = {
    "budget": N_("budget “{name}”"),
    "unbudgeted": N_("without a budget: “{name}”"),
    "stock": N_("stock of “{name}”"),
    "promised": N_("promised: “{name}”"),
    "issued": N_("handed out or ordered: “{name}”"),
    "redeemed": N_("used or being paid out: “{name}”"),
    "settled": N_("settled: “{name}”"),
    "expired": N_("expired: “{name}”"),
    "reversed": N_("reversed: “{name}”"),
    "returned": N_("given back to where it came from: “{name}”"),
}
_OF_BUDGETS = frozenset({"budget"})
_QUARTER = re.compile(r"(\d{4})-Q([1-4])")
_MONTH = re.compile(r"(\d{4})-(\d{2})")


def organisation_label(code: str, names: RecordNames) -> str:
    """Return the name of an organisation or area; its code if it has none."""
    return names.organisation(code) or code


def rule_label(rule: str, names: RecordNames) -> str:
    """Return the title of a rule; its id if none in force has one."""
    return names.rule(rule) or rule


def budget_label(budget: str, names: RecordNames) -> str:
    """Return the titles of the rules that a budget pays; its id if none in force does."""
    return names.budget(budget) or names.rule(budget) or budget


def account_label(account: str, names: RecordNames, language: Language) -> str:
    """Return an account of the ledger in words; one of an unknown kind as it is written."""
    kind, _, name = account.partition("/")
    if kind not in ACCOUNT_LABELS:
        return account
    found = budget_label(name, names) if kind in _OF_BUDGETS else rule_label(name, names)
    return language.render(ACCOUNT_LABELS[kind], name=found)


def places_label(key: str, names: RecordNames, language: Language) -> str:
    """Return what a count of places belongs to: the rule, after a slash the period, after another the group."""
    rule, period, group = [*key.split("/", 2), "", ""][:3]
    title = rule_label(rule, names)
    if not period:
        return title
    of = [period_key_text(period, language)]
    of += [organisation_label(group.rpartition("=")[2], names)] if group else []
    return language.render(N_("{what} ({period})"), what=title, period=language.format_list(of))


def period_key_text(key: str, language: Language) -> str:
    """Return a period in words by its key (see ``rules.period_key``)."""
    if key == "once":
        return language.translate(N_("as long as the rule holds"))
    since, dots, until = key.partition("..")
    if dots:
        template = N_("{since} to {until}") if until else N_("since {since}")
        return language.render(template, since=since, until=until)
    if found := _QUARTER.fullmatch(key):
        return language.render(N_("quarter {quarter} of {year}"), year=found[1], quarter=found[2])
    if found := _MONTH.fullmatch(key):
        return language.render(N_("month {month} of {year}"), year=found[1], month=int(found[2]))
    return language.render(N_("the year {year}"), year=key) if key.isdigit() else key

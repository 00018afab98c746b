"""Reversals at every door: the rules that granted something, and one with its versions and what was taken back."""

from typing import Any

from core.text_marks import N_
from yihui.access.pending_acts import PendingAct
from yihui.frame.cells import Cell, Chip, Link, Money, Officer
from yihui.frame.content import Section, Table, TableColumn, ThingPage
from yihui.frame.listing import Listing, Looking, NoFilter
from yihui.frame.noun import Noun
from yihui.money.reversals.acts import GRANTING_RULE, REVERSE
from yihui.money.reversals.queries import (
    RIGHT,
    GrantingRule,
    GrantingVersion,
    PastReversal,
    find_granting_rules,
)
from yihui.money.tabs import MONEY_TABS
from yihui.runtime.language import Language

PATH = "money/reversals"
_WAITS = Chip("waiting", N_("waits for a second person"), "waiting")


def show_granting_rule(look: Looking[Any], found: GrantingRule, language: Language) -> ThingPage:
    """Return what a rule granted by its versions, what waits to be taken back, and what was."""
    sections: list[Section] = [
        Table(
            "versions",
            N_("What each version granted"),
            _VERSIONS,
            found.versions,
            N_("It granted nothing yet."),
        ),
    ]
    if found.waiting:
        sections.append(Table("waiting", N_("Waits for a second person"), _WAITING, found.waiting, ""))
    sections.append(
        Table("past", N_("Taken back so far"), _PAST, found.past, N_("Nothing was taken back yet."))
    )
    return ThingPage(
        found.title,
        sections,
        _WAITS if found.waiting else None,
        acts=(REVERSE.name,) if found.versions else (),
    )


def _state(one: GrantingRule) -> Cell:
    return _WAITS if one.waiting else None


def _proposed(act: PendingAct) -> Cell:
    return Link(f"/desk/approvals/reversals/{act.number}", Money(int(act.terms["amount_fen"])))


_VERSIONS = (
    TableColumn[GrantingVersion]("hash", N_("Name for programs"), lambda one: one.hash, False),
    TableColumn[GrantingVersion]("since", N_("In force from"), lambda one: one.since),
    TableColumn[GrantingVersion]("until", N_("Until"), lambda one: one.until),
    TableColumn[GrantingVersion]("grants", N_("Grants"), lambda one: one.grants),
    TableColumn[GrantingVersion]("amount_fen", N_("Amount"), lambda one: Money(one.amount_fen)),
)
_WAITING = (
    TableColumn[PendingAct]("amount_fen", N_("Amount"), _proposed),
    TableColumn[PendingAct]("grants", N_("Grants"), lambda one: int(one.terms["grants"])),
    TableColumn[PendingAct]("by", N_("Proposed by"), lambda one: Officer(one.proposed_by)),
    TableColumn[PendingAct]("at", N_("Proposed"), lambda one: one.proposed_at),
    TableColumn[PendingAct]("reason", N_("Reason"), lambda one: one.reason),
    TableColumn[PendingAct]("number", N_("Number"), lambda one: one.number, False),
)
_PAST = (
    TableColumn[PastReversal]("day", N_("Day"), lambda one: one.day),
    TableColumn[PastReversal]("who", N_("By"), lambda one: Officer(one.who)),
    TableColumn[PastReversal]("grants", N_("Grants"), lambda one: one.grants),
    TableColumn[PastReversal]("amount_fen", N_("Amount"), lambda one: Money(one.amount_fen)),
    TableColumn[PastReversal]("reason", N_("Reason"), lambda one: one.reason),
)
_COLUMNS = (
    TableColumn[GrantingRule]("title", N_("Rule"), lambda one: Link(f"/desk/{PATH}/{one.rule}", one.title)),
    TableColumn[GrantingRule]("rule", N_("Name for programs"), lambda one: one.rule, False),
    TableColumn[GrantingRule]("state", N_("State"), _state),
)
NOUN = Noun(
    PATH,
    N_("Reversals"),
    GRANTING_RULE,
    Listing(
        N_("List the rules that granted something, those with a reversal that waits first"),
        NoFilter,
        find_granting_rules,
        _COLUMNS,
        N_("No rule of your organisations has granted anything yet."),
    ),
    show_granting_rule,
    RIGHT,
    (REVERSE,),
    MONEY_TABS,
)

"""What members owe since a rule's terms took a benefit back: an officer records a payment, or waives it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Literal

import benefits
from benefits import Debt, Officer
from core.civil_time import civil_date, start_of_day
from core.faults import FaultError
from core.money import format_yuan
from core.prompts import Prompt
from core.text_marks import N_
from events.acts import ActKind, record_act
from rules import RuleLibrary
from yihui.access.roles import Right
from yihui.cases.kernel.forms import REASON
from yihui.frame.acts import Act, Change, Doing, Kind
from yihui.frame.cells import Chip, Choice, Link, Money, Percent, Person
from yihui.frame.content import Event, Fact, Facts, TableColumn, ThingPage, Timeline
from yihui.frame.listing import Listing, Looking, RowSlice
from yihui.frame.looking import THING_FAULTS
from yihui.frame.noun import Noun
from yihui.frame.types import Fen, Form, FreeText, MemberId
from yihui.money.budgets.calls import find_owner
from yihui.money.tabs import MONEY_TABS
from yihui.runtime.language import Language
from yihui.views.decisions import DEBT_ACT_TEXTS
from yihui.views.labels import EVENT_LABELS

_PATH = "money/debts"
_STATES = {"open": N_("still owed"), "all": N_("all")}


class DebtFilter(Form):
    """Which debts are listed: unless said, those of which something is still owed."""

    member: Annotated[MemberId | None, Prompt(N_("Member's id"))] = None
    state: Annotated[Literal["open", "all"], Prompt(N_("Which"), labels=_STATES)] = "open"


class EndForm(Form):
    """How much of a debt ends, and why."""

    amount: Annotated[Fen | None, Prompt(N_("Only a part, in yuan (otherwise all that is left)"))] = None
    reason: Annotated[FreeText, REASON]


@dataclass(frozen=True, slots=True)
class MemberDebt:
    """A debt with the title of the rule that gave the benefit, and that rule's owner."""

    debt: Debt
    title: str
    organisation: str


def _build(debt: Debt, library: RuleLibrary) -> MemberDebt:
    versions = [rule for rule in library.versions(debt.rule_id) if not rule.is_merged]
    title = versions[-1].definition.title if versions else ""
    return MemberDebt(debt, title, find_owner(versions))


def load_debt(at: Doing[Any, Any] | Looking[Any], key: str, _: bool) -> MemberDebt:
    """Return a debt; the act locks it. *Raises*: FaultError if there is none."""
    found = benefits.list_debts(at.connection, debt_id=key)
    if not found or not found[0].amount_fen:
        raise FaultError(THING_FAULTS.build("unknown", field="key", value=key[:40]))
    return _build(found[0], at.wiring.rulebook.in_force(at.connection))


def find_debts(look: Looking[DebtFilter]) -> RowSlice[MemberDebt]:
    """Find the debts by rules of the officer's unions, the earliest first."""
    asked, library = look.filter, look.wiring.rulebook.in_force(look.connection)
    debts = benefits.list_debts(look.connection, member_id=asked.member, open_only=asked.state == "open")
    found = [_build(one, library) for one in debts if one.amount_fen]
    covered = look.scope(Right.READ_MONEY).find_covered(look.connection, {one.organisation for one in found})
    return look.cut([one for one in found if one.organisation in covered])


def _end(
    kind: ActKind, end: Callable[[Any, Officer, str, int | None], Debt], act: Doing[EndForm, MemberDebt]
) -> Change:
    """End a debt or a part of it. *Raises*: FaultError for more than is owed."""
    debt, form = act.thing.debt, act.form
    officer = Officer(act.actor.id, act.now, civil_date(act.now), form.reason)
    end(act.connection, officer, debt.id, form.amount)
    terms = {"amount_fen": form.amount, "by": officer.who, "reason": form.reason}
    record_act(act.connection, kind, act.now, debt=debt.id, **terms)
    return Change(debt.id, {"part_fen": form.amount}, reason=form.reason)


def show_debt(look: Looking[Any], one: MemberDebt, language: Language) -> ThingPage:
    """Return a debt with its cause, what was taken back, what is owed, and what officers did."""
    debt = one.debt
    grant = f"/desk/money/vouchers/{debt.grant_id}"
    facts = (
        Fact("grant", N_("Benefit"), Link(grant, one.title or debt.text, debt.grant_id)),
        Fact("event", N_("Event"), Choice(debt.event_type, EVENT_LABELS.get(debt.event_type, debt.event_type))),
        Fact("opened_on", N_("Day of the event"), debt.opened_on),
        Fact("text", N_("What the rule says"), debt.text),
        Fact("share", N_("Share that the rule takes back"), Percent(debt.share_percent * 100)),
        Fact("reversed_fen", N_("Taken back before it was paid"), Money(debt.reversed_fen)),
        Fact("amount_fen", N_("Owed at first"), Money(debt.amount_fen)),
        Fact("left_fen", N_("Still owed"), Money(debt.left_fen)),
    )  # fmt: skip
    events = [
        Event(
            start_of_day(act.on), act.kind, DEBT_ACT_TEXTS[act.kind], act.who, act.reason,
            language.render(N_("{yuan} yuan"), yuan=format_yuan(act.amount_fen)),
        )
        for act in reversed(debt.acts)
    ]  # fmt: skip
    acts = (SETTLE.name, WAIVE.name) if debt.left_fen else ()
    title = one.title or debt.text
    return ThingPage(
        title, (Facts("", facts), Timeline(events)), _chip(one), person=debt.member_id, acts=acts
    )


def _chip(one: MemberDebt) -> Chip:
    return (
        Chip("open", N_("still owed"), "waiting")
        if one.debt.left_fen
        else Chip("over", N_("settled"), "good")
    )


DEBT = Kind("debt", load_debt, lambda one: 1 + len(one.debt.acts), lambda one: one.organisation, key=str)
SETTLE = Act(
    "settle", N_("Record a payment"), EndForm, partial(_end, "settle_debt", benefits.settle_debt), Right.PREPARE_MONEY,
    "money.prepare.settle", N_("It is recorded that the member paid."), DEBT, button=N_("Record that the member paid"),
)  # fmt: skip
WAIVE = Act(
    "waive", N_("Waive it"), EndForm, partial(_end, "waive_debt", benefits.waive_debt), Right.REVERSE,
    "money.reverse.waive", N_("The debt was waived."), DEBT, button=N_("Waive it: the money stays spent"), is_grave=True,
)  # fmt: skip


def _list_readings(_: Looking[DebtFilter], rows: Sequence[MemberDebt]) -> list[tuple[str, str, str | None]]:
    """Return whose data a list shows, each member once for each owner of the rules."""
    return list(dict.fromkeys(("member", one.debt.member_id, one.organisation) for one in rows))


_column = TableColumn[MemberDebt]
_COLUMNS = (
    _column("member", N_("Member"), lambda one: Link(f"/desk/{_PATH}/{one.debt.id}", Person(one.debt.member_id))),
    _column("debt", N_("Debt"), lambda one: one.debt.id, is_on_page=False),
    _column("title", N_("Benefit"), lambda one: one.title or one.debt.text),
    _column("opened_on", N_("Since"), lambda one: one.debt.opened_on),
    _column("amount_fen", N_("Owed at first"), lambda one: Money(one.debt.amount_fen)),
    _column("left_fen", N_("Still owed"), lambda one: Money(one.debt.left_fen)),
    _column("state", N_("State"), _chip),
)  # fmt: skip
NOUN = Noun(
    _PATH, N_("Debts"), DEBT,
    Listing(
        N_("List what members owe by rules of the own unions, the earliest first."), DebtFilter, find_debts, _COLUMNS,
        N_("Nobody owes anything under a rule of your organisations."), _list_readings,
    ),
    show_debt, Right.READ_MONEY, (SETTLE, WAIVE), MONEY_TABS, reads=lambda one: ("member", one.debt.member_id),
)  # fmt: skip

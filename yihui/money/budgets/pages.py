"""Budgets at every door: what is left of each, how long it lasts at this pace, and the change that waits."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Annotated, Any, Literal

from markupsafe import Markup

import benefits
from benefits import RunRate, compute_run_rates
from core.civil_time import civil_date
from core.money import format_yuan
from core.prompts import Prompt
from core.text_marks import N_
from yihui.access.pending_acts import LIFETIME, PendingAct
from yihui.access.roles import Right
from yihui.cases.kernel.scope import is_own_step
from yihui.frame.cells import (
    Chip,
    Choice,
    Link,
    Money,
    Officer,
    Organisation,
    Percent,
    Several,
    reword_days,
    shorten_days,
)
from yihui.frame.content import (
    Advice,
    Chart,
    Event,
    Fact,
    Facts,
    Section,
    TableColumn,
    ThingPage,
    Timeline,
)
from yihui.frame.listing import Listing, Looking, RowSlice
from yihui.frame.noun import Noun
from yihui.frame.todo import ToDo, Waiting
from yihui.frame.types import Form
from yihui.money.budgets.acts import (
    BUDGET,
    CHANGE,
    CONFIRM,
    REFUSE,
    SET,
    WITHDRAW,
    UnionBudget,
    load_budgets,
)
from yihui.money.budgets.calls import BUDGETS_PATH
from yihui.money.tabs import MONEY_TABS
from yihui.runtime.language import Language
from yihui.services.operation.kept_figures import read_as_of
from yihui.views.charts import render_budget_chart

LOW_BP = 9_000  # of its amount in use: a budget that is about to run out
_STATES = {
    "waiting": N_("a change waits"),
    "low": N_("about to run out"),
    "unset": N_("no amount yet"),
    "ok": N_("enough left"),
}
_TONES = {"waiting": "waiting", "low": "bad", "unset": "waiting", "ok": "good"}
_UNNAMED = N_("Budget that no rule names")


class BudgetFilter(Form):
    """Which budgets are listed."""

    state: Annotated[Literal["waiting", "low", "unset"] | None, Prompt(N_("State"), labels=_STATES)] = None


def used_bp(one: UnionBudget) -> int:
    """Return the share of a budget that is in use, in basis points; 0 where it has no amount."""
    budget = one.budget
    return budget.in_use_fen * 10_000 // budget.ceiling_fen if budget.ceiling_fen else 0


def _states(one: UnionBudget) -> Iterable[str]:
    """Yield the states of a budget, the first one as its own."""
    if one.proposal is not None:
        yield "waiting"
    if one.budget.ceiling_fen is None:
        yield "unset"
    elif used_bp(one) >= LOW_BP:
        yield "low"
    yield "ok"


def _chip(one: UnionBudget) -> Chip:
    state = next(iter(_states(one)))
    return Chip(state, _STATES[state], _TONES[state])


def find_budgets(look: Looking[BudgetFilter]) -> RowSlice[UnionBudget]:
    """Find the budgets of the officer's unions by name."""
    found = _list_covered(look, Right.READ_MONEY)
    return look.cut([one for one in found if look.filter.state in (None, *_states(one))])


def _list_covered(look: Looking[Any], right: Right) -> list[UnionBudget]:
    found = sorted(load_budgets(look), key=lambda one: (not one.terms.title, one.terms.title, one.id))
    covered = look.scope(right).find_covered(look.connection, {one.terms.organisation for one in found})
    return [one for one in found if one.terms.organisation in covered]


def _find_changes(look: Looking[Any], language: Language) -> RowSlice[Waiting]:
    """Find the changes that colleagues proposed, by the end of their time."""
    waiting = [
        (one.proposal.proposed_at + LIFETIME, one)
        for one in _list_covered(look, Right.CONFIRM_BUDGETS)
        if one.proposal is not None and not is_own_step(look, one.proposal.proposed_by)
    ]
    waiting.sort(key=lambda pair: pair[0])
    return look.cut(waiting).map(
        lambda pair: Waiting(
            _name(pair[1], language), _path(pair[1]), pair[0], place=pair[1].terms.organisation
        )
    )


def _find_low(look: Looking[Any], language: Language) -> RowSlice[Waiting]:
    """Find the budgets that are about to run out, the fullest first."""
    low = [one for one in _list_covered(look, Right.SET_BUDGETS) if "low" in _states(one)]
    return look.cut(sorted(low, key=used_bp, reverse=True)).map(
        lambda one: Waiting(_name(one, language), _path(one), place=one.terms.organisation)
    )


def _path(one: UnionBudget) -> str:
    return f"/desk/{BUDGETS_PATH}/{one.id}"


def _name(one: UnionBudget, language: Language) -> str:
    return one.terms.title or language.translate(_UNNAMED)


def _link(one: UnionBudget) -> Link:
    return Link(_path(one), one.terms.title or Choice(one.id, _UNNAMED))


def show_budget(look: Looking[Any], one: UnionBudget, language: Language) -> ThingPage:
    """Return a budget with its sums, its pace and its curve, the change that waits, and its history."""
    kept_at = read_as_of(look.connection)
    (rate,) = compute_run_rates(
        look.connection, civil_date(look.now), from_sums=kept_at is not None, only=one.id
    )
    title = _name(one, language)
    facts = (
        Fact("budget", N_("Budget"), one.id, is_on_page=False),
        Fact("organisation", N_("Union"), Organisation(one.terms.organisation)),
        Fact("amount_fen", N_("Budgeted"), _amount(one)),
        Fact("in_use_fen", N_("In use: promised, less what came back"), Money(one.budget.in_use_fen)),
        Fact("left_fen", N_("Left"), _left(one)),
        Fact("promised_fen", N_("Promised in all"), Money(rate.granted_fen)),
        Fact("returned_fen", N_("Came back"), Money(rate.returned_fen)),
        Fact("empty_on", N_("Empty about, at this pace"), rate.empty_on),
        Fact("rules", N_("Pays"), _rules(one)),
        *((Fact("as_of", N_("Promised and came back as of"), kept_at),) if kept_at else ()),
    )
    sections: list[Section] = [Facts("", facts)]
    if one.proposal is not None:
        sections.append(Facts(N_("Change that waits"), _proposal_facts(one.proposal)))
    sections += [
        Chart("curve", N_("In use by the end of each day (yuan)"), rate.curve, partial(_draw, rate, title)),
        Advice(_pace(rate, language)),
        Timeline(list(_history(look, one, language))),
    ]
    unnamed = language.translate(N_("No rule names this budget: it limits nothing."))
    notice = "" if one.terms.rules else unnamed
    confirmed = one.proposal and format_yuan(one.proposal.terms["amount_fen"])
    buttons = {"confirm": language.render(N_("Confirm {yuan} yuan"), yuan=confirmed)}
    return ThingPage(title, sections, _chip(one), notice, acts=_acts(look, one), buttons=buttons)


def _acts(look: Looking[Any], one: UnionBudget) -> Sequence[str]:
    if one.proposal is not None:
        return ("withdraw",) if is_own_step(look, one.proposal.proposed_by) else ("confirm", "refuse")
    return ("set",) if one.budget.ceiling_fen is None else ("change",)


def _amount(one: UnionBudget, less_fen: int = 0) -> Money | None:
    return None if one.budget.ceiling_fen is None else Money(one.budget.ceiling_fen - less_fen)


def _left(one: UnionBudget) -> Money | None:
    return _amount(one, one.budget.in_use_fen)


def _rules(one: UnionBudget) -> Several:
    return Several(
        tuple(Link(f"/desk/rules/{id_}", title, id_) for id_, title in one.terms.rules.items()), "、"
    )


def _proposal_facts(proposed: PendingAct) -> Sequence[Fact]:
    return (
        Fact("before_fen", N_("Amount now"), Money(proposed.terms["before_fen"])),
        Fact("proposed_fen", N_("Amount then"), Money(proposed.terms["amount_fen"])),
        Fact("proposed_by", N_("Proposed by"), Officer(proposed.proposed_by)),
        Fact("proposed_at", N_("Proposed on"), proposed.proposed_at),
        Fact("reason", N_("Reason"), proposed.reason),
        Fact("lapses_at", N_("Can be confirmed until"), proposed.proposed_at + LIFETIME),
    )


def _draw(rate: RunRate, title: str, language: Language) -> Markup:
    chart = render_budget_chart(rate, language.render(N_("in use of {name} (yuan)"), name=title), language)
    return Markup(shorten_days(chart, language, None))


def _pace(rate: RunRate, language: Language) -> str:
    ends = _depletion_text(rate, language) if rate.ceiling_fen is not None else ""
    said = language.join_clauses([text for text in (_pace_text(rate, language), ends) if text])
    return reword_days(said, language, None)


def _pace_text(rate: RunRate, language: Language) -> str:
    """Return what a budget gave and got back in the last weeks, and the range of a week where it is known."""
    if not rate.weeks:
        return language.render(N_("less than a week is known: no pace"))
    flows = language.render(
        N_(
            "promised in the last {weeks} weeks: {granted} yuan, of which {returned} came back; {week} a week"
        ),
        weeks=rate.weeks,
        granted=format_yuan(rate.weeks_granted_fen),
        returned=format_yuan(rate.weeks_returned_fen),
        week=format_yuan(rate.week_fen),
    )
    if rate.week_range_fen is None:
        return language.join_clauses([flows, language.render(N_("too few weeks to tell how sure that is"))])
    low, high = rate.week_range_fen
    if low == high:
        return flows
    sure = language.render(
        N_("by chance it may be {low} to {high} a week"), low=format_yuan(low), high=format_yuan(high)
    )
    return language.join_clauses([flows, sure])


def _depletion_text(rate: RunRate, language: Language) -> str:
    """Return when a budget will be empty at the present pace, with its uncertainty."""
    if rate.left_fen == 0:
        return language.render(N_("it is used up"))
    if not rate.weeks:
        return language.render(N_("when it is empty can't be told yet"))
    if rate.empty_on is None:
        return language.render(N_("at this pace it lasts for more than ten years"))
    if rate.earliest is None:
        return language.render(N_("at this pace it is empty about {day}"), day=rate.empty_on)
    if rate.latest is None:
        template = N_(
            "at this pace it is empty about {day}, at the earliest {earliest}, the latest can't be told"
        )
        return language.render(template, day=rate.empty_on, earliest=rate.earliest)
    template = N_("at this pace it is empty about {day}, between {earliest} and {latest}")
    return language.render(template, day=rate.empty_on, earliest=rate.earliest, latest=rate.latest)


def _history(look: Looking[Any], one: UnionBudget, language: Language) -> Iterable[Event]:
    """Yield the amounts that were set, the newest first."""
    for act in reversed(benefits.list_acts(look.connection, f"budget/{one.id}")):
        before, after = (
            None if (fen := act.detail.get(name)) is None else format_yuan(int(str(fen)))
            for name in ("before_fen", "ceiling_fen")
        )
        text = N_("{yuan} yuan") if before is None else N_("{before} yuan before, {yuan} yuan since")
        detail = language.render(text, before=before, yuan=after)
        yield Event(act.at, act.kind, N_("Amount set"), act.who, act.reason, detail)


_column = TableColumn[UnionBudget]
_COLUMNS = (
    _column("title", N_("Budget"), _link),
    _column("budget", N_("Budget's id"), lambda one: one.id, is_on_page=False),
    _column("organisation", N_("Union"), lambda one: Organisation(one.terms.organisation)),
    _column("amount_fen", N_("Budgeted"), _amount),
    _column("in_use_fen", N_("In use"), lambda one: Money(one.budget.in_use_fen)),
    _column("left_fen", N_("Left"), _left),
    _column("used_bp", N_("Share in use"), lambda one: Percent(used_bp(one)) if one.budget.ceiling_fen else None),
    _column("state", N_("State"), _chip),
)  # fmt: skip
_LISTED = Listing(
    N_("List the budgets of the own unions: amount, in use, left."), BudgetFilter, find_budgets, _COLUMNS,
    N_("No rule of your unions names a budget. A rule's budget is here as soon as the rule is approved."),
)  # fmt: skip
_TODOS = tuple(
    ToDo(title, f"/desk/{BUDGETS_PATH}?state={state}", right, find)
    for title, state, right, find in (
        (N_("changes of budgets to confirm"), "waiting", Right.CONFIRM_BUDGETS, _find_changes),
        (N_("budgets about to run out"), "low", Right.SET_BUDGETS, _find_low),
    )
)
NOUN = Noun(
    BUDGETS_PATH, N_("Budgets"), BUDGET, _LISTED, show_budget, Right.READ_MONEY,
    (SET, CHANGE, CONFIRM, REFUSE, WITHDRAW), MONEY_TABS, todos=_TODOS,
)  # fmt: skip

"""Report on benefits: promised, issued, used, paid, expired, reversed and remaining amounts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

from pydantic_core import to_jsonable_python

from core.money import format_yuan
from core.text_marks import N_
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from benefits import BenefitFigures, FigureGroup, FigureGrouping, RunRate
    from yihui.services.benefits.report import BenefitReport


GROUPING_TITLES = {
    "programme": N_("By programme"),
    "organisation": N_("By organisation"),
    "month": N_("By month"),
}
# Field → title. Handed out, used and paid are separate figures.
MOVEMENT_TITLES = {
    "granted_fen": N_("promised"),
    "issued_fen": N_("handed out"),
    "redeemed_fen": N_("used or sent to the bank"),
    "settled_fen": N_("paid"),
    "expired_fen": N_("expired"),
    "reversed_fen": N_("taken back"),
}
BALANCE_TITLES = {
    "at_promised_fen": N_("not handed out yet"),
    "at_issued_fen": N_("handed out, not used yet"),
    "at_redeemed_fen": N_("used, not paid yet"),
    "at_settled_fen": N_("paid"),
    "at_expired_fen": N_("expired"),
    "at_reversed_fen": N_("taken back"),
}
# The first notes say what each title means, wherever it stands: page, workbook, JSON, terminal.
METHOD_NOTES = (
    N_("Promised: all that was granted, nothing taken off. What expired or was taken back later is counted there."),
    N_("Handed out: codes that members got, and payments that were prepared."),
    N_("Used or sent to the bank: redeemed at merchants or ordered from the bank, less what merchants refunded and the bank returned."),
    N_("Paid: only what the bank or an invoice confirmed, less what the bank returned."),
    N_("Expired: not claimed or not used in time. Taken back: voided, reversed or given back."),
    N_("In use of a budget: promised out of it, less what came back to it; left is its ceiling less that. Budgets count from their beginning to the last day."),
    N_("All figures are sums of the ledger's postings, to the fen."),
    N_("Worth counts at face value; things without a worth count as 0 yuan."),
    N_("The pace is what was promised in the whole weeks before the day (at most 13), less what has come back of it, on the mean of a week. The range is twice the standard error to both sides (about 95 %), stated from 4 weeks on."),
    N_("It knows nothing of feasts, quarters and new rules: it is a pace, not a forecast."),
)  # fmt: skip


_RATE_FIELDS = (
    "budget", "titles", "granted_fen", "returned_fen", "in_use_fen", "ceiling_fen", "left_fen", "weeks",
    "weeks_granted_fen", "weeks_returned_fen", "week_fen", "week_range_fen", "empty_on", "earliest", "latest",
)  # fmt: skip
MOST_TITLES = 2  # rules that name their budget in one line


def benefit_report_json(report: BenefitReport) -> dict[str, object]:
    """Return the report as JSON data."""
    return {
        "by": report.by,
        "from": report.period.first.isoformat() if report.period.first else None,
        "to": report.period.last.isoformat(),
        "groups": [
            {"key": group.key, "title": group.title, **asdict(group.figures)} for group in report.groups
        ],
        "total": asdict(report.total),
        "budgets": [_rate_json(rate) for rate in report.rates],
        "method": list(METHOD_NOTES),
    }


def _rate_json(rate: RunRate) -> dict[str, object]:
    return {name: to_jsonable_python(getattr(rate, name)) for name in _RATE_FIELDS}


def benefit_report_lines(report: BenefitReport, language: Language) -> Iterator[str]:
    """Yield the report as terminal lines: movements by group, balances, budgets."""
    yield period_text(report, language)
    for group in report.groups:
        yield f"{group_title(group, report.by, language)}"
        yield f"    {figures_text(group.figures, MOVEMENT_TITLES, language)}"
    yield language.render(N_("in all: {what}"), what=figures_text(report.total, MOVEMENT_TITLES, language))
    yield language.render(N_("it stands: {what}"), what=figures_text(report.total, BALANCE_TITLES, language))
    for rate in report.rates:
        yield run_rate_text(rate, language)


def period_text(report: BenefitReport, language: Language) -> str:
    """Return the period of the report as text."""
    first = report.period.first or language.render(N_("the beginning"))
    return language.render(N_("from {first} to {last}, in yuan"), first=first, last=report.period.last)


def group_title(group: FigureGroup, by: FigureGrouping, language: Language) -> str:
    """Return the title of a group; ``by`` month it is the month itself."""
    if not group.key:
        return language.render(N_("without organisation"))
    return group.key if by == "month" or group.title == group.key else f"{group.title} {group.key}"


def figures_text(figures: BenefitFigures, titles: Mapping[str, str], language: Language) -> str:
    """Return some figures as one line of text, each below its title."""
    return language.format_list(
        f"{language.translate(title)} {format_yuan(getattr(figures, name))}" for name, title in titles.items()
    )


def budget_name(rate: RunRate, language: Language) -> str:
    """Return the name of a budget: the titles of the rules that use it, and its id."""
    if not rate.titles:
        return rate.budget
    named = language.format_list(rate.titles[:MOST_TITLES])
    if len(rate.titles) > MOST_TITLES:
        named = language.render(
            N_("{names} and {count} more"), names=named, count=len(rate.titles) - MOST_TITLES
        )
    return language.render(N_("{name} ({id})"), name=named, id=rate.budget)


def run_rate_text(rate: RunRate, language: Language) -> str:
    """Return a budget as text: what went out and came back, how fast it is used, when it will be empty."""
    sums = language.render(
        N_("budget {name}: {sums}"), name=budget_name(rate, language), sums=budget_sums_text(rate, language)
    )
    if rate.ceiling_fen is None:
        return sums
    return language.join_clauses([sums, pace_text(rate, language), depletion_text(rate, language)])


def budget_sums_text(rate: RunRate, language: Language) -> str:
    """Return what was promised out of a budget, what came back, what is in use and what is left."""
    known = rate.ceiling_fen is not None and rate.left_fen is not None
    template = (
        N_("{promised} yuan promised, {returned} came back, {in_use} in use; ceiling {ceiling}, {left} left")
        if known
        else N_("{promised} yuan promised, {returned} came back, {in_use} in use; no ceiling set")
    )
    return language.render(
        template,
        promised=format_yuan(rate.granted_fen),
        returned=format_yuan(rate.returned_fen),
        in_use=format_yuan(rate.in_use_fen),
        ceiling=format_yuan(rate.ceiling_fen or 0),
        left=format_yuan(rate.left_fen or 0),
    )


def pace_text(rate: RunRate, language: Language) -> str:
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


def depletion_text(rate: RunRate, language: Language) -> str:
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

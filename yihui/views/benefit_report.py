"""The report on benefits: promised, handed out, used, paid, expired, taken back, left; for every reader the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING

from rules import yuan
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from benefits import By, Figures, Group, Period, RunRate

N_ = str  # marks a text for the message catalogue

TITLES = {
    "programme": N_("By programme"),
    "organisation": N_("By organisation"),
    "month": N_("By month"),
}
# Field → what it is called; never mixed: handed out, used, paid.
MOVED = {
    "granted_fen": N_("promised"),
    "issued_fen": N_("handed out"),
    "redeemed_fen": N_("used or sent to the bank"),
    "settled_fen": N_("paid"),
    "expired_fen": N_("expired"),
    "reversed_fen": N_("taken back"),
}
STANDS = {
    "at_promised_fen": N_("not handed out yet"),
    "at_issued_fen": N_("handed out, not used yet"),
    "at_redeemed_fen": N_("used, not paid yet"),
    "at_settled_fen": N_("paid"),
    "at_expired_fen": N_("expired"),
    "at_reversed_fen": N_("taken back"),
}
METHOD = (
    N_("All figures are sums of the ledger's postings, to the fen; what was undone is taken off where it had been counted."),
    N_("Handed out, used and paid are three things: paid is only what the bank or an invoice confirmed."),
    N_("Worth counts at face value; things without a worth count as 0 yuan."),
    N_("The pace is the mean of what was promised in the whole weeks before the day (at most 13), less what has come back of it; the uncertainty is twice the standard error (about 95 %), told from 4 weeks on."),
    N_("It knows nothing of feasts, quarters and new rules: it is a pace, not a forecast."),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class BenefitReport:
    """One report; ``total`` sums the groups, by month it is the last month's standing."""

    by: By
    period: Period
    groups: tuple[Group, ...]
    months: tuple[Group, ...]
    total: Figures
    rates: tuple[RunRate, ...]


def benefit_report(connection: Connection, by: By, period: Period) -> BenefitReport:
    from benefits import Figures, figures_by, run_rates

    rules = figures_by(connection, "programme", period)
    total = Figures()
    for group in rules:
        total.add(group.figures)
    months = figures_by(connection, "month", period)
    groups = {"programme": rules, "month": months}.get(by) or figures_by(connection, by, period)
    return BenefitReport(
        by, period, tuple(groups), tuple(months), total, tuple(run_rates(connection, period.last))
    )


def report_json(report: BenefitReport) -> dict[str, object]:
    return {
        "by": report.by,
        "from": report.period.first.isoformat() if report.period.first else None,
        "to": report.period.last.isoformat(),
        "groups": [
            {"key": group.key, "title": group.title, **asdict(group.figures)} for group in report.groups
        ],
        "total": asdict(report.total),
        "budgets": [_rate_json(rate) for rate in report.rates],
        "method": list(METHOD),
    }


def _rate_json(rate: RunRate) -> dict[str, object]:
    def iso(day: date | None) -> str | None:
        return day.isoformat() if day else None

    return {
        "budget": rate.budget,
        "promised_fen": rate.promised_fen,
        "ceiling_fen": rate.ceiling_fen,
        "left_fen": rate.left_fen,
        "weeks": rate.weeks,
        "week_fen": rate.week_fen,
        "error_fen": rate.error_fen,
        "empty_on": iso(rate.empty_on),
        "earliest": iso(rate.earliest),
        "latest": iso(rate.latest),
    }


def report_lines(report: BenefitReport, language: Language) -> Iterator[str]:
    """For a terminal: what moved, group by group; where all stands; the budgets."""
    yield span_text(report, language)
    for group in report.groups:
        yield f"{group_title(group, report.by, language)}"
        yield f"    {moved_text(group.figures, language)}"
    yield language.say(N_("in all: {what}"), what=moved_text(report.total, language))
    yield language.say(N_("it stands: {what}"), what=stands_text(report.total, language))
    for rate in report.rates:
        yield rate_text(rate, language)


def span_text(report: BenefitReport, language: Language) -> str:
    first = report.period.first or language.say(N_("the beginning"))
    return language.say(N_("from {first} to {last}, in yuan"), first=first, last=report.period.last)


def group_title(group: Group, by: By, language: Language) -> str:
    if not group.key:
        return language.say(N_("without organisation"))
    return group.key if by == "month" or group.title == group.key else f"{group.title} {group.key}"


def moved_text(figures: Figures, language: Language) -> str:
    return language.listed(
        f"{language.text(title)} {yuan(getattr(figures, name))}" for name, title in MOVED.items()
    )


def stands_text(figures: Figures, language: Language) -> str:
    return language.listed(
        f"{language.text(title)} {yuan(getattr(figures, name))}" for name, title in STANDS.items()
    )


def rate_text(rate: RunRate, language: Language) -> str:
    """A budget in words: what is left, how fast it goes, when it is empty."""
    if rate.ceiling_fen is None or rate.left_fen is None:
        return language.say(
            N_("budget {name}: {promised} yuan promised, no ceiling set"),
            name=rate.budget,
            promised=yuan(rate.promised_fen),
        )
    left = language.say(
        N_("budget {name}: {promised} of {ceiling} yuan promised, {left} left"),
        name=rate.budget,
        promised=yuan(rate.promised_fen),
        ceiling=yuan(rate.ceiling_fen),
        left=yuan(rate.left_fen),
    )
    return language.clauses([left, pace_text(rate, language), empty_text(rate, language)])


def pace_text(rate: RunRate, language: Language) -> str:
    if not rate.weeks:
        return language.say(N_("less than a week is known: no pace"))
    if rate.error_fen is None:
        template = N_("{week} yuan a week over {weeks} weeks, too few to tell how sure that is")
        return language.say(template, week=yuan(rate.week_fen), weeks=rate.weeks)
    template = N_("{week} ± {error} yuan a week over {weeks} weeks")
    return language.say(template, week=yuan(rate.week_fen), error=yuan(rate.error_fen), weeks=rate.weeks)


def empty_text(rate: RunRate, language: Language) -> str:
    if rate.left_fen == 0:
        return language.say(N_("it is used up"))
    if not rate.weeks:
        return language.say(N_("when it is empty can't be told yet"))
    if rate.empty_on is None:
        return language.say(N_("at this pace it lasts for more than ten years"))
    if rate.earliest is None:
        return language.say(N_("at this pace it is empty about {day}"), day=rate.empty_on)
    if rate.latest is None:
        template = N_(
            "at this pace it is empty about {day}, at the earliest {earliest}, the latest can't be told"
        )
        return language.say(template, day=rate.empty_on, earliest=rate.earliest)
    template = N_("at this pace it is empty about {day}, between {earliest} and {latest}")
    return language.say(template, day=rate.empty_on, earliest=rate.earliest, latest=rate.latest)

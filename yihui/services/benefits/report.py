"""Compute the report on benefits from the ledger."""

from dataclasses import dataclass

from benefits import (
    BenefitFigures,
    FigureGroup,
    FigureGrouping,
    ReportPeriod,
    RunRate,
    compute_figures,
    compute_run_rates,
)
from yihui.bootstrap import Wiring


@dataclass(frozen=True, slots=True)
class BenefitReport:
    """One report. ``total`` sums the groups; in a report by month its balances are those of the last month."""

    by: FigureGrouping
    period: ReportPeriod
    groups: tuple[FigureGroup, ...]
    months: tuple[FigureGroup, ...]
    total: BenefitFigures
    rates: tuple[RunRate, ...]


def build_benefit_report(
    wiring: Wiring, by: FigureGrouping, period: ReportPeriod, within: frozenset[str] | None = None
) -> BenefitReport:
    """Build the report from the ledger, grouped ``by`` programme, organisation or month.

    ``within`` restricts it to members of some organisations and those below them; budgets serve the whole
    union, so that such a report has none.
    """
    with wiring.database.read() as connection:
        rules = compute_figures(connection, "programme", period, within)
        months = compute_figures(connection, "month", period, within)
        known = {"programme": rules, "month": months}
        groups = known[by] if by in known else compute_figures(connection, by, period, within)
        rates = compute_run_rates(connection, period.last) if within is None else []
    total = BenefitFigures()
    for group in rules:
        total.add(group.figures)
    return BenefitReport(by, period, tuple(groups), tuple(months), total, tuple(rates))

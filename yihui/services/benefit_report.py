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


def build_benefit_report(wiring: Wiring, by: FigureGrouping, period: ReportPeriod) -> BenefitReport:
    """Build the report from the ledger, grouped ``by`` programme, organisation or month."""
    with wiring.database.read() as connection:
        rules = compute_figures(connection, "programme", period)
        months = compute_figures(connection, "month", period)
        groups = {"programme": rules, "month": months}.get(by) or compute_figures(connection, by, period)
        rates = compute_run_rates(connection, period.last)
    total = BenefitFigures()
    for group in rules:
        total.add(group.figures)
    return BenefitReport(by, period, tuple(groups), tuple(months), total, tuple(rates))

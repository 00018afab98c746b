"""Compute the report on benefits from the ledger."""

from dataclasses import dataclass
from datetime import datetime

from benefits import (
    BenefitFigures,
    FigureGroup,
    FigureGrouping,
    ReportPeriod,
    RunRate,
    compute_figures,
    compute_run_rates,
)
from benefits.reporting.report_sums import covers_all
from yihui.bootstrap import Wiring
from yihui.services.operation.kept_figures import read_as_of


@dataclass(frozen=True, slots=True)
class BenefitReport:
    """One report. ``total`` sums the groups; in a report by month its balances are those of the last month."""

    by: FigureGrouping
    period: ReportPeriod
    groups: tuple[FigureGroup, ...]
    months: tuple[FigureGroup, ...]
    total: BenefitFigures
    rates: tuple[RunRate, ...]
    as_of: datetime | None = None  # when its sums were made; None: it is made from the ledger as it is


def build_benefit_report(
    wiring: Wiring,
    by: FigureGrouping,
    period: ReportPeriod,
    within: frozenset[str] | None = None,
    *,
    may_be_kept: bool = False,
) -> BenefitReport:
    """Build the report from the ledger, grouped ``by`` programme, organisation or month.

    ``within`` restricts it to members of some organisations and those below them; budgets serve the whole
    union, so that such a report has none. ``may_be_kept`` takes the sums that the upkeep of a large ledger made,
    where there are any.
    """
    with wiring.database.read() as connection:
        as_of = read_as_of(connection) if may_be_kept and covers_all(within) else None
        is_kept = as_of is not None
        rules = compute_figures(connection, "programme", period, within, from_sums=is_kept)
        months = compute_figures(connection, "month", period, within, from_sums=is_kept)
        known = {"programme": rules, "month": months}
        groups = known.get(by) or compute_figures(connection, by, period, within, from_sums=is_kept)
        rates = compute_run_rates(connection, period.last, from_sums=is_kept) if within is None else []
    total = BenefitFigures()
    for group in rules:
        total.add(group.figures)
    return BenefitReport(by, period, tuple(groups), tuple(months), total, tuple(rates), as_of)

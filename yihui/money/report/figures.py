"""What a report on benefits counts: its period, whose members, and the figures of its groups."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Self

from pydantic import model_validator
from sqlalchemy import Connection

from benefits import BenefitFigures, FigureGroup, FigureGrouping, ReportPeriod, compute_figures
from benefits.reporting.figures import Figure
from benefits.reporting.report_sums import covers_all
from core.civil_time import civil_date
from core.faults import FaultTable
from core.prompts import Prompt
from core.text_marks import N_
from yihui.access.roles import Right
from yihui.frame.fields import FieldFaultError
from yihui.frame.listing import Looking
from yihui.frame.types import CivilDay, Form, OrganisationCode
from yihui.services.access.authorisation import authorise
from yihui.services.operation.kept_figures import read_as_of

REPORT_FAULTS = FaultTable(
    "report",
    {"first_after_last": (N_("{field} can't be {value}"), N_("the first day comes before the last"))},
)
# Handed out, used and paid are separate figures.
FIGURE_TITLES: Mapping[Figure, str] = {
    "granted": N_("promised"),
    "issued": N_("handed out"),
    "redeemed": N_("used or sent to the bank"),
    "settled": N_("paid"),
    "expired": N_("expired"),
    "reversed": N_("taken back"),
}


class PeriodFilter(Form):
    """A period, and whose members."""

    organisation: Annotated[OrganisationCode | None, Prompt(N_("Union and those below it"))] = None
    since: Annotated[CivilDay | None, Prompt(N_("From"), option="--from")] = None
    until: Annotated[CivilDay | None, Prompt(N_("Until"), option="--to")] = None

    @model_validator(mode="after")
    def require_order(self) -> Self:
        """*Raises*: FieldFaultError if the period ends before it begins."""
        if self.since is not None and self.until is not None and self.since > self.until:
            raise FieldFaultError([REPORT_FAULTS.build("first_after_last", field="since", value=self.since)])
        return self


@dataclass(frozen=True, slots=True)
class BenefitReport:
    """One report. ``total`` sums the groups; in a report by month its balances are those of the last month."""

    by: FigureGrouping
    period: ReportPeriod
    groups: tuple[FigureGroup, ...]
    months: tuple[FigureGroup, ...]
    total: BenefitFigures
    as_of: datetime | None = None  # when its sums were made; None: it is made from the ledger as it is


def build_report(
    connection: Connection,
    by: FigureGrouping,
    period: ReportPeriod,
    within: frozenset[str] | None = None,
    *,
    may_be_kept: bool = True,
) -> BenefitReport:
    """Build the report from the ledger, grouped ``by`` programme, organisation or month.

    ``within`` restricts it to members of some organisations and those below them. ``may_be_kept`` takes the sums that
    the upkeep of a large ledger made, where there are any.
    """
    as_of = read_as_of(connection) if may_be_kept and covers_all(within) else None

    def compute(grouping: FigureGrouping) -> tuple[FigureGroup, ...]:
        return tuple(compute_figures(connection, grouping, period, within, from_sums=as_of is not None))

    rules, months = compute("programme"), compute("month")
    groups = {"programme": rules, "month": months}.get(by) or compute(by)
    total = BenefitFigures()
    for group in rules:
        total.add(group.figures)
    return BenefitReport(by, period, groups, months, total, as_of)


def read_period(look: Looking[Any]) -> ReportPeriod:
    """Return the period of a filter: until today unless said."""
    first: date | None = look.filter.since
    today = civil_date(look.now)
    return ReportPeriod(first, look.filter.until or (today if first is None else max(first, today)))


def find_within(look: Looking[Any], right: Right) -> frozenset[str] | None:
    """Return whose members count: those of one organisation, or of all for which the officer holds a right.

    *Raises*: FaultError if the officer doesn't hold it for the one.
    """
    if look.filter.organisation is None:
        return look.scope(right).organisations
    authorise(look.wiring, look.connection, look.actor, right, look.filter.organisation)
    return frozenset({look.filter.organisation})

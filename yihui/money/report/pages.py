"""The report on benefits at every door: each figure in yuan and heads, which leads to the moves that it counts."""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Annotated, Literal
from urllib.parse import urlencode

from markupsafe import Markup

from benefits import FigureGroup
from benefits.reporting.figures import Figure
from core.prompts import Prompt
from core.text_marks import N_
from yihui.access.roles import Right
from yihui.frame.cells import Cell, Choice, Link, Money, Organisation, Phrase, Several
from yihui.frame.content import Chart, Fact, Facts, Section, TableColumn
from yihui.frame.listing import Listing, Looking, RowSlice
from yihui.frame.noun import Noun
from yihui.money.report.figures import (
    FIGURE_TITLES,
    BenefitReport,
    PeriodFilter,
    build_report,
    find_within,
    read_period,
)
from yihui.money.report.moves import MOVES_PATH
from yihui.money.tabs import MONEY_TABS
from yihui.runtime.language import Language
from yihui.views.charts import empty_chart, render_bar_chart, short_label

_GROUPINGS = {
    "programme": N_("By programme"),
    "organisation": N_("By organisation"),
    "month": N_("By month"),
}
_BALANCES = {
    "at_promised_fen": N_("not handed out yet"),
    "at_issued_fen": N_("handed out, not used yet"),
    "at_redeemed_fen": N_("used, not paid yet"),
    "at_settled_fen": N_("paid by the end"),
    "at_expired_fen": N_("expired by the end"),
    "at_reversed_fen": N_("taken back by the end"),
}
_HEADS: Mapping[Figure, str] = {
    "granted": N_("heads promised to"),
    "issued": N_("heads handed out to"),
    "redeemed": N_("heads that used, or sent to the bank"),
    "settled": N_("heads paid"),
    "expired": N_("heads expired"),
    "reversed": N_("heads taken back from"),
}
_MEANINGS = (
    ("granted", FIGURE_TITLES["granted"], N_("All that was granted, nothing taken off. What expired or was taken back later is counted there.")),
    ("issued", FIGURE_TITLES["issued"], N_("Codes that members got, and payments that were prepared.")),
    ("redeemed", FIGURE_TITLES["redeemed"], N_("Redeemed at merchants or ordered from the bank, less what merchants refunded and the bank returned.")),
    ("settled", FIGURE_TITLES["settled"], N_("Only what the bank or an invoice confirmed, less what the bank returned.")),
    ("expired", FIGURE_TITLES["expired"], N_("Not claimed or not used in time.")),
    ("reversed", FIGURE_TITLES["reversed"], N_("Voided, reversed or given back.")),
    ("heads", N_("heads"), N_("A member counts each time that she got, used or was paid something; a payment that the bank returned counts no more.")),
    ("worth", N_("worth"), N_("Worth counts at face value; things without a worth are in no figure.")),
)  # fmt: skip
_MOST_BARS = 6  # of a chart by benefit or county; one by month has a year


class ReportFilter(PeriodFilter):
    """What a report is grouped by, its period, and whose members."""

    by: Annotated[Literal["programme", "organisation", "month"], Prompt(N_("Grouped"), labels=_GROUPINGS)] = (
        "programme"
    )


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A group of a report with its title, and what selects the moves that it counts; None: nothing does."""

    group: FigureGroup
    title: Cell
    query: Mapping[str, object] | None

    def cell(self, figure: Figure) -> Cell:
        """Return a figure: yuan and heads, which lead to its moves."""
        fen = Money(getattr(self.group.figures, f"{figure}_fen"))
        heads = getattr(self.group.figures, f"{figure}_heads")
        if self.query is None or not (heads or fen.fen):
            return fen
        shown = Several((fen, Phrase(N_("{count} heads"), {"count": heads})), " · ")
        return Link(f"/desk/{MOVES_PATH}?{urlencode({'figure': figure, **self.query})}", shown, fen)


def find_groups(look: Looking[ReportFilter]) -> RowSlice[ReportRow]:
    """Find the groups of a report on the officer's members, with its sums, charts and what each figure means."""
    report = build_report(
        look.connection, look.filter.by, read_period(look), find_within(look, Right.READ_MONEY)
    )
    found = look.cut([_build_row(look.filter, report, group) for group in report.groups])
    if not report.groups:
        return found
    return replace(found, above=[_sum(look.filter, report)], below=_list_further(report))


def _build_row(asked: ReportFilter, report: BenefitReport, group: FigureGroup) -> ReportRow:
    title: Cell = group.title
    own: dict[str, object] | None = {"rule": group.key}
    if report.by == "organisation":
        title = Organisation(group.key) if group.key else Choice("", N_("without organisation"))
        own = {"county": group.key} if group.key else None
    elif report.by == "month":
        month = date.fromisoformat(f"{group.key}-01")
        title = Phrase(N_("{month}/{year}"), {"month": month.month, "year": month.year})
        end = month.replace(day=monthrange(month.year, month.month)[1])
        first = report.period.first or month
        own = {"since": max(first, month), "until": min(report.period.last, end)}
    return ReportRow(group, title, None if own is None else {**_select(asked, report), **own})


def _select(asked: ReportFilter, report: BenefitReport) -> dict[str, object]:
    """Return what selects all moves of a report."""
    chosen = {"organisation": asked.organisation, "since": asked.since, "until": report.period.last}
    return {name: value for name, value in chosen.items() if value is not None}


def _sum(asked: ReportFilter, report: BenefitReport) -> Facts:
    row = ReportRow(FigureGroup("", "", report.total), None, _select(asked, report))
    first = report.period.first or Choice("", N_("the beginning"))
    facts = [Fact("since", N_("From"), first), Fact("until", N_("Until"), report.period.last)]
    if report.as_of is not None:
        facts.append(Fact("as_of", N_("Made once a day, as of"), report.as_of))
    facts += [Fact(f"{one}_fen", title, row.cell(one)) for one, title in FIGURE_TITLES.items()]
    heads = [
        Fact(f"{one}_heads", title, getattr(report.total, f"{one}_heads"), is_on_page=False)
        for one, title in _HEADS.items()
    ]
    return Facts(N_("In the period"), (*facts, *heads))


def _list_further(report: BenefitReport) -> Sequence[Section]:
    """Return the charts of a report, where all that was granted stands at its end, and what each figure means."""
    points = [(date.fromisoformat(f"{one.key}-01"), one.figures.settled_fen) for one in report.months]
    used = (FIGURE_TITLES["redeemed"], FIGURE_TITLES["settled"])
    got = (FIGURE_TITLES["granted"], FIGURE_TITLES["issued"])
    stands = [Fact(name, title, Money(getattr(report.total, name))) for name, title in _BALANCES.items()]
    return (
        Chart("paid_by_month", _USED, points, partial(_draw_used, report), used),
        Chart("groups", _GOT, (), partial(_draw_got, report), got),
        Facts(N_("Where all that was ever granted stands"), stands),
        Facts(
            N_("how it was reckoned"),
            [Fact(f"method_{name}", title, Choice(text, text)) for name, title, text in _MEANINGS],
        ),
    )


_USED, _GOT = N_("used and paid, by month (yuan)"), N_("promised and handed out (yuan)")


def _draw_used(report: BenefitReport, language: Language) -> Markup:
    """Draw used and paid amounts side by side, month by month."""
    if not any(one.figures.redeemed_fen or one.figures.settled_fen for one in report.months):
        text = N_(
            "Nothing was used or paid in the period: no code was redeemed and no payment was confirmed."
        )
        return empty_chart(text, language)
    bars = [
        (one.key, one.figures.redeemed_fen // 100, one.figures.settled_fen // 100) for one in report.months
    ]
    return render_bar_chart(bars, language.translate(_USED), language.code)


def _draw_got(report: BenefitReport, language: Language) -> Markup:
    """Draw promised and handed out amounts side by side, for the last months or the largest groups."""
    shown = report.groups[-12:]
    if report.by != "month":
        shown = tuple(sorted(report.groups, key=lambda one: -one.figures.granted_fen)[:_MOST_BARS])
    if not any(one.figures.granted_fen or one.figures.issued_fen for one in shown):
        text = N_("Nothing was promised or handed out in the period, or only things without a worth.")
        return empty_chart(text, language)
    bars = [
        (short_label(one.title or "–"), one.figures.granted_fen // 100, one.figures.issued_fen // 100)
        for one in shown
    ]
    return render_bar_chart(bars, language.translate(_GOT), language.code)


_column = TableColumn[ReportRow]


def _figure_column(figure: Figure, title: str) -> TableColumn[ReportRow]:
    return _column(f"{figure}_fen", title, lambda one: one.cell(figure))


def _plain_column(name: str, title: str) -> TableColumn[ReportRow]:
    """Return a column of files and programs: a head-count, or what stands at the period's end."""

    def value(one: ReportRow) -> Cell:
        number: int = getattr(one.group.figures, name)
        return Money(number) if name.endswith("_fen") else number

    return _column(name, title, value, is_on_page=False)


_COLUMNS = (
    _column("title", N_("Benefit, union or month"), lambda one: one.title),
    *(_figure_column(one, title) for one, title in FIGURE_TITLES.items()),
    _column("key", N_("code"), lambda one: one.group.key, is_on_page=False),
    *(_plain_column(f"{one}_heads", title) for one, title in _HEADS.items()),
    *(_plain_column(name, title) for name, title in _BALANCES.items()),
)  # fmt: skip
NOUN = Noun(
    "money/reports/benefits",
    N_("Report on benefits"),
    None,
    Listing(
        N_("List in yuan and heads what was promised, handed out, used, paid, expired and taken back."),
        ReportFilter,
        find_groups,
        _COLUMNS,
        N_("Nothing was granted to members of your organisations in this period."),
    ),
    None,
    Right.READ_MONEY,
    tabs=MONEY_TABS,
)

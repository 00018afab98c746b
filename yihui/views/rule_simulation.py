"""Show the simulation of a rule on the officers' pages: charts that need no script, and tables of the same."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from core.money import format_yuan
from core.text_marks import N_
from yihui.runtime.language import Language
from yihui.services.rules.desk_simulation_figures import FundEnd, GainBand, RuleSimulationFigures
from yihui.services.rules.simulation_figures import FigurePair, FundUse
from yihui.views.simulation import (
    PRESENT,
    PROPOSED,
    comparison_headings,
    comparison_row,
    draft_days_text,
    drawing_texts,
    fund_text,
    fund_title,
    gains_text,
    replay_text,
    report_caveats,
    totals_rows,
)
from yihui.views.simulation_charts import UsageCurve, render_bar_chart, render_usage_chart

MAX_ROWS = 40
_MAX_FUND_CHARTS = 4


@dataclass(frozen=True, slots=True)
class SimulationTable:
    """A table of the page; ``chart`` shows the same, and ``more`` counts the rows that are left out."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    chart: Markup | None = None
    more: int = 0
    legend: tuple[str, str] | None = None  # of the chart's two colours, if they aren't those of the page


@dataclass(frozen=True, slots=True)
class SimulationView:
    """Everything that the page of a simulation shows, in the officer's language."""

    summary: str
    days: str
    notes: Sequence[str]
    gains: str
    tables: Sequence[SimulationTable]
    funds: Sequence[tuple[str, Markup, str]]
    lists: Sequence[tuple[str, Sequence[str]]]


def build_simulation_view(figures: RuleSimulationFigures, language: Language) -> SimulationView:
    """Build what the page shows."""
    report = figures.report
    drawn = [fund for fund in report.funds if fund.is_telling][:_MAX_FUND_CHARTS]
    return SimulationView(
        summary=replay_text(report, language),
        days=language.format_list(draft_days_text(draft, language) for draft in report.drafts[:1]),
        notes=list(report_caveats(report, language)),
        gains=gains_text(report, language),
        tables=list(_tables(figures, language)),
        funds=[_fund_chart(fund, language) for fund in drawn],
        lists=[(title, lines) for title, lines in _lists(figures, drawn, language) if lines],
    )


def _tables(figures: RuleSimulationFigures, language: Language) -> Iterator[SimulationTable]:
    report = figures.report
    yield SimulationTable(
        language.render(N_("All in all")), comparison_headings(language), totals_rows(report, language)
    )
    month, organisation = language.render(N_("civil month")), language.render(N_("organisation"))
    yield _money(report.months, language.render(N_("By month (yuan)")), month, language, has_chart=True)
    yield _money(report.organisations, language.render(N_("By organisation (yuan)")), organisation, language)
    yield _bands(figures.bands, language)
    yield _money(report.rules, language.render(N_("By rule (yuan)")), language.render(N_("rule")), language)


def _money(
    pairs: Sequence[FigurePair],
    title: str,
    first: str,
    language: Language,
    *,
    has_chart: bool = False,
) -> SimulationTable:
    rows = [
        comparison_row(
            " ".join(filter(None, (pair.title, pair.key))) or language.render(N_("without organisation")),
            pair.present_fen,
            pair.proposed_fen,
        )
        for pair in pairs[:MAX_ROWS]
    ]
    bars = [(pair.key, pair.present_fen // 100, pair.proposed_fen // 100) for pair in pairs]
    chart = render_bar_chart(bars, title, language.code) if has_chart and pairs else None
    more = max(0, len(pairs) - MAX_ROWS)
    return SimulationTable(title, comparison_headings(language, first), rows, chart, more)


def _bands(bands: Sequence[GainBand], language: Language) -> SimulationTable:
    title = language.render(N_("Who gains and who loses"))
    columns = (N_("change for a member, in yuan"), N_("members who lose"), N_("members who gain"))
    rows = [(_band_text(band, language), f"{band.losers:,}", f"{band.gainers:,}") for band in bands]
    bars = [(_band_label(band), band.losers, band.gainers) for band in bands]
    changes = any(band.losers or band.gainers for band in bands)
    chart = render_bar_chart(bars, title, language.code) if changes else None
    band, losers, gainers = (language.render(column) for column in columns)
    return SimulationTable(title, (band, losers, gainers), rows, chart, legend=(losers, gainers))


def _band_label(band: GainBand) -> str:
    return f">{band.above_fen // 100}" if band.up_to_fen is None else f"≤{band.up_to_fen // 100}"


def _band_text(band: GainBand, language: Language) -> str:
    if band.up_to_fen is None:
        return language.render(N_("more than {yuan}"), yuan=format_yuan(band.above_fen))
    return language.render(
        N_("more than {above}, up to {most}"),
        above=format_yuan(band.above_fen),
        most=format_yuan(band.up_to_fen),
    )


def _lists(
    figures: RuleSimulationFigures, drawn: Sequence[FundUse], language: Language
) -> Iterator[tuple[str, list[str]]]:
    report = figures.report
    funds = [fund_text(fund, language) for fund in report.funds if fund not in drawn]
    ends = [_end_text(end, language) for end in figures.ends]
    yield language.render(N_("Budgets and places")), [*funds, *ends][:MAX_ROWS]
    yield language.render(N_("Draws and rankings")), list(drawing_texts(report, language))[:MAX_ROWS]


def _end_text(end: FundEnd, language: Language) -> str:
    """Return when a budget or a quota runs out on both sides."""
    sides = (
        language.render(N_("{name}: {detail}"), name=language.render(side), detail=_day_text(day, language))
        for side, day in ((PRESENT, end.present), (PROPOSED, end.proposed))
    )
    head = fund_title(end.kind, end.name, end.period, language)
    return language.render(N_("{name}: {detail}"), name=head, detail=language.join_clauses(sides))


def _day_text(day: date | None, language: Language) -> str:
    if day is None:
        return language.render(N_("does not run out"))
    return language.render(N_("runs out on {day}"), day=day)


def _fund_chart(fund: FundUse, language: Language) -> tuple[str, Markup, str]:
    """Return a fund's title, chart and text."""
    money = 100 if fund.kind == "budget" else 1
    lines = [
        UsageCurve(kind, tuple((day, used // money) for day, used in use.curve), use.runs_out_on)
        for kind, use in (("present", fund.present), ("proposed", fund.proposed))
        if use is not None
    ]
    ceiling = None if fund.size is None else fund.size // money
    title = fund_title(fund.kind, fund.name, fund.period, language)
    return title, render_usage_chart(lines, ceiling, title, language.code), fund_text(fund, language)

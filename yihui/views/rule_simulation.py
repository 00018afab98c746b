"""Show the simulation of a rule on the officers' pages: charts that need no script, and tables of the same."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from core.money import format_yuan
from core.text_marks import N_
from yihui.runtime.language import Language
from yihui.services.rules.desk_simulation import RuleParameter
from yihui.services.rules.desk_simulation_figures import GainBand, RuleSimulationFigures, ValueGains
from yihui.services.rules.simulation_figures import FigurePair, RefusalPair, WhatIfFigures
from yihui.views.simulation import (
    cap_texts,
    comparison_headings,
    draft_days_text,
    drawing_texts,
    fund_text,
    parameter_value_text,
    report_caveats,
    signed_yuan,
)
from yihui.views.simulation_charts import render_bar_chart, render_what_if_chart
from yihui.views.simulation_page import fund_chart, is_telling_fund
from yihui.views.simulation_refusals import refusing_bound_text

MAX_ROWS = 40
_MAX_FUND_CHARTS = 4


@dataclass(frozen=True, slots=True)
class ValueRow:
    """The figures at one value of the parameter, as texts."""

    value: int
    label: str
    yuan: str
    granted: str
    members: str
    refused: str
    runs_out_on: str
    gains: str
    losses: str


@dataclass(frozen=True, slots=True)
class ValueChoice:
    """The slider over the values that were tried, and the figures at the one that is chosen."""

    parameter: str
    first: int
    last: int
    step: int
    chosen: ValueRow
    rows: Sequence[ValueRow]
    chart: Markup


@dataclass(frozen=True, slots=True)
class SimulationTable:
    """A table of the page; ``chart`` shows the same, and ``more`` counts the rows that are left out."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    chart: Markup | None = None
    more: int = 0
    is_open: bool = True
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
    choice: ValueChoice | None


def build_simulation_view(
    figures: RuleSimulationFigures, chosen: int | None, language: Language
) -> SimulationView:
    """Build what the page shows; ``chosen`` is the value of the parameter whose figures are shown."""
    report = figures.report
    drawn = [fund for fund in report.funds if is_telling_fund(fund)][:_MAX_FUND_CHARTS]
    return SimulationView(
        summary=language.render(
            N_("events replayed: {events}, from {first} to {last}; seen before: {duplicates}"),
            events=f"{report.events:,}",
            first=report.first,
            last=report.last,
            duplicates=f"{report.duplicates:,}",
        ),
        days=language.format_list(draft_days_text(draft, language) for draft in report.drafts[:1]),
        notes=list(report_caveats(report, language)),
        gains=language.render(
            N_("members who gain: {gainers}, {gained} yuan in all; who lose: {losers}, {lost} yuan in all"),
            gainers=f"{report.gainers:,}",
            gained=format_yuan(report.gained_fen),
            losers=f"{report.losers:,}",
            lost=format_yuan(report.lost_fen),
        ),
        tables=list(_tables(figures, language)),
        funds=[fund_chart(fund, language) for fund in drawn],
        lists=[(title, lines) for title, lines in _lists(figures, drawn, language) if lines],
        choice=_choice(figures, chosen, language),
    )


def _tables(figures: RuleSimulationFigures, language: Language) -> Iterator[SimulationTable]:
    report = figures.report
    yield SimulationTable(
        language.render(N_("All in all")), comparison_headings(language), _totals(figures, language)
    )
    month, organisation = language.render(N_("civil month")), language.render(N_("organisation"))
    yield _money(report.months, language.render(N_("By month (yuan)")), month, language, has_chart=True)
    yield _money(report.organisations, language.render(N_("By organisation (yuan)")), organisation, language)
    yield _bands(figures.bands, language)
    yield _money(report.rules, language.render(N_("By rule (yuan)")), language.render(N_("rule")), language)
    names = {pair.key: pair.title for pair in report.organisations}
    cells = [
        FigurePair(
            f"{cell.month} · {names.get(cell.organisation) or cell.organisation}",
            "",
            cell.present_fen,
            cell.proposed_fen,
            0,
            0,
        )
        for cell in report.cells
    ]
    title = language.render(N_("By month and organisation (yuan)"))
    yield _money(cells, title, month, language, most=400, is_open=False)


def _totals(figures: RuleSimulationFigures, language: Language) -> list[Sequence[str]]:
    a, b = figures.report.present, figures.report.proposed
    counted = [
        (N_("grants"), a.granted, b.granted),
        (N_("refusals"), a.refused, b.refused),
        (N_("on waiting lists"), a.waiting, b.waiting),
    ]
    worth = (
        language.render(N_("worth in yuan")),
        format_yuan(a.amount_fen),
        format_yuan(b.amount_fen),
        signed_yuan(b.amount_fen - a.amount_fen),
    )
    return [
        worth,
        *((language.render(name), f"{one:,}", f"{two:,}", f"{two - one:+,}") for name, one, two in counted),
    ]


def _money(
    pairs: Sequence[FigurePair],
    title: str,
    first: str,
    language: Language,
    *,
    most: int = MAX_ROWS,
    has_chart: bool = False,
    is_open: bool = True,
) -> SimulationTable:
    rows = [
        (
            " ".join(filter(None, (pair.title, pair.key))) or language.render(N_("without organisation")),
            format_yuan(pair.present_fen),
            format_yuan(pair.proposed_fen),
            signed_yuan(pair.proposed_fen - pair.present_fen),
        )
        for pair in pairs[:most]
    ]
    bars = [(pair.key, pair.present_fen // 100, pair.proposed_fen // 100) for pair in pairs]
    chart = render_bar_chart(bars, title, language.code) if has_chart and pairs else None
    return SimulationTable(
        title, comparison_headings(language, first), rows, chart, max(0, len(pairs) - most), is_open
    )


def _bands(bands: Sequence[GainBand], language: Language) -> SimulationTable:
    title = language.render(N_("Who gains and who loses"))
    columns = (N_("change for a member, in yuan"), N_("members who lose"), N_("members who gain"))
    rows = [(_band_text(band, language), f"{band.losers:,}", f"{band.gainers:,}") for band in bands]
    bars = [(_band_label(band), band.losers, band.gainers) for band in bands]
    chart = render_bar_chart(bars, title, language.code)
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
    figures: RuleSimulationFigures, drawn: Sequence[object], language: Language
) -> Iterator[tuple[str, list[str]]]:
    report = figures.report
    funds = [fund_text(fund, language) for fund in report.funds if fund not in drawn]
    yield language.render(N_("Budgets and places")), funds[:MAX_ROWS]
    yield language.render(N_("Room below the caps")), list(cap_texts(report, language))[:MAX_ROWS]
    yield language.render(N_("Draws and rankings")), list(drawing_texts(report, language))[:MAX_ROWS]
    refusals = [_refusal_text(one, language) for one in report.refusals[:MAX_ROWS]]
    yield language.render(N_("Why refused")), refusals


def _refusal_text(refusal: RefusalPair, language: Language) -> str:
    """Return one reason and how often it was given; without an example, which would be a member's."""
    why = language.render(refusal.text, **refusal.params)
    if refusal.bound is not None:
        bound = refusing_bound_text(refusal.bound, refusal.on, language)
        why = language.render(N_("{why} [{bound}]"), why=why, bound=bound)
    return language.render(
        N_("{title}: {why}; in force {present} times, with the draft {proposed} times"),
        title=refusal.title,
        why=why,
        present=f"{refusal.present:,}",
        proposed=f"{refusal.proposed:,}",
    )


def _choice(figures: RuleSimulationFigures, chosen: int | None, language: Language) -> ValueChoice | None:
    report = figures.report
    if not report.tried:
        return None
    rows = [
        _value_row(tried, gains, report.unit, language)
        for tried, gains in zip(report.tried, figures.gains, strict=True)
    ]
    values = [row.value for row in rows]
    # A slider may send a value between two steps, and an address any number: the nearest one is shown.
    nearest = min(rows, key=lambda row: abs(row.value - (values[0] if chosen is None else chosen)))
    title = language.render(N_("if {parameter} is"), parameter=report.parameter)
    points = [(_short(tried.value, report.unit), tried.amount_fen // 100) for tried in report.tried]
    return ValueChoice(
        parameter=report.parameter or "",
        first=values[0],
        last=values[-1],
        step=values[1] - values[0] if len(values) > 1 else 1,
        chosen=nearest,
        rows=rows,
        chart=render_what_if_chart(points, title, language.code),
    )


def _short(value: int, unit: str | None) -> str:
    return format_yuan(value) if unit == "fen" else f"{value:,}"


def _value_row(tried: WhatIfFigures, gains: ValueGains, unit: str | None, language: Language) -> ValueRow:
    text = N_("{count} members, {yuan} yuan in all")
    return ValueRow(
        tried.value,
        parameter_value_text(tried.value, unit, language),
        format_yuan(tried.amount_fen),
        f"{tried.granted:,}",
        f"{tried.members:,}",
        f"{tried.refused:,}",
        str(tried.runs_out_on or "–"),
        language.render(text, count=f"{gains.gainers:,}", yuan=format_yuan(gains.gained_fen)),
        language.render(text, count=f"{gains.losers:,}", yuan=format_yuan(gains.lost_fen)),
    )


def parameter_choice_text(parameter: RuleParameter, language: Language) -> str:
    """Return a parameter as a choice of the form: its title, its value, and the bounds of the rule."""
    value = parameter_value_text(parameter.value, parameter.unit, language)
    text = language.render(
        N_("{title} ({name}): {value} now"), title=parameter.title, name=parameter.name, value=value
    )
    if parameter.least is None and parameter.most is None:
        return text
    least, most = (
        "…" if one is None else parameter_value_text(one, parameter.unit, language)
        for one in (parameter.least, parameter.most)
    )
    return text + language.render(N_(", the rule allows {least} to {most}"), least=least, most=most)

"""Show a simulation of rules: tables, charts that need no script, and the same on the terminal."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from core.civil_time import EARLIEST_DATE
from core.money import format_yuan
from core.text_marks import N_
from rules.simulation.totals import FundUsage
from yihui.runtime.language import Language
from yihui.services.rules.simulation_report import (
    DraftFigures,
    FigurePair,
    FundUse,
    GainBand,
    PendingDraw,
    SimulationReport,
)
from yihui.views.charts import UsageCurve, render_bar_chart, render_usage_chart
from yihui.views.text_table import text_table_lines

MAX_ROWS = 40
_MAX_FUND_CHARTS = 4
_PRESENT, _PROPOSED = N_("now in force"), N_("with the draft")


@dataclass(frozen=True, slots=True)
class SimulationTable:
    """A table; ``chart`` shows the same, and ``more`` counts the rows that are left out."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    chart: Markup | None = None
    more: int = 0
    legend: tuple[str, str] | None = None  # of the chart's two colours, if they aren't those of the page


@dataclass(frozen=True, slots=True)
class SimulationView:
    """Everything that is shown of a simulation, in the reader's language."""

    drafts: Sequence[str]
    summary: str
    notes: Sequence[str]
    gains: str
    tables: Sequence[SimulationTable]
    funds: Sequence[tuple[str, Markup, str]]
    lists: Sequence[tuple[str, Sequence[str]]]


def build_simulation_view(report: SimulationReport, language: Language) -> SimulationView:
    """Build what is shown."""
    drawn = [fund for fund in report.funds if report.is_whole and fund.is_telling][:_MAX_FUND_CHARTS]
    funds = [_fund_text(fund, report, language) for fund in report.funds if fund not in drawn]
    drawings = [_drawing_text(drawing, language) for drawing in report.drawings]
    lists = ((N_("Budgets and places"), funds), (N_("Draws and rankings"), drawings))
    text = N_("events replayed: {events}, from {first} to {last}")
    return SimulationView(
        [_draft_text(draft, language) for draft in report.drafts],
        language.render(text, events=f"{report.events:,}", first=report.first, last=report.last),
        list(_notes(report, language)),
        _gains_text(report, language),
        [table for table in _tables(report, language) if table.rows],
        [_fund_chart(fund, report, language) for fund in drawn],
        [(language.render(title), lines[:MAX_ROWS]) for title, lines in lists if lines],
    )


def simulation_report_lines(report: SimulationReport, language: Language) -> Iterator[str]:
    """Yield the same for the terminal."""
    view = build_simulation_view(report, language)
    yield from (*view.drafts, view.summary, *(f"! {note}" for note in view.notes), view.gains)
    for table in view.tables:
        yield ""
        yield from text_table_lines((table.title, *table.columns[1:]), table.rows)
        if table.more:
            yield "  " + language.render(N_("… and {count} more rows"), count=table.more)
    yield from ("", *(words for _, _, words in view.funds))
    for title, lines in view.lists:
        yield from ("", title, *(f"  {line}" for line in lines))


def _draft_text(draft: DraftFigures, language: Language) -> str:
    """Return a draft, and the days on which it is in force, as simulated."""
    span = f"{draft.since} … {draft.until or language.render(N_('without end'))}"
    if draft.since == EARLIEST_DATE:
        span = language.render(N_("simulated as in force on every day"))
    return language.render(N_("draft: {title} ({id}), {span}"), title=draft.title, id=draft.id, span=span)


def _notes(report: SimulationReport, language: Language) -> Iterator[str]:
    """Yield what a reader must know before trusting the figures."""
    for draft in report.drafts:
        if draft.is_untouched:
            text = N_("{rule} is not in force on any day replayed; --backdate treats it as if it were")
            yield language.render(text, rule=draft.id)
    if report.faulty:
        text = N_("events left out because they are faulty: {count}")
        yield language.render(text, count=f"{report.faulty:,}")


def _gains_text(report: SimulationReport, language: Language) -> str:
    """Return how many members gain and lose, and how much."""
    return language.render(
        N_("members who gain: {gainers}, {gained} yuan in all; who lose: {losers}, {lost} yuan in all"),
        gainers=f"{report.gainers:,}",
        gained=format_yuan(report.gained_fen),
        losers=f"{report.losers:,}",
        lost=format_yuan(report.lost_fen),
    )


def _tables(report: SimulationReport, language: Language) -> Iterator[SimulationTable]:
    yield _totals(report, language)
    months = _money(report.months, N_("By month (yuan)"), N_("civil month"), language)
    bars = [(pair.key, pair.present_fen // 100, pair.proposed_fen // 100) for pair in report.months]
    yield replace(months, chart=render_bar_chart(bars, months.title, language.code))
    yield _money(report.organisations, N_("By organisation (yuan)"), N_("organisation"), language)
    if report.gainers or report.losers:
        yield _bands(report.bands, language)
    yield _money(report.rules, N_("By rule (yuan)"), N_("rule"), language)


def _totals(report: SimulationReport, language: Language) -> SimulationTable:
    a, b = report.present, report.proposed
    worth = FigurePair(language.render(N_("worth in yuan")), "", a.amount_fen, b.amount_fen)
    counted = ((N_("grants"), a.granted, b.granted), (N_("refusals"), a.refused, b.refused))
    counts = [
        (language.render(name), f"{one:,}", f"{two:,}", _sign(two - one) + f"{two - one:,}")
        for name, one, two in counted
    ]
    columns = _columns("", language)
    return SimulationTable(language.render(N_("All in all")), columns, [_row(worth, language), *counts])


def _columns(first: str, language: Language) -> tuple[str, ...]:
    return (first, *(language.render(text) for text in (_PRESENT, _PROPOSED, N_("difference"))))


def _row(pair: FigurePair, language: Language) -> tuple[str, ...]:
    name = " ".join(filter(None, (pair.title, pair.key))) or language.render(N_("without organisation"))
    amounts = (format_yuan(pair.present_fen), format_yuan(pair.proposed_fen))
    return (name, *amounts, _sign(pair.difference_fen) + format_yuan(pair.difference_fen))


def _sign(difference: int) -> str:
    return "+" if difference > 0 else ""


def _money(pairs: Sequence[FigurePair], title: str, first: str, language: Language) -> SimulationTable:
    rows = [_row(pair, language) for pair in pairs[:MAX_ROWS]]
    more = max(0, len(pairs) - MAX_ROWS)
    return SimulationTable(
        language.render(title), _columns(language.render(first), language), rows, more=more
    )


def _bands(bands: Sequence[GainBand], language: Language) -> SimulationTable:
    title = language.render(N_("Who gains and who loses"))
    columns = (N_("change for a member, in yuan"), N_("members who lose"), N_("members who gain"))
    band, losers, gainers = (language.render(column) for column in columns)
    rows = [(_band_text(one, language), f"{one.losers:,}", f"{one.gainers:,}") for one in bands]
    bars = [(_band_label(one), one.losers, one.gainers) for one in bands]
    chart = render_bar_chart(bars, title, language.code)
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


def _fund_title(fund: FundUse, language: Language) -> str:
    if fund.kind == "budget":
        return language.render(N_("budget {name}"), name=fund.name)
    return language.render(N_("places of {name}, {period}"), name=fund.name, period=fund.period)


def _fund_chart(fund: FundUse, report: SimulationReport, language: Language) -> tuple[str, Markup, str]:
    """Return a fund's title, chart and text."""
    unit = 100 if fund.kind == "budget" else 1
    sides = [(kind, use) for kind, use in (("present", fund.present), ("proposed", fund.proposed)) if use]
    curves = [
        UsageCurve(kind, tuple((day, used // unit) for day, used in use.curve), use.runs_out_on)
        for kind, use in sides
    ]
    ceiling = None if fund.size is None else fund.size // unit
    title = _fund_title(fund, language)
    chart = render_usage_chart(curves, ceiling, title, language.code)
    return title, chart, _fund_text(fund, report, language)


def _fund_text(fund: FundUse, report: SimulationReport, language: Language) -> str:
    """Return a budget or a quota on one line; for a part of the union, only when it runs out."""
    sides = (
        language.render(
            N_("{name}: {detail}"),
            name=language.render(side),
            detail=_use_text(fund, use, language) if report.is_whole else _end_text(use, language),
        )
        for side, use in ((_PRESENT, fund.present), (_PROPOSED, fund.proposed))
        if use is not None
    )
    head = _fund_title(fund, language)
    if report.is_whole:
        head = f"{head} {_size_text(fund, language)}"
    return language.render(N_("{name}: {detail}"), name=head, detail=language.join_clauses(sides))


def _end_text(use: FundUsage, language: Language) -> str:
    if use.runs_out_on is None:
        return language.render(N_("does not run out"))
    return language.render(N_("runs out on {day}"), day=use.runs_out_on)


def _size_text(fund: FundUse, language: Language) -> str:
    if fund.size is None:
        return language.render(N_("(no ceiling set)"))
    size = _amount_text(fund, fund.size, language)
    text = N_("(ceiling {size})") if fund.kind == "budget" else N_("({size} places)")
    return language.render(text, size=size)


def _amount_text(fund: FundUse, value: int, language: Language) -> str:
    if fund.kind == "budget":
        return language.render(N_("{yuan} yuan"), yuan=format_yuan(value))
    return f"{value:,}"


def _use_text(fund: FundUse, use: FundUsage, language: Language) -> str:
    """Return how much of a fund is used, and when it ran out."""
    used = _amount_text(fund, use.used, language)
    if use.most > use.used:  # something came back
        most = _amount_text(fund, use.most, language)
        used = language.render(N_("{used} (at most {most} at one time)"), used=used, most=most)
    if use.runs_out_on is not None:
        text = N_("{used} used, runs out on {day}, {count} refused for it")
        return language.render(text, used=used, day=use.runs_out_on, count=f"{use.refused:,}")
    if use.remaining is None:
        return language.render(N_("{used} used"), used=used)
    left = _amount_text(fund, use.remaining, language)
    return language.render(N_("{used} used, {left} left"), used=used, left=left)


def _drawing_text(drawing: PendingDraw, language: Language) -> str:
    """Return a draw or a ranking that happens later."""
    text = N_(
        "{side}, {rule}, {period}: {entries} entries for {places} places, drawn or ranked later and not in the cost; {yuan} yuan at most"
    )
    return language.render(
        text,
        side=language.render(_PRESENT if drawing.side == "present" else _PROPOSED),
        rule=drawing.rule,
        period=drawing.period,
        entries=f"{drawing.entries:,}",
        places=f"{drawing.places:,}",
        yuan=format_yuan(drawing.at_most_fen),
    )

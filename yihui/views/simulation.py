"""Show a simulation on the terminal."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from core.civil_time import EARLIEST_DATE
from core.money import format_yuan
from core.text_marks import N_
from yihui.runtime.language import Language
from yihui.services.rules.simulation_figures import (
    DraftFigures,
    FigurePair,
    FundUse,
    MemberGain,
    SideUse,
    SimulationReport,
)

MAX_ROWS_SHOWN = 10  # rows shown of long tables; further rows are counted, and are in the JSON
DISTRICT_CODE_DIGITS = 6  # digits of a code that name a district

PRESENT, PROPOSED, DIFFERENCE = N_("now in force"), N_("with the draft"), N_("difference")


def simulation_report_lines(report: SimulationReport, language: Language) -> Iterator[str]:
    """Yield the whole report in readable form."""
    yield from _head(report, language)
    yield from text_table_lines(comparison_headings(language), totals_rows(report, language))
    months = report.months  # there are few, and none may be missing
    yield from _money(months, N_("By month (yuan)"), language, len(months))
    yield from _money(_sum_by_district(report.organisations), N_("By organisation (yuan)"), language)
    yield from _money(report.rules, N_("By rule (yuan)"), language)
    yield from _members(report, language)
    funds = [fund_text(fund, language) for fund in report.funds]
    yield from _section(N_("Budgets and places"), _cut(funds, language), language)
    yield from _section(N_("Draws and rankings"), drawing_texts(report, language), language)


def report_caveats(report: SimulationReport, language: Language) -> Iterator[str]:
    """Yield the caveats that a reader must know before trusting the figures."""
    for id in report.untouched:
        text = N_("{rule} is not in force on any day replayed; --backdate treats it as if it were")
        yield language.render(text, rule=id)
    if report.faulty:
        yield language.render(
            N_("events left out because they are faulty: {count}"), count=f"{report.faulty:,}"
        )
    if report.unkept:
        text = N_("decisions of that time on events that the database doesn't keep, not replayed: {count}")
        yield language.render(text, count=f"{report.unkept:,}")
    if report.stations:
        text = N_("events of stations, which no rule looks at: {count}")
        yield language.render(text, count=f"{report.stations:,}")


def _sum_by_district(pairs: Iterable[FigurePair]) -> tuple[FigurePair, ...]:
    """Return organisations summed by the district that their codes begin with, the highest cost first."""
    summed: defaultdict[str, list[FigurePair]] = defaultdict(list)
    for pair in pairs:
        summed[pair.key[:DISTRICT_CODE_DIGITS]].append(pair)
    areas = (
        FigurePair(
            area,
            next((pair.title for pair in found if pair.key == area), ""),
            sum(pair.present_fen for pair in found),
            sum(pair.proposed_fen for pair in found),
            sum(pair.present_count for pair in found),
            sum(pair.proposed_count for pair in found),
        )
        for area, found in summed.items()
    )
    return tuple(sorted(areas, key=lambda pair: (-max(pair.proposed_fen, pair.present_fen), pair.key)))


def _signed_yuan(amount_fen: int) -> str:
    """Format a difference in yuan with its sign; 0 has none."""
    return f"+{format_yuan(amount_fen)}" if amount_fen > 0 else format_yuan(amount_fen)


def _head(report: SimulationReport, language: Language) -> Iterator[str]:
    for draft in report.drafts:
        said = draft_days_text(draft, language)
        yield language.render(N_("draft: {title} ({id}), {span}"), title=draft.title, id=draft.id, span=said)
        if draft.replaces:
            text = N_("takes the place of versions in force: {hashes}")
            hashes = language.format_list(hash[:12] for hash in draft.replaces)
            yield "  " + language.render(text, hashes=hashes)
    yield replay_text(report, language)
    for note in report_caveats(report, language):
        yield "! " + note


def draft_days_text(draft: DraftFigures, language: Language) -> str:
    """Return the days on which a draft is in force, as simulated."""
    if draft.since == EARLIEST_DATE:
        return language.render(N_("simulated as in force on every day"))
    return f"{draft.since} … {draft.until or language.render(N_('without end'))}"


def replay_text(report: SimulationReport, language: Language) -> str:
    """Return how many events of which days were replayed."""
    return language.render(
        N_("events replayed: {events}, from {first} to {last}; seen before: {duplicates}"),
        events=f"{report.events:,}",
        first=report.first,
        last=report.last,
        duplicates=f"{report.duplicates:,}",
    )


def gains_text(report: SimulationReport, language: Language) -> str:
    """Return how many members gain and lose, and how much."""
    return language.render(
        N_("members who gain: {gainers}, {gained} yuan in all; who lose: {losers}, {lost} yuan in all"),
        gainers=f"{report.gainers:,}",
        gained=format_yuan(report.gained_fen),
        losers=f"{report.losers:,}",
        lost=format_yuan(report.lost_fen),
    )


def totals_rows(report: SimulationReport, language: Language) -> list[tuple[str, str, str, str]]:
    """Return the rows of the totals of both sides."""
    a, b = report.present, report.proposed
    counted = [(N_("grants"), a.granted, b.granted), (N_("refusals"), a.refused, b.refused)]
    if a.waiting or b.waiting:
        counted.append((N_("on waiting lists"), a.waiting, b.waiting))
    return [
        comparison_row(language.render(N_("worth in yuan")), a.amount_fen, b.amount_fen),
        *((language.render(name), f"{one:,}", f"{two:,}", f"{two - one:+,}") for name, one, two in counted),
    ]


def comparison_row(label: str, present_fen: int, proposed_fen: int) -> tuple[str, str, str, str]:
    """Return a row of a comparison in yuan."""
    difference = _signed_yuan(proposed_fen - present_fen)
    return (label, format_yuan(present_fen), format_yuan(proposed_fen), difference)


def comparison_headings(language: Language, first: str = "") -> tuple[str, str, str, str]:
    """Return the column headings of a comparison."""
    return (first, language.render(PRESENT), language.render(PROPOSED), language.render(DIFFERENCE))


def _money(
    pairs: Sequence[FigurePair], title: str, language: Language, most: int = MAX_ROWS_SHOWN
) -> Iterator[str]:
    if not pairs:
        return
    yield ""
    rows = [
        comparison_row(
            f"{pair.key or language.render(N_('without organisation'))} {pair.title}".rstrip(),
            pair.present_fen,
            pair.proposed_fen,
        )
        for pair in pairs[:most]
    ]
    yield from text_table_lines(comparison_headings(language, language.render(title)), rows)
    if len(pairs) > most:
        yield _more(len(pairs) - most, language)


def _members(report: SimulationReport, language: Language) -> Iterator[str]:
    yield ""
    yield gains_text(report, language)
    rows = [
        comparison_row(gain.member, gain.present_fen, gain.proposed_fen)
        for gain in _largest_gains_and_losses(report)
    ]
    if rows:
        yield from text_table_lines(comparison_headings(language, language.render(N_("member"))), rows)
    if len(report.members) > MAX_ROWS_SHOWN:
        yield _more(len(report.members) - MAX_ROWS_SHOWN, language)


def _largest_gains_and_losses(report: SimulationReport) -> Sequence[MemberGain]:
    """Return the members with the largest gains and losses, both shown even if one side has many more."""
    gain = [one for one in report.members if one.difference_fen > 0]
    lose = [one for one in report.members if one.difference_fen < 0]
    gain = gain[: max(MAX_ROWS_SHOWN // 2, MAX_ROWS_SHOWN - len(lose))]
    return [*gain, *lose[: MAX_ROWS_SHOWN - len(gain)]]


def fund_title(kind: str, name: str, period: str, language: Language) -> str:
    """Return the title of a budget or a quota."""
    if kind == "budget":
        return language.render(N_("budget {name}"), name=name)
    return language.render(N_("places of {name}, {period}"), name=name, period=period)


def _fund_amount_text(fund: FundUse, value: int, language: Language) -> str:
    """Return money of a budget, or a number of places."""
    if fund.kind == "budget":
        return language.render(N_("{yuan} yuan"), yuan=format_yuan(value))
    return f"{value:,}"


def fund_text(fund: FundUse, language: Language) -> str:
    """Return a budget or a quota on one line."""
    sides = [
        language.render(
            N_("{name}: {detail}"), name=language.render(side), detail=_fund_use_text(fund, use, language)
        )
        for side, use in ((PRESENT, fund.present), (PROPOSED, fund.proposed))
        if use is not None
    ]
    head = f"{fund_title(fund.kind, fund.name, fund.period, language)} {_fund_size_text(fund, language)}"
    return language.render(N_("{name}: {detail}"), name=head, detail=language.join_clauses(sides))


def _fund_size_text(fund: FundUse, language: Language) -> str:
    """Return the total size of a fund."""
    if fund.size is None:
        return language.render(N_("(no ceiling set)"))
    size = _fund_amount_text(fund, fund.size, language)
    return language.render(
        N_("(ceiling {size})") if fund.kind == "budget" else N_("({size} places)"), size=size
    )


def _fund_use_text(fund: FundUse, use: SideUse, language: Language) -> str:
    """Return how much of a fund is used, and when it ran out."""
    used = _fund_amount_text(fund, use.used, language)
    if use.runs_out_on is None:
        if use.left is None:
            return language.render(N_("{used} used"), used=used)
        return language.render(
            N_("{used} used, {left} left"), used=used, left=_fund_amount_text(fund, use.left, language)
        )
    text = N_("{used} used, runs out on {day}, {count} refused for it")
    return language.render(text, used=used, day=use.runs_out_on, count=f"{use.refused:,}")


def drawing_texts(report: SimulationReport, language: Language) -> Iterator[str]:
    """Yield the draws and rankings that happen later, for both sides."""
    for drawing in report.drawings:
        text = N_(
            "{side}, {rule}, {period}: {entries} entries for {places} places, drawn or ranked later and not in the cost; {yuan} yuan at most"
        )
        yield language.render(
            text,
            side=language.render(PRESENT if drawing.side == "present" else PROPOSED),
            rule=drawing.rule,
            period=drawing.period,
            entries=f"{drawing.entries:,}",
            places=f"{drawing.places:,}",
            yuan=format_yuan(drawing.at_most_fen),
        )


def _section(title: str, lines: Iterable[str], language: Language) -> Iterator[str]:
    found = list(lines)
    if found:
        yield ""
        yield language.render(title)
        yield from ("  " + line for line in found)


def _cut(lines: Sequence[str], language: Language) -> Iterator[str]:
    yield from lines[:MAX_ROWS_SHOWN]
    if len(lines) > MAX_ROWS_SHOWN:
        yield _more(len(lines) - MAX_ROWS_SHOWN, language).strip()


def _more(count: int, language: Language) -> str:
    return "  " + language.render(N_("… and {count} more, see --json"), count=f"{count:,}")


def text_table_lines(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield aligned rows: the first column flush left, figures flush right.

    A Chinese character is two cells wide.
    """
    from rich.cells import cell_len

    widths = [max(cell_len(row[n]) for row in (head, *rows)) for n in range(len(head))]
    for row in (head, *rows):
        first = row[0] + " " * (widths[0] - cell_len(row[0]))
        rest = (
            " " * (width - cell_len(cell)) + cell for cell, width in zip(row[1:], widths[1:], strict=True)
        )
        yield "  ".join((first, *rest)).rstrip()

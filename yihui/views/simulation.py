"""A simulation on the terminal."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from core.civil_time import EARLIEST
from rules import yuan
from yihui.runtime.language import Language
from yihui.services.simulation_figures import (
    Draft,
    EdgeUse,
    Example,
    FundUse,
    Gain,
    Pair,
    RefusalPair,
    Report,
    Use,
)

N_ = str  # marks a text for the message catalogue

SHOWN = 10  # rows of long tables; the rest is counted, and stands in the JSON
AREA = 6  # digits of a code that name a district

PRESENT, PROPOSED, DIFFERENCE = N_("now in force"), N_("with the draft"), N_("difference")


def report_lines(report: Report, language: Language) -> Iterator[str]:
    """The whole report in readable form."""
    yield from _head(report, language)
    yield from _sums(report, language)
    yield from _money(report.months, N_("By month (yuan)"), language)
    yield from _money(by_area(report.organisations), N_("By organisation (yuan)"), language)
    yield from _money(report.rules, N_("By rule (yuan)"), language)
    yield from _members(report, language)
    funds = [fund_text(fund, language) for fund in report.funds]
    yield from _section(N_("Budgets and places"), _cut(funds, language), language)
    yield from _section(N_("Room below the caps"), cap_texts(report, language), language)
    yield from _section(N_("Draws and rankings"), drawing_texts(report, language), language)
    yield from _section(N_("At the edges"), edge_texts(report.edges, language), language)
    refusals = [refusal_text(refusal, language) for refusal in report.refusals]
    yield from _section(N_("Why refused"), _cut(refusals, language), language)
    yield from _tried(report, language)


def notes(report: Report, language: Language) -> Iterator[str]:
    """What a reader must know before trusting the figures."""
    for id in report.untouched:
        text = N_("{rule} is not in force on any day replayed; --backdate treats it as if it were")
        yield language.say(text, rule=id)
    if report.faulty:
        yield language.say(N_("events left out because they are faulty: {count}"), count=f"{report.faulty:,}")
    if report.unkept:
        text = N_("decisions of that time on events that the database doesn't keep, not replayed: {count}")
        yield language.say(text, count=f"{report.unkept:,}")
    if report.stations:
        text = N_("events of stations, which no rule looks at: {count}")
        yield language.say(text, count=f"{report.stations:,}")


def by_area(pairs: Iterable[Pair]) -> tuple[Pair, ...]:
    """Organisations summed up by the district that their codes begin with, the dearest first."""
    summed: defaultdict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        summed[pair.key[:AREA]].append(pair)
    areas = (
        Pair(
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


def signed_yuan(amount_fen: int) -> str:
    """A difference: with its sign, 0 without."""
    return f"+{yuan(amount_fen)}" if amount_fen > 0 else yuan(amount_fen)


def _head(report: Report, language: Language) -> Iterator[str]:
    for draft in report.drafts:
        said = days_of(draft, language)
        yield language.say(N_("draft: {title} ({id}), {span}"), title=draft.title, id=draft.id, span=said)
        if draft.replaces:
            text = N_("takes the place of versions in force: {hashes}")
            hashes = language.listed(hash[:12] for hash in draft.replaces)
            yield "  " + language.say(text, hashes=hashes)
    yield language.say(
        N_("events replayed: {events}, from {first} to {last}; seen before: {duplicates}"),
        events=f"{report.events:,}",
        first=report.first,
        last=report.last,
        duplicates=f"{report.duplicates:,}",
    )
    for note in notes(report, language):
        yield "! " + note


def days_of(draft: Draft, language: Language) -> str:
    """The days on which a draft is in force, as simulated."""
    if draft.since == EARLIEST:
        return language.say(N_("simulated as in force on every day"))
    return f"{draft.since} … {draft.until or language.say(N_('without end'))}"


def _sums(report: Report, language: Language) -> Iterator[str]:
    a, b = report.present, report.proposed
    rows = [
        (language.say(N_("grants")), f"{a.granted:,}", f"{b.granted:,}", f"{b.granted - a.granted:+,}"),
        (
            language.say(N_("worth in yuan")),
            yuan(a.amount_fen),
            yuan(b.amount_fen),
            signed_yuan(b.amount_fen - a.amount_fen),
        ),
        (language.say(N_("refusals")), f"{a.refused:,}", f"{b.refused:,}", f"{b.refused - a.refused:+,}"),
    ]
    if a.waiting or b.waiting:
        change = f"{b.waiting - a.waiting:+,}"
        rows.append((language.say(N_("on waiting lists")), f"{a.waiting:,}", f"{b.waiting:,}", change))
    yield from table(headings(language), rows)


def headings(language: Language, first: str = "") -> tuple[str, str, str, str]:
    """The columns of every comparison."""
    return (first, language.say(PRESENT), language.say(PROPOSED), language.say(DIFFERENCE))


def _money(pairs: Sequence[Pair], title: str, language: Language) -> Iterator[str]:
    if not pairs:
        return
    yield ""
    rows = [
        (
            f"{pair.key or language.say(N_('without organisation'))} {pair.title}".rstrip(),
            yuan(pair.present_fen),
            yuan(pair.proposed_fen),
            signed_yuan(pair.proposed_fen - pair.present_fen),
        )
        for pair in pairs[:SHOWN]
    ]
    if title == N_("By month (yuan)"):  # months are never too many, and none may be missing
        rows += [
            (p.key, yuan(p.present_fen), yuan(p.proposed_fen), signed_yuan(p.proposed_fen - p.present_fen))
            for p in pairs[SHOWN:]
        ]
        rest = 0
    else:
        rest = len(pairs) - SHOWN
    yield from table(headings(language, language.say(title)), rows)
    if rest > 0:
        yield _more(rest, language)


def _members(report: Report, language: Language) -> Iterator[str]:
    yield ""
    text = N_("members who gain: {gainers}, {gained} yuan in all; who lose: {losers}, {lost} yuan in all")
    yield language.say(
        text,
        gainers=f"{report.gainers:,}",
        gained=yuan(report.gained_fen),
        losers=f"{report.losers:,}",
        lost=yuan(report.lost_fen),
    )
    rows = [
        (gain.member, yuan(gain.present_fen), yuan(gain.proposed_fen), signed_yuan(gain.difference_fen))
        for gain in (gain for side in most_changed(report, SHOWN) for gain in side)
    ]
    if rows:
        yield from table(headings(language, language.say(N_("member"))), rows)
    if len(report.members) > SHOWN:
        yield _more(len(report.members) - SHOWN, language)


def most_changed(report: Report, most: int) -> tuple[Sequence[Gain], Sequence[Gain]]:
    """Who gains and who loses most: both are shown, however many more there are of one side."""
    gain = [one for one in report.members if one.difference_fen > 0]
    lose = [one for one in report.members if one.difference_fen < 0]
    gain = gain[: max(most // 2, most - len(lose))]
    return gain, lose[: most - len(gain)]


def fund_title(fund: FundUse, language: Language) -> str:
    """What a budget or a quota is called."""
    if fund.kind == "budget":
        return language.say(N_("budget {name}"), name=fund.name)
    return language.say(N_("places of {name}, {period}"), name=fund.name, period=fund.period)


def amount(fund: FundUse, value: int, language: Language) -> str:
    """Money of a budget, or a number of places."""
    if fund.kind == "budget":
        return language.say(N_("{yuan} yuan"), yuan=yuan(value))
    return f"{value:,}"


def fund_text(fund: FundUse, language: Language) -> str:
    """A budget or a quota on one line."""
    sides = [
        language.say(N_("{name}: {detail}"), name=language.say(side), detail=use_text(fund, use, language))
        for side, use in ((PRESENT, fund.present), (PROPOSED, fund.proposed))
        if use is not None
    ]
    head = f"{fund_title(fund, language)} {size_text(fund, language)}"
    return language.say(N_("{name}: {detail}"), name=head, detail=language.clauses(sides))


def size_text(fund: FundUse, language: Language) -> str:
    """How much there is in all."""
    if fund.size is None:
        return language.say(N_("(no ceiling set)"))
    size = amount(fund, fund.size, language)
    return language.say(N_("(ceiling {size})") if fund.kind == "budget" else N_("({size} places)"), size=size)


def use_text(fund: FundUse, use: Use, language: Language) -> str:
    """How much is used, and when it ran out."""
    used = amount(fund, use.used, language)
    if use.runs_out_on is None:
        if use.left is None:
            return language.say(N_("{used} used"), used=used)
        return language.say(N_("{used} used, {left} left"), used=used, left=amount(fund, use.left, language))
    text = N_("{used} used, runs out on {day}, {count} refused for it")
    return language.say(text, used=used, day=use.runs_out_on, count=f"{use.refused:,}")


def cap_texts(report: Report, language: Language) -> Iterator[str]:
    """The caps, both sides."""
    for room in report.caps:
        text = N_(
            "{side}, {title}: {allowed} yuan allowed, the highest is {highest} yuan ({member}), {room} yuan of room; refused for it: {refused}"
        )
        yield language.say(
            text,
            side=language.say(PRESENT if room.side == "present" else PROPOSED),
            title=room.title,
            allowed=yuan(room.allowed_fen),
            highest=yuan(room.highest_fen),
            member=room.member or "–",
            room=yuan(room.headroom_fen),
            refused=f"{room.refused:,}",
        )


def drawing_texts(report: Report, language: Language) -> Iterator[str]:
    """What is drawn or ranked later, both sides."""
    for drawing in report.drawings:
        text = N_(
            "{side}, {rule}, {period}: {entries} entries for {places} places, drawn or ranked later and not in the cost; {yuan} yuan at most"
        )
        yield language.say(
            text,
            side=language.say(PRESENT if drawing.side == "present" else PROPOSED),
            rule=drawing.rule,
            period=drawing.period,
            entries=f"{drawing.entries:,}",
            places=f"{drawing.places:,}",
            yuan=yuan(drawing.at_most_fen),
        )


def edge_texts(edges: Sequence[EdgeUse], language: Language) -> Iterator[str]:
    """Each threshold with those next to it."""
    for edge in edges:
        if edge.inside or edge.outside:
            yield language.say(N_("{rule}: {condition}"), rule=edge.rule, condition=edge.condition)
            for mark, examples in (("✓", edge.inside), ("✗", edge.outside)):
                for example in examples:
                    yield f"  {mark} {example_text(example, language)}"


def example_text(example: Example, language: Language) -> str:
    """One member at a threshold."""
    text = N_("{member} on {day}: {value} against {bound}, {distance} off")
    told = language.say(
        text,
        member=example.member,
        day=example.day,
        value=example.value,
        bound=example.bound,
        distance=example.distance,
    )
    if not example.lacking:
        return told
    lacking = language.say(N_("lacks {count} other conditions"), count=example.lacking)
    return language.clauses([told, lacking])


def refusal_text(refusal: RefusalPair, language: Language) -> str:
    """One reason and how often it was given."""
    text = N_(
        "{title}: {why}; in force {present} times, with the draft {proposed} times (for example {member})"
    )
    return language.say(
        text,
        title=refusal.title,
        why=language.say(refusal.text, **refusal.params),
        present=f"{refusal.present:,}",
        proposed=f"{refusal.proposed:,}",
        member=refusal.example,
    )


def _tried(report: Report, language: Language) -> Iterator[str]:
    if not report.tried:
        return
    yield ""
    head = (
        language.say(N_("if {parameter} is"), parameter=report.parameter),
        language.say(N_("worth in yuan")),
        language.say(N_("grants")),
        language.say(N_("members who get something")),
        language.say(N_("refusals")),
        language.say(N_("runs out on")),
    )
    rows = [
        (
            value_text(tried.value, report.unit, language),
            yuan(tried.amount_fen),
            f"{tried.granted:,}",
            f"{tried.members:,}",
            f"{tried.refused:,}",
            str(tried.runs_out_on or "–"),
        )
        for tried in report.tried
    ]
    yield from table(head, rows)


def value_text(value: int, unit: str | None, language: Language) -> str:
    """A parameter's value: money in yuan, the rest with its unit."""
    if unit == "fen":
        return language.say(N_("{yuan} yuan"), yuan=yuan(value))
    return f"{value:,} {language.text(unit)}" if unit else f"{value:,}"


def _section(title: str, lines: Iterable[str], language: Language) -> Iterator[str]:
    found = list(lines)
    if found:
        yield ""
        yield language.say(title)
        yield from ("  " + line for line in found)


def _cut(lines: Sequence[str], language: Language) -> Iterator[str]:
    yield from lines[:SHOWN]
    if len(lines) > SHOWN:
        yield _more(len(lines) - SHOWN, language).strip()


def _more(count: int, language: Language) -> str:
    return "  " + language.say(N_("… and {count} more, see --json or --html"), count=f"{count:,}")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Columns that stand below each other: the first flush left, figures flush right; Chinese is two wide."""
    from rich.cells import cell_len

    widths = [max(cell_len(row[n]) for row in (head, *rows)) for n in range(len(head))]
    for row in (head, *rows):
        first = row[0] + " " * (widths[0] - cell_len(row[0]))
        rest = (
            " " * (width - cell_len(cell)) + cell for cell, width in zip(row[1:], widths[1:], strict=True)
        )
        yield "  ".join((first, *rest)).rstrip()

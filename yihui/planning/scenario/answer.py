"""What a scenario is worth: one sentence, three figures, and its changes."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from markupsafe import Markup

from core.civil_time import CIVIL_TIME, civil_date, start_of_day
from core.text_marks import N_
from geo.register_comparison import WeekComparison
from geo.registry.planning import Scenario
from yihui.frame.cells import Choice
from yihui.frame.content import Advice, Chart, Fact, Facts, Table, TableColumn
from yihui.planning.analysis.forms import name_page_faults
from yihui.planning.answer import amount, metres, note_lines, sentence, share_of
from yihui.planning.scenario.request import ChangeForm, ScenarioChanges
from yihui.planning.scenario.run import ScenarioResult, TickedStation
from yihui.planning.siting.text import beside_sentence
from yihui.planning.text import demand_amount_text, format_share, moment_text
from yihui.runtime.language import Language
from yihui.views.charts import render_bar_chart

_column = TableColumn[tuple[str, str, str, Choice | str]]
UNSURE_HOURS = N_("today's hours not known: counted from 08:00, or all day")
_WORTH = N_(
    "{late} stations open longer, {closed} closed, {added} added: on {when}, {after} ({share}) have an open "
    "station within {radius}; {gained} more and {lost} fewer than {beside}"
)
_WORTH_LATER = N_(
    "{late} stations open longer, {closed} closed, {added} added: most is gained on {then}, when {most} more have an "
    "open station within {radius} than {beside}: {before} → {after}; on {when}, {gained} more and {lost} fewer"
)
_WHAT = {"late": N_("Open longer"), "closed": N_("to be closed"), "added": N_("Added")}


def scenario_sections(
    asked: Scenario,
    changes: ScenarioChanges,
    found: ScenarioResult,
    language: Language,
    beside: Scenario | None = None,
) -> tuple[Advice, Facts, *tuple[Chart, ...]]:
    """Return the sentence and the figures, each after that of another scenario or today, and the day where hours change.

    Where more is gained in another hour, the figures are of that one.
    """
    served, sums = found.served, found.served.totals
    demand, tolerance = served.demand, served.tolerance
    unit, total = demand.unit, demand.total
    counts = {name: len(getattr(changes, name)) for name in ("late", "closed", "added")}
    figures = {name: amount(sums[name], unit, tolerance) for name in ("gained", "lost")}
    figures |= {"after": amount(sums["after"], unit), "share": share_of(sums["after"], total)}
    other = beside.name if beside else sentence("", N_("today"))
    where = {"when": moment_text(asked.at, language), "radius": metres(asked.radius_m), "beside": other}
    told = sentence("", _WORTH, **counts, **figures, **where)
    if found.later is not None:
        then = found.later.totals
        hour = {"then": moment_text(found.later.at, language), "most": amount(then["gained"], unit)}
        people = {name: amount(then[name], unit) for name in ("before", "after")}
        told = sentence("", _WORTH_LATER, **counts, **where, **hour, **{**figures, **people})
    notes = [beside_sentence(found.beside)] if found.beside else []
    if found.missing:
        gone = N_("{count} of its stations are no longer in the register")
        notes.append(sentence("", gone, count=found.missing))
    if found.unsure:
        assumed = N_(
            "today's hours of {count} stations that open longer aren't known: every day from 08:00 is assumed, or all day"
        )
        notes.append(sentence("", assumed, count=found.unsure))
    faults = name_page_faults(ChangeForm, found.chosen.notes, language)
    texts = [*(one.text(language) for one in (told, *notes)), *note_lines(faults, language, is_page=True)]
    text = language.join_clauses(texts)

    shown, when = {**sums, "total": total}, ""
    if found.later is not None:
        shown = {**found.later.totals, "total": found.later.demand.total}
        when = _clock(found.later.at, asked.at, language)

    def at_hour(figure: str) -> str:
        return language.render(N_("{when}: {figure}"), when=when, figure=figure) if when else figure

    def sides(write: Callable[[float], str]) -> str:
        return at_hour(" → ".join(write(shown[side]) for side in ("before", "after")))

    more = shown["after"] - shown["before"]
    change = f"{'−' if more < 0 else '+'}{demand_amount_text(abs(more), unit, language)}"
    facts = (
        Fact(
            "people", N_("Have an open station"), sides(lambda one: demand_amount_text(one, unit, language))
        ),
        Fact("shares", N_("At that time"), sides(lambda one: format_share(one / shown["total"]))),
        Fact("nights", N_("in the night after, 22:00–6:00"), " → ".join(map(format_share, found.nights))),
        Fact("change", N_("Change"), at_hour(change)),
        *(Fact(name, name, round(sums[name]), is_on_page=False) for name in sums),
    )
    charts = [_chart_day(asked.at, found.weeks)] if changes.late or changes.added else []
    return Advice(text), Facts("", facts), *charts


def _clock(at: datetime, other: datetime, language: Language) -> str:
    """Return the hour of an instant, with its day if that isn't the other's."""
    is_of_its_day = civil_date(at) == civil_date(other)
    return f"{at.astimezone(CIVIL_TIME):%H:%M}" if is_of_its_day else moment_text(at, language)


def _chart_day(at: datetime, weeks: WeekComparison) -> Chart:
    """Chart who has an open station in each hour of a day, before and after."""
    begins, first = start_of_day(civil_date(at)), 24 * civil_date(at).weekday()
    old, new = (
        week.served[first : first + 24].round().astype(int).tolist() for week in (weeks.before, weeks.after)
    )
    sizes = [(f"{hour:02d}", *both) for hour, both in enumerate(zip(old, new, strict=True))]
    points = [(begins + timedelta(hours=hour), served) for hour, served in enumerate(new)]
    title = N_("Have an open station, by the hour of the day")

    def draw(language: Language) -> Markup:
        return render_bar_chart(sizes, language.translate(title), language.code)

    return Chart("by_hour", title, points, draw, (N_("before"), N_("after")))


def changes_table(changes: ScenarioChanges, stations: Sequence[TickedStation]) -> Table[Any]:
    """Build a row for each station that a scenario changes."""
    known, note = {one.station.id: one for one in stations}, Choice("assumed", UNSURE_HOURS)
    rows = [
        (one.station.name, what, one.hours, note if what == "late" and one.is_unsure else "")
        for what, ids in (("late", changes.late), ("closed", changes.closed))
        for one in (known[id_] for id_ in ids if id_ in known)
    ]
    rows += [(one.name or f"{one.lon:.5f}, {one.lat:.5f}", "added", one.hours, "") for one in changes.added]
    columns = (
        _column("name", N_("Station"), lambda row: row[0]),
        _column("what", N_("Change"), lambda row: Choice(row[1], _WHAT[row[1]])),
        _column("hours", N_("opening hours"), lambda row: row[2]),
        _column("assumed", N_("Note"), lambda row: row[3], any(row[3] for row in rows)),
    )
    return Table(
        "changes", N_("What it changes"), columns, rows, N_("Nothing yet: tick stations, or add some.")
    )

"""What a scenario is worth: one sentence, three figures, and its changes."""

from collections.abc import Sequence
from typing import Any

from core.text_marks import N_
from geo.registry.planning import Scenario
from yihui.frame.cells import Choice
from yihui.frame.content import Advice, Fact, Facts, Table, TableColumn
from yihui.planning.analysis.forms import name_page_faults
from yihui.planning.answer import amount, metres, note_lines, sentence, share_of
from yihui.planning.scenario.request import ChangeForm, ScenarioChanges
from yihui.planning.scenario.run import ScenarioResult, TickedStation
from yihui.planning.siting.text import beside_sentence
from yihui.planning.text import demand_amount_text, format_share, moment_text
from yihui.runtime.language import Language

_column = TableColumn[tuple[str, str, str, Choice | str]]
UNSURE_HOURS = N_("today's hours not known: counted from 08:00, or all day")
_WORTH = N_(
    "{late} stations open longer, {closed} closed, {added} added: on {when}, {after} ({share}) have an open "
    "station within {radius}; {gained} more and {lost} fewer than {beside}"
)
_WHAT = {"late": N_("Open longer"), "closed": N_("to be closed"), "added": N_("Added")}


def scenario_sections(
    asked: Scenario,
    changes: ScenarioChanges,
    found: ScenarioResult,
    language: Language,
    beside: Scenario | None = None,
) -> tuple[Advice, Facts]:
    """Return the sentence and the figures, each after that of another scenario or today."""
    served, sums = found.served, found.served.totals
    demand, tolerance = served.demand, served.tolerance
    unit, total = demand.unit, demand.total
    counts = {name: len(getattr(changes, name)) for name in ("late", "closed", "added")}
    figures = {name: amount(sums[name], unit, tolerance) for name in ("gained", "lost")}
    figures |= {"after": amount(sums["after"], unit), "share": share_of(sums["after"], total)}
    other = beside.name if beside else sentence("", N_("today"))
    where = {"when": moment_text(asked.at, language), "radius": metres(asked.radius_m), "beside": other}
    told = sentence("", _WORTH, **counts, **figures, **where)
    notes = [beside_sentence(found.beside)] if found.beside else []
    if found.missing:
        gone = N_("{count} of its stations are no longer in the register")
        notes.append(sentence("", gone, count=found.missing))
    if found.later is not None:
        at, gained = found.later
        told_later = N_("at that time they are open anyway: at {when}, {gained} more have one")
        notes.append(sentence("", told_later, when=moment_text(at, language), gained=amount(gained, unit)))
    if found.unsure:
        assumed = N_(
            "today's hours of {count} stations that open longer aren't known: every day from 08:00 is assumed, or all day"
        )
        notes.append(sentence("", assumed, count=found.unsure))
    faults = name_page_faults(ChangeForm, found.chosen.notes, language)
    texts = [*(one.text(language) for one in (told, *notes)), *note_lines(faults, language, is_page=True)]
    text = language.join_clauses(texts)

    difference = sums["after"] - sums["before"]
    served_then = (sums["before"], sums["after"])
    told_difference = f"{'−' if difference < 0 else '+'}{demand_amount_text(abs(difference), unit, language)}"
    people = [demand_amount_text(one, unit, language) for one in served_then]
    shares = [format_share(one / total) for one in served_then]
    facts = (
        Fact("people", N_("Have an open station"), " → ".join(people)),
        Fact("shares", N_("At that time"), " → ".join(shares)),
        Fact("nights", N_("in the night after, 22:00–6:00"), " → ".join(map(format_share, found.nights))),
        Fact("change", N_("Change"), told_difference),
        *(Fact(name, name, round(sums[name]), is_on_page=False) for name in sums),
    )
    return Advice(text), Facts("", facts)


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

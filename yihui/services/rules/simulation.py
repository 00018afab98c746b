"""Replay events, of the journal and of the calendar, through drafts and the rules in force. Nothing is written."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, TypeVar

from benefits import read_ledger_state
from core.civil_time import civil_date, find_anniversary
from core.faults import Fault, FaultError, FaultTable, raise_faults
from core.text_marks import N_
from events import journal
from events.replay import InMemoryReplay, ReplayLine
from members import (
    ApplicationStep,
    MemberChange,
    OrganisationLineages,
    facts_on,
    is_organisation_code,
    load_lineages,
    organisation_names,
    read_application_steps,
    read_member_changes,
)
from rules import Rule, RuleLibrary, StartingUsage, UsageInMemory
from rules.facts import FactValue
from rules.simulation.simulate import SimulatedEvent, Simulation
from yihui.bootstrap import PROVINCE_CODE, Wiring
from yihui.runtime.progress import show_progress
from yihui.services.rules.simulated_calendar import SimulatedCalendar
from yihui.services.rules.simulation_drafts import backdate_rules, load_drafts, load_present_rules

if TYPE_CHECKING:
    from store import Database

_Caused = TypeVar("_Caused", MemberChange, ApplicationStep)

SIMULATION_FAULTS = FaultTable(
    "simulation",
    {
        "place": (
            N_("“{value}” is no organisation's code"),
            N_("write the code of your union or of one below it"),
        ),
        "days_reversed": (N_("the last day {value} comes before the first day {since}"), N_("exchange them")),
        "no_event": (
            N_("the journal holds no event of a member in these days"),
            N_("choose other days, or leave both empty for the whole journal"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class SimulationRequest:
    """The simulation to run: names and texts of drafts and of their tables, and the days of the events.

    All events of these days are replayed; the figures are of the members of ``place`` and of all below it, as
    the tree stands today.
    """

    texts: tuple[tuple[str, str], ...]
    place: str = PROVINCE_CODE
    since: date | None = None
    until: date | None = None
    backdate: bool = False


@dataclass(frozen=True, slots=True)
class SimulationRun:
    """A finished replay with all data for a report."""

    request: SimulationRequest
    drafts: tuple[Rule, ...]
    present: RuleLibrary
    simulation: Simulation
    faulty: int
    below: Mapping[str, str]  # of each organisation: what lies directly below the place on the way to it
    names: Mapping[str, str]  # of what lies there


def run_simulation(wiring: Wiring, request: SimulationRequest) -> SimulationRun:
    """Replay the events through the rules in force and through the drafts, with the progress.

    *Raises*: RuleFaults, FaultError, StoreError; KeyboardInterrupt at any time.
    """
    check_request(request)
    reading = Wiring(replace(wiring.settings, read_only=True), wiring.now)
    try:
        around = load_present_rules(reading)
        drafts, caps = load_drafts(request.texts, around)
        if request.backdate:
            drafts = backdate_rules(drafts)
        if not reading.has_database:
            raise FaultError(_no_event())
        start, today = _load_start(reading.database, request), civil_date(wiring.now())
        replay = InMemoryReplay(start.histories, start.steps, start.lineages)
        counts, counts_grant = _build_counters(request.place, start, today)
        simulation = Simulation(around.present, drafts, start.usage, caps, counts, counts_grant)
        with show_progress(wiring.render(N_("replaying events")), len(start.replayed)) as advance:
            months = reading.settings.hardship_review_months
            calendar = SimulatedCalendar.of_drafts(around.present, drafts, months, start.replayed)
            cases = replay.rule_cases(_read_lines(reading, request, calendar, advance))
            simulation.replay((SimulatedEvent(*case) for case in cases), request.until or today)
        if not simulation.events:
            raise FaultError(replay.faults or [_no_event()])
        below = _find_below(simulation, request.place, start, today)
        with reading.database.read() as connection:
            names = organisation_names(connection, set(below.values()))
        return SimulationRun(request, drafts, around.present, simulation, replay.faulty, below, names)
    finally:
        reading.close()


def check_request(request: SimulationRequest) -> None:
    """*Raises*: FaultError if the place is no organisation's code, or the last day comes before the first one."""
    faults, since, until = [], request.since, request.until
    if not is_organisation_code(request.place):
        faults.append(SIMULATION_FAULTS.build("place", field="place", value=request.place[:40]))
    if since and until and until < since:
        faults.append(
            SIMULATION_FAULTS.build(
                "days_reversed", field="until", value=until.isoformat(), since=since.isoformat()
            )
        )
    raise_faults(faults)


def _no_event() -> Fault:
    return SIMULATION_FAULTS.build("no_event", field="since")


@dataclass(frozen=True, slots=True)
class _Start:
    """The state before the first event: histories and usage. The ``replayed`` events are excluded from both."""

    database: "Database"
    begun: StartingUsage
    replayed: frozenset[tuple[str, str]]

    def usage(self) -> UsageInMemory:
        return UsageInMemory(self.begun)

    def list_other_members(self) -> list[str]:
        """Return whom something was granted on other events, in order."""
        ended, later = self.begun.earlier_ends, self.begun.later
        return sorted(({one.member for one in ended} | {one.member for one in later}) - {""})

    def histories(self, members: Sequence[str]) -> Mapping[str, list[MemberChange]]:
        with self.database.read() as connection:
            found = read_member_changes(connection, members)
        return {member: self._before(changes) for member, changes in found.items()}

    def steps(self, members: Sequence[str]) -> Mapping[str, list[ApplicationStep]]:
        with self.database.read() as connection:
            found = read_application_steps(connection, members)
        return {member: self._before(steps) for member, steps in found.items()}

    def lineages(self, organisations: set[str]) -> OrganisationLineages:
        with self.database.read() as connection:
            return load_lineages(connection, organisations)

    def _before(self, caused: list[_Caused]) -> list[_Caused]:
        return [one for one in caused if (one.source, one.event_id) not in self.replayed]


def _load_start(database: "Database", request: SimulationRequest) -> _Start:
    with database.read() as connection:
        replayed = journal.list_event_keys(connection, request.since, request.until)
        state = read_ledger_state(connection, replayed, request.since)
    return _Start(database, state, replayed)


def _read_lines(
    reading: Wiring,
    request: SimulationRequest,
    calendar: SimulatedCalendar,
    advance: Callable[[int], None],
) -> Iterator[ReplayLine]:
    """Yield the events in order of arrival, from one snapshot. ``advance`` receives the number of those stored.

    What the calendar brings on a day follows the last event of that day or of an earlier one. Where no first
    day is asked for, the calendar is that of the last twelve months: the journal's first events may be decades old.
    """
    until = request.until or civil_date(reading.now())
    with reading.database.read() as connection:
        left = journal.list_days_left(connection, request.since, request.until) if calendar.jobs else []
        first = min((day for _, day in left), default=until)
        since = request.since or max(first, find_anniversary(until, until.year - 1))
        made = calendar.iter_lines(connection, since, until)
        coming = next(made, None)
        turns = iter(left)
        turn = next(turns, None)
        stored = journal.read_events(connection, request.since, request.until, reading.now())
        for number, line in enumerate(stored, 1):
            while coming is not None and turn is not None and coming[0] < turn[1]:
                yield coming[1]
                coming = next(made, None)
            if number % 500 == 0:
                advance(number)
            yield line
            if turn is not None and line.row == turn[0]:
                turn = next(turns, None)
        if coming is not None:
            yield coming[1]
        for _, one in made:
            yield one


def _build_counters(
    place: str, start: _Start, today: date
) -> tuple[Callable[[SimulatedEvent], bool], Callable[[str, date], bool]]:
    """Return whether an event, or a grant on another, is of a member of the place, by her organisation on the day."""
    if place == PROVINCE_CODE:
        return lambda case: True, lambda member, day: True
    with start.database.read() as connection:
        histories = read_member_changes(connection, start.list_other_members())

    @cache
    def is_below(code: str) -> bool:
        return bool(code) and place in start.lineages({code}).lineage(code, today)

    def is_inside(facts: Mapping[str, FactValue]) -> bool:
        return is_below(str(facts.get("member.organisation") or facts.get("member.district") or ""))

    def counts_grant(member: str, day: date) -> bool:
        return is_inside(facts_on(histories.get(member, ()), day))

    return lambda case: is_inside(case.facts), counts_grant


def _find_below(simulation: Simulation, place: str, start: _Start, today: date) -> Mapping[str, str]:
    totals = (simulation.present_totals, simulation.proposed_totals)
    codes = {cell.organisation for one in totals for cell in one.by_place}
    above = start.lineages(codes - {""})
    return {code: _child_of(place, above.lineage(code, today) if code else ("",)) for code in codes}


def _child_of(place: str, lineage: Sequence[str]) -> str:
    """Return what lies directly below a place on the way to it, or the place itself."""
    at = lineage.index(place) if place in lineage else 1
    return lineage[at - 1] if at else place

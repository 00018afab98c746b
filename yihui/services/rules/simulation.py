"""Replay events through drafts and the rules in force, for `yihui rules simulate`.

Nothing is written.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from core.civil_time import EARLIEST_DATE, civil_date
from core.faults import FaultError, FaultTable
from core.text_marks import N_
from events.replay import InMemoryReplay, ReplayLine
from rules import RuleLibrary
from rules.simulation.simulate import SimulatedEvent, Simulation
from yihui.bootstrap import Wiring
from yihui.runtime.progress import show_progress
from yihui.services.rules.simulation_drafts import (
    DraftSet,
    backdate_drafts,
    load_drafts,
    load_present_rules,
    read_draft_texts,
)
from yihui.services.rules.simulation_sources import (
    EventKey,
    SimulationStart,
    filter_by_days,
    load_simulation_start,
    load_stored_events,
    open_existing_database,
    read_event_keys,
    read_event_lines,
)

if TYPE_CHECKING:
    from store import Database

SIMULATION_FAULTS = FaultTable(
    "simulation",
    {
        "reversed_days": (N_("--until {value} comes before --from {since}"), N_("exchange them")),
        "empty_file": (N_("the file is empty"), N_("write one CloudEvent in JSON on each line")),
        "no_event_left": (
            N_("no event about a member is left to replay"),
            N_("look at --from and --until, or name another file with --events"),
        ),
        "nothing_stored": (
            N_("the database keeps no events of this time; decisions whose events are gone: {value}"),
            N_("name a file of events with --events"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class SimulationRequest:
    """The simulation to run. Without ``events`` the events stored in the database are replayed.

    The drafts are files, or names and ``texts``. With ``place``, all events are replayed, and the figures are of
    the members of that organisation and of all below it, as the tree stands today.
    """

    drafts: tuple[Path, ...] = ()
    folders: tuple[Path, ...] = ()
    events: Path | None = None
    since: date | None = None
    until: date | None = None
    backdate: bool = False
    budgets: Mapping[str, int] = field(default_factory=dict)
    texts: tuple[tuple[str, str], ...] = ()
    place: str | None = None


@dataclass(frozen=True, slots=True)
class SimulationRun:
    """A finished replay with all data for a report."""

    order: SimulationRequest
    drafts: DraftSet
    present: RuleLibrary
    simulation: Simulation
    replay: InMemoryReplay
    start: SimulationStart
    first: date | None
    last: date | None
    today: date
    unkept: int = 0  # decisions in the database whose events are not stored


def run_simulation(wiring: Wiring, order: SimulationRequest) -> SimulationRun:
    """Replay the events through the rules in force and through the drafts, with the progress.

    *Raises*: RuleFaults, FaultError, StoreError, OSError; KeyboardInterrupt at any time. Nothing remains
    afterwards.
    """
    _refuse_reversed_dates(order)
    reading = _reading(wiring, order)
    try:
        database = open_existing_database(reading)
        around = load_present_rules(reading)
        drafts = load_drafts((*read_draft_texts(order.drafts), *order.texts), around)
        if order.backdate:
            drafts = backdate_drafts(drafts, EARLIEST_DATE)
        source = _source(reading, order, database)
        start = load_simulation_start(database, order.budgets, source.keys)
        with show_progress(wiring.render(N_("replaying events")), source.total) as advance:
            return _replayed(order, drafts, around.present, start, source, advance, civil_date(wiring.now()))
    finally:
        reading.close()


@dataclass(frozen=True, slots=True)
class _Source:
    """Events to replay: the number of steps, how to read them, and which the database has already processed."""

    total: int
    lines: Callable[[Callable[[int], None]], Iterator[ReplayLine]]
    keys: frozenset[EventKey]
    unkept: int = 0


def _reading(wiring: Wiring, order: SimulationRequest) -> Wiring:
    """Return the same wiring with a read-only database and the folders of the request."""
    settings = wiring.settings
    return Wiring(replace(settings, read_only=True, rules=(*settings.rules, *order.folders)), wiring.now)


def _source(reading: Wiring, order: SimulationRequest, database: "Database | None") -> _Source:
    if order.events is None:
        kept = load_stored_events(database, order.since, order.until, reading.now())
        if not kept.total:
            raise FaultError(
                SIMULATION_FAULTS.build("nothing_stored", field="--events", value=f"{kept.unkept:,}")
            )
        return _Source(kept.total, kept.lines, kept.keys, kept.unkept)
    file = order.events
    size = file.stat().st_size
    if not size:
        raise FaultError(SIMULATION_FAULTS.build("empty_file", file=file.name, value=""))
    keys = read_event_keys(file) if database is not None else frozenset()

    def lines(advance: Callable[[int], None]) -> Iterator[ReplayLine]:
        read = read_event_lines(file, reading.now(), advance)
        return filter_by_days(read, order.since, order.until)

    return _Source(size, lines, keys)


def _replayed(
    order: SimulationRequest,
    drafts: DraftSet,
    present: RuleLibrary,
    start: SimulationStart,
    source: _Source,
    advance: Callable[[int], None],
    today: date,
) -> SimulationRun:
    replay = InMemoryReplay(start.histories, start.steps, start.lineages)
    counts = _count_all if order.place is None else _CountedPlace(order.place, start, today)
    simulation = Simulation(present, drafts.rules, start.usage, drafts.caps, counts)
    first = last = None
    for event, facts in replay.rule_cases(source.lines(advance)):
        simulation.replay(SimulatedEvent(event, facts))
        day = event.occurred_on
        first = day if first is None or day < first else first
        last = day if last is None or day > last else last
    if not simulation.events:
        raise FaultError(replay.faults or [SIMULATION_FAULTS.build("no_event_left", field="--events")])
    return SimulationRun(order, drafts, present, simulation, replay, start, first, last, today, source.unkept)


def _count_all(case: SimulatedEvent) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class _CountedPlace:
    """Whether an event is of a member of a subtree, by the organisation that the member had on the day."""

    place: str
    start: SimulationStart
    today: date
    _known: dict[str, bool] = field(default_factory=dict)

    def __call__(self, case: SimulatedEvent) -> bool:
        code = str(case.facts.get("member.organisation") or case.facts.get("member.district") or "")
        if code not in self._known:
            above = self.start.lineages({code}).lineage(code, self.today) if code else ()
            self._known[code] = self.place in above
        return self._known[code]


def _refuse_reversed_dates(order: SimulationRequest) -> None:
    if order.since and order.until and order.until < order.since:
        raise FaultError(
            SIMULATION_FAULTS.build(
                "reversed_days", field="--until", value=order.until.isoformat(), since=order.since.isoformat()
            )
        )

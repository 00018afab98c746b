"""yihui rules simulate: drafts, events and a start become one replay. Writes nothing but what is asked for."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from core.civil_time import EARLIEST
from core.faults import Fault, InputFaults
from events.replay import Line, Replay
from rules import Library
from rules.simulation.simulate import Case, Simulation
from yihui.bootstrap import Wiring
from yihui.runtime.progress import progress
from yihui.services.simulation_drafts import Drafts, around_of, backdated, read_drafts, read_what_if
from yihui.services.simulation_sources import (
    Key,
    Start,
    database_of,
    kept_events,
    keys_of,
    lines_of,
    lines_of_rolls,
    start_of,
    within,
)

if TYPE_CHECKING:
    from store import Database

N_ = str  # marks a text for the message catalogue


@dataclass(frozen=True, slots=True)
class Order:
    """What to simulate. Without ``events`` the database's own are replayed."""

    drafts: tuple[Path, ...]
    folders: tuple[Path, ...] = ()
    events: Path | None = None
    rolls: tuple[Path, ...] = ()
    since: date | None = None
    until: date | None = None
    what_if: str | None = None
    backdate: bool = False
    budgets: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Simulated:
    """A finished replay with all that a report needs."""

    order: Order
    drafts: Drafts
    present: Library
    simulation: Simulation
    replay: Replay
    start: Start
    first: date | None
    last: date | None
    unkept: int = 0  # decisions in the database whose events it doesn't keep


def simulate(wiring: Wiring, order: Order) -> Simulated:
    """Replay the events through what is in force and through the drafts.

    *Raises*: RuleFaults, InputFaults, StoreError, OSError; KeyboardInterrupt at any time, nothing is left behind.
    """
    _refuse_order(order)
    what_if = read_what_if(order.what_if) if order.what_if else None
    reading = _reading(wiring, order)
    try:
        database = database_of(reading)
        around = around_of(reading, database)
        drafts = read_drafts(order.drafts, around, what_if)
        if order.backdate:
            drafts = backdated(drafts, EARLIEST)
        source = _source(reading, order, database)
        start = start_of(database, order.budgets, source.keys)
        return _replayed(wiring, order, drafts, around.present, start, source)
    finally:
        reading.close()


@dataclass(frozen=True, slots=True)
class _Source:
    """Events to replay: how many steps they take, how to read them, which of them the database has handled."""

    total: int
    lines: Callable[[Callable[[int], None]], Iterator[Line]]
    keys: frozenset[Key]
    unkept: int = 0


def _reading(wiring: Wiring, order: Order) -> Wiring:
    """The same wiring, but whatever it opens is opened for reading only."""
    settings = wiring.settings
    return Wiring(replace(settings, read_only=True, rules=(*settings.rules, *order.folders)), wiring.now)


def _source(reading: Wiring, order: Order, database: "Database | None") -> _Source:
    rolls = lines_of_rolls(order.rolls, reading)
    if order.events is None:
        kept = kept_events(database, order.since, order.until, reading.now())
        if not kept.total and not rolls:
            raise InputFaults([_nothing_kept(kept.unkept)])
        return _Source(kept.total, lambda advance: chain(rolls, kept.lines(advance)), kept.keys, kept.unkept)
    file = order.events
    size = file.stat().st_size
    if not size:
        raise InputFaults([_empty(file)])
    keys = keys_of(file) if database is not None else frozenset()

    def lines(advance: Callable[[int], None]) -> Iterator[Line]:
        read = lines_of(file, reading.now(), advance)
        return chain(rolls, within(read, order.since, order.until))

    return _Source(size, lines, keys)


def _replayed(
    wiring: Wiring, order: Order, drafts: Drafts, present: Library, start: Start, source: _Source
) -> Simulated:
    replay = Replay(start.histories, start.steps)
    simulation = Simulation(present, drafts.rules, start.usage, drafts.variants, drafts.caps)
    first = last = None
    with progress(wiring.say(N_("replaying events")), source.total) as advance:
        for event, facts in replay.cases(source.lines(advance)):
            simulation.take(Case(event, facts))
            day = event.occurred_on
            first = day if first is None or day < first else first
            last = day if last is None or day > last else last
    if not simulation.events:
        raise InputFaults(replay.faults or [_none_left()])
    return Simulated(order, drafts, present, simulation, replay, start, first, last, source.unkept)


def _refuse_order(order: Order) -> None:
    if order.since and order.until and order.until < order.since:
        raise InputFaults([_ends_first(order.since, order.until)])


def _ends_first(since: date, until: date) -> Fault:
    return Fault(
        N_("--until {value} comes before --from {since}"),
        N_("exchange them"),
        field="--until",
        value=until.isoformat(),
        params={"since": since.isoformat()},
    )


def _empty(file: Path) -> Fault:
    return Fault(
        N_("the file is empty"), N_("write one CloudEvent in JSON on each line"), file=file.name, value=""
    )


def _none_left() -> Fault:
    return Fault(
        N_("no event about a member is left to replay"),
        N_("look at --from and --until, or name another file with --events"),
        field="--events",
    )


def _nothing_kept(unkept: int) -> Fault:
    return Fault(
        N_("the database keeps no events of this time; decisions whose events are gone: {value}"),
        N_("name a file of events with --events"),
        field="--events",
        value=f"{unkept:,}",
    )

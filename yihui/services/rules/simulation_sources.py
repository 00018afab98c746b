"""Read the sources of a simulation: event files, stored events and the starting state. Read-only."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from core.civil_time import civil_date
from core.faults import FaultError, FaultTable
from core.text_marks import N_
from events import Event, parse_event
from events.applications import no_application_steps
from events.replay import ReplayLine, no_histories
from members import (
    NO_LINEAGES,
    ApplicationStep,
    MemberChange,
    OrganisationLineages,
    load_lineages,
    read_application_steps,
    read_member_changes,
)
from rules.simulation.simulate import StartingUsage, UsageSinceStart
from yihui.bootstrap import Wiring

if TYPE_CHECKING:
    from store import Database


EventKey = tuple[str, str]
_Told = TypeVar("_Told", MemberChange, ApplicationStep)

SIMULATION_SOURCE_FAULTS = FaultTable(
    "simulation_source",
    {
        "older_schema": (
            N_("the database {value} has an older schema ({found}), and a simulation changes nothing"),
            N_("bring it up to date with `yihui ledger verify`, then simulate again"),
        ),
        "budget": (
            N_("{field} can't be {value}"),
            N_("write a budget and its amount in whole fen: birthday-cake=300000000"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class SimulationStart:
    """The state before the first event: histories and usage. Events in ``replayed`` are excluded from both."""

    database: "Database | None" = None
    names: Mapping[str, str] = field(default_factory=dict)  # of organisations
    begun: StartingUsage = field(default_factory=StartingUsage)
    replayed: frozenset[EventKey] = frozenset()

    def usage(self) -> UsageSinceStart:
        """Return the usage at the start, as a separate object for each side."""
        return UsageSinceStart(self.begun)

    def histories(self, members: Sequence[str]) -> Mapping[str, list[MemberChange]]:
        """Return the known changes of members, without those that the replayed events caused."""
        if self.database is None:
            return no_histories(members)
        with self.database.read() as connection:
            found = read_member_changes(connection, members)
        return {member: self._before(changes) for member, changes in found.items()}

    def steps(self, members: Sequence[str]) -> Mapping[str, list[ApplicationStep]]:
        """Return the application steps of members, likewise."""
        if self.database is None:
            return no_application_steps(members)
        with self.database.read() as connection:
            found = read_application_steps(connection, members)
        return {member: self._before(steps) for member, steps in found.items()}

    def lineages(self, organisations: set[str]) -> OrganisationLineages:
        """Return where organisations stand in the tree, as the database has it now."""
        if self.database is None:
            return NO_LINEAGES
        with self.database.read() as connection:
            return load_lineages(connection, organisations)

    def _before(self, told: list[_Told]) -> list[_Told]:
        return [one for one in told if (one.source, one.event_id) not in self.replayed]


def open_existing_database(reading: Wiring) -> "Database | None":
    """Open the database read-only, or return None if it doesn't exist yet (a scratch run).

    *Raises*: StoreError if it can't be read; FaultError if its schema is older than the product's.
    """
    from store import HEAD_REVISION, DatabaseReadOnly, database_revision, open_database

    target = reading.settings.database
    if "://" not in target and not Path(target).exists():
        return None
    try:
        return reading.database
    except DatabaseReadOnly:
        database = open_database(target, read_only=True)
        with database.read() as connection:
            found = database_revision(connection)
        if found == HEAD_REVISION:
            raise
        raise FaultError(
            SIMULATION_SOURCE_FAULTS.build(
                "older_schema", field="--db", value=database.target, found=found or "-"
            )
        ) from None


def read_event_lines(
    file: Path, now: datetime, advance: Callable[[int], None] = lambda done: None
) -> Iterator[ReplayLine]:
    """Yield the events of a file, one a line, without blank lines. ``advance`` receives the bytes read."""
    done = 0
    with file.open("rb") as stream:
        for number, text in enumerate(stream, 1):
            done += len(text)
            if number % 500 == 0:
                advance(done)
            if text.strip():
                yield ReplayLine(file.name, number, parse_event(text, now))
    advance(done)


@dataclass(frozen=True, slots=True)
class StoredEvents:
    """The events stored in the database; ``unkept`` counts decisions whose events are not stored."""

    now: datetime
    database: "Database | None" = None
    since: date | None = None
    until: date | None = None
    total: int = 0
    keys: frozenset[EventKey] = frozenset()
    unkept: int = 0

    def lines(self, advance: Callable[[int], None]) -> Iterator[ReplayLine]:
        """Yield the events in order of arrival, from one snapshot. ``advance`` receives their number."""
        if self.database is None or not self.total:
            return
        from events import journal

        with self.database.read() as connection:
            kept = journal.read_events(connection, self.since, self.until, self.now)
            for number, line in enumerate(kept, 1):
                if number % 500 == 0:
                    advance(number)
                yield line


def load_stored_events(
    database: "Database | None", since: date | None, until: date | None, now: datetime
) -> StoredEvents:
    """Return the events of a time span that the database has stored."""
    if database is None:
        return StoredEvents(now)
    from events import journal

    with database.read() as connection:
        keys = journal.list_event_keys(connection, since, until)
        unkept = journal.count_decisions_without_event(connection, since, until)
    return StoredEvents(now, database, since, until, len(keys), keys, unkept)


def read_event_keys(file: Path) -> frozenset[EventKey]:
    """Return the keys of a file's events. Unreadable lines are skipped."""
    found = set()
    with file.open("rb") as stream:
        for text in stream:
            try:
                raw = json.loads(text)
                found.add((str(raw["source"]), str(raw["id"])))
            except (ValueError, KeyError, TypeError, RecursionError):
                continue  # the replay reports this line
    return frozenset(found)


def filter_by_days(
    lines: Iterator[ReplayLine], since: date | None, until: date | None
) -> Iterator[ReplayLine]:
    """Yield the events between two days, and unreadable lines, so that the replay reports those."""
    for line in lines:
        if isinstance(line.event, Event):
            day = civil_date(line.event.occurred_at)
            if (since and day < since) or (until and day > until):
                continue
        yield line


def load_simulation_start(
    database: "Database | None", budgets: Mapping[str, int], replayed: frozenset[EventKey]
) -> SimulationStart:
    """Return the start of a replay: the database's state without the effects of the replayed events."""
    given = {f"budget/{name}": fen for name, fen in budgets.items()}
    if database is None:
        return SimulationStart(begun=StartingUsage(ceilings=given))
    from benefits import read_ledger_state
    from members import organisation_names

    with database.read() as connection:
        stands = read_ledger_state(connection, replayed)
        names = organisation_names(connection)
    begun = StartingUsage(stands.used, stands.slots, stands.earlier, {**stands.ceilings, **given})
    return SimulationStart(database, names, begun, replayed)


def parse_budgets(texts: Sequence[str]) -> dict[str, int]:
    """Parse texts like ``NAME=FEN``. *Raises*: FaultError with every text that can't be parsed."""
    found: dict[str, int] = {}
    faults = []
    for text in texts:
        name, _, fen = text.partition("=")
        if name.strip() and fen.strip().isdecimal() and len(fen) <= 15:
            found[name.strip()] = int(fen)
        else:
            faults.append(SIMULATION_SOURCE_FAULTS.build("budget", field="--budget", value=text))
    if faults:
        raise FaultError(faults)
    return found

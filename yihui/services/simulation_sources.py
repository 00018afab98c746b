"""What a simulation replays, and from what it starts: event files, rolls, what a database keeps. Read only."""

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from core.civil_time import civil_date
from core.faults import Fault, InputFaults
from events import Event, Unreadable, check_event, read_event
from events.applications import no_steps
from events.replay import Line, nobody
from geo.formats.csv import read_csv
from members import Change, Step, read_changes, read_roll, read_steps
from rules.simulation.usage import Begun, UsageSince
from yihui.bootstrap import Wiring
from yihui.runtime.identity_key import read_key

if TYPE_CHECKING:
    from store import Database

N_ = str  # marks a text for the message catalogue

Key = tuple[str, str]
_Told = TypeVar("_Told", Change, Step)


@dataclass(frozen=True, slots=True)
class Start:
    """What stands before the first event: histories, what is used; ``replayed`` are left out of both."""

    database: "Database | None" = None
    names: Mapping[str, str] = field(default_factory=dict)  # of organisations
    begun: Begun = field(default_factory=Begun)
    replayed: frozenset[Key] = frozenset()

    def usage(self) -> UsageSince:
        """What is used, of its own for one side."""
        return UsageSince(self.begun)

    def histories(self, members: Sequence[str]) -> Mapping[str, list[Change]]:
        """What is known of members, without what the replayed events themselves have told."""
        if self.database is None:
            return nobody(members)
        with self.database.read() as connection:
            found = read_changes(connection, members)
        return {member: self._before(changes) for member, changes in found.items()}

    def steps(self, members: Sequence[str]) -> Mapping[str, list[Step]]:
        """What members had applied for, likewise."""
        if self.database is None:
            return no_steps(members)
        with self.database.read() as connection:
            found = read_steps(connection, members)
        return {member: self._before(steps) for member, steps in found.items()}

    def _before(self, told: list[_Told]) -> list[_Told]:
        return [one for one in told if (one.source, one.event_id) not in self.replayed]


def database_of(reading: Wiring) -> "Database | None":
    """The database opened for reading only, or None where there is none yet (a scratch).

    *Raises*: StoreError where it can't be read; InputFaults where its schema is older than ours.
    """
    from store import HEAD, DatabaseReadOnly, open_database, revision

    target = reading.settings.database
    if "://" not in target and not Path(target).exists():
        return None
    try:
        return reading.database
    except DatabaseReadOnly:
        database = open_database(target, read_only=True)
        with database.read() as connection:
            found = revision(connection)
        if found == HEAD:
            raise
        raise InputFaults([_older(database.target, found)]) from None


def lines_of(file: Path, now: datetime, advance: Callable[[int], None] = lambda done: None) -> Iterator[Line]:
    """The events of a file, one a line; blank lines are passed over. ``advance`` is told bytes read."""
    done = 0
    with file.open("rb") as stream:
        for number, text in enumerate(stream, 1):
            done += len(text)
            if number % 500 == 0:
                advance(done)
            if text.strip():
                yield Line(file.name, number, read_event(text, now))
    advance(done)


@dataclass(frozen=True, slots=True)
class Kept:
    """The events that the database keeps; ``unkept`` counts decisions whose events it doesn't keep."""

    now: datetime
    database: "Database | None" = None
    since: date | None = None
    until: date | None = None
    total: int = 0
    keys: frozenset[Key] = frozenset()
    unkept: int = 0

    def lines(self, advance: Callable[[int], None]) -> Iterator[Line]:
        """The events, in order of arrival, out of one snapshot; ``advance`` is told how many."""
        if self.database is None or not self.total:
            return
        from events import journal

        with self.database.read() as connection:
            kept = journal.kept(connection, self.since, self.until, self.now)
            for number, line in enumerate(kept, 1):
                if number % 500 == 0:
                    advance(number)
                yield line


def kept_events(database: "Database | None", since: date | None, until: date | None, now: datetime) -> Kept:
    """What the database can give of a time."""
    if database is None:
        return Kept(now)
    from events import journal

    with database.read() as connection:
        keys = journal.keys(connection, since, until)
        unkept = journal.decided_unkept(connection, since, until)
    return Kept(now, database, since, until, len(keys), keys, unkept)


def keys_of(file: Path) -> frozenset[Key]:
    """The identities of a file's events, as far as they can be read."""
    found = set()
    with file.open("rb") as stream:
        for text in stream:
            try:
                raw = json.loads(text)
                found.add((str(raw["source"]), str(raw["id"])))
            except (ValueError, KeyError, TypeError, RecursionError):
                continue  # told where it is replayed
    return frozenset(found)


def within(lines: Iterator[Line], since: date | None, until: date | None) -> Iterator[Line]:
    """Those that occurred from one day to another; what can't be read goes on to be told."""
    for line in lines:
        if isinstance(line.event, Event):
            day = civil_date(line.event.occurred_at)
            if (since and day < since) or (until and day > until):
                continue
        yield line


def lines_of_rolls(files: Sequence[Path], wiring: Wiring) -> list[Line]:
    """The members of rolls as events; their faults as well."""
    if not files:
        return []
    key, now = _key(wiring), wiring.now()
    lines: list[Line] = []
    for file in files:
        enrolled, faults = read_roll(read_csv(file.read_bytes(), file.name), key, civil_date(now))
        lines += [Line(file.name, row.row, check_event(row.as_event("/rolls"), now)) for row in enrolled]
        lines += [Line(file.name, f.row or 0, Unreadable((f,), None, None, "")) for f in faults]
    return lines


def _key(wiring: Wiring) -> bytes:
    """The key of the pseudonyms, as it is; made for this run alone where there is none yet."""
    given, path = os.environ.get("YIHUI_IDENTITY_KEY"), wiring.settings.data_folder / "identity.key"
    if given is None and not path.exists():
        return os.urandom(32)
    return read_key(path, given)


def start_of(database: "Database | None", budgets: Mapping[str, int], replayed: frozenset[Key]) -> Start:
    """Where the replay starts: what the database says, without what the replayed events have brought about."""
    given = {f"budget/{name}": fen for name, fen in budgets.items()}
    if database is None:
        return Start(begun=Begun(ceilings=given))
    from benefits.ledger.usage_snapshot import standing
    from members import organisation_names

    with database.read() as connection:
        stands = standing(connection, replayed)
        names = organisation_names(connection)
    begun = Begun(stands.used, stands.slots, stands.earlier, {**stands.ceilings, **given})
    return Start(database, names, begun, replayed)


def read_budgets(texts: Sequence[str]) -> dict[str, int]:
    """``NAME=FEN``. *Raises*: InputFaults with every one that can't be read."""
    found: dict[str, int] = {}
    faults = []
    for text in texts:
        name, _, fen = text.partition("=")
        if name.strip() and fen.strip().isdecimal() and len(fen) <= 15:
            found[name.strip()] = int(fen)
        else:
            faults.append(_wrong_budget(text))
    if faults:
        raise InputFaults(faults)
    return found


def _older(target: str, found: str | None) -> Fault:
    return Fault(
        N_("the database {value} has an older schema ({found}), and a simulation changes nothing"),
        N_("bring it up to date with `yihui ledger verify`, then simulate again"),
        field="--db",
        value=target,
        params={"found": found or "-"},
    )


def _wrong_budget(text: str) -> Fault:
    return Fault(
        N_("{field} can't be {value}"),
        N_("write a budget and its amount in whole fen: birthday-cake=300000000"),
        field="--budget",
        value=text,
    )

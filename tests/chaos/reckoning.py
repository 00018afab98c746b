"""What became of what was accepted, by the recorder's file and the database's own tables."""

import json
from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import Connection, text

from benefits import canonical_export_lines
from events import InboundEvent, parse_event
from store import Database
from yihui.bootstrap import Wiring
from yihui.services.operation.upkeep import run_upkeep

_HANDLED = text("SELECT id FROM inbox WHERE source = :source")
_DEAD = text("SELECT event_id FROM dead_letters WHERE source = :source AND resolved_at IS NULL")


@dataclass(slots=True)
class Reckoned:
    """Ids of events: ``lost`` have no outcome, ``doubled`` more than one, ``strangers`` nobody sent."""

    accepted: int
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)  # what `ledger verify` found
    moved: list[str] = field(default_factory=list)  # what handling all that was handled once more changed

    @property
    def holds(self) -> bool:
        return not (self.lost or self.doubled or self.strangers or self.faults or self.moved)


def outcomes(connection: Connection, source: str) -> Counter[str]:
    """How many outcomes each event of a source has."""
    counted: Counter[str] = Counter()
    for query in (_HANDLED, _DEAD):
        counted.update(row[0] for row in connection.execute(query, {"source": source}))
    return counted


def all_have_outcomes(connection: Connection, source: str, ids: set[str]) -> bool:
    waiting = connection.execute(text("SELECT count(*) FROM ingress")).scalar_one()
    return not waiting and ids <= set(outcomes(connection, source))


def reckon(wiring: Wiring, source: str, lines: list[str]) -> Reckoned:
    """Compare, verify, and handle everything a second time."""
    database = wiring.database
    ids = {str(json.loads(line)["id"]) for line in lines}
    with database.read() as connection:
        counted = outcomes(connection, source)
    found = Reckoned(
        len(ids),
        lost=sorted(ids - set(counted)),
        doubled=sorted(id for id, n in counted.items() if n > 1),
        strangers=sorted(set(counted) - ids),
        faults=faults_of(database),
    )
    found.moved = _moved_by_again(wiring, source, lines)
    return found


def _moved_by_again(wiring: Wiring, source: str, lines: list[str]) -> list[str]:
    """A dead letter may go through by now: whom it is about has come in meanwhile. The rest changes nothing."""
    run_upkeep(wiring)  # what days bring, so that the relay doesn't do it meanwhile
    database, runner = wiring.database, wiring.runner
    before = set(ledger(database))
    with database.read() as connection:
        dead = {row[0] for row in connection.execute(_DEAD, {"source": source})}
    handled = [line for line in lines if json.loads(line)["id"] not in dead]
    for _ in runner.run_events(InboundEvent(parse_event(line, runner.now()), "again") for line in handled):
        pass
    return sorted(before ^ set(ledger(database)))


def faults_of(database: Database) -> list[str]:
    from benefits.verification.verify import verify_ledger

    with database.read() as connection:
        return [str(fault) for fault in verify_ledger(connection).disagreements]


def ledger(database: Database) -> list[str]:
    with database.read() as connection:
        return list(canonical_export_lines(connection))

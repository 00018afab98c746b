"""What is measured in a ledger of years: batches of events through the pipeline, and answers to “why”."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from hashlib import md5
from pathlib import Path
from statistics import mean, median

import numpy as np
from sqlalchemy import Connection, text

from benefits import seal_batches
from events import InboundEvent, parse_event, process_batch
from rules import RuleLibrary
from store import Database
from tools.servers.sending import Sender
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.services.benefits.benefits import list_member_decisions
from yihui.services.operation.upkeep import end_due_grants
from yihui.services.rules.rules import SHIPPED_RULES

BATCH_SIZE, BATCHES = 500, 6
ROUND_EVENTS = BATCH_SIZE * BATCHES
_LOCKS = text("SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid()")


@dataclass(frozen=True, slots=True)
class TimeSpent:
    """Seconds of one piece of work in this process and one process of the server.

    ``clock_s`` is the time on the clock less what both waited for a core while other programs had it.
    """

    clock_s: float
    whole_s: float
    own_s: float
    server_s: float


class StopWatch:
    """Measures from its making on, in this thread and in a process of the server."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._begin = self._read()

    def _read(self) -> tuple[float, tuple[float, float], tuple[float, float]]:
        return time.perf_counter(), _scheduled_s("thread-self"), _scheduled_s(str(self._pid))

    def read(self) -> TimeSpent:
        end, own, server = self._read()
        begin, own_before, server_before = self._begin
        whole_s = end - begin
        waited_s = own[1] - own_before[1] + server[1] - server_before[1]
        return TimeSpent(whole_s - waited_s, whole_s, own[0] - own_before[0], server[0] - server_before[0])


def _scheduled_s(process: str) -> tuple[float, float]:
    """Return the seconds that a process had a core, and those that it was ready and waited for one (Linux)."""
    had, waited, _ = Path(f"/proc/{process}/schedstat").read_text(encoding="ascii").split()
    return int(had) / 1e9, int(waited) / 1e9


@dataclass(frozen=True, slots=True)
class EventCost:
    """What an event takes: on the clock, and of the processor in our process and the server's.

    Other programs on the machine lengthen the time on the clock; the time less the waits for a core,
    ``clock_us``, is too short where both processes wait at once.
    """

    clock_us: float
    whole_us: float
    own_us: float
    server_us: float
    granted_share: float

    @property
    def processor_us(self) -> float:
        return self.own_us + self.server_us


@dataclass(slots=True)
class MeasuredLedger:
    """One database in which rounds are measured on one day; ``members`` are those whose events come next."""

    wiring: Wiring
    library: RuleLibrary
    day: date
    members: Iterator[str]
    name: str
    locks: int = 0
    _imports: int = 0
    _run: int = field(default_factory=time.time_ns)
    _sender: Sender = field(default_factory=Sender)

    @property
    def database(self) -> Database:
        return self.wiring.database

    @property
    def now(self) -> datetime:
        return datetime(self.day.year, self.day.month, self.day.day, 4, tzinfo=UTC)

    def prepare(self) -> None:
        """Do what is due by the day, and seal what waits: no round pays for earlier ones."""
        end_due_grants(self.wiring)
        seal_all(self.database, self.now)

    def import_members(self, number: int) -> list[str]:
        """Import new members, without measuring; return their ids."""
        added = [self._new_member() for _ in range(number)]
        self._handle([self._sender.imported(member) for member in added])
        return added

    def measure_new(self) -> EventCost:
        """Measure imports of new members, each followed by the member's birthday."""
        added = [self._new_member() for _ in range(ROUND_EVENTS // 2)]
        on = self.day.isoformat()
        return self._handle(
            [line for one in added for line in (self._sender.imported(one), self._sender.birthday(one, on))]
        )

    def measure_known(self) -> EventCost:
        """Measure birthdays of members who have been there for long."""
        chosen = [next(self.members) for _ in range(ROUND_EVENTS)]
        return self._handle([self._sender.birthday(one, self.day.isoformat()) for one in chosen])

    def measure_slowest_batch(self) -> float:
        """Handle birthdays of members who are there; return the seconds of the slowest of a few batches."""
        lines = [self._sender.birthday(next(self.members), self.day.isoformat()) for _ in range(BATCH_SIZE)]
        return self._handle(lines).whole_us * BATCH_SIZE / 1e6

    def _new_member(self) -> str:
        self._imports += 1
        return md5(f"{self.name}/{self._run}/{self._imports}".encode()).hexdigest()

    def _handle(self, lines: Sequence[str]) -> EventCost:
        """Handle lines batch by batch; return what an event took, the clock's by the median batch."""
        envelope = {"source": f"/bench/{self.name}/{self._run}"}
        items = [
            InboundEvent(parse_event(line.replace('"/test"', f'"{envelope["source"]}"'), self.now), "bench")
            for line in lines
        ]
        batches = [
            self._handle_batch(items[start : start + BATCH_SIZE])
            for start in range(0, len(items), BATCH_SIZE)
        ]
        each = 1e6 / BATCH_SIZE
        return EventCost(
            median(spent.clock_s for spent, _ in batches) * each,
            median(spent.whole_s for spent, _ in batches) * each,
            mean(spent.own_s for spent, _ in batches) * each,
            mean(spent.server_s for spent, _ in batches) * each,
            sum(granted for _, granted in batches) / len(items),
        )

    def _handle_batch(self, batch: list[InboundEvent]) -> tuple[TimeSpent, int]:
        with self.database.write() as connection:
            watch = StopWatch(_backend(connection))
            outcomes = process_batch(batch, connection, self.library, self.now)
            assert outcomes.handled == len(batch), f"{outcomes.dead_letters[:2]}, {outcomes.duplicates}"
            if not self.locks:
                self.locks = int(connection.execute(_LOCKS).scalar_one())
        return watch.read(), sum(one.outcome == "granted" for one in outcomes.rulings)


def seal_all(database: Database, now: datetime) -> None:
    """Seal what waits to be sealed."""
    while True:
        with database.write() as connection:
            if not seal_batches(connection, now).batches:
                return


def _backend(connection: Connection) -> int:
    driver = connection.connection.driver_connection
    assert driver is not None
    return int(driver.info.backend_pid)


def wire(target: str, folder: Path, day: date) -> Wiring:
    """Return the objects of an installation on a day."""
    now = datetime(day.year, day.month, day.day, 4, tzinfo=UTC)
    return build_wiring(Settings(target, folder, (SHIPPED_RULES,)), lambda: now)


@dataclass(frozen=True, slots=True)
class WhyTimes:
    """Milliseconds of answers to “why”, less the waits for a core; and the decisions in an answer on average.

    ``whole_p99_ms`` is with those waits.
    """

    p50_ms: float
    p99_ms: float
    most_ms: float
    whole_p99_ms: float
    decisions: float


def measure_why(wiring: Wiring, members: Sequence[str]) -> WhyTimes:
    """Ask for all decisions about each member, as ``yihui benefits why`` does."""
    with wiring.database.read() as connection:
        pid = _backend(connection)
    spent, number = [], 0
    for member in members:
        watch = StopWatch(pid)
        number += len(list_member_decisions(wiring, member, None, None))
        spent.append(watch.read())
    taken = [one.clock_s * 1e3 for one in spent]
    p50, p99 = (float(np.percentile(taken, at)) for at in (50, 99))
    whole_p99 = float(np.percentile([one.whole_s * 1e3 for one in spent], 99))
    return WhyTimes(p50, p99, max(taken), whole_p99, number / len(members))

"""Simulate a rush of claims through sites, relay, topic and workers, event by event; predict how long it takes.

python -m bench.rush_simulation --claims 200000 --seconds 600 --sites 2 --workers 6 --cores 12

The model is a queueing network of discrete events: each process does one thing at a time, processes share the
machine's cores in turns of ``TURN_S``, a site has as many claims at the database at once as its write queue
admits, and relay and workers take batches of what waits. It knows processor time only: waits for disks and
networks are not in it. ``bench.rush`` compares its answer with a rush that is carried out.
"""

import argparse
import random
import sys
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from statistics import quantiles
from typing import Any

import simpy

from yihui.http.write_queue import MAX_CONCURRENT_WRITES

BATCH = 500  # events that the relay or a worker takes at once
TURN_S = 0.002  # for how long a process holds a core before it is another's turn
_SEED = 1

Steps = Generator[simpy.Event, Any, None]


@dataclass(frozen=True, slots=True)
class Costs:
    """Processor time of one claim in µs: in each process, and in the servers (database, brokers) on its behalf."""

    sender_us: float  # of who sends the claims, where they run on the same machine; 0 elsewhere
    site_us: float
    admission_us: float  # the database, while the site stores the claim
    relay_us: float
    worker_us: float
    decision_us: float  # database and brokers, while relay and workers handle the claim


@dataclass(frozen=True, slots=True)
class Installation:
    """How many processes there are, and how many cores they share with the database and the brokers."""

    sites: int = 1
    workers: int = 1
    cores: int = 2


@dataclass(slots=True)
class Course:
    """What came of a rush; all in seconds.

    ``answered`` and ``decided`` count from when each claim was sent; ``waiting`` is how many claims had been sent and
    were not decided yet, at most; ``over_s`` is when the last one was decided.
    """

    answered: list[float] = field(default_factory=list)
    decided: list[float] = field(default_factory=list)
    waiting: int = 0
    over_s: float = 0.0

    def format(self) -> str:
        return (
            f"answered: {describe_waits(self.answered)}; decided: {describe_waits(self.decided)}; "
            f"at most {self.waiting:,} waited; over after {self.over_s:,.1f} s"
        )


def describe_waits(waits: Sequence[float]) -> str:
    return f"median {find_percentile(waits, 50):.2f} s, p99 {find_percentile(waits, 99):.2f} s"


def find_percentile(waits: Sequence[float], percent: int) -> float:
    """Return a percentile from 1 to 99 of at least two values."""
    return quantiles(waits, n=100)[percent - 1]


def simulate_rush(sent_at: Sequence[float], costs: Costs, installation: Installation) -> Course:
    """Simulate claims that are sent at these times (seconds, in order), and return what comes of them."""
    network = _Network(costs, installation)
    network.environment.process(network.send(sent_at))
    network.environment.run()
    assert len(network.course.decided) == len(sent_at), "a claim was lost in the simulation"
    return network.course


class _Network:
    """The queues and the processes between them; a claim is the time at which it was sent."""

    def __init__(self, costs: Costs, installation: Installation) -> None:
        self.environment = simpy.Environment()
        self.course = Course()
        self._costs, self._waiting = costs, 0
        self._cores = simpy.Resource(self.environment, installation.cores)
        self._sites = [self._process() for _ in range(installation.sites)]
        self._writes = [simpy.Resource(self.environment, MAX_CONCURRENT_WRITES) for _ in self._sites]
        self._accepted = _Belt(self.environment)
        self._topics = [_Belt(self.environment) for _ in range(installation.workers)]
        self._next_topic = cycle(self._topics)
        self._start(self._accepted, costs.relay_us, 0.0, self._publish)
        for topic in self._topics:
            self._start(topic, costs.worker_us, costs.decision_us, self._decide)

    def send(self, sent_at: Sequence[float]) -> Steps:
        for number, moment in enumerate(sent_at):
            if moment > self.environment.now:
                yield self.environment.timeout(moment - self.environment.now)
            self.environment.process(self._claim(number % len(self._sites), moment))

    def _process(self) -> simpy.Resource:
        return simpy.Resource(self.environment, 1)

    def _claim(self, site: int, sent: float) -> Steps:
        self._waiting += 1
        self.course.waiting = max(self.course.waiting, self._waiting)
        yield from self._compute(self._costs.sender_us)
        with self._writes[site].request() as turn:
            yield turn
            with self._sites[site].request() as free:
                yield free
                yield from self._compute(self._costs.site_us)
            yield from self._compute(self._costs.admission_us)
        self.course.answered.append(self.environment.now - sent)
        self._accepted.put([sent])

    def _start(
        self, belt: "_Belt", own_us: float, servers_us: float, then: Callable[[list[float]], None]
    ) -> None:
        def work() -> Steps:
            while True:
                yield belt.filled
                batch = belt.take()
                yield from self._compute(own_us * len(batch))
                yield from self._compute(servers_us * len(batch))
                then(batch)

        self.environment.process(work())

    def _publish(self, batch: list[float]) -> None:
        for sent in batch:
            next(self._next_topic).put([sent])

    def _decide(self, batch: list[float]) -> None:
        now = self.environment.now
        self.course.decided += [now - sent for sent in batch]
        self.course.over_s = now
        self._waiting -= len(batch)

    def _compute(self, work_us: float) -> Steps:
        """Use a core for so long, in turns."""
        left = work_us / 1e6
        while left > 0:
            with self._cores.request() as core:
                yield core
                yield self.environment.timeout(min(left, TURN_S))
            left -= TURN_S


class _Belt:
    """Claims that wait for a process; ``filled`` happens as soon as one waits."""

    def __init__(self, environment: simpy.Environment) -> None:
        self._environment = environment
        self._claims: list[float] = []
        self.filled = environment.event()

    def put(self, claims: Sequence[float]) -> None:
        self._claims += claims
        if self._claims and not self.filled.triggered:
            self.filled.succeed()

    def take(self) -> list[float]:
        taken, self._claims = self._claims[:BATCH], self._claims[BATCH:]
        if not self._claims:
            self.filled = self._environment.event()
        return taken


# `python -m bench stream` measured them on two cores (2026-11-24); docs/capacity.md says what follows.
MEASURED = Costs(sender_us=0, site_us=1_555, admission_us=360, relay_us=755, worker_us=525, decision_us=710)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--claims", type=int, default=200_000)
    parser.add_argument("--seconds", type=float, default=600.0, help="in which the claims come, at random")
    parser.add_argument("--sites", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--cores", type=int, default=2)
    options = parser.parse_args()
    chosen = random.Random(_SEED)
    sent_at = sorted(chosen.uniform(0, options.seconds) for _ in range(options.claims))
    installation = Installation(options.sites, options.workers, options.cores)
    sys.stdout.write(simulate_rush(sent_at, MEASURED, installation).format() + "\n")


if __name__ == "__main__":
    main()

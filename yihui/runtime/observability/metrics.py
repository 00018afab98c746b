"""Counts for Prometheus: what this process did, how long it took, how far behind it is."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import TYPE_CHECKING

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from yihui.runtime.observability.scraping import DatabaseCollector

if TYPE_CHECKING:
    from benefits import Ruling
    from events import Outcomes
    from events.stream.batching import Place
    from store import Database
    from yihui.runtime.observability.backlog import Waiting

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """One registry for a process. Labels are rules, outcomes, codes, topics, budgets: never people.

    Threads may call it at the same time.
    """

    def __init__(self, now: Callable[[], datetime], look: Callable[[], Waiting] | None = None) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each, which nobody reads
        made = self.registry = CollectorRegistry()
        self._now = now
        self._seconds = Histogram(
            "yihui_batch_seconds",
            "From the first read of a batch to its commit.",
            buckets=_SECONDS,
            registry=made,
        )
        self._last = Gauge(
            "yihui_last_batch_timestamp_seconds", "When a batch was last committed.", registry=made
        )
        self._events = _counter(made, "yihui_events", "Events by what became of them.", "outcome")
        self._rulings = _counter(made, "yihui_rulings", "Decisions by rule and outcome.", "rule", "outcome")
        self._granted_fen = _counter(made, "yihui_granted_fen", "Worth of what was granted.", "rule")
        self._refusals = _counter(
            made, "yihui_refusals", "Refusals by rule and kind of reason.", "rule", "reason"
        )
        self._letters = _counter(made, "yihui_dead_letters", "Events that could not be handled.", "reason")
        self._published = _counter(made, "yihui_published", "Messages that the broker has taken.", "origin")
        self._received = _counter(
            made, "yihui_received", "Events that came over HTTP, by door and answer.", "door", "answer"
        )
        self._turned_away = _counter(
            made, "yihui_turned_away", "Requests that were answered 429, as too much waits."
        )
        self._lag = Gauge(
            "yihui_consumer_lag", "Messages behind the end.", ["topic", "partition"], registry=made
        )
        self._partitions: set[tuple[str, str]] = set()
        ProcessCollector(registry=made)
        if look is not None:
            made.register(DatabaseCollector(look, now))

    def batch(self, outcomes: Outcomes, seconds: float) -> None:
        """A batch was committed: what became of it, and how long that took."""
        self._seconds.observe(seconds)
        self._last.set(self._now().timestamp())
        letters = Tally(letter.reason for letter in outcomes.letters)
        self._events.labels("handled").inc(outcomes.handled)
        self._events.labels("duplicate").inc(outcomes.duplicates)
        self._events.labels("dead_letter").inc(len(outcomes.letters))
        for reason, count in letters.items():
            self._letters.labels(reason).inc(count)
        self._count(outcomes.rulings)

    def _count(self, rulings: list[Ruling]) -> None:
        """Counted first, so that five hundred rulings take no five hundred locks."""
        made = _Ruled.of(rulings)
        for (rule, outcome), count in made.outcomes.items():
            self._rulings.labels(rule, outcome).inc(count)
        for (rule, code), count in made.reasons.items():
            self._refusals.labels(rule, code).inc(count)
        for rule, fen in made.fen.items():
            self._granted_fen.labels(rule).inc(fen)

    def published(self, origin: str, count: int = 1) -> None:
        """The broker has taken so many messages that waited in ingress (http) or in the outbox."""
        self._published.labels(origin).inc(count)

    def received(self, door: str, accepted: int, rejected: int) -> None:
        """Events came over HTTP; ``door`` is what stands behind /api/v1/."""
        self._received.labels(door, "accepted").inc(accepted)
        self._received.labels(door, "rejected").inc(rejected)

    def turned_away(self) -> None:
        """A request was answered that too much waits."""
        self._turned_away.inc()

    def lag(self, lag: Mapping[Place, int]) -> None:
        """How far this process is behind the end of each partition that it reads; of no other any more."""
        known = set(self._partitions)
        self._partitions = {(place.topic, str(place.partition)) for place in lag}
        for gone in known - self._partitions:
            self._lag.remove(*gone)
        for place, behind in lag.items():
            self._lag.labels(place.topic, str(place.partition)).set(behind)

    def page(self) -> tuple[int, str, bytes]:
        """As a process without a site serves it: status, type, body."""
        return 200, CONTENT_TYPE, self.text()

    def text(self) -> bytes:
        """All of it, as ``CONTENT_TYPE``; the database is asked now and waited for a few seconds."""
        return generate_latest(self.registry)


def _counter(registry: CollectorRegistry, name: str, says: str, *labels: str) -> Counter:
    return Counter(name, says, labels, registry=registry)


@dataclass(frozen=True, slots=True)
class _Ruled:
    outcomes: Tally[tuple[str, str]]
    reasons: Tally[tuple[str, str]]  # a refusal for two reasons of a kind counts once for that kind
    fen: Tally[str]

    @classmethod
    def of(cls, rulings: list[Ruling]) -> _Ruled:
        made = cls(Tally(), Tally(), Tally())
        for ruling in rulings:
            rule = ruling.decision.rule_id
            made.outcomes[rule, ruling.outcome] += 1
            if ruling.outcome == "granted":
                made.fen[rule] += ruling.decision.amount_fen
            elif ruling.outcome == "refused":
                made.reasons.update((rule, code) for code in {reason.code for reason in ruling.reasons})
        return made


def watched(metrics: Metrics, batches: Iterable[Outcomes]) -> Iterator[Outcomes]:
    """The same batches; each is counted, with the time that it took to make it."""
    began = monotonic()
    for outcomes in batches:
        metrics.batch(outcomes, monotonic() - began)
        yield outcomes
        began = monotonic()


def metrics_of(database: Callable[[], Database], now: Callable[[], datetime], *, to_topic: bool) -> Metrics:
    """Those of a process over a database, which is opened when it is first looked at."""

    def look() -> Waiting:
        from sqlalchemy import text

        from yihui.runtime.observability.backlog import waiting
        from yihui.runtime.observability.scraping import LIMIT_S

        opened = database()
        with opened.read() as connection:
            if not opened.is_sqlite:  # who asks ends, even where nobody waits for it any more
                connection.execute(text(f"SET LOCAL statement_timeout = {int(LIMIT_S * 1000)}"))
            return waiting(connection, to_topic=to_topic)

    return Metrics(now, look)

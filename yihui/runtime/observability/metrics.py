"""Prometheus metrics of this process: its work, its duration, and its lag."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
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

from yihui.runtime.disk_room import read_disk_room
from yihui.runtime.observability.scraping import BackupCollector, DatabaseCollector

if TYPE_CHECKING:
    from benefits import Ruling
    from events import BatchOutcome
    from events.stream.batching import StreamPartition
    from store import Database
    from yihui.runtime.observability.backlog import Backlog

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """One registry for a process. Labels are rules, outcomes, codes, topics and budgets, never people.

    Its methods are thread-safe.
    """

    def __init__(
        self,
        now: Callable[[], datetime],
        look: Callable[[], Backlog] | None = None,
        data_folder: Path | None = None,
    ) -> None:
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
        self._failed_jobs = _counter(
            made, "yihui_job_failures", "Runs of an upkeep job that failed, by the job's name.", "name"
        )
        self._refused = _counter(
            made, "yihui_refused", "Requests that were refused, by status and code.", "status", "code"
        )
        self._lag = Gauge(
            "yihui_consumer_lag", "Messages behind the end.", ["topic", "partition"], registry=made
        )
        self._partitions: set[tuple[str, str]] = set()
        ProcessCollector(registry=made)
        if data_folder is not None:
            free = Gauge("yihui_disk_free_bytes", "Free on the disk of the data folder.", registry=made)
            free.set_function(lambda: read_disk_room(data_folder).free)
            size = Gauge("yihui_disk_size_bytes", "The disk of the data folder.", registry=made)
            size.set_function(lambda: read_disk_room(data_folder).size)
            made.register(BackupCollector(data_folder))
        if look is not None:
            made.register(DatabaseCollector(look, now))

    def batch(self, outcomes: BatchOutcome, seconds: float) -> None:
        """Record a committed batch: its outcomes and its duration."""
        self._seconds.observe(seconds)
        self._last.set(self._now().timestamp())
        letters = Tally(letter.reason for letter in outcomes.dead_letters)
        self._events.labels("handled").inc(outcomes.handled)
        self._events.labels("duplicate").inc(outcomes.duplicates)
        self._events.labels("dead_letter").inc(len(outcomes.dead_letters))
        for reason, count in letters.items():
            self._letters.labels(reason).inc(count)
        self._count(outcomes.rulings)

    def _count(self, rulings: list[Ruling]) -> None:
        """Count the rulings first, so that five hundred rulings don't take five hundred locks."""
        made = _Ruled.of(rulings)
        for (rule, outcome), count in made.outcomes.items():
            self._rulings.labels(rule, outcome).inc(count)
        for (rule, code), count in made.reasons.items():
            self._refusals.labels(rule, code).inc(count)
        for rule, fen in made.fen.items():
            self._granted_fen.labels(rule).inc(fen)

    def count_published(self, origin: str, count: int = 1) -> None:
        """Count messages that the broker accepted, from ingress (http) or from the outbox."""
        self._published.labels(origin).inc(count)

    def count_received(self, door: str, accepted: int, rejected: int) -> None:
        """Count events received over HTTP; ``door`` is the path after /api/v1/."""
        self._received.labels(door, "accepted").inc(accepted)
        self._received.labels(door, "rejected").inc(rejected)

    def count_turned_away(self) -> None:
        """Count a request that was answered 429 because too many events wait."""
        self._turned_away.inc()

    def count_job_failure(self, name: str) -> None:
        """Count a run of an upkeep job that failed."""
        self._failed_jobs.labels(name).inc()

    def count_refused(self, status: int, code: str) -> None:
        """Count a request that was refused: a missing right, a form of another site, what was typed wrongly."""
        self._refused.labels(str(status), code).inc()

    def lag(self, lag: Mapping[StreamPartition, int]) -> None:
        """Set the lag of each partition that this process reads, and remove the others."""
        known = set(self._partitions)
        self._partitions = {(place.topic, str(place.partition)) for place in lag}
        for gone in known - self._partitions:
            self._lag.remove(*gone)
        for place, behind in lag.items():
            self._lag.labels(place.topic, str(place.partition)).set(behind)

    def http_page(self) -> tuple[int, str, bytes]:
        """Return the metrics as a process without a site serves them: status, type, body."""
        return 200, CONTENT_TYPE, self.render_text()

    def render_text(self) -> bytes:
        """Render all metrics as ``CONTENT_TYPE``; queries the database and waits a few seconds for it."""
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


def measure_batches(metrics: Metrics, batches: Iterable[BatchOutcome]) -> Iterator[BatchOutcome]:
    """Yield the same batches; record each with the time that it took to build it."""
    began = monotonic()
    for outcomes in batches:
        metrics.batch(outcomes, monotonic() - began)
        yield outcomes
        began = monotonic()


def build_metrics(
    database: Callable[[], Database],
    now: Callable[[], datetime],
    *,
    to_topic: bool,
    data_folder: Path,
    compares_clocks: bool = True,
) -> Metrics:
    """Build the metrics of a process over a database, which is opened at the first scrape."""

    def look() -> Backlog:
        from sqlalchemy import text

        from yihui.runtime.clock_offset import read_clock_offset
        from yihui.runtime.observability.backlog import count_backlog
        from yihui.runtime.observability.scraping import QUERY_LIMIT_S

        opened = database()
        with opened.read() as connection:
            if not opened.is_sqlite:  # ends the query even if the scraper no longer waits for it
                connection.execute(text(f"SET LOCAL statement_timeout = {int(QUERY_LIMIT_S * 1000)}"))
            clock = read_clock_offset(connection, now) if compares_clocks else None
            return replace(count_backlog(connection, to_topic=to_topic), clock=clock)

    return Metrics(now, look, data_folder)

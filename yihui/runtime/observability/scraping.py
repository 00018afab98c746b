"""Query the database at each scrape of Prometheus; an unreachable database only loses its own metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock, Thread
from typing import TYPE_CHECKING

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from yihui.runtime.observability.backlog import Backlog

QUERY_LIMIT_S = 3.0


@dataclass(slots=True)
class _Answer:
    found: Backlog | None = None


@dataclass(slots=True, eq=False)  # a registry keeps it by identity
class DatabaseCollector(Collector):
    """Collects the database's metrics.

    ``read_backlog`` runs in a thread for at most ``limit_s``; while it runs, no second one starts.
    """

    read_backlog: Callable[[], Backlog]
    now: Callable[[], datetime]
    limit_s: float = QUERY_LIMIT_S
    _lock: Lock = field(default_factory=Lock)
    _asking: Thread | None = None

    def describe(self) -> Iterable[Metric]:
        """Return nothing, so that registering doesn't query the database."""
        return ()

    def collect(self) -> Iterator[Metric]:
        found = self._found()
        yield GaugeMetricFamily(
            "yihui_database_up", "Whether the database answered.", float(found is not None)
        )
        if found is not None:
            yield from backlog_metrics(found, self.now())

    def _found(self) -> Backlog | None:
        answer = _Answer()
        with self._lock:
            if self._asking is not None and self._asking.is_alive():
                return None
            thread = Thread(target=self._ask, args=(answer,), name="metrics", daemon=True)
            self._asking = thread
            thread.start()
        thread.join(self.limit_s)
        return answer.found

    def _ask(self, answer: _Answer) -> None:
        from store import StoreError

        try:
            answer.found = self.read_backlog()
        except StoreError:
            answer.found = None  # reported as yihui_database_up 0; `yihui doctor` gives details


def backlog_metrics(found: Backlog, now: datetime) -> Iterator[Metric]:
    """Yield the backlog as Prometheus metrics."""
    since = found.oldest_ingress
    age_s = max(0.0, (now - since).total_seconds()) if since else 0.0
    yield GaugeMetricFamily("yihui_ingress_waiting", "Accepted events that wait.", found.ingress)
    yield GaugeMetricFamily("yihui_ingress_oldest_seconds", "Age of the oldest event that waits.", age_s)
    if found.outbox is not None:
        yield GaugeMetricFamily("yihui_outbox_waiting", "Outcomes that wait to be published.", found.outbox)
    yield GaugeMetricFamily(
        "yihui_unsealed_batches", "Committed batches that wait for a seal.", found.unsealed
    )
    letters = GaugeMetricFamily("yihui_dead_letters_waiting", "Dead letters by reason.", labels=["reason"])
    for reason, count in sorted(found.dead_letters.items()):
        letters.add_metric([reason], count)
    yield letters
    yield _webhooks(found)
    yield from _budgets(found)


def _webhooks(found: Backlog) -> Metric:
    told = GaugeMetricFamily(
        "yihui_webhook_deliveries", "What a receiver was not told.", labels=["webhook", "state"]
    )
    for labels, count in sorted(found.webhooks.items()):
        told.add_metric(labels, count)
    return told


def _budgets(found: Backlog) -> Iterator[Metric]:
    """Yield the metrics of budgets; a budget without a ceiling has only its amount in use."""
    promised = GaugeMetricFamily(
        "yihui_budget_promised_fen", "In use of a budget: promised, less what came back.", labels=["budget"]
    )
    ceiling = GaugeMetricFamily("yihui_budget_ceiling_fen", "What a budget was set to.", labels=["budget"])
    left = GaugeMetricFamily("yihui_budget_left_fen", "What is left of a budget.", labels=["budget"])
    for budget in found.budgets:
        promised.add_metric([budget.id], budget.in_use_fen)
        if budget.ceiling_fen is not None:
            ceiling.add_metric([budget.id], budget.ceiling_fen)
            left.add_metric([budget.id], budget.ceiling_fen - budget.in_use_fen)
    yield from (promised, ceiling, left)

"""Asks the database when Prometheus asks us; a database that is away costs its own values and no others."""

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
    from yihui.runtime.observability.backlog import Waiting

LIMIT_S = 3.0


@dataclass(slots=True)
class _Answer:
    found: Waiting | None = None


@dataclass(slots=True, eq=False)  # a registry keeps it by identity
class DatabaseCollector(Collector):
    """``look`` reads the database, in a thread that is waited for ``limit_s``; while one is under way, no other begins."""

    look: Callable[[], Waiting]
    now: Callable[[], datetime]
    limit_s: float = LIMIT_S
    _lock: Lock = field(default_factory=Lock)
    _asking: Thread | None = None

    def describe(self) -> Iterable[Metric]:
        """Nothing is looked at when this is registered."""
        return ()

    def collect(self) -> Iterator[Metric]:
        found = self._found()
        yield GaugeMetricFamily(
            "yihui_database_up", "Whether the database answered.", float(found is not None)
        )
        if found is not None:
            yield from families(found, self.now())

    def _found(self) -> Waiting | None:
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
            answer.found = self.look()
        except StoreError:
            answer.found = None  # told as yihui_database_up 0; `yihui doctor` says more


def families(found: Waiting, now: datetime) -> Iterator[Metric]:
    """What was found as Prometheus wants it."""
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
    for reason, count in sorted(found.letters.items()):
        letters.add_metric([reason], count)
    yield letters
    yield _webhooks(found)
    yield from _budgets(found)


def _webhooks(found: Waiting) -> Metric:
    told = GaugeMetricFamily(
        "yihui_webhook_deliveries", "What a receiver was not told.", labels=["webhook", "state"]
    )
    for labels, count in sorted(found.webhooks.items()):
        told.add_metric(labels, count)
    return told


def _budgets(found: Waiting) -> Iterator[Metric]:
    """A budget that nobody has set is counted, not limited: nothing is left of it, nor is it spent."""
    promised = GaugeMetricFamily("yihui_budget_promised_fen", "Promised out of a budget.", labels=["budget"])
    ceiling = GaugeMetricFamily("yihui_budget_ceiling_fen", "What a budget was set to.", labels=["budget"])
    left = GaugeMetricFamily("yihui_budget_left_fen", "What is left of a budget.", labels=["budget"])
    for budget in found.budgets:
        promised.add_metric([budget.id], budget.promised_fen)
        if budget.ceiling_fen is not None:
            ceiling.add_metric([budget.id], budget.ceiling_fen)
            left.add_metric([budget.id], budget.ceiling_fen - budget.promised_fen)
    yield from (promised, ceiling, left)

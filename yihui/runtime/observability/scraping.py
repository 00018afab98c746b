"""Query the database at each scrape of Prometheus; an unreachable database only loses its own metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from yihui.runtime.background_job import BoundedQuestion
from yihui.runtime.backup_time import read_last_backup_time

if TYPE_CHECKING:
    from store.table_room import DatabaseRoom
    from yihui.runtime.observability.backlog import Backlog

QUERY_LIMIT_S = 3.0


@dataclass(slots=True, eq=False)  # a registry keeps it by identity
class DatabaseCollector(Collector):
    """Collects the database's metrics.

    ``read_backlog`` runs in a thread for at most ``limit_s``; while it runs, no second one starts.
    """

    read_backlog: Callable[[], Backlog]
    now: Callable[[], datetime]
    limit_s: float = QUERY_LIMIT_S
    _question: BoundedQuestion[Backlog | None] = field(init=False)

    def __post_init__(self) -> None:
        self._question = BoundedQuestion(self._ask, self.limit_s)

    def describe(self) -> Iterable[Metric]:
        """Return nothing, so that registering doesn't query the database."""
        return ()

    def collect(self) -> Iterator[Metric]:
        found = self._question.answer()
        yield GaugeMetricFamily(
            "yihui_database_up", "Whether the database answered.", float(found is not None)
        )
        if found is not None:
            yield from backlog_metrics(found, self.now())

    def _ask(self) -> Backlog | None:
        from store import StoreError

        try:
            return self.read_backlog()
        except StoreError:
            return None  # reported as yihui_database_up 0; `yihui doctor` gives details


@dataclass(frozen=True, slots=True, eq=False)
class BackupCollector(Collector):
    """Collects when the last backup was written; nothing where none was, so that an alert can notice that."""

    data_folder: Path

    def collect(self) -> Iterator[Metric]:
        written_at = read_last_backup_time(self.data_folder)
        if written_at is not None:
            yield GaugeMetricFamily(
                "yihui_last_backup_timestamp_seconds",
                "When `yihui backup --into` last wrote one with this data folder.",
                written_at,
            )


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
    if found.clock is not None:
        yield GaugeMetricFamily(
            "yihui_clock_offset_seconds",
            "How far this machine's clock is ahead of the database's.",
            found.clock.seconds,
        )
    if found.room is not None:
        yield from _room(found.room)
    if found.standby_wait_s is not None:
        yield GaugeMetricFamily(
            "yihui_standby_wait_seconds",
            "For how long a commit has waited for a standby of the database.",
            found.standby_wait_s,
        )


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


def _room(found: DatabaseRoom) -> Iterator[Metric]:
    """Yield what the largest tables take, and what VACUUM has not got round to."""
    size = GaugeMetricFamily("yihui_table_bytes", "A table of PostgreSQL with its indexes.", labels=["table"])
    dead = GaugeMetricFamily("yihui_table_dead_rows", "Rows that VACUUM has not freed yet.", labels=["table"])
    live = GaugeMetricFamily("yihui_table_live_rows", "Rows of a table, estimated.", labels=["table"])
    for table in found.tables:
        size.add_metric([table.name], table.size_bytes)
        dead.add_metric([table.name], table.dead_rows)
        live.add_metric([table.name], table.live_rows)
    yield from (size, dead, live)
    yield GaugeMetricFamily(
        "yihui_transaction_age", "Transactions since the oldest row was frozen.", found.transaction_age
    )

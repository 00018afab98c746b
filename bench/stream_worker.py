"""Run the measured worker, or a simpler one: one bare insert for each event, or no work at all.

python -m bench.stream_worker full|insert|nothing
"""

import gc
import logging
import os
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text

from events import BatchOutcome, EventRunner
from events.stream import consuming
from events.stream.batching import KafkaRecord
from events.stream.worker import WorkerOptions, run_worker
from yihui.__main__ import GARBAGE_THRESHOLD
from yihui.bootstrap import build_wiring, load_settings

_INSERT = text("INSERT INTO bare (place, event) VALUES (:place, :event) ON CONFLICT DO NOTHING")


class InsertingBatch:
    """Replaces ``PendingBatch`` in the simpler worker: one transaction, one row for each event."""

    def __init__(self, runner: EventRunner, records: Sequence[KafkaRecord]) -> None:
        self._runner, self._records = runner, records

    def process(self) -> Iterator[tuple[BatchOutcome, float]]:
        rows = [{"place": record.origin, "event": (record.value or b"").decode()} for record in self._records]
        if rows:
            with self._runner.database.write() as connection:
                connection.execute(_INSERT, rows)
        yield BatchOutcome(), 0.0


class EmptyBatch:
    """Replaces ``PendingBatch`` and does nothing with the events."""

    def __init__(self, runner: EventRunner, records: Sequence[KafkaRecord]) -> None:
        pass

    def process(self) -> Iterator[tuple[BatchOutcome, float]]:
        yield BatchOutcome(), 0.0


def _unread(records: Sequence[KafkaRecord], now: datetime) -> Sequence[KafkaRecord]:
    return records


def main(mode: str) -> int:
    logging.basicConfig(level=logging.WARNING)
    gc.set_threshold(GARBAGE_THRESHOLD)  # as in `yihui worker`
    peers: dict[str, Any] = {"insert": InsertingBatch, "nothing": EmptyBatch}
    if mode in peers:
        vars(consuming).update(PendingBatch=peers[mode], build_inbound_events=_unread)
    wiring = build_wiring(load_settings(os.environ))
    return run_worker(wiring.access, wiring.runner, WorkerOptions())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

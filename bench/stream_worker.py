"""The worker that is measured, and its peers: the same one with a bare insert for each event, or with nothing.

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

from events import Outcomes, Runner
from events.stream import consuming
from events.stream.batching import Record
from events.stream.worker import Options, work
from yihui.bootstrap import settings_from, wire
from yihui.cli import GARBAGE_THRESHOLD

_INSERT = text("INSERT INTO bare (place, event) VALUES (:place, :event) ON CONFLICT DO NOTHING")


class Inserting:
    """What stands for ``Work`` in the peer: one transaction, one row for each event."""

    def __init__(self, runner: Runner, records: Sequence[Record]) -> None:
        self._runner, self._records = runner, records

    def go_on(self) -> Iterator[tuple[Outcomes, float]]:
        rows = [{"place": record.origin, "event": (record.value or b"").decode()} for record in self._records]
        if rows:
            with self._runner.database.write() as connection:
                connection.execute(_INSERT, rows)
        yield Outcomes(), 0.0


class Nothing:
    """What stands for ``Work`` where events only pass through."""

    def __init__(self, runner: Runner, records: Sequence[Record]) -> None:
        pass

    def go_on(self) -> Iterator[tuple[Outcomes, float]]:
        yield Outcomes(), 0.0


def _unread(records: Sequence[Record], now: datetime) -> Sequence[Record]:
    return records


def main(mode: str) -> int:
    logging.basicConfig(level=logging.WARNING)
    gc.set_threshold(GARBAGE_THRESHOLD)  # as in `yihui worker`
    peers: dict[str, Any] = {"insert": Inserting, "nothing": Nothing}
    if mode in peers:
        vars(consuming).update(Work=peers[mode], items=_unread)
    wiring = wire(settings_from(os.environ))
    return work(wiring.access, wiring.runner, Options())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

"""When a worker commits offsets: once a batch is in the ledger. No broker is needed to see that."""

import asyncio
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import Connection

from events import EventRunner
from events.stream.access import StreamAccess
from events.stream.batching import FetchedRecord, KafkaRecord, NullObserver, StreamPartition
from events.stream.consuming import EXIT_BROKEN, BatchConsumer
from events.stream.liveness import WorkerProgress
from events.stream.message import build_message
from rules import RuleLibrary
from store import Database
from tests.events.running import count, some
from tests.events.sending import NOW, Sender

PLACE = StreamPartition("member-events", 0)


@dataclass
class Partitions:
    """Stand for the brokers: record each committed offset with the number of events in the inbox at that moment."""

    database: Database
    keeps: bool = True  # whether the partitions are still this worker's when it commits
    generation: int = 7
    assigned: Collection[StreamPartition] = frozenset({PLACE})
    committed: list[tuple[Mapping[StreamPartition, int], int]] = field(default_factory=list)

    async def start_offsets(self, places: Collection[StreamPartition]) -> Mapping[StreamPartition, int]:
        return dict.fromkeys(places, 0)

    async def commit(self, offsets: Mapping[StreamPartition, int]) -> bool:
        self.committed.append((offsets, count(self.database)))
        return self.keeps


def consume(runner: EventRunner, partitions: Any, *batches: list[str]) -> None:
    """Handle batches one after another, as they would come of one partition."""

    async def work() -> None:
        progress = WorkerProgress(30)
        consuming = BatchConsumer(StreamAccess("x:1"), runner, NullObserver(), progress, partitions)
        await consuming.on_partitions_assigned()
        first = 0
        for lines in batches:
            messages = [build_message(line) for line in lines]
            records = [
                KafkaRecord(PLACE, first + n, message.value, message.headers)
                for n, message in enumerate(messages)
            ]
            await consuming.consume([FetchedRecord(partitions.generation, record) for record in records])
            first += len(lines)
        consuming.close()

    asyncio.run(work())


@pytest.fixture
def partitions(database: Database) -> Partitions:
    return Partitions(database)


def test_offsets_are_committed_once_the_batch_is_in_the_ledger(
    partitions: Partitions, library: RuleLibrary, send: Sender
) -> None:
    runner = EventRunner(partitions.database, lambda _: library, lambda: NOW)
    consume(runner, partitions, some(send, 3), some(send, 2))
    assert partitions.committed == [({PLACE: 3}, 3), ({PLACE: 5}, 5)]


def test_what_an_outage_interrupts_is_handled_before_it_is_committed(
    partitions: Partitions, library: RuleLibrary, send: Sender
) -> None:
    errors = iter([FileNotFoundError("rules/x.yaml"), FileNotFoundError("rules/x.yaml")])

    def load(_: Connection) -> RuleLibrary:
        if error := next(errors, None):
            raise error
        return library

    consume(EventRunner(partitions.database, load, lambda: NOW), partitions, some(send, 3))
    assert partitions.committed == [({PLACE: 3}, 3)]


def test_after_a_commit_that_failed_nothing_more_of_the_assignment_is_handled(
    partitions: Partitions, library: RuleLibrary, send: Sender
) -> None:
    """The partition was moved to another worker, which reads the batch from its start."""
    partitions.keeps = False
    runner = EventRunner(partitions.database, lambda _: library, lambda: NOW)
    consume(runner, partitions, some(send, 3), some(send, 2))
    assert partitions.committed == [({PLACE: 3}, 3)]
    assert count(partitions.database) == 3


def test_an_error_that_nobody_expects_ends_the_process_and_commits_nothing(
    partitions: Partitions, send: Sender
) -> None:
    """The next batch's offsets would otherwise skip this one. An error at any statement: test_worker_bisecting.py."""

    def interrupted(_: Connection) -> RuleLibrary:
        raise KeyboardInterrupt

    runner = EventRunner(partitions.database, interrupted, lambda: NOW)
    lines = some(send, 3)
    process = os.fork()
    if process == 0:
        consume(runner, partitions, lines, lines)
        os._exit(len(partitions.committed))
    _, status = os.waitpid(process, 0)
    assert os.waitstatus_to_exitcode(status) == EXIT_BROKEN
    assert count(partitions.database) == 0

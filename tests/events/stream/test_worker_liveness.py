"""A worker's batches, offsets and liveness."""

import asyncio
import json
import os
import threading
import urllib.error
import urllib.request
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Connection

from core.status_address import parse_status_address
from core.status_pages import serve_status_pages
from events import EventRunner
from events.stream.access import StreamAccess
from events.stream.batching import (
    FetchedRecord,
    KafkaRecord,
    NullObserver,
    StreamPartition,
    normalize_headers,
)
from events.stream.consuming import EXIT_BROKEN, BatchConsumer
from events.stream.liveness import WorkerProgress
from events.stream.message import build_message
from events.stream.partitions import PartitionOffsets
from rules import RuleLibrary
from store import Database
from tests.events.running import count, some
from tools.servers.postgres import free_port
from tools.servers.sending import NOW, Sender


class Clock:
    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        return self.time


def test_lag_without_progress_is_a_stall_only_after_a_while() -> None:
    clock = Clock()
    progress = WorkerProgress(30, clock)
    progress.record_lag(7)
    clock.time += 30
    assert not progress.is_stalled
    clock.time += 0.1
    assert progress.is_stalled
    progress.record_progress()
    assert not progress.is_stalled


def test_nothing_to_do_is_no_stall() -> None:
    clock = Clock()
    progress = WorkerProgress(30, clock)
    for _ in range(10):
        clock.time += 20
        progress.record_lag(0)
        assert not progress.is_stalled


def test_what_is_waited_for_is_no_stall_as_long_as_it_is_tried_again() -> None:
    clock = Clock()
    progress = WorkerProgress(30, clock)
    progress.record_lag(7)
    for _ in range(5):
        clock.time += 20
        progress.record_trouble("the database is away")
    assert (progress.is_stalled, progress.trouble) == (False, "the database is away")
    clock.time += 31  # whoever tries again hangs
    assert progress.is_stalled


def test_trouble_is_over_once_brokers_say_that_nothing_waits() -> None:
    progress = WorkerProgress(30, Clock())
    progress.record_lag(7)
    progress.record_trouble("the broker is away")
    progress.record_lag(7)
    assert progress.trouble == "the broker is away"
    progress.record_lag(0)
    assert progress.trouble is None


def test_livez_tells_it_and_other_pages_are_served_beside_it() -> None:
    clock, port = Clock(), free_port()
    progress = WorkerProgress(30, clock)
    pages = {"/livez": progress.page, "/more": lambda: (200, "text/plain", b"more")}
    with serve_status_pages(parse_status_address(str(port)), pages):
        progress.record_lag(7)
        assert ask(port, "/livez") == (
            200,
            {"alive": True, "lag": 7, "seconds_without_progress": 0.0, "trouble": None},
        )
        clock.time += 31
        status, said = ask(port, "/livez")
        assert (status, said["alive"]) == (503, False)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/more?x=1") as answer:
            assert answer.read() == b"more"
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/else")
            raise AssertionError("found")
        except urllib.error.HTTPError as error:
            assert error.code == 404


def ask(port: int, path: str) -> tuple[int, dict[str, object]]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def test_a_database_that_hangs_keeps_no_worker_from_its_group(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("events.stream.consuming._WARM_WITHIN_S", 0.01)
    goes_on, loads = threading.Event(), []

    def load_rules() -> None:
        assert goes_on.wait(30)
        loads.append("done")

    async def warm_up() -> list[str]:
        anything: Any = SimpleNamespace(load_rules=load_rules)
        consuming = BatchConsumer(anything, anything, anything, anything, anything)
        await consuming.warm_up()
        joined = list(loads)
        goes_on.set()
        await consuming.wait_until_idle()
        consuming.close()
        return joined

    assert (asyncio.run(warm_up()), loads) == ([], ["done"])


A, B = StreamPartition("t", 0), StreamPartition("t", 1)


def records(place: StreamPartition, *offsets: int) -> list[KafkaRecord]:
    return [KafkaRecord(place, offset, b"", ()) for offset in offsets]


def test_what_follows_on_has_no_gap_and_is_committed_to_its_end() -> None:
    offsets = PartitionOffsets()
    batch = [*records(A, 5, 6, 7), *records(B, 0)]
    assert offsets.unknown_partitions({record.place for record in batch}) == {A, B}
    offsets.set_start(A, 5)
    offsets.set_start(B, 0)
    assert offsets.unknown_partitions({record.place for record in batch}) == set()
    assert offsets.find_gaps(batch) == {}
    assert offsets.offsets_after(batch) == {A: 8, B: 1}


def test_a_gap_is_told_with_what_should_have_come() -> None:
    offsets = PartitionOffsets()
    offsets.set_start(A, 5)
    offsets.set_start(B, 0)
    assert offsets.find_gaps([*records(A, 5, 7, 8, 12), *records(B, 1)]) == {A: (6, 7), B: (0, 1)}
    offsets.mark_committed({A: 13})
    assert offsets.find_gaps(records(A, 14)) == {A: (13, 14)}


def test_what_comes_again_is_no_gap_and_commits_nothing_backwards() -> None:
    offsets = PartitionOffsets()
    offsets.set_start(A, 10)
    assert offsets.find_gaps(records(A, 3, 4, 5)) == {}
    assert offsets.offsets_after(records(A, 3, 4, 5)) == {}
    assert offsets.offsets_after(records(A, 9, 10, 11, 9, 10)) == {A: 12}


def test_after_a_sharing_out_nothing_is_known() -> None:
    offsets = PartitionOffsets()
    offsets.set_start(A, 10)
    offsets.clear()
    assert offsets.unknown_partitions({record.place for record in records(A, 10)}) == {A}


def test_headers_come_as_pairs_or_as_a_mapping_and_may_be_empty() -> None:
    assert normalize_headers(None) == ()
    assert normalize_headers([("a", b"1"), ("b", None)]) == (("a", b"1"), ("b", b""))
    assert normalize_headers({"a": b"1"}) == (("a", b"1"),)


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

"""The worker process: apply events from the topics to the ledger until it is stopped."""

import asyncio
import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.status_address import StatusAddress
from core.status_pages import StatusPages, serve_status_pages
from events.runner import EventRunner
from events.stream.access import StreamAccess
from events.stream.batching import NullObserver, WorkerObserver
from events.stream.consuming import EXIT_BROKEN, BatchConsumer
from events.stream.engine import build_faust_app
from events.stream.faults import NoStream, no_stream
from events.stream.liveness import WorkerProgress, exit_immediately, watch_progress
from events.stream.partitions import AssignedPartitions

if TYPE_CHECKING:
    import faust

    from events.stream.fetching import FetchingApp


_LOG = logging.getLogger(__name__)
_MEASURED_EVERY_S = 2.0
_ANSWER_WITHIN_S = 10.0
_SETTLED_WITHIN_S = 5.0
_ENDED_WITHIN_S = 7.5  # after SIGTERM; a batch still in progress is not committed and comes again


@dataclass(frozen=True, slots=True)
class WorkerOptions:
    """``pages`` are served at the ``address`` beside ``/livez``; ``instance`` names a worker that is restarted often."""

    instance: str | None = None
    address: StatusAddress | None = None
    patience_s: float = 120.0
    observer: WorkerObserver = field(default_factory=NullObserver)
    pages: StatusPages = field(default_factory=dict)


def run_worker(access: StreamAccess, runner: EventRunner, options: WorkerOptions) -> int:
    """Process events until SIGTERM; return the exit code 0. Exit the process if it can't continue."""
    progress = WorkerProgress(options.patience_s)
    pages = {**options.pages, "/livez": progress.page}
    with ExitStack() as stack:
        stack.enter_context(serve_status_pages(options.address, pages))
        stack.enter_context(watch_progress(progress))
        return asyncio.run(_worked(access, runner, options, progress))


def check_event_topics(access: StreamAccess) -> None:
    """Check the event topics. *Raises*: NoStream if brokers are unavailable or a topic is missing."""
    from events.stream.administration import open_admin_client

    wanted = [access.topic_name("member-events"), access.topic_name("station-events")]
    with open_admin_client(access) as admin:
        there = {topic["name"] for topic in admin.describe_topics(wanted) if topic["partitions"]}
    missing = [name for name in wanted if name not in there]
    if missing:
        raise no_stream("no_event_topics", ", ".join(missing))


async def _worked(
    access: StreamAccess, runner: EventRunner, options: WorkerOptions, progress: WorkerProgress
) -> int:
    app = build_faust_app(access, options.instance)
    consuming = BatchConsumer(access, runner, options.observer, progress, AssignedPartitions(app))
    app.on_partitions_revoked.connect(consuming.on_partitions_revoked)
    app.on_partitions_assigned.connect(consuming.on_partitions_assigned)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, consuming.stopping.set)
    running = [
        asyncio.create_task(_started(app, consuming)),
        asyncio.create_task(_consumed(app, consuming)),
        asyncio.create_task(_measured(consuming, options.observer, app)),
    ]
    await consuming.stopping.wait()
    with _deadline():
        is_settled = await consuming.wait_until_idle(_SETTLED_WITHIN_S)
        for task in running:
            task.cancel()
        await app.stop()
        if not is_settled:  # its thread hangs and would block the end of the process
            exit_immediately(0)
    consuming.close()
    return 0


async def _started(app: "faust.App", consuming: BatchConsumer) -> None:
    with _or_exit("the worker could not be started: %s"):
        await consuming.warm_up()
        await app.start()


async def _consumed(app: "FetchingApp", consuming: BatchConsumer) -> None:
    """Process batch after batch of what Faust fetches."""
    with _or_exit("no more batches are taken: %s"):
        while True:
            await consuming.consume(await app.fetched.take_batch())


@contextmanager
def _or_exit(said: str) -> Iterator[None]:
    """Exit the process on any error: there is no worker without this."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 whatever it is
        _LOG.critical(said, type(error).__name__)
        exit_immediately(EXIT_BROKEN)


async def _measured(consuming: BatchConsumer, observer: WorkerObserver, app: "faust.App") -> None:
    """Measure the lag every few seconds, and exit if Faust gave up."""
    while True:
        if app.crashed:
            _LOG.critical("Faust gave up: %s", type(app.crash_reason).__name__)
            exit_immediately(EXIT_BROKEN)
        await _measure(consuming, observer)
        await asyncio.sleep(_MEASURED_EVERY_S)


async def _measure(consuming: BatchConsumer, observer: WorkerObserver) -> None:
    """Measure the lag of the assigned partitions.

    It is unknown while brokers are unavailable or partitions are being reassigned.
    """
    partitions = consuming.partitions
    ours = partitions.assigned
    try:
        async with asyncio.timeout(_ANSWER_WITHIN_S):
            ends, begun = await partitions.end_offsets(ours), await partitions.start_offsets(ours)
    except Exception:  # noqa: BLE001 any error counts as no progress unless the brokers are unavailable
        if trouble := await asyncio.to_thread(_trouble, consuming.access):
            consuming.progress.record_trouble(trouble)
        return
    lag = {place: max(ends[place] - begun[place], 0) for place in ours if place in ends}
    observer.lag(lag)
    if consuming.is_assigned:
        consuming.progress.record_lag(sum(lag.values()))


def _trouble(access: StreamAccess) -> str | None:
    """Return why the brokers are unavailable, or None. It asks without Faust, which itself may hang."""
    try:
        check_event_topics(access)
    except NoStream as error:
        return str(error)
    return None


@contextmanager
def _deadline() -> Iterator[None]:
    """Exit the process after a deadline even if something hangs (a rebalance, an unresponsive database)."""
    timer = threading.Timer(_ENDED_WITHIN_S, exit_immediately, (0,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()

"""A worker: from the topics to the ledger, until it is told to stop."""

import asyncio
import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.faults import Fault
from events.runner import Runner
from events.stream.access import Access
from events.stream.batching import Observer, Unobserved
from events.stream.consuming import EXIT_BROKEN, Consuming
from events.stream.engine import add_agent, faust_app
from events.stream.faults import NoStream
from events.stream.liveness import Pages, Progress, end_at_once, served, watched
from events.stream.partitions import Partitions

if TYPE_CHECKING:
    import faust

N_ = str  # marks a text for the message catalogue

_LOG = logging.getLogger(__name__)
_MEASURED_EVERY_S = 2.0
_ANSWER_WITHIN_S = 10.0
_SETTLED_WITHIN_S = 5.0
_ENDED_WITHIN_S = 7.5  # after SIGTERM; what is under way then is not committed, and comes again


@dataclass(frozen=True, slots=True)
class Options:
    """``pages`` are served beside ``/livez``; ``instance`` names a worker that is restarted often."""

    instance: str | None = None
    web_port: int = 0
    patience_s: float = 120.0
    observer: Observer = field(default_factory=Unobserved)
    pages: Pages = field(default_factory=dict)


def work(access: Access, runner: Runner, options: Options) -> int:
    """Handle what comes until SIGTERM; gives the exit code, 0 then. Ends the process where it can't go on."""
    progress = Progress(options.patience_s)
    pages = {**options.pages, "/livez": progress.page}
    with ExitStack() as stack:
        stack.enter_context(served(options.web_port, pages))
        stack.enter_context(watched(progress))
        return asyncio.run(_worked(access, runner, options, progress))


def check(access: Access) -> None:
    """*Raises*: NoStream, where the brokers can't be had or have no such topics."""
    from events.stream.administration import administering

    wanted = [access.topic("member-events"), access.topic("station-events")]
    with administering(access) as admin:
        there = {topic["name"] for topic in admin.describe_topics(wanted) if topic["partitions"]}
    missing = [name for name in wanted if name not in there]
    if missing:
        raise NoStream(_no_topics(missing))


def _no_topics(missing: list[str]) -> Fault:
    return Fault(
        N_("the brokers have no topic {value}"),
        N_("make the topics with `yihui topics apply`"),
        value=", ".join(missing),
    )


async def _worked(access: Access, runner: Runner, options: Options, progress: Progress) -> int:
    app = faust_app(access, options.instance)
    consuming = Consuming(access, runner, options.observer, progress, Partitions(app))
    add_agent(app, access, consuming.take)
    app.on_partitions_revoked.connect(consuming.hand_over)
    app.on_partitions_assigned.connect(consuming.take_over)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, consuming.stopping.set)
    running = [
        asyncio.create_task(_started(app)),
        asyncio.create_task(_measured(consuming, options.observer, app)),
    ]
    await consuming.stopping.wait()
    with _deadline():
        is_settled = await consuming.settled(_SETTLED_WITHIN_S)
        for task in running:
            task.cancel()
        await app.stop()
        if not is_settled:  # its thread hangs, and would hold up the end of the process
            end_at_once(0)
    consuming.close()
    return 0


async def _started(app: "faust.App") -> None:
    try:
        await app.start()
    except Exception as error:  # noqa: BLE001 whatever it is, there is no worker without it
        _LOG.critical("the worker could not be started: %s", type(error).__name__)
        end_at_once(EXIT_BROKEN)


async def _measured(consuming: Consuming, observer: Observer, app: "faust.App") -> None:
    """How much waits for us, every few seconds; and whether Faust gave up."""
    while True:
        if app.crashed:
            _LOG.critical("Faust gave up: %s", type(app.crash_reason).__name__)
            end_at_once(EXIT_BROKEN)
        await _measure(consuming, observer)
        await asyncio.sleep(_MEASURED_EVERY_S)


async def _measure(consuming: Consuming, observer: Observer) -> None:
    """Nothing is known while brokers are away or partitions are being shared out."""
    partitions = consuming.partitions
    ours = partitions.ours
    try:
        async with asyncio.timeout(_ANSWER_WITHIN_S):
            ends, begun = await partitions.ends(ours), await partitions.starts(ours)
    except Exception:  # noqa: BLE001 whatever it is, it counts as standing still unless brokers are away
        if trouble := await asyncio.to_thread(_trouble, consuming.access):
            consuming.progress.waits_for(trouble)
        return
    lag = {place: max(ends[place] - begun[place], 0) for place in ours if place in ends}
    observer.lag(lag)
    if consuming.is_shared_out:
        consuming.progress.measured(sum(lag.values()))


def _trouble(access: Access) -> str | None:
    """Why brokers can't be had, where they can't; asked without Faust, which may be what hangs."""
    try:
        check(access)
    except NoStream as error:
        return error.trouble
    return None


@contextmanager
def _deadline() -> Iterator[None]:
    """Nothing may hold up the end: what hangs (a rebalance, a database that doesn't answer) is left."""
    timer = threading.Timer(_ENDED_WITHIN_S, end_at_once, (0,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()

"""Run the relay as a process: one instance works, the others stand by. Every failure is retried."""

import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event

from events.heartbeats import BEAT_EVERY, RELAY, Heartbeat, record_beat, record_start
from events.stream.faults import NoStream
from events.stream.liveness import WorkerProgress
from events.stream.producer import Producer
from events.stream.relay import Relay, RelayCounts, ingress_source, outbox_source
from store import ProcessLock, StoreError
from yihui.bootstrap import Wiring
from yihui.runtime.background_job import BackgroundJob, log_trouble
from yihui.services.events.schedule import schedule_beside
from yihui.services.events.webhooks import deliver_due_webhooks
from yihui.services.operation.upkeep import run_upkeep_and_seal

_LOG = logging.getLogger(__name__)

# NOTIFY would wake it immediately, but PostgreSQL serialises the commits of notifying transactions.
_IDLE_S = 0.1
_STANDBY_S = 1.0
_UPKEEP_EVERY_S = 5.0
_WEBHOOKS_EVERY_S = 1.0
_MOST_PATIENT_S = 5.0
_END_WITHIN_S = 2.0  # the next relay repeats whatever is cut short
_PATIENCE_S = 120.0  # a relay that did nothing for so long does not live
_WAITS = "what was accepted waits"


@dataclass(slots=True)
class RelayProcess:
    """The relay process. Setting ``stopped`` ends it within seconds; the next relay resends messages in
    flight.
    """

    wiring: Wiring
    stopped: Event = field(default_factory=Event)
    done: RelayCounts = field(default_factory=lambda: RelayCounts({}))
    seen_at: datetime | None = None  # when this relay recorded that it works
    progress: WorkerProgress = field(default_factory=lambda: WorkerProgress(_PATIENCE_S))

    def run_once(self) -> bool:
        """Relay until no event is pending. Return False if another relay is active. *Raises*: NoStream,
        StoreError.
        """
        with closing(ProcessLock(self.wiring.database, "relay")) as watch:
            if not watch.acquire():
                return False
            with self._relay() as relay:
                while not self.stopped.is_set() and self._look(relay):
                    pass
            run_upkeep_and_seal(self.wiring)
            return True

    def run_forever(self, tell: Callable[[bool], None]) -> None:
        """Relay until stopped. Call ``tell`` with True (working) or False (standing by) whenever that changes."""
        while not self.stopped.is_set():
            try:
                with closing(ProcessLock(self.wiring.database, "relay")) as watch:
                    self._stand_by(watch, tell)
                    self._work(watch)
            except StoreError as error:
                log_trouble(error, _WAITS)
                self.progress.record_trouble(error.faults[0].code)
                self.stopped.wait(_STANDBY_S)

    def _stand_by(self, watch: ProcessLock, tell: Callable[[bool], None]) -> None:
        told = False
        while not watch.acquire():
            if not told:
                tell(False)
                told = True
            self.progress.record_progress()
            if self.stopped.wait(_STANDBY_S):
                return
        tell(True)

    def _work(self, watch: ProcessLock) -> None:
        upkeep = BackgroundJob(lambda: run_upkeep_and_seal(self.wiring), _UPKEEP_EVERY_S, "upkeep waits")
        webhooks = BackgroundJob(
            lambda: deliver_due_webhooks(self.wiring), _WEBHOOKS_EVERY_S, "webhooks wait"
        )
        upkeep.start()
        webhooks.start()
        try:
            with self._relay() as relay, schedule_beside(self.wiring, _END_WITHIN_S):
                patience = _IDLE_S
                self.seen_at = None
                while not self.stopped.is_set():
                    watch.check()
                    self._beat()
                    patience = self._try(relay, patience)
        finally:
            for beside in (upkeep, webhooks):
                beside.stop(within_s=_END_WITHIN_S)

    def _beat(self) -> None:
        """Record in the database, every few seconds, that this relay works."""
        now = self.wiring.now()
        if self.seen_at is not None and now - self.seen_at < BEAT_EVERY:
            return
        with self.wiring.database.write() as connection:
            if self.seen_at is None:
                record_start(connection, Heartbeat(RELAY, socket.gethostname()[:64], now, now))
            else:
                record_beat(connection, RELAY, now)
        self.seen_at = now

    def _try(self, relay: Relay, patience: float) -> float:
        """Relay once. Return how long to wait if the brokers are unreachable next time."""
        try:
            if not self._look(relay):
                self.stopped.wait(_IDLE_S)
            self.progress.record_progress()
        except NoStream as error:
            log_trouble(error, _WAITS)
            self.progress.record_trouble(error.faults[0].code)
            self.stopped.wait(patience)
            return min(patience * 2, _MOST_PATIENT_S)
        return _IDLE_S

    def _look(self, relay: Relay) -> RelayCounts:
        done = relay.relay_once(self.stopped.is_set)
        self.done.add(done)
        for origin, number in done.sent.items():
            self.wiring.metrics.count_published(origin, number)
        if done:
            _LOG.info("sent %s, refused %d", done.sent, done.refused)
        return done

    @contextmanager
    def _relay(self) -> Iterator[Relay]:
        access, now = self.wiring.access, self.wiring.now
        producer = Producer(access)
        try:
            sources = [ingress_source(access), outbox_source(access, now)]
            yield Relay(self.wiring.database, producer, sources, now)
        finally:
            producer.close()

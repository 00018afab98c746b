"""The relay as a process: one of them at work, the others standing by; whatever fails is tried again."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event

from events.stream.faults import NoStream
from events.stream.notices import notices
from events.stream.producer import Producer
from events.stream.relay import Relay, Relayed, accepted, outcomes
from store import StoreError, Watch
from yihui.bootstrap import Wiring
from yihui.runtime.background_job import Steady, told_of
from yihui.services.upkeep import keep_up_and_seal
from yihui.services.webhooks import deliver_due

_LOG = logging.getLogger(__name__)

# NOTIFY would wake it at once, but PostgreSQL lets those who notify commit one after the other.
_IDLE_S = 0.1
_STANDBY_S = 1.0
_UPKEEP_EVERY_S = 5.0
_WEBHOOKS_EVERY_S = 1.0
_MOST_PATIENT_S = 5.0
_END_WITHIN_S = 2.0  # whatever is cut short then is done again by the next one
_WAITS = "what was accepted waits"


@dataclass(slots=True)
class Relaying:
    """``stopped`` ends it within seconds: what is on its way then is sent again by the next one."""

    wiring: Wiring
    stopped: Event = field(default_factory=Event)
    done: Relayed = field(default_factory=lambda: Relayed({}))

    def once(self) -> bool:
        """Until nothing waits; False where another relay is at it. *Raises*: NoStream, StoreError."""
        with self._watch() as watch:
            if not watch.take():
                return False
            with self._relay() as relay:
                while not self.stopped.is_set() and self._look(relay):
                    pass
            keep_up_and_seal(self.wiring)
            return True

    def forever(self, tell: Callable[[bool], None]) -> None:
        """Until it is stopped; ``tell`` hears whether it is at work (or stands by), whenever that changes."""
        while not self.stopped.is_set():
            try:
                with self._watch() as watch:
                    self._stand_by(watch, tell)
                    self._work(watch)
            except StoreError as error:
                told_of(error, _WAITS)
                self.stopped.wait(_STANDBY_S)

    def _stand_by(self, watch: Watch, tell: Callable[[bool], None]) -> None:
        told = False
        while not watch.take():
            if not told:
                tell(False)
                told = True
            if self.stopped.wait(_STANDBY_S):
                return
        tell(True)

    def _work(self, watch: Watch) -> None:
        upkeep = Steady(lambda: keep_up_and_seal(self.wiring), _UPKEEP_EVERY_S, "upkeep waits")
        webhooks = Steady(lambda: deliver_due(self.wiring), _WEBHOOKS_EVERY_S, "webhooks wait")
        upkeep.start()
        webhooks.start()
        try:
            with self._relay() as relay:
                patience = _IDLE_S
                while not self.stopped.is_set():
                    watch.check()
                    patience = self._try(relay, patience)
        finally:
            for beside in (upkeep, webhooks):
                beside.stop(within_s=_END_WITHIN_S)

    def _try(self, relay: Relay, patience: float) -> float:
        """Look once; gives how long to wait should the brokers be missing next time."""
        try:
            if not self._look(relay):
                self.stopped.wait(_IDLE_S)
        except NoStream as error:
            told_of(error, _WAITS)
            self.stopped.wait(patience)
            return min(patience * 2, _MOST_PATIENT_S)
        return _IDLE_S

    def _look(self, relay: Relay) -> Relayed:
        done = relay.look(self.stopped.is_set)
        self.done.add(done)
        for origin, number in done.sent.items():
            self.wiring.metrics.published(origin, number)
        if done:
            _LOG.info("sent %s, refused %d", done.sent, done.refused)
        return done

    @contextmanager
    def _watch(self) -> Iterator[Watch]:
        watch = Watch(self.wiring.database, "relay")
        try:
            yield watch
        finally:
            watch.give_back()

    @contextmanager
    def _relay(self) -> Iterator[Relay]:
        access, now = self.wiring.access, self.wiring.now
        producer = Producer(access)
        try:
            sources = [accepted(access), outcomes(access, now), notices(access, now)]
            yield Relay(self.wiring.database, producer, sources, now)
        finally:
            producer.close()

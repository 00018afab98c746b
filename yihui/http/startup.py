"""Warm the site up: its worker process requests a page from itself, and prints a line when it is answered.

Thus no rider waits until the register has been read. The worker does it and not the process that started
it: that process forks, and a thread of it that imports would leave the import lock held in the child.
"""

import gc
import http.client
import os
import signal
import sys
from asyncio import AbstractEventLoop
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Self

from core.status_pages import StatusPage
from yihui.__main__ import GARBAGE_THRESHOLD
from yihui.runtime.health.probes import render_status

_ADDRESS, _TOLD = "YIHUI_OPENING_ADDRESS", "YIHUI_OPENING_TOLD"
_LOOK_EVERY_S = 0.05
_LIVES_WITHIN_S = 3.0
_LOADED_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class StartupProbe:
    """The address of the site on this machine, and the line to print when it answers."""

    host: str
    port: int
    announcement: str
    answered: Event = field(default_factory=Event, compare=False)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self | None:
        """Read the values that the starting process set for the worker; None if there are none."""
        host, _, port = environ.get(_ADDRESS, "").rpartition(":")
        return cls(host, int(port), environ.get(_TOLD, "")) if host else None

    def to_environment(self) -> dict[str, str]:
        return {_ADDRESS: f"{self.host}:{self.port}", _TOLD: self.announcement}

    def start(self, name: str, loading: Thread) -> None:
        """Probe in a background thread, under a name of the site: that of its riders, where it has one.

        No garbage is collected until the page is answered and ``loading`` has ended: a collection would walk all that
        is being loaded, again and again, while riders wait.
        """
        gc.disable()
        Thread(target=self._ask, args=(name, loading), name="opening", daemon=True).start()

    def _ask(self, name: str, loading: Thread) -> None:
        """Request the page until there is any answer; if the database is away, the page reports it."""
        while not self._is_answered(name):
            Event().wait(_LOOK_EVERY_S)
        relieve_garbage_collector()
        self.answered.set()
        sys.stdout.write(f"{self.announcement}\n")
        sys.stdout.flush()
        loading.join(_LOADED_WITHIN_S)
        gc.freeze()
        gc.enable()

    def _is_answered(self, name: str) -> bool:
        connection = http.client.HTTPConnection(self.host, self.port)
        try:
            connection.request("GET", "/", headers={"Host": name})
            connection.getresponse().read()
        except (OSError, http.client.HTTPException):  # not yet
            return False
        finally:
            connection.close()
        return True


def end_at_once_until_answered(loop: AbstractEventLoop, answered: Event) -> None:
    """Let SIGTERM end this worker at once until it has answered a page, whatever handler the loop gets for it.

    Granian (2.x) stands still for ever if its handler is called while it begins to serve. Ctrl+C does nothing
    then: it reaches the supervisor as well, which sends SIGTERM.
    """
    add = loop.add_signal_handler

    def add_later(number: int, callback: Callable[..., object], *given: object) -> None:
        add(number, hear, number, callback, given)

    def hear(number: int, callback: Callable[..., object], given: tuple[object, ...]) -> None:
        if answered.is_set():
            callback(*given)
        elif number == signal.SIGTERM:
            os._exit(0)  # it has told nobody that it serves, and writes by transactions

    vars(loop)["add_signal_handler"] = add_later


def build_liveness_page(loop: AbstractEventLoop | None, within_s: float = _LIVES_WITHIN_S) -> StatusPage:
    """Build the page ``/livez`` of a site: its event loop takes turns, whatever its threads wait for."""
    turned = Event()
    if loop is None:  # the site has just begun
        return render_status(200, {"alive": True})
    try:
        loop.call_soon_threadsafe(turned.set)
    except RuntimeError:  # the loop is closed
        return render_status(503, {"alive": False})
    is_alive = turned.wait(within_s)
    return render_status(200 if is_alive else 503, {"alive": is_alive})


def relieve_garbage_collector() -> None:
    """Exclude the loaded data from garbage collection.

    A collection that walks all stations would delay riders by a tenth of a second; one before, which frees nothing
    worth it, did so too.
    """
    gc.freeze()
    gc.set_threshold(GARBAGE_THRESHOLD)  # a request leaves little garbage, and no cycles

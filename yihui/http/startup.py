"""The opening of the site: its worker process asks itself for a page, and says so once that has been answered.

So no rider is the first, who would wait until the register has been read. The worker does it and not the
process that started it: that one forks, and a thread of it that imports would leave its lock held in the child.
"""

import gc
import http.client
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Event, Thread
from typing import Self

LOOPBACK = "127.0.0.1"
_ADDRESS, _TOLD = "YIHUI_OPENING_ADDRESS", "YIHUI_OPENING_TOLD"
_LOOK_EVERY_S = 0.05
_GARBAGE_THRESHOLD = 50_000  # as in commands (yihui/cli): a request leaves little, and nothing in circles


@dataclass(frozen=True, slots=True)
class Opening:
    """Where this machine reaches the site, and what is told then."""

    host: str
    port: int
    told: str

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Self | None:
        """What the process that started the worker left for it."""
        host, _, port = environ.get(_ADDRESS, "").rpartition(":")
        return cls(host, int(port), environ.get(_TOLD, "")) if host else None

    def environment(self) -> dict[str, str]:
        return {_ADDRESS: f"{self.host}:{self.port}", _TOLD: self.told}

    def begin(self) -> None:
        """In a thread of its own."""
        Thread(target=self._ask, name="opening", daemon=True).start()

    def _ask(self) -> None:
        """Until there is an answer, whatever it is: where the database is away, the page says so."""
        while not self._is_answered():
            Event().wait(_LOOK_EVERY_S)
        _spare_the_collector()
        sys.stdout.write(f"{self.told}\n")
        sys.stdout.flush()

    def _is_answered(self) -> bool:
        connection = http.client.HTTPConnection(self.host, self.port)
        try:
            connection.request("GET", "/", headers={"Host": LOOPBACK})
            connection.getresponse().read()
        except (OSError, http.client.HTTPException):  # not yet
            return False
        finally:
            connection.close()
        return True


def _spare_the_collector() -> None:
    """What has been read stays: a collector that walks all stations would hold riders up for a tenth of a second."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GARBAGE_THRESHOLD)

"""Whether a worker moves: told at ``/livez``, and a worker that stands still ends itself."""

import json
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_LOG = logging.getLogger(__name__)
_LOOK_EVERY_S = 0.5
LOOPBACK = "127.0.0.1"
EXIT_STALLED = 75
Page = tuple[int, str, bytes]  # status, content type, body
Pages = Mapping[str, Callable[[], Page]]


@dataclass(slots=True)
class Progress:
    """When offsets last moved, or had no need to. ``trouble`` is what is waited for: then nobody stalls."""

    patience_s: float
    clock: Callable[[], float] = time.monotonic
    lag: int | None = None
    trouble: str | None = None
    _since: float = field(init=False)

    def __post_init__(self) -> None:
        self._since = self.clock()

    def moved(self) -> None:
        self._since, self.trouble = self.clock(), None

    def measured(self, lag: int) -> None:
        """How many messages wait in our partitions. The brokers told it: where it is none, nothing is waited for."""
        self.lag = lag
        if not lag:
            self.moved()

    def waits_for(self, trouble: str) -> None:
        """It is being tried again; say so each time."""
        self._since, self.trouble = self.clock(), trouble

    @property
    def still_s(self) -> float:
        return self.clock() - self._since

    @property
    def is_stalled(self) -> bool:
        return self.still_s > self.patience_s

    def page(self) -> Page:
        """``/livez``: 200 while it moves or has nothing to do or says what it waits for, 503 once it stalls."""
        said = {
            "alive": not self.is_stalled,
            "lag": self.lag,
            "seconds_without_progress": round(self.still_s, 1),
            "trouble": self.trouble,
        }
        return 503 if self.is_stalled else 200, "application/json", json.dumps(said).encode()


@contextmanager
def watched(progress: Progress) -> Iterator[None]:
    """From a thread of its own, which looks even where everything else hangs."""
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(_LOOK_EVERY_S):
            if progress.is_stalled:
                _LOG.critical("no progress for %.0f s, %s waiting", progress.still_s, progress.lag)
                end_at_once(EXIT_STALLED)

    threading.Thread(target=watch, name="liveness", daemon=True).start()
    try:
        yield
    finally:
        ended.set()


def end_at_once(code: int) -> None:
    """Nothing is tidied up, so that nothing can be committed any more."""
    logging.shutdown()
    os._exit(code)


@contextmanager
def served(port: int, pages: Pages) -> Iterator[None]:
    """Pages on this machine only; none where the port is 0. *Raises*: OSError where the port is taken."""
    if not port:
        yield
        return
    server = ThreadingHTTPServer((LOOPBACK, port), _handler(pages))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="livez", daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


def _handler(pages: Pages) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = pages.get(self.path.partition("?")[0])
            status, kind, body = page() if page else (404, "text/plain", b"")
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass  # a probe every few seconds is no news

    return Handler

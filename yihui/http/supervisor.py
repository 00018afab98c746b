"""The process that starts the site's worker and waits for it; `yihui/http/server.py` starts it anew for that.

It is granian's, and imports almost nothing of Yihui, since whatever it held would be held twice, beside the
worker. See docs/decisions/0030.
"""

import os
import resource
import signal
import sys
from types import FrameType

from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import MPServer

MAX_CONNECTIONS = 8_192  # eight times the listeners of a site, so that silent connections don't stop it
_OTHER_FILES = 512  # of the database, the tiles and the libraries
_WAITING_CONNECTIONS = 4_096  # that the system holds until the server takes them
# A connection that sends no request within this time is closed. That includes the first byte only if the
# protocol is fixed: with HTTP/2 allowed, granian waits without a limit for the bytes that tell which it is.
_HEADERS_WITHIN_MS, _MOST_BUFFERED = 10_000, 1 << 16
# A worker ends by itself within 10 s (`yihui/http/shutdown.py`). One that is stuck is killed, a little before systemd
# and Docker would kill the whole site (15 s in deploy/); what it answered is in the database.
KILL_WORKER_AFTER_S = 12


def main() -> None:
    """Serve at the address of the arguments until SIGINT or SIGTERM; the environment holds all else."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # granian has its own once it serves
    host, port = sys.argv[1], int(sys.argv[2])
    # pykdtree wakes all of OpenMP's threads for each question: 105 µs of two processors in place of 11 of one.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    try:
        supervise(host, port)
    except OSError as error:
        sys.exit(_report(OSError(error.errno, error.strerror or str(error), f"{host}:{port}")))


def supervise(host: str, port: int) -> None:
    """Serve until a signal ends it. *Raises*: OSError if the port can't be opened."""
    SiteServer(
        "yihui.http.worker_process:app",
        host,
        port,
        interface=Interfaces.ASGI,
        loop=Loops.asyncio,  # `end_at_once_until_answered` knows no other
        factory=True,
        websockets=False,
        http=HTTPModes.http1,
        backlog=_WAITING_CONNECTIONS,
        backpressure=allow_connections(),
        http1_settings=HTTP1Settings(header_read_timeout=_HEADERS_WITHIN_MS, max_buffer_size=_MOST_BUFFERED),
        log_level=LogLevels.warning,
        workers_kill_timeout=KILL_WORKER_AFTER_S,
    ).serve()


class SiteServer(MPServer):
    """Granian's supervisor. A worker inherits its handler, and has no other while it builds its app."""

    def signal_handler_interrupt(self, number: int, _frame: FrameType | None) -> None:
        if os.getpid() == self.pid:
            super().signal_handler_interrupt()  # type: ignore[no-untyped-call]
        elif number == signal.SIGTERM:  # Ctrl+C reaches the supervisor as well, which then sends that
            os._exit(0)  # this worker has answered nobody yet


def allow_connections() -> int:
    """Raise this process's limit of open files as far as is allowed; return how many connections fit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = MAX_CONNECTIONS + _OTHER_FILES
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return MAX_CONNECTIONS
    allowed = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    return max(allowed - _OTHER_FILES, allowed // 2)


def _report(error: OSError) -> int:
    """Print what is wrong, in the language of the site; return the exit code."""
    from yihui.runtime.errors import problem_of
    from yihui.runtime.language import language_from_environment, load_language

    problem = problem_of(error, load_language(language_from_environment(os.environ)))
    assert problem is not None
    sys.stderr.write("\n".join([problem.title, *(line.text() for line in problem.errors), ""]))
    return problem.exit_code


if __name__ == "__main__":
    main()

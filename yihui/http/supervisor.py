"""The process that starts the site's worker and waits for it; `yihui/http/server.py` starts it anew for that.

A stop signal ends the site at any moment of its start: see `prepare_forks`, and `hold_stop_signals` in
`yihui/http/startup.py`. It imports granian and almost nothing of Yihui, since whatever it held would be held twice, beside the worker.
See docs/decisions/0030.
"""

import logging
import os
import resource
import signal
import sys
from collections.abc import Callable
from threading import Event

MAX_CONNECTIONS = 8_192  # eight times the listeners of a site, so that silent connections don't stop it
_OTHER_FILES = 512  # of the database, the tiles and the libraries
_WAITING_CONNECTIONS = 4_096  # that the system holds until the server takes them
# A connection that sends no request within this time is closed. That includes the first byte only if the
# protocol is fixed: with HTTP/2 allowed, granian waits without a limit for the bytes that tell which it is.
_HEADERS_WITHIN_MS, _MOST_BUFFERED = 10_000, 1 << 16
# A worker ends its app within some 5 s (`yihui/http/shutdown.py`). One that still runs then is killed, a little
# before systemd and Docker would kill the whole site (15 s in deploy/); what it answered is in the database.
KILL_WORKER_AFTER_S = 12
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_GRANIAN_LOG, _UNEXPECTED_EXIT = "_granian", "Unexpected exit"
_SIGNAL_ARRIVES_WITHIN_S = 0.5  # at this process, after it reached the worker


def main() -> None:
    """Serve at the address of the arguments until SIGINT or SIGTERM; the environment holds all else."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # granian has its own once it serves
    host, port = sys.argv[1], int(sys.argv[2])
    try:
        supervise(host, port)
    except OSError as error:
        sys.exit(_report(OSError(error.errno, error.strerror or str(error), f"{host}:{port}")))


def supervise(host: str, port: int) -> None:
    """Serve until a signal ends it. *Raises*: OSError if the port can't be opened."""
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces, Loops
    from granian.http import HTTP1Settings
    from granian.log import LogLevels

    prepare_forks()
    server = Granian(
        "yihui.http.worker_process:app",
        host,
        port,
        interface=Interfaces.ASGI,
        loop=Loops.asyncio,  # `hold_stop_signals` knows no other
        factory=True,
        websockets=False,
        http=HTTPModes.http1,
        backlog=_WAITING_CONNECTIONS,
        backpressure=allow_connections(),
        http1_settings=HTTP1Settings(header_read_timeout=_HEADERS_WITHIN_MS, max_buffer_size=_MOST_BUFFERED),
        log_level=LogLevels.warning,
        workers_kill_timeout=KILL_WORKER_AFTER_S,
    )

    def is_told_to_stop() -> bool:
        return server.interrupt_signal

    logging.getLogger(_GRANIAN_LOG).addFilter(StopFilter(server.main_loop_interrupt, is_told_to_stop))
    try:
        server.serve()
    except SystemExit:  # a worker ended by itself: no fault where the signal went to the worker, too
        if not is_told_to_stop():
            raise


def prepare_forks() -> None:
    """Let a stop signal end a worker at once until granian handles it there, when the worker has built its app.

    Granian sets its handlers in this process and then forks. The worker would inherit them, and a signal during
    the seconds in which it builds its app would do no more than set this process's flag in the worker's copy.
    Nothing is lost by so sudden an end: the worker has answered nobody yet, and writes by transactions.
    """
    os.register_at_fork(
        before=_hold_signals, after_in_parent=_release_signals, after_in_child=_use_worker_signals
    )


def _hold_signals() -> None:
    """Hold stop signals back during the fork, so that none meets a worker which still has inherited handlers."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOP_SIGNALS)


def _release_signals() -> None:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP_SIGNALS)


def _use_worker_signals() -> None:
    """Let SIGTERM end this worker; Ctrl+C goes to the supervisor as well, which then sends that."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _release_signals()


class StopFilter(logging.Filter):
    """Drops granian's error about a worker's exit where the signal that ended the worker ends the site, too.

    A signal to the whole group of processes may reach the worker a moment before it reaches the supervisor.
    """

    def __init__(self, interrupt: Event, is_told_to_stop: Callable[[], bool]) -> None:
        super().__init__()
        self._interrupt, self._is_told_to_stop = interrupt, is_told_to_stop

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.getMessage().startswith(_UNEXPECTED_EXIT):
            return True
        self._interrupt.wait(_SIGNAL_ARRIVES_WITHIN_S)
        return not self._is_told_to_stop()


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

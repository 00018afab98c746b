"""Run the site with granian: one worker process, which wires itself from the environment."""

import errno
import os
import resource
import socket

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from core.status_address import LOOPBACK
from yihui.bootstrap import Settings
from yihui.http.guard.serving import LOCAL_ONLY, ServingOptions
from yihui.http.startup import StartupProbe
from yihui.runtime.audiences import list_withheld_keys
from yihui.runtime.setting_list import FILE_SUFFIX

_ANY = {"0.0.0.0": LOOPBACK, "::": "::1"}  # any address of this machine → one at which to probe it
# A connection that sends no request within this time is closed. That includes the first byte only if the
# protocol is fixed: with HTTP/2 allowed, granian waits without a limit for the bytes that tell which it is.
_HEADERS_WITHIN_MS, _MOST_BUFFERED = 10_000, 1 << 16
MAX_CONNECTIONS = 8_192  # eight times the listeners of a site, so that silent connections don't stop it
_OTHER_FILES = 512  # of the database, the tiles and the libraries
_WAITING_CONNECTIONS = 4_096  # that the system holds until the server takes them


def run_server(
    settings: Settings, port: int, told: str, serving: ServingOptions = LOCAL_ONLY, host: str = LOOPBACK
) -> None:
    """Serve until SIGINT or SIGTERM; print ``told`` once the first page has been answered.

    *Raises*: OSError if the port can't be opened.
    """
    _check_free(host, port)
    if settings.probes is not None:
        if settings.probes.port == port:
            raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE), f"--probes {settings.probes}")
        _check_free(settings.probes.host, settings.probes.port)
    os.environ.update(serving.to_environment())
    os.environ.update(StartupProbe(_ANY.get(host, host), port, told).to_environment())
    os.environ.update(
        YIHUI_DATA_FOLDER=str(settings.data_folder),
        YIHUI_RULES=os.pathsep.join(map(str, settings.rules)),
        YIHUI_PROBES=str(settings.probes or ""),
        YIHUI_LANG=settings.language,
        YIHUI_ROUTING=str(settings.routing.resolve()) if settings.routing else "",
        YIHUI_BASE_MAP=str(settings.base_map.resolve()) if settings.base_map else "",
    )
    if settings.database != settings.file_database:
        os.environ["YIHUI_DATABASE_URL"] = settings.database
        os.environ.pop("YIHUI_DATABASE_URL" + FILE_SUFFIX, None)
    for key in list_withheld_keys(serving.audiences):
        os.environ.pop(key.variable, None)
        os.environ.pop(key.variable + FILE_SUFFIX, None)
    server = Granian(
        "yihui.http.worker_process:app",
        host,
        port,
        interface=Interfaces.ASGI,
        factory=True,
        websockets=False,
        http=HTTPModes.http1,
        backlog=_WAITING_CONNECTIONS,
        backpressure=allow_connections(),
        http1_settings=HTTP1Settings(header_read_timeout=_HEADERS_WITHIN_MS, max_buffer_size=_MOST_BUFFERED),
        log_level=LogLevels.warning,
    )
    server.serve()


def allow_connections() -> int:
    """Raise this process's limit of open files as far as is allowed; return how many connections fit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = MAX_CONNECTIONS + _OTHER_FILES
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return MAX_CONNECTIONS
    allowed = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    return max(allowed - _OTHER_FILES, allowed // 2)


def _check_free(host: str, port: int) -> None:
    """Raise OSError if the port can't be opened; granian would give no reason."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise OSError(error.errno, error.strerror, f"{host}:{port}") from error

"""Run the site with granian: one worker process, which wires itself from the environment."""

import os
import socket

from granian import Granian
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from yihui.bootstrap import Settings
from yihui.http.guard.serving import LOCAL_ONLY, ServingOptions
from yihui.http.startup import LOOPBACK, StartupProbe

_ANY = {"0.0.0.0": LOOPBACK, "::": "::1"}  # any address of this machine → one at which to probe it
_HEADERS_WITHIN_MS, _MOST_BUFFERED = 10_000, 1 << 16


def run_server(
    settings: Settings, port: int, told: str, serving: ServingOptions = LOCAL_ONLY, host: str = LOOPBACK
) -> None:
    """Serve until SIGINT or SIGTERM; print ``told`` once the first page has been answered.

    *Raises*: OSError if the port can't be opened.
    """
    _check_free(host, port)
    os.environ.update(serving.to_environment())
    os.environ.update(StartupProbe(_ANY.get(host, host), port, told).to_environment())
    os.environ.update(
        YIHUI_DATABASE_URL=settings.database,
        YIHUI_DATA_FOLDER=str(settings.data_folder),
        YIHUI_RULES=os.pathsep.join(map(str, settings.rules)),
        YIHUI_LANG=settings.language,
        YIHUI_ROUTING=str(settings.routing.resolve()) if settings.routing else "",
        YIHUI_BASE_MAP=str(settings.base_map.resolve()) if settings.base_map else "",
    )
    server = Granian(
        "yihui.http.worker_process:app",
        host,
        port,
        interface=Interfaces.ASGI,
        factory=True,
        websockets=False,
        http1_settings=HTTP1Settings(header_read_timeout=_HEADERS_WITHIN_MS, max_buffer_size=_MOST_BUFFERED),
        log_level=LogLevels.warning,
    )
    server.serve()


def _check_free(host: str, port: int) -> None:
    """Raise OSError if the port can't be opened; granian would give no reason."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise OSError(error.errno, error.strerror, f"{host}:{port}") from error

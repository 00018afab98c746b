"""Runs the site with granian: one worker process, which wires itself from the environment."""

import os
import socket
from collections.abc import Callable

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from yihui.bootstrap import Settings

LOOPBACK = "127.0.0.1"  # until roles exist, nobody else may ask


def serve(settings: Settings, port: int, ready: Callable[[], None]) -> None:
    """Serve until SIGINT or SIGTERM; ``ready`` is called once the worker takes requests.

    *Raises*: OSError where the port can't be had.
    """
    _check_free(port)
    os.environ.update(
        YIHUI_DATABASE_URL=settings.database,
        YIHUI_DATA_FOLDER=str(settings.data_folder),
        YIHUI_RULES=os.pathsep.join(map(str, settings.rules)),
        YIHUI_LANG=settings.language,
        YIHUI_ROUTING=str(settings.routing.resolve()) if settings.routing else "",
        YIHUI_BASE_MAP=str(settings.base_map.resolve()) if settings.base_map else "",
    )
    server = Granian(
        "yihui.http.served:app",
        LOOPBACK,
        port,
        interface=Interfaces.ASGI,
        factory=True,
        websockets=False,
        log_level=LogLevels.warning,
    )
    server.on_startup(ready)
    server.serve()


def _check_free(port: int) -> None:
    """Granian would give no reason."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            raise OSError(error.errno, error.strerror, f"{LOOPBACK}:{port}") from error

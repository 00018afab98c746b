"""Start the site in place of the command: the process becomes the server's supervisor, which starts a worker."""

import errno
import os
import socket
import sys
from collections.abc import Mapping

from core.status_address import LOOPBACK, StatusAddress, StatusAddressError
from yihui.bootstrap import Settings
from yihui.http.guard.serving import LOCAL_ONLY, ServingOptions
from yihui.http.startup import StartupProbe
from yihui.runtime.audiences import list_withheld_keys
from yihui.runtime.setting import FILE_SUFFIX

_ANY = {"0.0.0.0": LOOPBACK, "::": "::1"}  # any address of this machine → one at which to probe it
_SUPERVISOR = "yihui.http.supervisor"
# Unless the operator sets them. Each of fifty threads would keep memory of its own with what it once needed, and
# other threads that wait beside it for the parts of a search that takes microseconds.
_LIMITS = {"MALLOC_ARENA_MAX": "2", "OMP_NUM_THREADS": "1"}


def check_addresses(probes: StatusAddress | None, port: int, host: str = LOOPBACK) -> None:
    """Check that the site's port and that of its probes can be opened. *Raises*: OSError."""
    _check_free(host, port)
    if probes is None:
        return
    if probes.port == port:
        raise StatusAddressError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE), str(probes))
    try:
        _check_free(probes.host, probes.port)
    except OSError as error:
        raise StatusAddressError(error.errno, error.strerror, str(probes)) from error


def start_server(
    settings: Settings, port: int, told: str, serving: ServingOptions = LOCAL_ONLY, host: str = LOOPBACK
) -> None:
    """Replace this process by the server, which prints ``told`` once the first page has been answered.

    The command's memory is given back, and the process keeps its id. What the command opened must be closed.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    command = [sys.executable, "-P", "-m", _SUPERVISOR, host, str(port)]
    os.execve(sys.executable, command, _build_environment(settings, port, told, serving, host))


def _build_environment(
    settings: Settings, port: int, told: str, serving: ServingOptions, host: str
) -> Mapping[str, str]:
    """Return the environment from which the worker wires itself; it lacks the keys that are withheld from it."""
    environ = {**_LIMITS, **os.environ}
    environ.update(serving.to_environment())
    environ.update(StartupProbe(_ANY.get(host, host), port, told).to_environment())
    environ.update(
        YIHUI_DATA_FOLDER=str(settings.data_folder),
        YIHUI_RULES=os.pathsep.join(map(str, settings.rules)),
        YIHUI_PROBES=str(settings.probes or ""),
        YIHUI_LANG=settings.language,
        YIHUI_ROUTING=str(settings.routing.resolve()) if settings.routing else "",
        YIHUI_STREETS=str(settings.streets.resolve()) if settings.streets else "",
        YIHUI_BASE_MAP=str(settings.base_map.resolve()) if settings.base_map else "",
    )
    if settings.database != settings.file_database:
        environ["YIHUI_DATABASE_URL"] = settings.database
        environ.pop("YIHUI_DATABASE_URL" + FILE_SUFFIX, None)
    for key in list_withheld_keys(serving.audiences):
        environ.pop(key.variable, None)
        environ.pop(key.variable + FILE_SUFFIX, None)
    return environ


def _check_free(host: str, port: int) -> None:
    """Raise OSError if the port can't be opened; granian would give no reason."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise OSError(error.errno, error.strerror, f"{host}:{port}") from error

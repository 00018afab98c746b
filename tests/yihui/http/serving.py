"""A site as a user starts it, for as long as a test needs it and no longer, whatever happens."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from tests.yihui.demo_folder import mark_demo
from tools.servers.postgres import free_port

WITHIN_S = 60.0
_TO_END_S = 20.0
_REFUSED = 3  # what `yihui serve` ends with where the port is taken


@contextmanager
def serving(
    folder: Path,
    *options: str,
    language: str = "zh",
    demo: bool = True,
    is_told_to_stop: bool = True,
    **settings: str,
) -> Iterator[str]:
    """The address of a site over ``yihui.db`` and the data of a folder, told to stop at the end.

    It is a demo's, whose routes of officers ask nobody to log in, unless ``demo`` is False. What it says goes to
    ``served.log`` there. Every wait has an end, and the site goes in any case: by force alone where it isn't told to stop.
    """
    if demo:
        mark_demo(Path(settings.get("YIHUI_DATA_FOLDER", folder)))
    log = folder / "served.log"

    def start(port: int) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "yihui", "--lang", language, "serve", "--port", str(port), *options]
        with log.open("wb") as said:
            return subprocess.Popen(command, env=_environment(folder, settings), stdout=said, stderr=said)

    server = start(port := free_port())
    try:
        until(lambda: answers(port) or server.poll() is not None)
        if server.poll() == _REFUSED and f"127.0.0.1:{port}" in log.read_text():  # somebody was quicker
            server = start(port := free_port())
            until(lambda: answers(port) or server.poll() is not None)
        assert server.poll() is None, log.read_text()
        yield f"http://127.0.0.1:{port}"
        if is_told_to_stop:
            server.terminate()
            assert server.wait(_TO_END_S) == 0, log.read_text()
    finally:
        server.kill()
        server.wait(_TO_END_S)


def _environment(folder: Path, settings: Mapping[str, str]) -> dict[str, str]:
    kept = {"YIHUI_DATABASE_URL": str(folder / "yihui.db"), "YIHUI_DATA_FOLDER": str(folder)}
    return {**os.environ, **kept, **settings}


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)  # another process's doing


def answers(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as page:
            return bool(page.status == 200)
    except (URLError, OSError):
        return False

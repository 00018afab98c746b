"""A site that is killed is gone: nothing of it keeps the port."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from tests.postgres import free_port

WITHIN_S = 60.0


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


def test_the_port_of_a_killed_site_is_free_again(tmp_path: Path) -> None:
    port = free_port()
    given = os.environ | {"YIHUI_DATABASE_URL": str(tmp_path / "x.db"), "YIHUI_DATA_FOLDER": str(tmp_path)}
    command = [sys.executable, "-m", "yihui", "serve", "--port", str(port)]
    for _ in range(2):
        with (tmp_path / "log").open("ab") as log:
            server = subprocess.Popen(command, env=given, stdout=log, stderr=log)
        try:
            until(lambda: answers(port))
        finally:
            server.kill()
            server.wait()
        until(lambda: not answers(port))

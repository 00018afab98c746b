"""A site that is killed is gone: nothing of it keeps the port."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.postgres import free_port
from tests.yihui.http.serving import answers, until

pytestmark = pytest.mark.endure


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
            server.wait(20)
        until(lambda: not answers(port))

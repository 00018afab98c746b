"""The processes of a site have few threads and arenas of memory, unless the operator sets other numbers."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.postgres import free_port
from tests.yihui.http.serving import answers, until

pytestmark = pytest.mark.endure


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, {"MALLOC_ARENA_MAX": "2", "OMP_NUM_THREADS": "1"}),
        ({"OMP_NUM_THREADS": "3"}, {"MALLOC_ARENA_MAX": "2", "OMP_NUM_THREADS": "3"}),
        ({"MALLOC_ARENA_MAX": "8"}, {"MALLOC_ARENA_MAX": "8", "OMP_NUM_THREADS": "1"}),
    ],
    ids=["neither", "threads", "arenas"],
)
def test_limits_are_the_operator_s_where_there_are_any(
    given: dict[str, str], expected: dict[str, str], tmp_path: Path
) -> None:
    folder = {"YIHUI_DATABASE_URL": str(tmp_path / "x.db"), "YIHUI_DATA_FOLDER": str(tmp_path)}
    inherited = {name: value for name, value in os.environ.items() if name not in expected}
    port = free_port()
    command = [sys.executable, "-m", "yihui", "serve", "--port", str(port)]
    with (tmp_path / "log").open("wb") as log:
        site = subprocess.Popen(command, env=inherited | folder | given, stdout=log, stderr=log)
    try:
        until(lambda: answers(port))
        (worker,) = Path(f"/proc/{site.pid}/task/{site.pid}/children").read_text().split()
        variables = Path(f"/proc/{worker}/environ").read_text().split("\0")
        assert {f"{name}={value}" for name, value in expected.items()} <= set(variables)
    finally:
        site.terminate()
        site.wait(20)

"""A copy of the tree in build/mutants, in which faults are planted and tests are run."""

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).parents[2]
PLACE = ROOT / "build" / "mutants"
TREE = PLACE / "tree"
_BUILT = ("yihui/static/built", "yihui/static/vendor", "yihui/locale", "geo/formats/outlines.gpkg")
_TO_END_S = 60.0
_LINKED = (".venv", "build/kafka", "build/keycloak", "web/node_modules")


def lay_tree() -> None:
    """Copy what git tracks and what the build made; link the environment, the servers and the shared data."""
    shutil.rmtree(TREE, ignore_errors=True)
    PLACE.mkdir(parents=True, exist_ok=True)
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(TREE)], check=True)
    for name in _BUILT:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, TREE / name, dirs_exist_ok=True)
        else:
            shutil.copy(ROOT / name, TREE / name)
    for name in _LINKED:
        (TREE / name).parent.mkdir(exist_ok=True)
        (TREE / name).symlink_to(ROOT / name)
    beside = PLACE / "shared"
    if not beside.exists():
        beside.symlink_to(ROOT.parent / "shared")


def run_pytest(
    arguments: Sequence[str], *, more: dict[str, str] | None = None, within_s: float | None = None
) -> int | None:
    """Run pytest in the copy; return its exit code, or None where the time was not enough."""
    environment = {**os.environ, "PYTHONPATH": str(TREE), "CI": "true", **(more or {})}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [str(ROOT / ".venv/bin/python"), "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    with (PLACE / "log.txt").open("ab") as log:
        process = subprocess.Popen(
            command, cwd=TREE, env=environment, stdout=log, stderr=log, start_new_session=True
        )
        try:
            return process.wait(within_s)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)  # its fixtures end the servers that they started
            with suppress(subprocess.TimeoutExpired):
                process.wait(_TO_END_S)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return None


def tree_commit() -> str:
    """Return the commit of the working tree that the copy was made of."""
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()

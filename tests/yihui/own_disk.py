"""A command on a small disk of its own, which is soon full."""

import os
import subprocess
import sys
from pathlib import Path

from tools.servers.sending import Sender

ROOT = Path(__file__).parents[2]

# In a mount namespace of its own, so that a small disk or a read-only one needs no root and leaves no trace.
# An empty database and the log that it is made from need twice its size for a moment: 2 MB by now.
SCRIPT = """
mount -t tmpfs -o size=6m tmpfs "$FOLDER"
yihui() {{ "$PYTHON" -m yihui --db "$FOLDER/yihui.db" "$@" && echo "exit 0" || echo "exit $?"; }}
{steps}
"""


def write_events(path: Path, people: int) -> Path:
    send = Sender()
    lines = [line for n in range(people) for line in (send.joined(f"m-{n}"), send.birthday(f"m-{n}"))]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def on_a_disk_of_its_own(tmp_path: Path, steps: str, people: int) -> tuple[list[str], str]:
    """Runs the steps; gives what they printed and what they complained of."""
    folder = tmp_path / "disk"
    folder.mkdir()
    events = write_events(tmp_path / "events.jsonl", people)
    environ = {
        **os.environ,
        "FOLDER": str(folder),
        "DB": str(folder / "yihui.db"),
        "EVENTS": str(events),
        "PYTHON": sys.executable,
        "YIHUI_DATA_FOLDER": str(tmp_path),
        "YIHUI_RULES": str(ROOT / "rules/library"),  # no demo: no example is in force by itself
        "YIHUI_NOW": "2026-10-03T23:10+08:00",
        "YIHUI_LANG": "en",
    }
    command = ["unshare", "--map-root-user", "--mount", "sh", "-eu", "-c", SCRIPT.format(steps=steps)]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=True)
    assert "Traceback" not in done.stdout + done.stderr
    return done.stdout.splitlines(), done.stderr

"""A folder that is a demo's: its site knows one user, who may do everything and needs no log-in."""

from pathlib import Path

from yihui.runtime.demo_marker import DEMO_MARKER_FILE


def mark_demo(folder: Path) -> Path:
    """Return the folder, marked as a demo installation."""
    (folder / DEMO_MARKER_FILE).touch()
    return folder

"""The file that marks a data folder as a demo's, and the instant at which it stops the clock."""

from collections.abc import Mapping
from pathlib import Path

DEMO_MARKER_FILE = ".yihui-demo"  # a folder with it may be emptied; its text is the instant


def read_stopped_instant(environ: Mapping[str, str], data_folder: Path | None) -> tuple[str, str] | None:
    """Return the instant at which the clock is stopped, and what stops it; None if the clock runs.

    ``YIHUI_NOW`` counts before the marker of a demo's data folder.
    """
    if stopped := environ.get("YIHUI_NOW"):
        return stopped, "YIHUI_NOW"
    marker = data_folder / DEMO_MARKER_FILE if data_folder else None
    if marker is None or not marker.is_file():
        return None
    written = marker.read_text("utf-8").strip()
    return (written, str(marker)) if written else None

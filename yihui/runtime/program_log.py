"""What a program that was run has written."""

import re
from pathlib import Path

_SHOWN_CHARS = 300


def read_last_line(log: Path) -> str:
    """Return the end of the last line of a log; a carriage return ends a line too. Empty for an empty log."""
    lines = re.split(r"[\r\n]+", log.read_text(encoding="utf-8", errors="replace").strip())
    return lines[-1].strip()[-_SHOWN_CHARS:]

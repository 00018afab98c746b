"""Files that are written whole or not at all."""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Write a text file by way of a temporary one beside it; a crash leaves the old file."""
    write_lines(path, [text], end="")


def write_lines(path: Path, lines: Iterable[str], end: str = "\n") -> None:
    """As ``write_whole``, line by line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.writelines(line + end for line in lines)
        Path(name).chmod(0o644)  # mkstemp's own is 600: what is written here is meant to be read
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise

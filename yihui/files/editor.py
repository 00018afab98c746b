"""Edit a text in the user's own editor."""

import os
import shlex
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from core.faults import FaultError, FaultTable
from core.text_marks import N_

_FAULTS = FaultTable(
    "editor",
    {
        "editor_failed": (
            N_("the editor {value} failed; nothing was changed"),
            N_("set EDITOR to another one, or use --set or --with FILE"),
        ),
        "no_editor": (
            N_("no editor is named"),
            N_("set EDITOR, or say what changes: --set data.level=高级工, or --with FILE"),
        ),
    },
)


def editor_command(environ: Mapping[str, str]) -> str:
    """Return the editor's command. *Raises*: FaultError if none is configured."""
    named = environ.get("VISUAL") or environ.get("EDITOR")
    if not named:
        raise FaultError(_FAULTS.build("no_editor", field="EDITOR"))
    return named


def edit_text(text: str, suffix: str, folder: Path) -> Path:
    """Let the user edit a text; return the file, readable by its owner only. The caller removes it.

    *Raises*: FaultError if there is no editor or it failed.
    """
    editor = editor_command(os.environ)
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", prefix="mend-", suffix=suffix, dir=folder, delete=False
    ) as file:
        file.write(text)
    path = Path(file.name)
    try:
        code = subprocess.run([*shlex.split(editor), str(path)], check=False).returncode
    except OSError:
        code = -1
    if code:
        with suppress(FileNotFoundError):
            path.unlink()
        raise FaultError(_FAULTS.build("editor_failed", field="EDITOR", value=editor))
    return path

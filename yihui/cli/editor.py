"""A text in the user's own editor."""

import os
import shlex
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from core.faults import Fault, InputFaults

N_ = str  # marks a text for the message catalogue


def editor_of(environ: Mapping[str, str]) -> str:
    """The command that edits. *Raises*: InputFaults, where none is named."""
    named = environ.get("VISUAL") or environ.get("EDITOR")
    if not named:
        raise InputFaults(
            [
                Fault(
                    N_("no editor is named"),
                    N_("set EDITOR, or say what changes: --set data.level=高级工, or --with FILE"),
                    field="EDITOR",
                )
            ]
        )
    return named


def in_editor(text: str, suffix: str, folder: Path) -> Path:
    """A file in the folder, readable by its owner only, that the user has edited; whoever asks removes it.

    *Raises*: InputFaults, where there is no editor or it failed.
    """
    editor = editor_of(os.environ)
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
        raise InputFaults([_failed(editor)])
    return path


def _failed(editor: str) -> Fault:
    return Fault(
        N_("the editor {value} failed; nothing was changed"),
        N_("set EDITOR to another one, or use --set or --with FILE"),
        field="EDITOR",
        value=editor,
    )

"""What a form by hand sends: a choice of a list, and a file of tables."""

import re
from collections.abc import Container
from pathlib import Path

from core.faults import Fault, FaultError
from core.sheets.listed_rows import HiddenRows
from yihui.files.tables import SheetReader
from yihui.frame.feedback import SENT_FORM_FAULTS
from yihui.http.body import FormFields, UploadedFile, form_value


def form_choice(sent: FormFields, name: str, choices: Container[str]) -> str:
    """Return the value of a select or of radios. *Raises*: FaultError, see ``check_choice``."""
    return check_choice(name, form_value(sent, name), choices)


def check_choice(name: str, value: str, choices: Container[str]) -> str:
    """Return what was chosen. *Raises*: FaultError that names the field unless it is one of the choices."""
    if value not in choices:
        code = "choice" if value else "unchosen"
        raise FaultError(SENT_FORM_FAULTS.build(code, field=name, value=value[:40]))
    return value


def read_hidden_choice(sent: FormFields, notes: list[Fault]) -> SheetReader:
    """Return the reader of a form's sheet, with what was chosen for hidden rows. *Raises*: FaultError."""
    hidden = HiddenRows(form_choice(sent, "hidden_rows", ("", *HiddenRows)) or HiddenRows.REFUSE)
    return SheetReader(hidden, notes.extend)


def safe_file_name(file: UploadedFile) -> str:
    """Return a name like an uploaded file's own under which it can be written."""
    return re.sub(r"[^\w.-]", "_", file.name)[-80:].lstrip(".") or "file"


def write_named_file(folder: Path, name: str, file: UploadedFile) -> Path:
    """Write an uploaded file under a name like its own, which what is read from it names."""
    path = folder / name / safe_file_name(file)
    path.parent.mkdir()
    path.write_bytes(file.content)
    return path

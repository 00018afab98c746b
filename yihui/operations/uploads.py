"""Files that an officer uploaded for a preview, stored until they are used or a day has passed, and those of one act.

An uploaded file, its name and what was typed beside it are encrypted with the vault's newest key, if the vault has one.
The folder of an act is gone after it, or at the next act if the process was killed: its lock file is locked as long as
its process lives, so that nobody's work is deleted while it goes on.
"""

import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import TypeAdapter
from pydantic_core import to_json

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.access.actor import Actor
from yihui.bootstrap import Wiring
from yihui.files.attachment_store import open_sealed, seal
from yihui.files.whole_files import write_atomically
from yihui.runtime.disk_room import require_room_for_files

STORED_FOR = timedelta(days=1)
_ID_FORM = re.compile(r"[0-9a-f]{32}")
_NAME_SIGNS = re.compile(r"[^\w.()（）-]+")
_CONTENT, _DESCRIPTION = "content", "description"
_INCOMPLETE = ".incomplete"
_OWNER_ONLY = 0o700
UPLOAD_FAULTS = FaultTable(
    "upload",
    {
        "gone": (
            N_("the uploaded file is no longer there"),
            N_("upload it again; a file is stored for one day, and only for who uploaded it"),
        )
    },
)
_LOCK = ".lock"


@dataclass(frozen=True, slots=True)
class Upload:
    """A stored file, and what was typed beside it."""

    id: str
    name: str
    content: bytes = field(repr=False)
    options: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Description:
    """Whose file it is, since when, under which name, and what was typed beside it."""

    actor: str
    at: datetime
    name: str
    options: dict[str, str]


def store_upload(wiring: Wiring, actor: Actor, name: str, content: bytes, options: dict[str, str]) -> str:
    """Store a file for its officer, who alone can read it, and delete those of earlier days; return its id.

    The folder gets its name when it is complete, so that nobody finds a part of it.
    *Raises*: FaultError if the disk is nearly full.
    """
    now = wiring.now()
    delete_old_uploads(wiring, now)
    require_room_for_files(wiring.data_folder)
    id_ = secrets.token_hex(16)
    sealed = seal(lambda: wiring.vault_keys, _content_name(id_), content)
    folder, incomplete = _folder(wiring) / id_, _folder(wiring) / f"{id_}{_INCOMPLETE}"
    folder.parent.mkdir(_OWNER_ONLY, parents=True, exist_ok=True)  # the mode isn't passed on to parents
    incomplete.mkdir(_OWNER_ONLY)
    base = name.replace("\\", "/").rpartition("/")[2].lstrip(".")
    stored = _NAME_SIGNS.sub("_", base)[-100:] or "upload"
    write_atomically(incomplete / _CONTENT, sealed)
    _write_description(wiring, incomplete, id_, _Description(actor.id, now, stored, options))
    incomplete.rename(folder)
    return id_


def load_upload(wiring: Wiring, actor: Actor, id_: str) -> Upload:
    """Return a stored file.

    *Raises*: FaultError if it is gone, altered, or another officer's, or its key is not at hand.
    """
    folder = _folder(wiring) / id_
    described = _describe(wiring, folder) if _ID_FORM.fullmatch(id_) else None
    content = _open(wiring, folder / _CONTENT, _content_name(id_)) if described is not None else None
    if described is None or content is None or described.actor != actor.id:
        raise FaultError(UPLOAD_FAULTS.build("gone", field="file", value=id_[:40]))
    return Upload(id_, described.name, content, described.options)


def change_upload_options(wiring: Wiring, actor: Actor, id_: str, options: dict[str, str]) -> None:
    """Store what was typed beside a file anew. *Raises*: FaultError if it is gone, or another officer's."""
    load_upload(wiring, actor, id_)
    folder = _folder(wiring) / id_
    described = _describe(wiring, folder)
    assert described is not None
    _write_description(wiring, folder, id_, replace(described, options=options))


def delete_upload(wiring: Wiring, id_: str) -> None:
    """Delete a stored file that was used."""
    if _ID_FORM.fullmatch(id_):
        shutil.rmtree(_folder(wiring) / id_, ignore_errors=True)


def delete_old_uploads(wiring: Wiring, now: datetime) -> None:
    """Delete the files that nobody used for a day, and what an upload left that was cut off a day ago."""
    folder = _folder(wiring)
    end = (now - STORED_FOR).timestamp()
    for one in folder.iterdir() if folder.exists() else ():
        with suppress(FileNotFoundError):  # another process deleted it meanwhile
            if one.stat().st_mtime < end:
                shutil.rmtree(one, ignore_errors=True)


def _folder(wiring: Wiring) -> Path:
    return wiring.data_folder / "uploads"


def _write_description(wiring: Wiring, folder: Path, id_: str, described: _Description) -> None:
    """Write the description of a file; the folder's time says when the file was uploaded."""
    content = seal(lambda: wiring.vault_keys, id_, to_json(described))
    write_atomically(folder / _DESCRIPTION, content)
    uploaded = described.at.timestamp()
    os.utime(folder, (uploaded, uploaded))


def _describe(wiring: Wiring, folder: Path) -> _Description | None:
    described = _open(wiring, folder / _DESCRIPTION, folder.name)
    try:
        return None if described is None else TypeAdapter(_Description).validate_json(described)
    except ValueError:
        return None


def _open(wiring: Wiring, file: Path, name: str) -> bytes | None:
    try:
        return open_sealed(lambda: wiring.vault_keys, name, file.read_bytes())
    except OSError:
        return None


def _content_name(id_: str) -> str:
    """Return the name that a content is encrypted under: not that of its description, so that no one is the other."""
    return f"{id_}/{_CONTENT}"


@contextmanager
def open_work_folder(wiring: Wiring) -> Iterator[Path]:
    """Make an empty folder that its owner alone can read, and delete it with its files at the end."""
    delete_left_folders(wiring)
    base = _base(wiring)
    base.mkdir(_OWNER_ONLY, parents=True, exist_ok=True)
    folder = base / secrets.token_hex(16)
    descriptor = _lock(folder)
    assert descriptor is not None, "nobody else knows the name"
    try:
        folder.mkdir(_OWNER_ONLY)
        yield folder
    finally:
        _delete(folder, descriptor)


def delete_left_folders(wiring: Wiring) -> int:
    """Delete the folders of processes that ended without doing so; return how many there were."""
    base, left = _base(wiring), 0
    for lock in sorted(base.glob(f"*{_LOCK}")) if base.is_dir() else ():
        descriptor = _lock(lock.with_suffix(""))
        if descriptor is not None:
            left += 1
            _delete(lock.with_suffix(""), descriptor)
    return left


def _base(wiring: Wiring) -> Path:
    return wiring.data_folder / "work"


def _lock(folder: Path) -> int | None:
    """Lock a folder's lock file; return its descriptor, None while another process or act holds it."""
    descriptor = os.open(f"{folder}{_LOCK}", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _delete(folder: Path, descriptor: int) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    Path(f"{folder}{_LOCK}").unlink(missing_ok=True)
    os.close(descriptor)

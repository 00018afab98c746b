"""Uploads in parts that go on where they were cut off, with the semantics of tus 1.0: creation, offset, append.

The parts lie sealed in the data folder, below a folder of the member's, and nobody else finds them. An upload is
named by what it is for and by its digest, so that the same file begun again goes on.
"""

import hashlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import TypeAdapter
from pydantic_core import to_json

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.files.attachment_store import open_sealed, seal
from yihui.files.pictures import MAX_FILE_BYTES, PICTURE_FAULTS
from yihui.files.whole_files import write_atomically
from yihui.runtime.disk_room import require_room_for_files
from yihui.services.attachments.attachments import check_title

STORED_FOR = timedelta(days=1)
MOST_OPEN = 5  # of one member; the one that was begun first goes
MIN_PART_BYTES, MAX_PART_BYTES = 64 << 10, 512 << 10  # the last part may be shorter
_ID, _DIGEST, _PART = re.compile(r"[0-9a-f]{32}"), re.compile(r"[0-9a-f]{64}"), re.compile(r"[0-9]{9}\.part")
_DESCRIPTION = ".upload.json"
_LENGTH_DIGITS = 9  # before the sealed bytes of a part: how long it is when it is opened
_OWNER_ONLY = 0o700
UPLOAD_FAULTS = FaultTable(
    "resumed_upload",
    {
        "unknown": (N_("this upload is no longer there"), N_("choose the file again")),
        "offset": (
            N_("the upload stands elsewhere: another part has arrived meanwhile"),
            N_("ask where it stands, and go on from there"),
        ),
        "described": (N_("the length or the digest of the file is missing"), N_("choose the file again")),
        "part": (
            N_("this part is longer than the rest of the file, or than {most} kB"),
            N_("send less at a time"),
        ),
        "small": (
            N_("this part is shorter than {least} kB, and not the last one"),
            N_("send more at a time"),
        ),
        "altered": (
            N_("the file did not arrive as it was sent"),
            N_("choose it again; if it happens once more, send it without this site's script"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class ResumableUpload:
    """An upload: what it is for, how long the whole is, and how much has arrived."""

    id: str
    place: str
    title: str
    length: int
    digest: str
    at: datetime
    offset: int = 0

    @property
    def is_whole(self) -> bool:
        return self.offset == self.length


def begin_upload(
    wiring: Wiring, member: str, place: str, title: str, length: int, digest: str
) -> ResumableUpload:
    """Begin an upload, or return the one that was begun with the same file.

    *Raises*: FaultError, also if the disk is nearly full.
    """
    title = check_title(title)
    if length > MAX_FILE_BYTES:
        megabytes = f"{length / (1 << 20):.1f}"
        raise FaultError(
            PICTURE_FAULTS.build("too_big", field="file", megabytes=megabytes, most=MAX_FILE_BYTES >> 20)
        )
    if length <= 0:
        raise FaultError(PICTURE_FAULTS.build("no_file", field="file"))
    if not _DIGEST.fullmatch(digest):
        raise FaultError(UPLOAD_FAULTS.build("described", field="digest"))
    require_room_for_files(wiring.data_folder)
    id_ = hashlib.sha256(repr((place, length, digest)).encode()).hexdigest()[:32]
    folder = _member_folder(wiring, member)
    described = ResumableUpload(id_, place, title, length, digest, wiring.now())
    with _unless_deleted():
        folder.mkdir(_OWNER_ONLY, parents=True, exist_ok=True)
        if not (folder / id_).exists():
            _make_room(wiring, member)
        (folder / id_).mkdir(_OWNER_ONLY, exist_ok=True)
        write_atomically(folder / id_ / _DESCRIPTION, _seal(wiring, id_, to_json(described)))
    return find_upload(wiring, member, id_)


def find_upload(wiring: Wiring, member: str, id_: str) -> ResumableUpload:
    """Return an upload of the member's. *Raises*: FaultError for another member's, as for one that isn't there."""
    found = _describe(wiring, _member_folder(wiring, member) / id_) if _ID.fullmatch(id_) else None
    if found is None or found.at < wiring.now() - STORED_FOR:
        raise _unknown()
    return found


def append_part(wiring: Wiring, member: str, id_: str, offset: int, content: bytes) -> ResumableUpload:
    """Append a part that begins where the upload stands; of two phones' parts the first one counts.

    *Raises*: FaultError.
    """
    upload = find_upload(wiring, member, id_)
    if offset != upload.offset:
        raise FaultError(UPLOAD_FAULTS.build("offset", field="Upload-Offset"))
    if len(content) > min(MAX_PART_BYTES, upload.length - offset):
        raise FaultError(UPLOAD_FAULTS.build("part", field="body", most=MAX_PART_BYTES >> 10))
    end = offset + len(content)
    if content and len(content) < MIN_PART_BYTES and end < upload.length:
        raise FaultError(UPLOAD_FAULTS.build("small", field="body", least=MIN_PART_BYTES >> 10))
    if content:
        require_room_for_files(wiring.data_folder)
        _store_part(wiring, _member_folder(wiring, member) / id_, offset, content)
    return replace(upload, offset=end)


def _store_part(wiring: Wiring, folder: Path, offset: int, content: bytes) -> None:
    part = folder / f".{secrets.token_hex(8)}"
    sealed = _seal(wiring, f"{folder.name}/{offset}", content)
    with _unless_deleted():
        try:
            write_atomically(part, f"{len(content):0{_LENGTH_DIGITS}}".encode() + sealed)
            os.link(part, folder / f"{offset:09}.part")
        except FileExistsError:
            raise FaultError(UPLOAD_FAULTS.build("offset", field="Upload-Offset")) from None
        finally:
            part.unlink(missing_ok=True)


def read_upload(wiring: Wiring, member: str, upload: ResumableUpload) -> bytes:
    """Return the content of a whole upload.

    *Raises*: FaultError if it is not what was sent; then it is deleted. If it was attached or deleted meanwhile, too.
    """
    folder = _member_folder(wiring, member) / upload.id
    with _unless_deleted():
        parts = _list_parts(folder)
        if sum(_length_of(part) for part in parts) < upload.length:
            raise _unknown()
        content = b"".join(_open_part(wiring, part) for part in parts)
    if hashlib.sha256(content).hexdigest() != upload.digest:
        delete_upload(wiring, member, upload.id)
        raise FaultError(UPLOAD_FAULTS.build("altered", field="file"))
    return content


def delete_upload(wiring: Wiring, member: str, id_: str) -> None:
    """Delete an upload that was attached or refused."""
    if _ID.fullmatch(id_):
        shutil.rmtree(_member_folder(wiring, member) / id_, ignore_errors=True)


def delete_member_uploads(wiring: Wiring, member: str) -> None:
    """Delete all uploads of a member whose data is erased."""
    shutil.rmtree(_member_folder(wiring, member), ignore_errors=True)


def delete_old_resumable_uploads(wiring: Wiring, now: datetime) -> None:
    """Delete the uploads that were begun longer than a day ago, and those that nobody can read any more.

    One that begins just now may not be described yet: it is left alone.
    """
    written_before = time.time() - STORED_FOR.total_seconds()
    for folder in _folder(wiring).glob("*/*"):
        found = _describe(wiring, folder)
        with suppress(OSError):
            if found.at < now - STORED_FOR if found else folder.stat().st_mtime < written_before:
                shutil.rmtree(folder, ignore_errors=True)


def _make_room(wiring: Wiring, member: str) -> None:
    found = [one for path in _member_folder(wiring, member).iterdir() if (one := _describe(wiring, path))]
    for old in sorted(found, key=lambda one: one.at)[: max(0, len(found) - MOST_OPEN + 1)]:
        delete_upload(wiring, member, old.id)


def _describe(wiring: Wiring, folder: Path) -> ResumableUpload | None:
    try:
        stored = (folder / _DESCRIPTION).read_bytes()
        described = open_sealed(lambda: wiring.vault_keys, folder.name, stored)
        if described is None:
            return None
        found = TypeAdapter(ResumableUpload).validate_json(described)
        return replace(found, offset=sum(_length_of(part) for part in _list_parts(folder)))
    except (OSError, ValueError):
        return None


def _list_parts(folder: Path) -> list[Path]:
    """Return the parts that follow each other without a gap. *Raises*: OSError."""
    parts: list[Path] = []
    offset = 0
    for path in sorted(one for one in folder.iterdir() if _PART.fullmatch(one.name)):
        if int(path.stem) != offset:
            break
        parts.append(path)
        offset += _length_of(path)
    return parts


def _length_of(part: Path) -> int:
    """Return how long a part is, without opening its seal. *Raises*: OSError."""
    with part.open("rb") as file:
        return int(file.read(_LENGTH_DIGITS))


def _open_part(wiring: Wiring, part: Path) -> bytes:
    """Return the content of a part; nothing if its key is not at hand, or it was altered. *Raises*: OSError."""
    name = f"{part.parent.name}/{int(part.stem)}"
    stored = part.read_bytes()[_LENGTH_DIGITS:]
    return open_sealed(lambda: wiring.vault_keys, name, stored) or b""


@contextmanager
def _unless_deleted() -> Iterator[None]:
    """*Raises*: FaultError if the upload's folder is deleted meanwhile: by another phone, upkeep, an erasure."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError):
        raise _unknown() from None


def _unknown() -> FaultError:
    return FaultError(UPLOAD_FAULTS.build("unknown", field="upload"))


def _seal(wiring: Wiring, name: str, content: bytes) -> bytes:
    return seal(lambda: wiring.vault_keys, name, content)


def _folder(wiring: Wiring) -> Path:
    return wiring.data_folder / "member_uploads"


def _member_folder(wiring: Wiring, member: str) -> Path:
    return _folder(wiring) / hashlib.sha256(f"uploads\0{member}".encode()).hexdigest()[:32]

"""Files of applications on the disk: each is named by the SHA-256 of its content, for the service's user alone."""

import os
import re
import tarfile
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.files.pictures import MAX_FILE_BYTES
from yihui.files.whole_files import write_atomically

ARCHIVE_SUFFIX = ".attachments"
_DIGEST = re.compile(r"[0-9a-f]{64}")
_OWNER_ONLY = 0o700
_MOST_BYTES = 4 * MAX_FILE_BYTES  # a picture that was drawn anew may be larger than the one that was sent
STORE_FAULTS = FaultTable(
    "attachment_store",
    {
        "gone": (
            N_("the file {value} is not in the data folder"),
            N_("restore it from a backup; on several machines, all need the same data folder"),
        ),
        "altered": (
            N_("the file {value} is not what was stored: its content has another digest"),
            N_("restore it from an earlier backup"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class AttachmentStore:
    """The folder of the files; a file lies in a folder named by the first two letters of its digest."""

    folder: Path

    def path_of(self, digest: str) -> Path:
        """Return where a file lies."""
        if not _DIGEST.fullmatch(digest):
            raise ValueError(f"{digest[:80]!r} is no SHA-256 digest in hexadecimal letters")
        return self.folder / digest[:2] / digest

    def write(self, content: bytes) -> str:
        """Store a content once; return its digest."""
        digest = sha256(content).hexdigest()
        path = self.path_of(digest)
        self.folder.mkdir(_OWNER_ONLY, parents=True, exist_ok=True)
        path.parent.mkdir(_OWNER_ONLY, exist_ok=True)
        if path.exists():
            os.utime(path)  # it is new again: no sweep takes it
        else:
            write_atomically(path, content)
        return digest

    def read(self, digest: str) -> bytes:
        """Return a stored content. *Raises*: FaultError if it is gone or was altered."""
        try:
            content = self.path_of(digest).read_bytes()
        except FileNotFoundError:
            raise FaultError(STORE_FAULTS.build("gone", field="file", value=digest)) from None
        if sha256(content).hexdigest() != digest:
            raise FaultError(STORE_FAULTS.build("altered", field="file", value=digest))
        return content

    def delete(self, digests: Iterable[str]) -> int:
        """Delete files; return how many were there."""
        paths = [self.path_of(digest) for digest in digests]
        there = [path for path in paths if path.exists()]
        for path in there:
            path.unlink(missing_ok=True)
        return len(there)

    def list_older(self, seconds: float) -> list[str]:
        """List the files that were written, or stored again, longer ago."""
        before, found = time.time() - seconds, []
        for path in self.folder.glob("??/*"):
            with suppress(FileNotFoundError):
                if _DIGEST.fullmatch(path.name) and path.stat().st_mtime < before:
                    found.append(path.name)
        return found


def archive_path(beside: Path) -> Path:
    """Return the path of the archive of files that belongs to a backup."""
    return beside.with_name(beside.name + ARCHIVE_SUFFIX)


def write_archive(store: AttachmentStore, digests: Iterable[str], to: Path) -> int:
    """Write the files to an archive (POSIX tar); return how many. What was erased meanwhile is left out."""
    part, count = to.with_name(to.name + ".part"), 0
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file, tarfile.open(fileobj=file, mode="w") as archive:
            for digest in sorted(digests):
                with suppress(FileNotFoundError):
                    content = store.path_of(digest).read_bytes()
                    entry = tarfile.TarInfo(digest)
                    entry.size, entry.mode = len(content), 0o600
                    archive.addfile(entry, BytesIO(content))
                    count += 1
        part.replace(to)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return count


def iter_archive(path: Path) -> Iterator[bytes]:
    """Yield the contents of an archive. *Raises*: FaultError for one that doesn't fit its name."""
    try:
        with tarfile.open(path, mode="r:") as archive:
            for entry in archive:
                file = archive.extractfile(entry) if entry.isfile() and entry.size <= _MOST_BYTES else None
                content = file.read() if file is not None else b""
                if sha256(content).hexdigest() != entry.name:
                    raise FaultError(STORE_FAULTS.build("altered", file=str(path), value=entry.name[:80]))
                yield content
    except tarfile.TarError:
        raise FaultError(STORE_FAULTS.build("altered", file=str(path), value=path.name)) from None

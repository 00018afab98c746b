"""Files of applications on the disk: each is named by the SHA-256 of its content, for the service's user alone."""

import os
import re
import tarfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from members.vault import VaultKeys
from yihui.files.pictures import MAX_FILE_BYTES
from yihui.files.whole_files import write_atomically

ARCHIVE_SUFFIX = ".attachments"
_MAGIC = b"YIHUI-FILE-1\0"  # of an encrypted file; no picture and no PDF begins so
_HEADER_BYTES = len(_MAGIC) + 8  # with the id of its key
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
        "no_key": (
            N_("the file {value} is encrypted with a key of the vault that is not at hand"),
            N_("put the key back: vault.key beside the database, or YIHUI_VAULT_KEY"),
        ),
    },
)


FindKeys = Callable[[], VaultKeys | None]


def _hold_no_keys() -> VaultKeys | None:
    return None


@dataclass(frozen=True, slots=True)
class AttachmentStore:
    """The folder of the files; a file lies in a folder named by the first two letters of its digest.

    With a key of the vault a file is encrypted; one from before the key is read as it lies there. ``find_keys``
    is called when a file is read or written, since processes without files need no key.
    """

    folder: Path
    find_keys: FindKeys = _hold_no_keys

    def path_of(self, digest: str) -> Path:
        """Return where a file lies."""
        if not _DIGEST.fullmatch(digest):
            raise ValueError(f"{digest[:80]!r} is no SHA-256 digest in hexadecimal letters")
        return self.folder / digest[:2] / digest

    def write(self, content: bytes) -> str:
        """Store a content once; return its digest."""
        digest = sha256(content).hexdigest()
        path = self._prepare(digest)
        if path.exists() and not self.is_old(digest):
            os.utime(path)  # it is new again: no sweep takes it
        else:
            write_atomically(path, seal(self.find_keys, digest, content))
        return digest

    def write_stored(self, digest: str, stored: bytes) -> None:
        """Store a file as a backup holds it: encrypted, if it was."""
        path = self._prepare(digest)
        if path.exists():
            os.utime(path)
        else:
            write_atomically(path, stored)

    def read(self, digest: str) -> bytes:
        """Return a stored content. *Raises*: FaultError if it is gone or was altered, or its key is not at hand."""
        content = self.open_stored(digest, self.read_stored(digest))
        if content is None:
            raise FaultError(STORE_FAULTS.build("no_key", field="file", value=digest))
        return content

    def is_whole(self, digest: str) -> bool:
        """Return whether a file is there and has its digest; not where its key is not at hand."""
        with suppress(FaultError):
            return _DIGEST.fullmatch(digest) is not None and bool(self.read(digest))
        return False

    def read_stored(self, digest: str) -> bytes:
        """Return the bytes of a file as they lie on the disk. *Raises*: FaultError if it is gone."""
        try:
            return self.path_of(digest).read_bytes()
        except FileNotFoundError:
            raise FaultError(STORE_FAULTS.build("gone", field="file", value=digest)) from None

    def open_stored(self, digest: str, stored: bytes) -> bytes | None:
        """Return the content of a stored file; None if its key is not at hand. *Raises*: FaultError if altered."""
        if not can_open(self.find_keys, stored):
            return None
        content = open_sealed(self.find_keys, digest, stored)
        if content is None or sha256(content).hexdigest() != digest:
            raise FaultError(STORE_FAULTS.build("altered", field="file", value=digest))
        return content

    def is_old(self, digest: str) -> bool:
        """Return whether a file is encrypted with no key or with an older one, although there is a newer one."""
        keys = self.find_keys()
        return keys is not None and self.read_key_id(digest) != keys.newest.id

    def read_key_id(self, digest: str) -> str | None:
        """Return the id of the key that a file is encrypted with; None for one that isn't, or isn't there."""
        with suppress(FileNotFoundError), self.path_of(digest).open("rb") as file:
            header = file.read(_HEADER_BYTES)
            return _key_id(header) if header.startswith(_MAGIC) else None
        return None

    def encrypt_again(self, digest: str) -> bool:
        """Encrypt a file with the newest key; return whether that was needed and the file was there.

        *Raises*: FaultError if it was altered, or its key is not at hand; then it stays as it is.
        """
        if not self.is_old(digest) or not self.path_of(digest).exists():
            return False
        at = self.path_of(digest).stat().st_mtime
        write_atomically(self.path_of(digest), seal(self.find_keys, digest, self.read(digest)))
        os.utime(self.path_of(digest), (at, at))  # a sweep still takes what nobody has
        return True

    def delete(self, digests: Iterable[str]) -> int:
        """Delete files; return how many were there."""
        paths = [self.path_of(digest) for digest in digests]
        there = [path for path in paths if path.exists()]
        for path in there:
            path.unlink(missing_ok=True)
        return len(there)

    def list_all(self) -> list[str]:
        """List the digests of all files that lie here."""
        return sorted(path.name for path in self.folder.glob("??/*") if _DIGEST.fullmatch(path.name))

    def list_older(self, seconds: float) -> list[str]:
        """List the files that were written, or stored again, longer ago."""
        before, found = time.time() - seconds, []
        for path in self.folder.glob("??/*"):
            with suppress(FileNotFoundError):
                if _DIGEST.fullmatch(path.name) and path.stat().st_mtime < before:
                    found.append(path.name)
        return found

    def _prepare(self, digest: str) -> Path:
        path = self.path_of(digest)
        self.folder.mkdir(_OWNER_ONLY, parents=True, exist_ok=True)
        path.parent.mkdir(_OWNER_ONLY, exist_ok=True)
        return path


def seal(find_keys: FindKeys, name: str, content: bytes) -> bytes:
    """Return a content encrypted with the newest key under its name; without a key as it is."""
    keys = find_keys()
    if keys is None:
        return content
    return _MAGIC + bytes.fromhex(keys.newest.id) + keys.newest.encrypt_file(name, content)


def can_open(find_keys: FindKeys, stored: bytes) -> bool:
    """Return whether stored bytes are not encrypted, or their key is at hand."""
    keys = find_keys() if stored.startswith(_MAGIC) else None
    return not stored.startswith(_MAGIC) or (keys is not None and keys.find(_key_id(stored)) is not None)


def open_sealed(find_keys: FindKeys, name: str, stored: bytes) -> bytes | None:
    """Return the content of sealed bytes; None if its key is not at hand, or it was altered."""
    if not stored.startswith(_MAGIC):
        return stored
    keys = find_keys()
    key = keys.find(_key_id(stored)) if keys is not None else None
    return None if key is None else key.decrypt_file(name, stored[_HEADER_BYTES:])


def _key_id(stored: bytes) -> str:
    return stored[len(_MAGIC) : _HEADER_BYTES].hex()


def archive_path(beside: Path) -> Path:
    """Return the path of the archive of files that belongs to a backup."""
    return beside.with_name(beside.name + ARCHIVE_SUFFIX)


def write_archive(store: AttachmentStore, digests: Iterable[str], to: Path) -> None:
    """Write the files to an archive (POSIX tar). What was erased meanwhile is left out."""
    part = to.with_name(to.name + ".part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file, tarfile.open(fileobj=file, mode="w") as archive:
            for digest, content in _read_all_stored(store, sorted(digests)):
                entry = tarfile.TarInfo(digest)
                entry.size, entry.mode = len(content), 0o600
                archive.addfile(entry, BytesIO(content))
        part.replace(to)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _read_all_stored(store: AttachmentStore, digests: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    for digest in digests:
        with suppress(FileNotFoundError):
            yield digest, store.path_of(digest).read_bytes()


def iter_archive(path: Path, store: AttachmentStore) -> Iterator[tuple[str, bytes]]:
    """Yield the digest and the stored bytes of each file of an archive.

    A file whose key is not at hand can't be checked: who lost the key still gets everything else back.

    *Raises*: FaultError for a content that doesn't fit its name.
    """
    try:
        with tarfile.open(path, mode="r:") as archive:
            for entry in archive:
                file = archive.extractfile(entry) if entry.isfile() and entry.size <= _MOST_BYTES else None
                stored = file.read() if file is not None else b""
                if not _DIGEST.fullmatch(entry.name):
                    raise FaultError(STORE_FAULTS.build("altered", file=str(path), value=entry.name[:80]))
                store.open_stored(entry.name, stored)
                yield entry.name, stored
    except tarfile.TarError:
        raise FaultError(STORE_FAULTS.build("altered", file=str(path), value=path.name)) from None

"""Back up an installation's keys apart from its data, encrypted, and put them back."""

import io
import tarfile
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import TemporaryDirectory

from core.faults import FaultError, FaultTable, raise_faults
from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.files.age_files import check_recipients, decrypt_file, encrypt_file
from yihui.files.whole_files import check_output_path, write_atomically
from yihui.runtime.audiences import SECRET_KEYS

_PATTERNS = ("*.key", "*.secret")
_MAX_KEY_BYTES = 1 << 20
KEY_ARCHIVE_FAULTS = FaultTable(
    "key_archive",
    {
        "exists": (N_("there is a file {value} already"), N_("name another file; nothing was written")),
        "no_keys": (
            N_("there are no keys in {value}, and none are set"),
            N_("name the data folder of the installation: YIHUI_DATA_FOLDER"),
        ),
        "other_key": (
            N_("{value} is there already, and it is another key"),
            N_("restore into an empty data folder; nothing was written"),
        ),
        "no_archive": (
            N_("{value} is no archive of keys"),
            N_("name a file that yihui keys backup has written"),
        ),
    },
)


def back_up_keys(wiring: Wiring, to: Path, recipients: Sequence[str]) -> list[str]:
    """Write all keys of this installation to one encrypted file; return their names.

    These are the keys of the data folder, and those that are set (``YIHUI_…_KEY``), under the names that they have
    in a data folder: from there a program reads them if they aren't set.
    *Raises*: FaultError; OSError.
    """
    check_output_path(to)
    check_recipients(recipients)
    if to.exists():
        raise FaultError(KEY_ARCHIVE_FAULTS.build("exists", field="--to", value=to))
    keys = dict(_iter_keys(wiring))
    if not keys:
        raise FaultError(KEY_ARCHIVE_FAULTS.build("no_keys", field="--to", value=wiring.data_folder))
    with TemporaryDirectory(prefix="keys-", dir=wiring.data_folder) as folder:
        plain = Path(folder) / "keys.tar"
        with tarfile.open(plain, "w") as archive:
            for name, content in sorted(keys.items()):
                entry = tarfile.TarInfo(name)
                entry.size, entry.mode = len(content), 0o600
                archive.addfile(entry, io.BytesIO(content))
        encrypt_file(plain, to, recipients)
    return sorted(keys)


def restore_keys(wiring: Wiring, file: Path, identity: Path) -> list[str]:
    """Put the keys of an archive into the data folder, all or none; return their names.

    *Raises*: FaultError if one is there already and another; OSError.
    """
    folder = wiring.data_folder
    with TemporaryDirectory(prefix="keys-", dir=folder) as name:
        plain = Path(name) / "keys.tar"
        decrypt_file(file, plain, identity)
        keys = _read_archive(plain, file)
    faults = [
        KEY_ARCHIVE_FAULTS.build("other_key", value=folder / name)
        for name, content in keys.items()
        if (folder / name).exists() and (folder / name).read_bytes() != content
    ]
    raise_faults(faults)
    with TemporaryDirectory(prefix="keys-", dir=folder) as name:
        for key, content in keys.items():  # a disk that is full says so here
            write_atomically(Path(name) / key, content)
        for key in keys:
            (Path(name) / key).replace(folder / key)
    return sorted(keys)


def _iter_keys(wiring: Wiring) -> Iterator[tuple[str, bytes]]:
    for pattern in _PATTERNS:
        for path in wiring.data_folder.glob(pattern):
            yield path.name, path.read_bytes()
    settings = wiring.settings
    for key in SECRET_KEYS:
        if (content := settings.keys.get(key.variable)) is not None:
            yield key.file, content
        elif (file := settings.key_files.get(key.variable)) is not None:
            yield key.file, file.read_bytes()
    if settings.heads_key and settings.heads_key.is_file():
        yield "heads.key", settings.heads_key.read_bytes()


def _read_archive(plain: Path, file: Path) -> dict[str, bytes]:
    """Read the keys. *Raises*: FaultError if the archive holds anything else."""
    refused = FaultError(KEY_ARCHIVE_FAULTS.build("no_archive", field="file", value=file))
    keys: dict[str, bytes] = {}
    try:
        with tarfile.open(plain) as archive:
            for entry in archive:
                content = archive.extractfile(entry) if entry.isfile() else None
                is_key = any(fnmatchcase(entry.name, pattern) for pattern in _PATTERNS)
                if content is None or not is_key or "/" in entry.name or entry.size > _MAX_KEY_BYTES:
                    raise refused
                keys[entry.name] = content.read()
    except tarfile.TarError:
        raise refused from None
    if not keys:
        raise refused
    return keys

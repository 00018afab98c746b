"""Encrypt files to public keys with age, and decrypt them (https://age-encryption.org/v1)."""

import os
from collections.abc import Sequence
from pathlib import Path

from core.faults import Fault, FaultError, FaultTable, raise_faults
from core.text_marks import N_
from store.backup_file import open_atomic_file
from yihui.files.whole_files import check_output_path

_MAGIC = b"age-encryption.org/v1"
_READABLE_BY_OTHERS = 0o007  # container platforms mount a secret for its group
_NO_MATCHING_KEY = (
    "No matching keys found"  # pyrage has one class for all errors, and says it in the text alone
)
AGE_FAULTS = FaultTable(
    "age",
    {
        "recipient": (
            N_("the {value}. recipient is no public key of age"),
            N_("write the key that yihui keys new has shown; it begins with age1"),
        ),
        "identity": (
            N_("{value} holds no secret key of age"),
            N_("name the file that yihui keys new (or age-keygen) has written"),
        ),
        "open_to_all": (
            N_("other users of this machine may read the secret key in {value}"),
            N_("run: chmod go= {value}"),
        ),
        "exists": (
            N_("there is a file {value} already"),
            N_("name another file; nothing was written"),
        ),
        "encrypted": (
            N_("{value} is encrypted"),
            N_("name the file with the secret key: --identity FILE"),
        ),
        "wrong_key": (
            N_(
                "{value} can't be decrypted with this key: it was encrypted to another one, or its beginning is damaged"
            ),
            N_(
                "name the secret key that belongs to the public key with which it was written (--identity FILE), "
                "or take another copy of the file"
            ),
        ),
        "damaged": (
            N_(
                "{value} can't be decrypted: it was cut short, or it is damaged; nothing is wrong with the key"
            ),
            N_("take another copy of the file, or an older backup"),
        ),
    },
)


def is_encrypted(path: Path) -> bool:
    """Return whether a file is encrypted with age. *Raises*: OSError."""
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


def check_recipients(recipients: Sequence[str]) -> None:
    """*Raises*: FaultError with a fault for each text that is no public key."""
    if not recipients:
        return  # without encryption a backup needs no extra
    from pyrage import RecipientError, x25519

    faults = []
    for number, text in enumerate(recipients, 1):
        try:
            x25519.Recipient.from_str(text)
        except RecipientError:
            faults.append(
                AGE_FAULTS.build("recipient", field="--recipient", value=str(number))
            )  # never the text: it may be a secret key
    raise_faults(faults)


def encrypt_file(source: Path, to: Path, recipients: Sequence[str]) -> None:
    """Encrypt a file to all recipients; ``to`` appears under its name only once it is complete and on the disk.

    Only its owner can read it. *Raises*: FaultError; OSError.
    """
    import pyrage

    check_recipients(recipients)
    keys = [pyrage.x25519.Recipient.from_str(text) for text in recipients]
    with source.open("rb") as plain, open_atomic_file(to) as file:
        pyrage.encrypt_io(plain, file, keys)


def decrypt_file(source: Path, to: Path, identity: Path) -> None:
    """Decrypt a file with the secret key in another file. *Raises*: FaultError; OSError; ``to`` is left incomplete."""
    import pyrage

    keys = _read_identities(identity)
    with source.open("rb") as file, os.fdopen(os.open(to, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as plain:
        try:
            pyrage.decrypt_io(file, plain, keys)
        except (pyrage.DecryptError, OSError) as error:
            if isinstance(error, OSError) and error.errno is not None:  # the disk's, not that of the content
                raise
            raise FaultError(_decryption_fault(error, source)) from None


def _decryption_fault(error: Exception, source: Path) -> Fault:
    """Return what is wrong: the header names no key at hand, or the file isn't as it was written."""
    if str(error) == _NO_MATCHING_KEY:
        return AGE_FAULTS.build("wrong_key", field="--identity", value=source)
    return AGE_FAULTS.build("damaged", value=source)


def create_identity(to: Path) -> str:
    """Write a new secret key to a file that isn't there yet, for its owner alone; return the public key.

    *Raises*: FaultError if there is a file already; OSError.
    """
    from pyrage import x25519

    check_output_path(to)
    if to.exists():
        raise FaultError(AGE_FAULTS.build("exists", value=to))
    made = x25519.Identity.generate()
    public = str(made.to_public())
    with os.fdopen(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(f"# public key: {public}\n{made}\n")
        file.flush()
        os.fsync(file.fileno())
    return public


def _read_identities(path: Path) -> list[object]:
    """Read the secret keys of a file as age-keygen writes it. *Raises*: FaultError; OSError."""
    from pyrage import IdentityError, x25519

    if path.stat().st_mode & _READABLE_BY_OTHERS:
        raise FaultError(AGE_FAULTS.build("open_to_all", field="--identity", value=path))
    lines = (line.strip() for line in path.read_text("utf-8", "replace").splitlines())
    try:
        found: list[object] = [
            x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")
        ]
    except IdentityError:
        found = []
    if not found:
        raise FaultError(AGE_FAULTS.build("identity", field="--identity", value=path))
    return found

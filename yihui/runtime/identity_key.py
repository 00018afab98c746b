"""Secret keys in files: created once, atomically, readable by their owner only."""

import os
import secrets
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core.faults import FaultError, FaultTable
from core.text_marks import N_

KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class KeyPurpose:
    """The purpose of a key: its environment variable, and the code of the fault for too short a key."""

    variable: str
    fault_code: str


KEY_FAULTS = FaultTable(
    "secret_key",
    {
        "short_identity_key": (
            N_("the identity key in {field} has {value} bytes; it must have at least {least}"),
            N_("put the right key back; a new key would make every member a stranger"),
        ),
        "short_voucher_key": (
            N_("the key of vouchers in {field} has {value} bytes; it must have at least {least}"),
            N_("put the right key back; with a new key no code that was handed out would be known"),
        ),
        "short_webhook_key": (
            N_("the key of webhooks in {field} has {value} bytes; it must have at least {least}"),
            N_("put the right key back; with a new key no receiver would believe us"),
        ),
    },
)
IDENTITY_KEY_PURPOSE = KeyPurpose("YIHUI_IDENTITY_KEY", "short_identity_key")
VOUCHER_KEY_PURPOSE = KeyPurpose("YIHUI_VOUCHER_KEY", "short_voucher_key")


def load_or_create_key(path: Path, given: str | None, purpose: KeyPurpose = IDENTITY_KEY_PURPOSE) -> bytes:
    """Return the key from the environment, or from the file, which is created if it doesn't exist.

    *Raises*: FaultError for a key that is too short to be secure.
    """
    if given is None and not path.exists():
        _make(path)
    key = given.encode() if given is not None else path.read_bytes()
    if len(key) < KEY_BYTES:
        where = purpose.variable if given is not None else str(path)
        raise FaultError(KEY_FAULTS.build(purpose.fault_code, field=where, value=len(key), least=KEY_BYTES))
    return key


def _make(path: Path) -> None:
    """Write a temporary file and link it into place: no partial key after a crash, one winner of a race."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # mode 600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(name, path)
    finally:
        Path(name).unlink()

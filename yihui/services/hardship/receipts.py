"""Digest receipts and photographs; the files themselves are stored nowhere."""

import hashlib
from pathlib import Path

from core.faults import FaultError
from geo.formats.files import refuse_large_file
from members.hardship.faults import HARDSHIP_FAULTS


def digest_file(path: str | Path) -> str:
    """Return the digest of a file, as case files hold it. *Raises*: FaultError; OSError if it can't be read."""
    file = Path(path)
    refuse_large_file(file.stat().st_size, file.name)
    return digest_content(file.read_bytes())


def digest_content(content: bytes) -> str:
    """Return the digest of a file's content. *Raises*: FaultError for an empty file, which proves nothing."""
    if not content:
        raise FaultError(HARDSHIP_FAULTS.build("no_receipt", field="receipt"))
    return f"sha256:{hashlib.sha256(content).hexdigest()}"

"""Read and write files of published chain heads, which prove later that the ledger was not rewritten.

The signature covers ``signed_content``: the same bytes for whoever reads the file (docs/ledger_format.md).
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)
from pydantic_core import from_json, to_json

from benefits import ChainHead
from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.files.whole_files import write_atomically
from yihui.runtime.identity_key import HeadsSigner, key_id

HEADS_SUFFIX = ".heads.json"  # monday.yihui.heads.json lies beside monday.yihui
LINES_SUFFIX = ".jsonl"  # a file to which heads are appended, a line each time
_HEAD_FIELDS = ("book", "lane", "number", "hash", "sealed_at")
_SIGNED = b"heads of the ledger 1\n"  # so that no other signed text can pass for heads
HEADS_FILE_FAULTS = FaultTable(
    "ledger_heads",
    {
        "invalid": (
            N_("this is no file of chain heads: {value}"),
            N_(
                "give a file that `yihui backup` or `yihui ledger export --out` wrote beside its own (….heads.json), "
                "or the output of `yihui ledger seal --json`"
            ),
        ),
        "empty": (
            N_("the file holds no chain heads: it proves nothing"),
            N_("give a file that was written after the first seal"),
        ),
        "forged": (
            N_("the signature of {value} does not fit the heads: the file was forged or changed"),
            N_("give the heads as they were sent out; whoever changed the file may have changed the ledger"),
        ),
        "other_key": (
            N_("the heads are signed by key {value}, which is not one that you trust: {known}"),
            N_(
                "give the public key that you were handed: --heads-key FILE; if it is this one, the heads are forged"
            ),
        ),
        "unsigned": (
            N_("the heads are not signed, though a key is given"),
            N_("give heads that were signed; without --heads-key, heads of before are read too"),
        ),
        "no_public_key": (
            N_("this is no public key of heads"),
            N_("give the file that `yihui ledger heads key --to FILE` wrote (PEM, Ed25519)"),
        ),
    },
)


class _Head(BaseModel):
    model_config = ConfigDict(frozen=True)

    book: str
    lane: int
    number: int = Field(ge=1)
    hash: str = Field(pattern=r"^[0-9a-f]{64}$")
    sealed_at: AwareDatetime


def _decode(text: object) -> bytes:
    """Decode Base64. *Raises*: ValueError."""
    if not isinstance(text, str):
        raise ValueError("no Base64")
    return b64decode(text, validate=True)


def _of_length(content: bytes, length: int) -> bytes:
    if len(content) != length:
        raise ValueError(f"{len(content)} bytes in place of {length}")
    return content


_Decoded = Annotated[bytes, BeforeValidator(_decode)]


class _Signature(BaseModel):
    algorithm: str = Field(pattern=r"^Ed25519$")
    key_id: str = Field(pattern=r"^[0-9a-f]{16}$")
    public_key: Annotated[_Decoded, AfterValidator(partial(_of_length, length=32))]
    value: Annotated[_Decoded, AfterValidator(partial(_of_length, length=64))]


class _HeadsFile(BaseModel):
    heads: list[_Head]
    written_at: AwareDatetime | None = None
    signature: _Signature | None = None


@dataclass(frozen=True, slots=True)
class PublishedHeads:
    """Heads as they were published. ``public_key`` is that of the signature, which fits the heads; None without one."""

    file: str
    heads: tuple[ChainHead, ...]
    written_at: datetime | None = None
    public_key: bytes | None = None

    @property
    def key_id(self) -> str | None:
        return None if self.public_key is None else key_id(self.public_key)


def heads_path(beside: Path) -> Path:
    """Return the path of the heads that belong to a backup or an export."""
    return beside.with_name(beside.name + HEADS_SUFFIX)


def build_heads_document(heads: Sequence[ChainHead], at: datetime, signer: HeadsSigner) -> dict[str, Any]:
    """Return the heads of all chains, signed. They hold no personal data and may be published.

    *Raises*: FaultError if the key can't sign.
    """
    rows = [
        {
            "book": head.book,
            "lane": head.lane,
            "number": head.number,
            "hash": head.hash,
            "sealed_at": head.sealed_at.isoformat(),
        }
        for head in heads
    ]
    document: dict[str, Any] = {"written_at": at.isoformat(), "heads": rows}
    public_key = signer.public_key
    document["signature"] = {
        "algorithm": "Ed25519",
        "key_id": key_id(public_key),
        "public_key": b64encode(public_key).decode(),
        "value": b64encode(signer.sign(signed_content(document, key_id(public_key)))).decode(),
    }
    return document


def signed_content(document: Mapping[str, Any], key: str) -> bytes:
    """Return the bytes that a signature covers: a line that says what this is, and JSON without spaces."""
    heads = [{name: row[name] for name in _HEAD_FIELDS} for row in document["heads"]]
    return _SIGNED + to_json({"written_at": document["written_at"], "key_id": key, "heads": heads})


def write_heads_file(path: Path, document: Mapping[str, Any]) -> None:
    """Write the heads of all chains."""
    write_atomically(path, json.dumps(document, ensure_ascii=False, indent=1) + "\n")


def read_heads_file(path: Path, *, allow_empty: bool = False) -> tuple[PublishedHeads, ...]:
    """Read published heads, of a file that grew by lines all of them; their signatures fit.

    *Raises*: FaultError for any other file, one without heads, or a forged one; OSError.
    """
    found = tuple(_parse(raw, path.name) for raw in _documents(path))
    if not (allow_empty or any(one.heads for one in found)):
        raise FaultError(HEADS_FILE_FAULTS.build("empty", file=path.name))
    return found


def _documents(path: Path) -> Iterator[Any]:
    content = path.read_bytes()
    parts = content.splitlines() if path.suffix == LINES_SUFFIX else [content]
    for part in parts:
        if part.strip() or path.suffix != LINES_SUFFIX:
            try:
                yield from_json(part)
            except ValueError as error:
                raise _invalid(path.name, str(error)) from error


def _parse(raw: Any, file: str) -> PublishedHeads:
    try:
        parsed = _HeadsFile.model_validate(raw)
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(map(str, problem["loc"]))
        raise _invalid(file, f"{where}: {problem['msg']}" if where else problem["msg"]) from error
    heads = tuple(ChainHead(h.book, h.lane, h.number, h.hash, h.sealed_at) for h in parsed.heads)
    signed = parsed.signature
    if signed is None or parsed.written_at is None:
        return PublishedHeads(file, heads, parsed.written_at)
    content = signed_content(raw, signed.key_id)
    if key_id(signed.public_key) != signed.key_id or not _fits(signed, content):
        raise FaultError(HEADS_FILE_FAULTS.build("forged", file=file, value=signed.key_id))
    return PublishedHeads(file, heads, parsed.written_at, signed.public_key)


def _fits(signed: _Signature, content: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(signed.public_key).verify(signed.value, content)
    except InvalidSignature:
        return False
    return True


def _invalid(file: str, value: str) -> FaultError:
    return FaultError(HEADS_FILE_FAULTS.build("invalid", file=file, value=value[:200]))


def require_trusted(published: PublishedHeads, trusted: Sequence[bytes], *, must_sign: bool) -> None:
    """Check who signed the heads. *Raises*: FaultError for another key, or without a signature if required."""
    if published.public_key is None:
        if must_sign:
            raise FaultError(HEADS_FILE_FAULTS.build("unsigned", file=published.file))
    elif trusted and published.public_key not in trusted:
        known = ", ".join(map(key_id, trusted))
        fault = HEADS_FILE_FAULTS.build("other_key", file=published.file, value=published.key_id, known=known)
        raise FaultError(fault)


def render_public_key(public_key: bytes) -> str:
    """Return a public key as PEM, which OpenSSL reads."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = Ed25519PublicKey.from_public_bytes(public_key)
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def read_public_key(path: Path) -> bytes:
    """Read a public key from PEM. *Raises*: FaultError for anything else; OSError."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(path.read_bytes())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise FaultError(HEADS_FILE_FAULTS.build("no_public_key", file=path.name)) from error
    if not isinstance(key, Ed25519PublicKey):
        raise FaultError(HEADS_FILE_FAULTS.build("no_public_key", file=path.name))
    return key.public_bytes_raw()

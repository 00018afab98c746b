"""Sign the heads of the ledger's chains, send them to where nobody can rewrite them, and compare them later."""

import json
import logging
import os
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from sqlalchemy import select

import benefits
from benefits import ChainHead
from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from events.retries import run_in_transaction
from store import StoreError, insert_into
from yihui.access.tables import head_receivers
from yihui.bootstrap import Wiring
from yihui.files.ledger_heads import (
    HEADS_SUFFIX,
    LINES_SUFFIX,
    PublishedHeads,
    build_heads_document,
    read_heads_file,
    read_public_key,
    require_trusted,
)
from yihui.runtime.outgoing import open_http_client

WEBHOOK_TIMEOUT_S = 10.0
SEND_EVERY = timedelta(minutes=1)  # to a receiver that got the last ones
_WAIT_FIRST, _WAIT_MOST = timedelta(minutes=1), timedelta(hours=1)  # after tries that failed
_MODE = 0o644  # heads may be published
_LOG = logging.getLogger(__name__)
HEADS_FAULTS = FaultTable(
    "heads",
    {
        "nowhere": (
            N_("heads are sent nowhere"),
            N_("set YIHUI_HEADS_TO: folders, files that end with .jsonl, or addresses https://…"),
        ),
        "status": (N_("the receiver answered with status {value}"), N_("look at the receiver's log")),
        "unreachable": (N_("the receiver does not answer: {value}"), N_("check the address and the network")),
        "file": (
            N_("the file can't be written: {value}"),
            N_("check the folder, its permissions and its space"),
        ),
        "no_folder": (
            N_("there is no folder {value}"),
            N_("connect the other machine's folder; it is not created here"),
        ),
    },
)
DeliveryState = Literal["sent", "current", "waiting", "failed"]


@dataclass(frozen=True, slots=True)
class HeadReceiver:
    """A receiver and how it fared: ``place`` names it without user, key and query."""

    place: str
    heads_digest: str | None = None
    sent_at: datetime | None = None
    tries: int = 0
    tried_at: datetime | None = None
    fault: Fault | None = None

    def next_at(self) -> datetime | None:
        """Return from when on it may be tried again."""
        if self.tried_at is None:
            return None
        if not self.tries:
            return self.tried_at + SEND_EVERY
        return self.tried_at + min(_WAIT_FIRST * (1 << min(self.tries - 1, 16)), _WAIT_MOST)


@dataclass(frozen=True, slots=True)
class HeadDelivery:
    """What became of a receiver in one round."""

    place: str
    state: DeliveryState
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class ProofSummary:
    """What a file of heads proves, without the heads: its name, who signed it and when."""

    file: str
    key_id: str | None
    written_at: datetime | None
    is_trusted: bool


@dataclass(frozen=True, slots=True)
class HeadsProof:
    """What published heads prove by themselves: who signed them."""

    published: PublishedHeads
    is_trusted: bool

    @property
    def summary(self) -> ProofSummary:
        """Return what it proves, without the heads."""
        found = self.published
        return ProofSummary(found.file, found.key_id, found.written_at, self.is_trusted)


def sign_heads(wiring: Wiring, heads: Sequence[ChainHead]) -> Mapping[str, Any]:
    """Return heads as they are published, signed. *Raises*: FaultError if the key can't sign."""
    return build_heads_document(heads, wiring.now(), wiring.heads_signer)


def prove_heads(wiring: Wiring, files: Sequence[Path], keys: Sequence[Path]) -> list[HeadsProof]:
    """Read published heads and check who signed them.

    Without keys, heads that are signed must be signed by the key of this installation, if it is at hand.
    *Raises*: FaultError for forged heads or another key; OSError.
    """
    trusted = [read_public_key(path) for path in keys]
    if not trusted and files and wiring.heads_signer.is_there:
        trusted = [wiring.heads_signer.public_key]
    proofs = []
    for published in (one for file in files for one in read_heads_file(file)):
        require_trusted(published, trusted, must_sign=bool(keys))
        proofs.append(HeadsProof(published, published.public_key in trusted))
    return proofs


def send_new_heads(wiring: Wiring) -> None:
    """Send heads to the receivers that lack them and may be tried now. It never fails: doctor tells what did."""
    if not wiring.settings.heads_to:
        return
    try:
        send_heads(wiring, at_once=False)
    except (FaultError, OSError, StoreError) as error:
        _LOG.warning("heads were not sent: %s", error)


def send_heads_after_command(wiring: Wiring) -> None:
    """Send what a command sealed, if it wrote anything, and close the database again."""
    if "database" in wiring.__dict__ and wiring.database.has_written:
        send_new_heads(wiring)
        wiring.database.close()


def send_heads(wiring: Wiring, *, at_once: bool = True) -> list[HeadDelivery]:
    """Send the newest heads to every receiver that lacks them; ``at_once`` doesn't wait after failures.

    *Raises*: FaultError if there is no receiver, or the key can't sign.
    """
    places = {name_place(target): target for target in wiring.settings.heads_to}
    if not places:
        raise FaultError(HEADS_FAULTS.build("nowhere", field="YIHUI_HEADS_TO"))
    with wiring.database.read() as connection:
        heads = benefits.list_chain_heads(connection)
    known, now = read_head_receivers(wiring), wiring.now()
    digest = _digest(heads)
    lacking = [known[place] for place in places if known[place].heads_digest != digest]
    due = [one for one in lacking if at_once or (one.next_at() or now) <= now] if heads else []
    delivered = []
    if due:
        document = sign_heads(wiring, heads)
        delivered = [_deliver(wiring, one, places[one.place], document, digest) for one in due]
    done = {one.place: one for one in delivered}
    waiting = {one.place for one in lacking} if heads else set()
    return [
        done.get(place)
        or HeadDelivery(place, "waiting" if place in waiting else "current", known[place].fault)
        for place in places
    ]


def read_head_receivers(wiring: Wiring) -> dict[str, HeadReceiver]:
    """Return the receivers that are set, by place."""
    found = {place: HeadReceiver(place) for place in map(name_place, wiring.settings.heads_to)}
    with wiring.database.read() as connection:
        for row in connection.execute(select(head_receivers)).mappings():
            if row["place"] in found:
                found[row["place"]] = HeadReceiver(**{**row, "fault": _parse_fault(row["fault"])})
    return found


def name_place(target: str) -> str:
    """Return a receiver's name for people: of an address its host, since the rest may hold a key."""
    if "://" not in target:
        return target
    parts = urlsplit(target)
    host = parts.hostname or ""
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{host}{port}/… {sha256(target.encode()).hexdigest()[:6]}"


def _digest(heads: Sequence[ChainHead]) -> str:
    lines = [f"{one.book} {one.lane} {one.number} {one.hash}" for one in heads]
    return sha256("\n".join(lines).encode()).hexdigest()


def _deliver(
    wiring: Wiring, receiver: HeadReceiver, target: str, document: Mapping[str, Any], digest: str
) -> HeadDelivery:
    now = wiring.now()
    try:
        _send_to(target, document, digest)
    except (FaultError, OSError) as error:
        fault = _fault_of(error)
        _LOG.warning("heads were not sent to %s: %s", receiver.place, fault.text)
        _store(wiring, replace(receiver, tries=receiver.tries + 1, tried_at=now, fault=fault))
        return HeadDelivery(receiver.place, "failed", fault)
    _store(wiring, replace(receiver, heads_digest=digest, sent_at=now, tries=0, tried_at=now, fault=None))
    return HeadDelivery(receiver.place, "sent")


def _fault_of(error: FaultError | OSError) -> Fault:
    if isinstance(error, FaultError):
        return error.faults[0]
    return HEADS_FAULTS.build("file", value=error.strerror or type(error).__name__)


def _parse_fault(text: str | None) -> Fault | None:
    """Build the fault that was stored: its code, a blank and its value."""
    if text is None:
        return None
    code, _, value = text.partition(" ")
    return HEADS_FAULTS.build(code.partition(".")[2], value=value)


def _store(wiring: Wiring, receiver: HeadReceiver) -> None:
    row = {name: getattr(receiver, name) for name in HeadReceiver.__slots__}
    if receiver.fault is not None:
        row["fault"] = f"{receiver.fault.code} {receiver.fault.value or ''}".strip()
    news = {name: value for name, value in row.items() if name != "place"}

    def write(connection: Any) -> None:
        statement = insert_into(connection, head_receivers).values(row)
        connection.execute(statement.on_conflict_do_update(index_elements=["place"], set_=news))

    run_in_transaction(wiring.database, write)


def _send_to(target: str, document: Mapping[str, Any], digest: str) -> None:
    line = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    if "://" in target:
        _post(target, line)
    elif target.endswith(LINES_SUFFIX):
        _append_line(Path(target), line)
    else:
        at = datetime.fromisoformat(document["written_at"]).strftime("%Y%m%dT%H%M%S.%fZ")
        _write_new_file(Path(target), f"heads-{at}-{digest[:8]}{HEADS_SUFFIX}", line + "\n")


def _post(url: str, body: str) -> None:
    """Post heads; their own signature proves whose they are. A redirect is a failure. *Raises*: FaultError."""
    import httpx

    try:
        with open_http_client(httpx.Client, WEBHOOK_TIMEOUT_S) as client:
            answer = client.post(
                url, content=body.encode(), headers={"content-type": "application/json; charset=utf-8"}
            )
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise FaultError(HEADS_FAULTS.build("unreachable", value=type(error).__name__)) from error
    if not answer.is_success:
        raise FaultError(HEADS_FAULTS.build("status", value=answer.status_code))


def _append_line(path: Path, line: str) -> None:
    """Append a line; nothing that is there is changed. *Raises*: FaultError; OSError."""
    _require_folder(path.parent)
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, _MODE)
    with os.fdopen(descriptor, "a+b") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(size - 1, 0))
        begin = b"" if file.read(1) in (b"", b"\n") else b"\n"  # after a line that was torn
        file.write(begin + line.encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _write_new_file(folder: Path, name: str, content: str) -> None:
    """Write a file that isn't there yet, all of it or nothing. *Raises*: FaultError; OSError."""
    _require_folder(folder)
    descriptor, temporary = tempfile.mkstemp(dir=folder, prefix=".heads-", suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content.encode())
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(_MODE)
        with suppress(FileExistsError):  # the name holds the digest of the heads: they are there
            os.link(temporary, folder / name)
    finally:
        Path(temporary).unlink()


def _require_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise FaultError(HEADS_FAULTS.build("no_folder", value=str(folder)))

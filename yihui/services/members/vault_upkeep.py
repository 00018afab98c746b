"""Keep the vault in order: its key, its state, rotation, and the move to a database of its own."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

from sqlalchemy import Connection

from benefits import lock_rulebook_shared
from benefits.payout.accounts import rotate_accounts
from benefits.tables.payout import payout_payees
from core.faults import FaultError, FaultTable
from core.text_marks import N_
from members.hardship.names import rotate_names
from members.hardship.tables import hardship_names
from members.hotline.callers import rotate_callers
from members.hotline.tables import hotline_callers
from members.joining.tables import join_requests
from members.vault import (
    PersonVault,
    VaultKey,
    VaultKeys,
    count_old_rows,
    count_vault_rows,
    erase_vault_person,
    finish_rotation,
    has_used_key,
    insert_vault_rows,
    is_rotating,
    read_current_key_id,
    read_vault_rows,
    rotate_rows,
    start_rotation,
)
from members.vault.rotation import read_key_ids
from store import ProcessLock
from yihui.bootstrap import Wiring
from yihui.runtime.progress import show_progress
from yihui.services.attachments.upkeep import encrypt_attachments_again, list_file_key_ids

_BATCH = 500
_FAULTS = FaultTable(
    "vault_upkeep",
    {
        "rotating": (
            N_("another process is rotating the vault's key"),
            N_("wait for it; what it does is not done twice"),
        ),
        "rows_without_key": (
            N_("the vault holds rows of another key; rows: {value}"),
            N_("put that key back; a new key would not read them"),
        ),
        "not_separate": (
            N_("the vault has no database of its own; its rows lie in the main one"),
            N_("set YIHUI_VAULT_URL to the address of the other database"),
        ),
    },
)
_RotateRows = Callable[[Connection, VaultKeys, VaultKey], int]


@dataclass(frozen=True, slots=True)
class VaultStatus:
    """Where the vault is, its keys, and the number of rows of each key id.

    ``unknown`` are the ids of keys that rows name and nobody holds; ``left_in_main`` counts rows that lie
    in the main database although the vault has one of its own.
    """

    target: str
    key_place: str | None
    current: str | None
    held: Sequence[str]
    rows: Mapping[str, int]
    unknown: Sequence[str]
    left_in_main: int = 0

    @property
    def waiting_rows(self) -> int:
        """The number of rows that a rotation still has to re-encrypt."""
        return sum(count for key_id, count in self.rows.items() if key_id != self.current)


@dataclass(frozen=True, slots=True)
class VaultRotation:
    """A rotation: whether it went on with an interrupted one, its rows and files, and those it could not read."""

    resumed: bool
    rows: int
    unreadable: Sequence[str]
    is_finished: bool
    files: int = 0
    unreadable_files: Sequence[str] = ()


def create_vault_key(wiring: Wiring) -> str:
    """Create the first key; return its place. *Raises*: FaultError if there is a key, or rows of another."""
    with wiring.vault_database.read() as connection:
        rows = sum(count_vault_rows(connection).values())
    if rows and not wiring.vault_key_store.has_keys:
        raise FaultError(_FAULTS.build("rows_without_key", value=rows))
    wiring.vault_key_store.create()
    return wiring.vault_key_store.place


def load_vault_status(wiring: Wiring) -> VaultStatus:
    """Load the state of the vault. *Raises*: FaultError for an invalid key."""
    vault = wiring.vault
    with wiring.vault_database.read() as connection:
        rows = count_vault_rows(connection)
        current = read_current_key_id(connection)
    left = 0
    if wiring.has_separate_vault:
        with wiring.database.read() as connection:
            left = sum(count_vault_rows(connection).values())
    held = [key.id for key in vault.keys] if vault else []
    return VaultStatus(
        wiring.vault_database.target,
        wiring.vault_key_store.place if vault else None,
        current,
        held,
        rows,
        sorted(rows.keys() - set(held)),
        left,
    )


def move_to_separate_vault(wiring: Wiring) -> int:
    """Move the rows of the main database to the vault's own, batch by batch; return their number.

    A person whom the separate vault knows already stays as it is there. After a crash the same call goes on.

    *Raises*: FaultError if the vault has no database of its own.
    """
    if not wiring.has_separate_vault:
        raise FaultError(_FAULTS.build("not_separate", field="YIHUI_VAULT_URL"))
    moved = 0
    while True:
        with wiring.database.write() as connection:
            lock_rulebook_shared(connection)
            rows = read_vault_rows(connection, _BATCH)
            with wiring.vault_database.write() as vault_connection:
                insert_vault_rows(vault_connection, rows)
            for row in rows:
                erase_vault_person(connection, str(row["member_id"]))
        moved += len(rows)
        if not rows:
            return moved


def rotate_vault(wiring: Wiring, batch: int = _BATCH) -> VaultRotation:
    """Encrypt all rows with a new key, batch by batch, or go on with a rotation that was interrupted.

    Progress goes to standard error. The old keys stay in the file: older backups need them (see
    ``forget_old_keys``).

    *Raises*: FaultError if another process rotates, or the new key has to come from the environment.
    """
    from yihui.services.members.vault import require_vault

    vault = require_vault(wiring)
    with closing(_lock(wiring)):
        resumed = _ensure_new_key(wiring, vault)
        with wiring.vault_database.write() as connection:
            start_rotation(connection, vault.keys.newest, wiring.now())
            total = count_old_rows(connection)
        done, unreadable = _rotate_batches(wiring, vault, total, batch)
        for rotate in (rotate_callers, rotate_names, rotate_accounts):
            done += _rotate_beside(wiring, vault, rotate)
        files, damaged = encrypt_attachments_again(wiring)
        with wiring.vault_database.write() as connection:
            is_finished = finish_rotation(connection, wiring.now())
    return VaultRotation(resumed, done - len(unreadable), unreadable, is_finished, files, damaged)


def _rotate_batches(wiring: Wiring, vault: PersonVault, total: int, batch: int) -> tuple[int, list[str]]:
    """Encrypt the rows of old keys, one transaction a batch; return how many were read, and which can't be."""
    after, done, unreadable = "", 0, list[str]()
    with show_progress(wiring.render(N_("encrypting with the new key")), total) as advance:
        while True:
            with wiring.vault_database.write() as connection:
                step = rotate_rows(connection, vault, after, wiring.now(), batch)
            if step is None:
                return done, unreadable
            after, done = step.last, done + step.rows
            unreadable += step.unreadable
            advance(done)


def _rotate_beside(wiring: Wiring, vault: PersonVault, rotate: _RotateRows) -> int:
    """Encrypt what lies in the main database, such as the hotline's callers, with the new key; return how many."""
    done = 0
    while True:
        with wiring.database.write() as connection:
            step = rotate(connection, vault.keys, vault.keys.newest)
        done += step
        if not step:
            return done


def _lock(wiring: Wiring) -> ProcessLock:
    """Take the lock of rotations, released when the process ends. *Raises*: FaultError if another rotation runs."""
    lock = ProcessLock(wiring.vault_database, "vault-rotation")
    if not lock.acquire():
        raise FaultError(_FAULTS.build("rotating"))
    return lock


def _ensure_new_key(wiring: Wiring, vault: PersonVault) -> bool:
    """Make sure that the newest key is one to rotate to; return whether a rotation goes on."""
    with wiring.vault_database.read() as connection:
        current = read_current_key_id(connection)
        newest = vault.keys.newest.id
        if current == newest and is_rotating(connection):
            return True
        is_new = current is not None and current != newest and not has_used_key(connection, newest)
    if is_new:
        return wiring.vault_key_store.given is None  # only a crash leaves a new key in the file unused
    wiring.vault_key_store.add()
    vault.keys.reload()
    return False


def forget_old_keys(wiring: Wiring) -> list[str]:
    """Remove the keys under which no row is left from the file; return their ids.

    *Raises*: FaultError if another process rotates, and for keys of the environment.
    """
    from yihui.services.members.vault import require_vault

    vault = require_vault(wiring)
    with closing(_lock(wiring)):
        with wiring.vault_database.read() as connection:
            used = {read_current_key_id(connection) or vault.keys.newest.id, *count_vault_rows(connection)}
        with wiring.database.read() as connection:
            for table in (join_requests, hotline_callers, hardship_names, payout_payees):
                used |= read_key_ids(connection, table)
        used |= list_file_key_ids(wiring)
        old = [key.id for key in vault.keys if key.id not in used and key is not vault.keys.newest]
        if old:
            wiring.vault_key_store.forget(old)
    return old

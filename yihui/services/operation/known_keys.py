"""Compare the keys at hand with those that the database was written with; nothing is created, migrated or recorded."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Connection

from core.faults import Fault, FaultError
from store import StoreError
from yihui.bootstrap import Wiring
from yihui.runtime.audiences import Audience, list_withheld_keys


def iter_other_key_faults(wiring: Wiring, audiences: frozenset[Audience]) -> Iterator[Fault]:
    """Yield a fault for each key of a site for these that isn't the one that the database knows.

    The database knows fingerprints of the keys of identities, vouchers and webhooks, and the id of the vault's
    current key; it knows nothing of the keys of log-ins, polls and reporters, and a vault in a database of its own
    is not asked. Keys must have the right form. A database that is away, or older than the tables, has no faults
    here: what opens it next reports it.
    """
    target = wiring.settings.database
    if "://" not in target and not Path(target).exists():
        return
    withheld = {key.file for key in list_withheld_keys(audiences)}
    database = wiring.open_unmigrated()
    try:
        for file, (variable, check) in _CHECKS.items():
            if file in withheld or (file == _VAULT and wiring.has_separate_vault):
                continue
            key = _read_key(wiring, file, variable)
            if key is None:
                continue
            try:
                with suppress(StoreError), database.read() as connection:
                    check(connection, key)
            except FaultError as error:
                yield from error.faults
    finally:
        database.close()


def _read_key(wiring: Wiring, file: str, variable: str) -> bytes | None:
    given, path = wiring.settings.keys.get(variable), wiring.settings.data_folder / file
    if given is not None:
        return given
    return path.read_bytes() if path.exists() else None


def _check_identity_key(connection: Connection, key: bytes) -> None:
    from members import check_identity_key

    check_identity_key(connection, key)


def _check_voucher_key(connection: Connection, key: bytes) -> None:
    from benefits import VoucherKey, check_voucher_key

    check_voucher_key(connection, VoucherKey(key))


def _check_webhook_key(connection: Connection, key: bytes) -> None:
    from events.webhooks.keys import WebhookKey, check_webhook_key

    check_webhook_key(connection, WebhookKey(key))


def _check_vault_key(connection: Connection, key: bytes) -> None:
    from members.vault import VaultKeys, parse_vault_keys, read_current_key_id

    if (current := read_current_key_id(connection)) is not None:
        VaultKeys(lambda: parse_vault_keys(key.decode(), _VAULT)).require(current)


_VAULT = "vault.key"
_CHECKS: dict[str, tuple[str, Callable[[Connection, bytes], None]]] = {
    "identity.key": ("YIHUI_IDENTITY_KEY", _check_identity_key),
    "voucher.key": ("YIHUI_VOUCHER_KEY", _check_voucher_key),
    "webhook.key": ("YIHUI_WEBHOOK_KEY", _check_webhook_key),
    _VAULT: ("YIHUI_VAULT_KEY", _check_vault_key),
}

"""Compare the keys at hand with those that the database was written with; nothing is created, migrated or recorded."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Connection

from core.faults import Fault, FaultError
from store import StoreError
from yihui.bootstrap import Wiring
from yihui.runtime.audiences import SECRET_KEYS, Audience, list_withheld_keys
from yihui.runtime.key_forms import read_key

_VAULT = "vault.key"


def iter_other_key_faults(wiring: Wiring, audiences: frozenset[Audience]) -> Iterator[Fault]:
    """Yield a fault for each key of a site for these that isn't the one that the database knows.

    The database knows fingerprints of the keys of identities, vouchers and webhooks, and the id of the vault's
    current key; it knows nothing of the keys of log-ins, polls and reporters, and a vault in a database of its own
    is not asked. A card key that it doesn't know is no fault here: a new one in YIHUI_CARD_KEY is in force before
    `yihui cards keys rotate` registers it. Keys must have the right form. A database that is away, or older than
    the tables, has no faults here: what opens it next reports it.
    """
    target = wiring.settings.database
    if "://" not in target and not Path(target).exists():
        return
    withheld = list_withheld_keys(audiences)
    database = wiring.open_unmigrated()
    try:
        for key in SECRET_KEYS:
            if (
                key in withheld
                or key.file not in _CHECKS
                or (key.file == _VAULT and wiring.has_separate_vault)
            ):
                continue
            if (content := read_key(wiring.settings, key)) is None:
                continue
            try:
                with suppress(StoreError), database.read() as connection:
                    _CHECKS[key.file](connection, content)
            except FaultError as error:
                yield from error.faults
    finally:
        database.close()


def _check_identity_key(connection: Connection, key: bytes) -> None:
    from members import check_identity_key

    check_identity_key(connection, key)


def _check_voucher_key(connection: Connection, key: bytes) -> None:
    from benefits import VoucherKey, check_voucher_key

    check_voucher_key(connection, VoucherKey(key))


def _check_webhook_key(connection: Connection, key: bytes) -> None:
    from events.webhooks.receivers import WebhookKey, check_webhook_key

    check_webhook_key(connection, WebhookKey(key))


def _check_vault_key(connection: Connection, key: bytes) -> None:
    from members.vault import VaultKeys, parse_vault_keys, read_current_key_id

    if (current := read_current_key_id(connection)) is not None:
        VaultKeys(lambda: parse_vault_keys(key.decode(), _VAULT)).require(current)


_CHECKS: dict[str, Callable[[Connection, bytes], None]] = {
    "identity.key": _check_identity_key,
    "voucher.key": _check_voucher_key,
    "webhook.key": _check_webhook_key,
    _VAULT: _check_vault_key,
}

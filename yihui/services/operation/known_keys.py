"""Compare the keys at hand with those that the database was written with; nothing is created or recorded."""

from collections.abc import Callable, Iterator
from contextlib import suppress

from core.faults import Fault, FaultError
from store import StoreError
from yihui.bootstrap import Wiring
from yihui.runtime.audiences import list_withheld_keys

_IDENTITY, _VOUCHERS, _WEBHOOKS, _VAULT = "identity.key", "voucher.key", "webhook.key", "vault.key"


def iter_other_key_faults(wiring: Wiring) -> Iterator[Fault]:
    """Yield a fault for each key that isn't the one that the database knows.

    The database knows fingerprints of the keys of identities, vouchers and webhooks, and the id of the vault's
    current key. It knows nothing of the keys of log-ins, polls and reporters. Keys must have the right form.
    *Raises*: StoreError.
    """
    withheld = {key.file for key in list_withheld_keys(wiring.settings.audiences)}
    checks: dict[str, Callable[[Wiring], None]] = {
        _IDENTITY: _check_identity_key,
        _VOUCHERS: _check_voucher_key,
        _WEBHOOKS: _check_webhook_key,
        _VAULT: _check_vault_key,
    }
    for file, check in checks.items():
        if file in withheld:
            continue
        try:
            check(wiring)
        except StoreError:
            raise
        except FaultError as error:
            yield from error.faults


def _check_identity_key(wiring: Wiring) -> None:
    from members import check_identity_key

    if (key := _read_key(wiring, _IDENTITY, "YIHUI_IDENTITY_KEY")) is not None:
        with wiring.database.read() as connection:
            check_identity_key(connection, key)


def _check_voucher_key(wiring: Wiring) -> None:
    from benefits import VoucherKey, check_voucher_key

    if (key := _read_key(wiring, _VOUCHERS, "YIHUI_VOUCHER_KEY")) is not None:
        with wiring.database.read() as connection:
            check_voucher_key(connection, VoucherKey(key))


def _check_webhook_key(wiring: Wiring) -> None:
    from events.webhooks.keys import WebhookKey, check_webhook_key

    if (key := _read_key(wiring, _WEBHOOKS, "YIHUI_WEBHOOK_KEY")) is not None:
        with wiring.database.read() as connection:
            check_webhook_key(connection, WebhookKey(key))


def _check_vault_key(wiring: Wiring) -> None:
    """Check that the vault's current key is at hand; a vault of its own that is away stops no site."""
    from members.vault import read_current_key_id

    if (vault := wiring.vault) is None:
        return
    with suppress(StoreError), wiring.vault_database.read() as connection:
        if (current := read_current_key_id(connection)) is not None:
            vault.keys.require(current)


def _read_key(wiring: Wiring, file: str, variable: str) -> bytes | None:
    given, path = wiring.settings.keys.get(variable), wiring.settings.data_folder / file
    if given is not None:
        return given
    return path.read_bytes() if path.exists() else None

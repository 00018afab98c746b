"""The keys that sign cards and links: publish, list, rotate, retire."""

from functools import partial

from sqlalchemy import Connection

from benefits import Officer
from core.faults import FaultError
from members import (
    KEY_RING_FAULTS,
    PublicKeys,
    SigningKey,
    StoredKey,
    list_signing_keys,
    read_public_keys,
    register_signing_key,
    retire_signing_key,
)
from yihui.access.acting import state_act
from yihui.access.key_folds import SIGNING_KEY_OBJECT
from yihui.bootstrap import Wiring
from yihui.runtime.identity_key import create_random_key, derive_key, replace_key
from yihui.services.access.acting import act_as_officer


def load_public_keys(wiring: Wiring) -> PublicKeys:
    """Return the keys that verify. *Raises*: StoreError."""
    with wiring.database.read() as connection:
        return read_public_keys(connection)


def list_card_keys(wiring: Wiring) -> list[StoredKey]:
    """Return all keys, the latest last. *Raises*: StoreError."""
    with wiring.database.read() as connection:
        return list_signing_keys(connection)


def rotate_card_key(wiring: Wiring, by: str) -> str:
    """Sign with a new key from now on, and return its id; what older keys signed stays valid.

    The new key is published before it signs. A key in YIHUI_CARD_KEY is changed there first.

    *Raises*: FaultError if that key is known already.
    """
    if "YIHUI_CARD_KEY" in wiring.settings.keys:
        given = wiring.load_signing_key()
        if not act_as_officer(wiring, by, "", partial(_register, key=given)):
            raise FaultError(KEY_RING_FAULTS.build("key_from_setting", value=given.id))
        return given.id
    secret = create_random_key()
    key = SigningKey(derive_key(secret, "cards"))
    act_as_officer(wiring, by, "", partial(_register, key=key))
    replace_key(wiring.data_folder / "card.key", secret)
    return key.id


def retire_card_key(wiring: Wiring, key_id: str, by: str) -> bool:
    """Refuse all that a key signed; return False if it was retired before. *Raises*: FaultError."""
    signs_now = wiring.load_signing_key().id

    def work(connection: Connection, acting: Officer) -> bool:
        is_new = retire_signing_key(connection, key_id, signs_now, acting.at, acting.who)
        if is_new:
            state_act(SIGNING_KEY_OBJECT, key_id, after={"retired": True, "from": acting.at.isoformat()})
        return is_new

    return act_as_officer(wiring, by, "", work)


def _register(connection: Connection, acting: Officer, key: SigningKey) -> bool:
    return register_signing_key(connection, key, acting.at, acting.who)

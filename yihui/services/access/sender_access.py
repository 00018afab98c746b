"""Find which sender a key or an access token belongs to, before and within the transaction of what it asks for."""

from sqlalchemy import Connection

from core.faults import FaultError
from yihui.access.access_tokens import UnknownKeyError, is_token_text, verify_access_token
from yihui.access.actor import Actor
from yihui.access.sender_faults import SENDER_KEY_FAULTS
from yihui.access.sender_storage import Credential, find_sender
from yihui.access.senders import KEY_PREFIX, Sender, SenderUse, parse_key_id
from yihui.bootstrap import Wiring
from yihui.runtime.provider_keys import ProviderUnavailable


def is_sender_credential(text: str) -> bool:
    """Return whether a text claims to be a sender's key or an access token: no other key has such a form."""
    return text.startswith(KEY_PREFIX) or is_token_text(text)


def read_credential(wiring: Wiring, text: str) -> Credential:
    """Return a key as it is, or the client of a valid access token. *Raises*: FaultError."""
    if parse_key_id(text) is not None:
        return Credential(key=text)
    if not is_token_text(text):
        raise FaultError(SENDER_KEY_FAULTS.build("wrong"))
    return Credential(client_id=_read_token(wiring, text))


def require_sender(connection: Connection, credential: Credential, use: SenderUse, wiring: Wiring) -> Sender:
    """Return the sender of a credential. *Raises*: FaultError for a wrong one, or one for other uses."""
    sender = find_sender(connection, credential, wiring.now())
    if sender is None:
        raise FaultError(SENDER_KEY_FAULTS.build("wrong" if credential.key is not None else "client"))
    if use not in sender.uses:
        raise FaultError(SENDER_KEY_FAULTS.build("use", use=use.value))
    return sender


def identify_sender(wiring: Wiring, text: str, use: SenderUse) -> tuple[Credential, Sender]:
    """Return what a text proves, and the sender. *Raises*: FaultError for a wrong one, or one for other uses."""
    credential = read_credential(wiring, text)
    with wiring.database.read() as connection:
        return credential, require_sender(connection, credential, use, wiring)


def find_sender_actor(wiring: Wiring, text: str) -> Actor | None:
    """Return the actor of a valid key or access token, whatever its uses; None for any other text."""
    try:
        credential = read_credential(wiring, text)
    except FaultError:
        return None
    with wiring.database.read() as connection:
        sender = find_sender(connection, credential, wiring.now())
    return sender.actor if sender is not None else None


def require_merchant_of_sender(connection: Connection, credential: Credential, wiring: Wiring) -> str:
    """Return the merchant for whom a sender redeems. *Raises*: FaultError."""
    sender = require_sender(connection, credential, SenderUse.MERCHANTS, wiring)
    assert sender.merchant is not None, "a sender for merchants' routes has a merchant"
    return sender.merchant


def _read_token(wiring: Wiring, text: str) -> str:
    provider = wiring.token_provider
    if provider is None:
        raise FaultError(SENDER_KEY_FAULTS.build("no_provider"))
    try:
        try:
            return verify_access_token(text, provider.keys.load(), provider.terms, wiring.now())
        except UnknownKeyError:
            return verify_access_token(text, provider.keys.load(renewed=True), provider.terms, wiring.now())
    except UnknownKeyError as error:
        raise FaultError(SENDER_KEY_FAULTS.build("wrong")) from error
    except ProviderUnavailable as error:
        raise FaultError(SENDER_KEY_FAULTS.build("provider_away")) from error

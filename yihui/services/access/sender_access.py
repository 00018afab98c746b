"""Find which sender a key belongs to, before and within the transaction of what it asks for."""

from sqlalchemy import Connection

from core.faults import FaultError
from yihui.access.actor import Actor
from yihui.access.sender_faults import SENDER_KEY_FAULTS
from yihui.access.sender_storage import find_sender
from yihui.access.senders import Sender, SenderUse
from yihui.bootstrap import Wiring


def require_sender(connection: Connection, key: str, use: SenderUse, wiring: Wiring) -> Sender:
    """Return the sender of a key. *Raises*: FaultError for a wrong one, or one for other uses."""
    sender = find_sender(connection, key, wiring.now())
    if sender is None:
        raise FaultError(SENDER_KEY_FAULTS.build("wrong"))
    if use not in sender.uses:
        raise FaultError(SENDER_KEY_FAULTS.build("use", use=use.value))
    return sender


def identify_sender(wiring: Wiring, key: str, use: SenderUse) -> Sender:
    """Return the sender of a key. *Raises*: FaultError for a wrong one, or one for other uses."""
    with wiring.database.read() as connection:
        return require_sender(connection, key, use, wiring)


def find_sender_actor(wiring: Wiring, key: str) -> Actor | None:
    """Return the actor of a valid key for any use; None for any other text."""
    with wiring.database.read() as connection:
        sender = find_sender(connection, key, wiring.now())
    return sender.actor if sender is not None else None

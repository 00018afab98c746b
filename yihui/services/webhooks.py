"""Telling receivers what happened, with what the wiring has: its database, its clock, its key."""

import os
import random
from typing import TYPE_CHECKING

from yihui.bootstrap import Wiring
from yihui.runtime.identity_key import Purpose, read_key

if TYPE_CHECKING:
    from events.webhooks.keys import WebhookKey

N_ = str  # marks a text for the message catalogue

WEBHOOKS = Purpose(
    "YIHUI_WEBHOOK_KEY",
    N_("the key of webhooks in {field} has {value} bytes; it must have at least {least}"),
    N_("put the right key back; with a new key no receiver would believe us"),
)


def deliver_due(wiring: Wiring) -> int:
    """Tell all receivers what is due, for some seconds at most; gives how many deliveries were taken.

    Call it again and again, from one thread without an event loop of its own: a receiver that doesn't answer
    keeps the caller waiting for up to 15 s. Two processes that do so share the work. Where there is no
    webhook it costs one query. *Raises*: StoreError; InputFaults where the key is another one.
    """
    from events.webhooks.receivers import is_listening

    with wiring.database.read() as connection:
        if not is_listening(connection):
            return 0
    from events.webhooks.rounds import Teller

    key = webhook_key(wiring)
    return Teller(wiring.database, key, wiring.now, random.random).tell()


def webhook_key(wiring: Wiring) -> "WebhookKey":
    """The secret behind the receivers' secrets, the one that this database knows."""
    from events.webhooks.keys import WebhookKey, claim_webhook_key

    given = os.environ.get("YIHUI_WEBHOOK_KEY")
    key = WebhookKey(read_key(wiring.data_folder / "webhook.key", given, WEBHOOKS))
    with wiring.database.write() as connection:
        claim_webhook_key(connection, key)
    return key


def forget_what_was_told(wiring: Wiring) -> int:
    """Delete what everybody had long ago; gives how many rows."""
    from functools import partial

    from events import purge
    from events.retries import in_transaction

    step = partial(purge, now=wiring.now(), to_topic=wiring.settings.kafka is not None)
    number = 0
    while done := in_transaction(wiring.database, step):
        number += done
    return number

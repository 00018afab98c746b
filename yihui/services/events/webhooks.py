"""Notify webhook receivers of events, using the wiring's database, clock and key."""

import random
from typing import TYPE_CHECKING

from yihui.bootstrap import Wiring

if TYPE_CHECKING:
    from events.webhooks.receivers import WebhookKey


def deliver_due_webhooks(wiring: Wiring) -> int:
    """Send all due deliveries, for some seconds at most. Return how many deliveries were taken.

    Call this function repeatedly, from one thread without an event loop: a receiver that doesn't answer
    blocks the caller for up to 15 s. Two processes that do so share the work. Without any webhook it costs
    one query. *Raises*: StoreError; FaultError if the key is not the one that the database knows.
    """
    from events.webhooks.receivers import has_active_webhooks

    with wiring.database.read() as connection:
        if not has_active_webhooks(connection):
            return 0
    from events.webhooks.sending import WebhookSender

    key = load_webhook_key(wiring)
    return WebhookSender(wiring.database, key, wiring.now, random.random).run_round()


def load_webhook_key(wiring: Wiring) -> "WebhookKey":
    """Return the key from which receivers' secrets are derived, and record it in the database at first use."""
    from events.webhooks.receivers import WebhookKey, claim_webhook_key

    key = WebhookKey(wiring.load_key("webhook"))
    with wiring.database.write() as connection:
        claim_webhook_key(connection, key)
    return key


def purge_delivered_events(wiring: Wiring) -> int:
    """Delete outbox rows that every receiver got long ago. Return the number of rows."""
    from functools import partial

    from events import purge_outbox
    from events.retries import run_in_transaction

    step = partial(purge_outbox, now=wiring.now(), to_topic=wiring.settings.kafka is not None)
    number = 0
    while done := run_in_transaction(wiring.database, step):
        number += done
    return number

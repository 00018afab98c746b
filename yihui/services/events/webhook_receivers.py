"""Add, list, test and remove webhook receivers, and retry their deliveries."""

import json
import secrets
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection

from events.outcome_events import CLOUDEVENTS_SOURCE
from events.webhooks.addresses import WebhookAddress, parse_webhook_address
from events.webhooks.deliveries import DeliveryResult, WebhookDelivery, find_deliveries
from events.webhooks.receivers import (
    Webhook,
    add_webhook,
    count_deliveries_by_state,
    find_webhook,
    list_webhooks,
    remove_webhook,
    retry_deliveries,
    retry_delivery,
)
from events.webhooks.sending import WebhookReceiver, open_http_client, run_coroutine
from yihui.access.acting import state_act
from yihui.bootstrap import Wiring
from yihui.services.access.acting import run_act
from yihui.services.events.webhooks import load_webhook_key

DeliveryCounts = Mapping[tuple[str, str], int]
"""(receiver's id, state of the delivery) → number."""


@dataclass(frozen=True, slots=True)
class NewReceiver:
    """A receiver that was added, with its secret."""

    webhook: Webhook
    secret: str


def add_receiver(wiring: Wiring, url: str, types: list[str], *, private: bool) -> NewReceiver:
    """Add a receiver, which is notified from now on. *Raises*: FaultError."""
    now, key = wiring.now(), load_webhook_key(wiring)
    new = run_act(wiring, lambda c: add_webhook(c, url, types, now, private=private))
    return NewReceiver(new, key.derive_secret(new.id))


def remove_receiver(wiring: Wiring, id_: str) -> None:
    """Forget a receiver and its deliveries. *Raises*: FaultError for an unknown one."""
    run_act(wiring, lambda connection: remove_webhook(connection, id_))


def list_receivers(wiring: Wiring) -> tuple[list[Webhook], DeliveryCounts]:
    """List all receivers, with the number of their deliveries in each state."""
    with wiring.database.read() as connection:
        return list_webhooks(connection), count_deliveries_by_state(connection)


def list_deliveries(wiring: Wiring, id_: str | None, state: str | None, limit: int) -> list[WebhookDelivery]:
    """List the deliveries of one receiver or of all, the latest first. *Raises*: FaultError for an unknown one."""
    with wiring.database.read() as connection:
        if id_ is not None:
            find_webhook(connection, id_)
        return find_deliveries(connection, webhook_id=id_, state=state, most=limit)


def retry_receiver(wiring: Wiring, id_: str) -> int:
    """Let what waits or was given up be sent again at once. Return the number of deliveries."""

    def work(connection: Connection) -> int:
        count = retry_deliveries(connection, id_=id_, now=wiring.now())
        state_act("webhook", id_, after={"count": count})
        return count

    return run_act(wiring, work)


def retry_one_delivery(wiring: Wiring, id_: str, sequence: int) -> None:
    """Let one delivery that waits or was given up be sent again at once. *Raises*: FaultError."""
    work = partial(retry_delivery, id_=id_, sequence=sequence, now=wiring.now())
    run_act(wiring, work)


def load_receiver(
    wiring: Wiring, id_: str, state: str | None, limit: int
) -> tuple[Webhook, DeliveryCounts, list[WebhookDelivery]]:
    """Load a receiver, its counts and its deliveries, the latest first. *Raises*: FaultError for an unknown one."""
    with wiring.database.read() as connection:
        found = find_webhook(connection, id_)
        counts = count_deliveries_by_state(connection)
        return found, counts, find_deliveries(connection, webhook_id=id_, state=state, most=limit)


def send_trial_event(wiring: Wiring, id_: str) -> DeliveryResult:
    """Send one signed trial event to a receiver. *Raises*: FaultError for an unknown one."""
    with wiring.database.read() as connection:
        known = find_webhook(connection, id_)
    return run_coroutine(_send(wiring, known))


async def _send(wiring: Wiring, known: Webhook) -> DeliveryResult:
    address = parse_webhook_address(known.url, private=known.private)
    assert isinstance(address, WebhookAddress), f"{known.id} was added with an address that is none"
    id_, now = f"test-{secrets.token_hex(8)}", wiring.now()
    event = {
        "specversion": "1.0",
        "id": id_,
        "source": CLOUDEVENTS_SOURCE,
        "type": "yihui.webhook_tested",
        "time": now.isoformat(),
        "datacontenttype": "application/json",
        "data": {"webhook": known.id},
    }
    async with open_http_client(ssl.create_default_context(), 1) as client:
        receiver = WebhookReceiver(address, load_webhook_key(wiring).derive_secret(known.id), client)
        return await receiver.send(id_, json.dumps(event), now)

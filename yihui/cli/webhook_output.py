"""Run the ``yihui webhooks`` commands and print their results."""

import json
import secrets
import ssl
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

import typer

from core.civil_time import format_wall_clock
from core.text_marks import N_
from events.outcome_events import CLOUDEVENTS_SOURCE
from events.retries import run_in_transaction
from events.webhooks.addresses import WebhookAddress, parse_webhook_address
from events.webhooks.deliveries import DeliveryResult, WebhookDelivery
from events.webhooks.deliveries import find_deliveries as load_deliveries
from events.webhooks.receivers import (
    Webhook,
    add_webhook,
    count_deliveries_by_state,
    find_webhook,
    list_webhooks,
    remove_webhook,
    retry_deliveries,
)
from events.webhooks.sending import WebhookReceiver, open_http_client, run_coroutine
from yihui.bootstrap import Wiring
from yihui.runtime.errors import EXIT_FINDINGS
from yihui.services.webhooks import deliver_due_webhooks, load_webhook_key

DELIVERY_STATE_TEXTS: Mapping[str, str] = {
    "waiting": N_("waits"),
    "delivered": N_("told"),
    "given_up": N_("given up"),
}
_RECEIVERS: Mapping[str, str] = {"active": N_("is told"), "gone": N_("gone: it answered 410")}
_FAULTS: Mapping[str, str] = {
    "timeout": N_("no answer in time"),
    "name": N_("its name can't be looked up"),
    "address": N_("its name stands for an address that is not allowed"),
    "unreachable": N_("it can't be reached"),
    "certificate": N_("its certificate is not trusted"),
    "protocol": N_("it doesn't speak HTTP as it should"),
}


def _echo_json(content: object) -> None:
    typer.echo(json.dumps(content, ensure_ascii=False, default=_as_text))


def _as_text(value: object) -> str:
    assert isinstance(value, datetime)
    return value.isoformat()


def add_receiver(wiring: Wiring, url: str, types: list[str], *, private: bool, as_json: bool) -> None:
    now, key = wiring.now(), load_webhook_key(wiring)
    new = run_in_transaction(wiring.database, lambda c: add_webhook(c, url, types, now, private=private))
    secret = key.derive_secret(new.id)
    if as_json:
        _echo_json({**asdict(new), "secret": secret})
        return
    typer.echo(wiring.render(N_("webhook {id}: {url}"), id=new.id, url=new.url))
    typer.echo(wiring.render(N_("secret: {secret}"), secret=secret))
    typer.echo(wiring.render(N_("give it to the receiver now: it is not shown again")), err=True)


def remove_receiver(wiring: Wiring, id_: str) -> None:
    run_in_transaction(wiring.database, lambda connection: remove_webhook(connection, id_))
    typer.echo(wiring.render(N_("webhook {id} is forgotten"), id=id_))


def print_receivers(wiring: Wiring, *, as_json: bool) -> None:
    with wiring.database.read() as connection:
        found, counts = list_webhooks(connection), count_deliveries_by_state(connection)
    if as_json:
        _echo_json([_with_counts(one, counts) for one in found])
        return
    for one in found:
        typer.echo(_receiver_text(wiring, one, counts))
    if not found:
        typer.echo(wiring.render(N_("no webhook yet: yihui webhooks add")), err=True)


def _with_counts(one: Webhook, counts: Mapping[tuple[str, str], int]) -> dict[str, object]:
    return {**asdict(one), **{state: counts.get((one.id, state), 0) for state in DELIVERY_STATE_TEXTS}}


def _receiver_text(wiring: Wiring, one: Webhook, counts: Mapping[tuple[str, str], int]) -> str:
    return wiring.render(
        N_("{id}  {url}  {types}  {state}; waiting {waiting}, given up {given_up}"),
        id=one.id,
        url=one.url,
        types=", ".join(one.types) or wiring.render(N_("all types")),
        state=_receiver_state_text(wiring, one),
        waiting=counts.get((one.id, "waiting"), 0),
        given_up=counts.get((one.id, "given_up"), 0),
    )


def _receiver_state_text(wiring: Wiring, one: Webhook) -> str:
    if one.state == "active" and one.unreached and one.rests_until is not None:
        template = N_("nobody there (in a row: {times}), tried again {time}")
        return wiring.render(template, times=one.unreached, time=format_wall_clock(one.rests_until))
    return wiring.language.translate(_RECEIVERS[one.state])


def print_deliveries(
    wiring: Wiring, id_: str | None, state: str | None, limit: int, *, as_json: bool
) -> None:
    with wiring.database.read() as connection:
        if id_ is not None:
            find_webhook(connection, id_)
        found = load_deliveries(connection, webhook_id=id_, state=state, most=limit)
    if as_json:
        _echo_json([asdict(one) for one in found])
        return
    for one in found:
        typer.echo(_delivery_text(wiring, one))
    if not found:
        typer.echo(wiring.render(N_("nothing to tell yet")), err=True)


def _delivery_text(wiring: Wiring, one: WebhookDelivery) -> str:
    last = DeliveryResult(one.last_status, one.last_fault)
    later = one.state == "waiting" and one.attempts > 0
    return wiring.render(
        N_("{webhook}  {type} {id}  {state}; attempts {attempts}{last}{again}"),
        webhook=one.webhook_id,
        type=one.type,
        id=one.id,
        state=wiring.language.translate(DELIVERY_STATE_TEXTS[one.state]),
        attempts=one.attempts,
        last=wiring.render(N_(" (last: {answer})"), answer=_answer_text(wiring, last))
        if last.is_attempted
        else "",
        again=wiring.render(N_(", again {time}"), time=format_wall_clock(one.next_at)) if later else "",
    )


def _answer_text(wiring: Wiring, answer: DeliveryResult) -> str:
    if answer.status is not None:
        return f"HTTP {answer.status}"
    return wiring.language.translate(_FAULTS[answer.fault or "unreachable"])


def retry_receiver(wiring: Wiring, id_: str, *, as_json: bool) -> None:
    now = wiring.now()
    number = run_in_transaction(wiring.database, lambda connection: retry_deliveries(connection, id_, now))
    if as_json:
        _echo_json({"webhook": id_, "tried_again": number})
    else:
        typer.echo(wiring.render(N_("tried again next time: {count}"), count=number))


def test_receiver(wiring: Wiring, id_: str, *, as_json: bool) -> None:
    with wiring.database.read() as connection:
        known = find_webhook(connection, id_)
    answer = run_coroutine(_send_test_event(wiring, known))
    if as_json:
        _echo_json(
            {"webhook": id_, "status": answer.status, "fault": answer.fault, "taken": answer.is_accepted}
        )
    elif answer.is_accepted:
        typer.echo(wiring.render(N_("the receiver took it: {answer}"), answer=_answer_text(wiring, answer)))
    else:
        text = wiring.render(N_("the receiver didn't take it: {answer}"), answer=_answer_text(wiring, answer))
        typer.echo(text)
    if not answer.is_accepted:
        raise typer.Exit(EXIT_FINDINGS)


async def _send_test_event(wiring: Wiring, known: Webhook) -> DeliveryResult:
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


def deliver_due_now(wiring: Wiring, *, as_json: bool) -> None:
    number = deliver_due_webhooks(wiring)
    if as_json:
        _echo_json({"delivered": number})
    else:
        typer.echo(wiring.render(N_("told: {count}"), count=number))

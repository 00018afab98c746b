"""Show webhook receivers and their deliveries as lines and JSON."""

from collections.abc import Mapping
from dataclasses import asdict

from core.civil_time import format_wall_clock
from core.text_marks import N_
from events.webhooks.deliveries import DeliveryResult, WebhookDelivery
from events.webhooks.receivers import Webhook
from yihui.runtime.language import Language
from yihui.services.events.webhook_receivers import DeliveryCounts

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


def receiver_json(one: Webhook, counts: DeliveryCounts) -> dict[str, object]:
    """Return a receiver with the number of its deliveries in each state as JSON data."""
    return {**asdict(one), **{state: counts.get((one.id, state), 0) for state in DELIVERY_STATE_TEXTS}}


def receiver_line(one: Webhook, counts: DeliveryCounts, language: Language) -> str:
    """Return a receiver as one line."""
    return language.render(
        N_("{id}  {url}  {types}  {state}; waiting {waiting}, given up {given_up}"),
        id=one.id,
        url=one.url,
        types=", ".join(one.types) or language.render(N_("all types")),
        state=receiver_state_text(one, language),
        waiting=counts.get((one.id, "waiting"), 0),
        given_up=counts.get((one.id, "given_up"), 0),
    )


def receiver_address(one: Webhook) -> str:
    """Return a receiver's address without its query, which may hold a secret."""
    address, query, _ = one.url.partition("?")
    return f"{address}?…" if query else address


def receiver_state_text(one: Webhook, language: Language) -> str:
    """Return whether a receiver is notified, in words."""
    if one.state == "active" and one.unreached and one.rests_until is not None:
        template = N_("nobody there (in a row: {times}), tried again {time}")
        return language.render(template, times=one.unreached, time=format_wall_clock(one.rests_until))
    return language.translate(_RECEIVERS[one.state])


def delivery_line(one: WebhookDelivery, language: Language) -> str:
    """Return a delivery as one line: its event, state, attempts and the last answer."""
    last = DeliveryResult(one.last_status, one.last_fault)
    answer, again = "", ""
    if last.is_attempted:
        answer = language.render(N_(" (last: {answer})"), answer=delivery_result_text(last, language))
    if one.state == "waiting" and one.attempts > 0:
        again = language.render(N_(", again {time}"), time=format_wall_clock(one.next_at))
    return language.render(
        N_("{webhook}  {type} {id}  {state}; attempts {attempts}{last}{again}"),
        webhook=one.webhook_id,
        type=one.type,
        id=one.id,
        state=language.translate(DELIVERY_STATE_TEXTS[one.state]),
        attempts=one.attempts,
        last=answer,
        again=again,
    )


def delivery_result_text(result: DeliveryResult, language: Language) -> str:
    """Return a receiver's answer, or why there was none."""
    if result.status is not None:
        return f"HTTP {result.status}"
    return language.translate(_FAULTS[result.fault or "unreachable"])

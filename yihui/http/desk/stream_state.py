"""/desk/stream/state and /desk/stream/webhooks: lag, workers, and webhooks with their deliveries, sent again."""

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from core.text_marks import N_
from yihui.access.acting import state_act
from yihui.access.roles import Right
from yihui.bootstrap import PROVINCE_CODE
from yihui.http.body import FormFields
from yihui.http.desk.faults import check_choice
from yihui.http.desk.pages import NO_FEEDBACK, FormFeedback, OfficerPages, build_link, require_confirmation
from yihui.http.desk.visit import OfficerVisit

WEBHOOKS = "/desk/stream/webhooks"
MOST_LISTED = 100
_MOST_NUMBER = 2**63 - 1
_DONE: Mapping[str, str] = MappingProxyType(
    {
        "one": N_("The delivery is sent again within seconds."),
        "all": N_("All that waited or was given up is sent again within seconds."),
    }
)


def router(made: APIRouter, pages: OfficerPages) -> None:
    wiring = pages.site.wiring

    @made.get("/stream/state")
    def state(request: Request) -> Response:
        from yihui.runtime.errors import fault_line
        from yihui.services.events.stream_state import load_stream_state

        visit = pages.open(request, Right.READ_OPERATION, PROVINCE_CODE)
        found = load_stream_state(wiring)
        faults = found.broker.faults if found.broker else ()
        return pages.render(
            visit,
            "stream_state.html",
            state=found,
            troubles=[fault_line(fault, visit.language) for fault in faults],
            drain_trouble=pages.site.drain.trouble,
        )

    @made.get("/stream/webhooks")
    def webhooks(request: Request) -> Response:
        from yihui.services.events.webhook_receivers import list_receivers
        from yihui.views.webhooks import receiver_address, receiver_state_text

        visit = pages.open(request, Right.READ_OPERATION, PROVINCE_CODE)
        hooks, counts = list_receivers(wiring)
        shown = [(one, receiver_address(one), receiver_state_text(one, visit.language)) for one in hooks]
        return pages.render(visit, "webhooks.html", hooks=shown, counts=counts)

    @made.get("/stream/webhooks/{id}")
    def webhook(request: Request, id: str, state: str = "") -> Response:
        visit = pages.open(request, Right.READ_OPERATION, PROVINCE_CODE, _DONE)
        return _show_webhook(pages, visit, NO_FEEDBACK, id, state)

    def retry_all(visit: OfficerVisit, sent: FormFields, id: str) -> str:
        from yihui.services.events.webhook_receivers import retry_receiver

        _authorise(pages, visit)
        require_confirmation(sent)
        retry_receiver(wiring, id)
        return build_link(f"{WEBHOOKS}/{id}", done="all")

    show = partial(_show_webhook, pages)
    pages.add_form(made, "/stream/webhooks/{id}/retry", Right.OPERATE, "retry", retry_all, show)

    @made.post("/stream/webhooks/{id}/deliveries/{number}/retry")
    async def retry_one(
        request: Request, id: str, number: Annotated[int, Path(ge=1, le=_MOST_NUMBER)]
    ) -> Response:
        def act(visit: OfficerVisit, sent: FormFields) -> str:
            from yihui.services.events.webhook_receivers import retry_one_delivery

            _authorise(pages, visit)
            state_act("webhook", id, after={"delivery": number})
            retry_one_delivery(wiring, id, number)
            return build_link(f"{WEBHOOKS}/{id}", done="one")

        return await pages.submit(request, Right.OPERATE, f"retry-{number}", act, partial(show, id=id))


def _authorise(pages: OfficerPages, visit: OfficerVisit) -> None:
    """*Raises*: FaultError unless the officer acts for the whole union: a delivery may concern any member."""
    pages.authorise_all(visit, Right.OPERATE, [PROVINCE_CODE])


def _show_webhook(
    pages: OfficerPages, visit: OfficerVisit, feedback: FormFeedback, id: str, state: str = ""
) -> Response:
    from events.webhooks.deliveries import DeliveryResult
    from yihui.services.events.webhook_receivers import load_receiver
    from yihui.views.webhooks import (
        DELIVERY_STATE_TEXTS,
        delivery_result_text,
        receiver_address,
        receiver_state_text,
    )

    check_choice("state", state, ("", *DELIVERY_STATE_TEXTS))
    hook, counts, found = load_receiver(pages.site.wiring, id, state or None, MOST_LISTED)
    results = [DeliveryResult(one.last_status, one.last_fault) for one in found]
    answers = [delivery_result_text(one, visit.language) if one.is_attempted else "" for one in results]
    return pages.render(
        visit,
        "webhook.html",
        feedback,
        hook=hook,
        address=receiver_address(hook),
        standing=receiver_state_text(hook, visit.language),
        counts={name: counts.get((hook.id, name), 0) for name in DELIVERY_STATE_TEXTS},
        deliveries=list(zip(found, answers, strict=True)),
        state=state,
        states=DELIVERY_STATE_TEXTS,
        most=MOST_LISTED,
    )

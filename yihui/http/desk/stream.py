"""/desk/stream: dead letters by reason, mended, replayed or dropped; lag and workers; webhooks with their deliveries."""

from collections.abc import Mapping
from functools import partial

from fastapi import APIRouter, Request, Response

from core.json_keys import indent_json
from core.text_marks import N_
from yihui.access.acting import state_act
from yihui.access.roles import Right
from yihui.bootstrap import PROVINCE_CODE
from yihui.frame.feedback import NO_FEEDBACK, FormFeedback
from yihui.frame.pages import OfficerVisit, build_link, require_confirmation
from yihui.http.body import FormFields, RowNumber, form_value
from yihui.http.desk.hand_pages import HandPages, require_value
from yihui.http.desk.sent_values import check_choice

_PAGE_SIZE = 50
WEBHOOKS = "/desk/stream/webhooks"
MOST_LISTED = 100
_DELIVERY_DONE: Mapping[str, str] = {
    "one": N_("The delivery is sent again within seconds."),
    "all": N_("All that waited or was given up is sent again within seconds."),
}
_DONE: Mapping[str, str] = {
    "mended": N_("The event was mended and goes on."),
    "dropped": N_("The event was left out for good."),
    "replayed": N_("The events were processed again; those that still have faults are listed."),
}


def router(made: APIRouter, pages: HandPages) -> None:
    _add_state(made, pages)  # before /stream/{id}
    wiring = pages.site.wiring

    @made.get("/stream")
    def stream(request: Request, reason: str = "") -> Response:
        visit = pages.open(request, Right.READ_OPERATION, PROVINCE_CODE, _DONE)
        return show_list(visit, FormFeedback(), reason)

    def show_list(visit: OfficerVisit, feedback: FormFeedback, reason: str = "") -> Response:
        from events.faults import DEAD_LETTER_REASONS, OTHER_DEAD_LETTER_REASON
        from yihui.runtime.errors import fault_line
        from yihui.services.events.dead_letters import load_dead_letter_page

        found = load_dead_letter_page(wiring, reason, _PAGE_SIZE)
        reasons = found.reasons
        return pages.render(
            visit,
            "stream.html",
            feedback,
            letters=[
                (one, [fault_line(fault, visit.language) for fault in one.faults]) for one in found.letters
            ],
            count=reasons.get(reason, 0) if reason else sum(reasons.values()),
            reasons=reasons.items(),
            reason=reason,
            titles={one: DEAD_LETTER_REASONS.get(one, OTHER_DEAD_LETTER_REASON) for one in reasons},
        )

    def replay(visit: OfficerVisit, sent: FormFields) -> str:
        from yihui.services.events.dead_letters import replay_letters, select_dead_letters

        _authorise(pages, visit)
        reason, ids = form_value(sent, "only"), sent.get("id", [])
        require_confirmation(sent)
        letters = select_dead_letters(wiring, ids, reason or None, "ID")
        state_act("dead_letters", reason or "all", after={"count": len(letters)})
        replay_letters(wiring, letters)
        return build_link("/desk/stream", reason=reason, done="replayed")

    def show(visit: OfficerVisit, feedback: FormFeedback, id: str) -> Response:
        from events.faults import DEAD_LETTER_REASONS, OTHER_DEAD_LETTER_REASON
        from yihui.runtime.errors import fault_line
        from yihui.services.events.dead_letters import load_dead_letter

        found, acts = load_dead_letter(wiring, id)
        return pages.render(
            visit,
            "letter.html",
            feedback,
            letter=found,
            acts=acts,
            faults=[fault_line(fault, visit.language) for fault in found.faults],
            title=DEAD_LETTER_REASONS.get(found.reason, OTHER_DEAD_LETTER_REASON),
            text=None if found.text is None else indent_json(found.text),
        )

    def drop(visit: OfficerVisit, sent: FormFields, id: str) -> str:
        from yihui.services.events.dead_letters import drop_selected_letters

        _authorise(pages, visit)
        reason = require_value(sent, "reason", N_("reason"))
        require_confirmation(sent)
        state_act("dead_letter", id, reason)
        drop_selected_letters(wiring, [id], visit.actor.id, reason)
        return build_link("/desk/stream", done="dropped")

    pages.add_form(made, "/stream/replay", Right.OPERATE, "replay", replay, show_list)
    pages.add_page(made, "/stream/{id}", Right.READ_OPERATION, show, _DONE, PROVINCE_CODE)
    pages.add_form(made, "/stream/{id}/mend", Right.OPERATE, "mend", partial(_mend, pages), show)
    pages.add_form(made, "/stream/{id}/drop", Right.OPERATE, "drop", drop, show)


def _add_state(made: APIRouter, pages: HandPages) -> None:
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
        visit = pages.open(request, Right.READ_OPERATION, PROVINCE_CODE, _DELIVERY_DONE)
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
    async def retry_one(request: Request, id: str, number: RowNumber) -> Response:
        def act(visit: OfficerVisit, sent: FormFields) -> str:
            from yihui.services.events.webhook_receivers import retry_one_delivery

            _authorise(pages, visit)
            state_act("webhook", id, after={"delivery": number})
            retry_one_delivery(wiring, id, number)
            return build_link(f"{WEBHOOKS}/{id}", done="one")

        return await pages.submit(request, Right.OPERATE, f"retry-{number}", act, partial(show, id=id))


def _show_webhook(
    pages: HandPages, visit: OfficerVisit, feedback: FormFeedback, id: str, state: str = ""
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


def _authorise(pages: HandPages, visit: OfficerVisit) -> None:
    """*Raises*: FaultError unless the officer acts for the whole union.

    An event, a mended one too, and a delivery may concern any member: whoever operates one county must not write
    another county's events.
    """
    pages.authorise(visit, Right.OPERATE, PROVINCE_CODE)


def _mend(pages: HandPages, visit: OfficerVisit, sent: FormFields, id: str) -> str:
    """Store the mended event in the letter's place and process it at once."""
    from yihui.operations.uploads import open_work_folder
    from yihui.services.events.dead_letters import (
        DeadLetterChanges,
        apply_dead_letter_changes,
        load_dead_letter,
        replay_letters,
    )

    wiring = pages.site.wiring
    _authorise(pages, visit)
    text = require_value(sent, "text", N_("event"))
    reason = require_value(sent, "reason", N_("reason"))
    require_confirmation(sent)
    letter, _ = load_dead_letter(wiring, id)
    with open_work_folder(wiring) as folder:
        file = folder / "event.json"
        file.write_text(text, "utf-8")
        new = apply_dead_letter_changes(wiring, letter, DeadLetterChanges(file=file), visit.actor.id, reason)
    replay_letters(wiring, [new])
    return build_link("/desk/stream", done="mended")

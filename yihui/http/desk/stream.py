"""/desk/stream: dead letters by reason, each with its faults; mended, replayed or dropped."""

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

from fastapi import APIRouter, Request, Response

from core.json_keys import indent_json
from core.text_marks import N_
from yihui.access.acting import state_act
from yihui.access.roles import Right
from yihui.bootstrap import PROVINCE_CODE
from yihui.http.body import FormFields, form_value
from yihui.http.desk.pages import FormFeedback, OfficerPages, build_link, require_confirmation, require_value
from yihui.http.desk.visit import OfficerVisit

_PAGE_SIZE = 50
_DONE: Mapping[str, str] = MappingProxyType(
    {
        "mended": N_("The event was mended and goes on."),
        "dropped": N_("The event was left out for good."),
        "replayed": N_("The events were processed again; those that still have faults are listed."),
    }
)


def router(made: APIRouter, pages: OfficerPages) -> None:
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
        pages.authorise_all(visit, Right.OPERATE, [PROVINCE_CODE])
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
        pages.authorise_all(visit, Right.OPERATE, [PROVINCE_CODE])
        state_act("dead_letter", id, reason)
        drop_selected_letters(wiring, [id], visit.actor.id, reason)
        return build_link("/desk/stream", done="dropped")

    pages.add_form(made, "/stream/replay", Right.OPERATE, "replay", replay, show_list)
    pages.add_page(made, "/stream/{id}", Right.READ_OPERATION, show, _DONE, PROVINCE_CODE)
    pages.add_form(made, "/stream/{id}/mend", Right.OPERATE, "mend", partial(_mend, pages), show)
    pages.add_form(made, "/stream/{id}/drop", Right.OPERATE, "drop", drop, show)


def _authorise(pages: OfficerPages, visit: OfficerVisit) -> None:
    """*Raises*: FaultError unless the officer acts for the whole union: an event may concern any member."""
    pages.authorise(visit, Right.OPERATE, PROVINCE_CODE)


def _mend(pages: OfficerPages, visit: OfficerVisit, sent: FormFields, id: str) -> str:
    """Store the mended event in the letter's place and process it at once."""
    from yihui.services.events.dead_letters import (
        DeadLetterChanges,
        apply_dead_letter_changes,
        load_dead_letter,
        replay_letters,
    )
    from yihui.services.operation.work_folders import open_work_folder

    wiring = pages.site.wiring
    _authorise(pages, visit)
    text = require_value(sent, "text", N_("event"))
    reason = require_value(sent, "reason", N_("reason"))
    require_confirmation(sent)
    # A mended event may concern anybody: whoever operates one county must not write another county's events.
    pages.authorise_all(visit, Right.OPERATE, [PROVINCE_CODE])
    letter, _ = load_dead_letter(wiring, id)
    with open_work_folder(wiring) as folder:
        file = folder / "event.json"
        file.write_text(text, "utf-8")
        new = apply_dead_letter_changes(wiring, letter, DeadLetterChanges(file=file), visit.actor.id, reason)
    replay_letters(wiring, [new])
    return build_link("/desk/stream", done="mended")

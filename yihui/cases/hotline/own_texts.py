"""Say to a member what the union has to finish for her."""

from datetime import date

from core.text_marks import N_
from yihui.cases.benefits.own_texts import WaitingLine, due_text
from yihui.cases.hotline.own import OWN_STATES
from yihui.frame.cells import cell_text, short_day_text
from yihui.runtime.language import Language
from yihui.services.members.certificates import parse_summary
from yihui.services.members.open_things import OpenThing

# What else waits: its title, its state, and its page.
_OPEN = {
    "aid_claim": (N_("Claim of mutual aid of {day}"), N_("the union is checking it"), "/me/mutual-aid"),
    "join": (N_("Join or transfer to {name}"), N_("waits for the organisation's answer"), "/me/membership"),
}


def open_line(one: OpenThing, today: date, language: Language) -> WaitingLine:
    """Return what the union has to finish for a member as a thing that waits, with its day."""
    until = due_text(one.due, today, language) or language.render(
        N_("of {day}"), day=short_day_text(one.since, language, today)
    )
    if one.state is None:
        title, text, path = _OPEN[one.kind]
        title = language.render(title, day=one.since, name=one.title)
        return WaitingLine(title, language.translate(text), until, path=path)
    title = cell_text(parse_summary(one.title or language.translate(N_("taken in by the union"))), language)
    if one.kind == "certificate":
        return WaitingLine(
            title, language.translate(N_("Your union is comparing it")), until, path="/me/certificates"
        )
    path = f"/me/help/{one.number}" if one.title else "/me/help"
    return WaitingLine(title, language.translate(OWN_STATES[one.state]), until, path=path)

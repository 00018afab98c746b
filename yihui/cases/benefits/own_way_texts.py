"""A benefit about which nothing was decided, in the member's words: who gets it, and what she does now."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote

from core.text_marks import N_
from yihui.cases.applications.own_texts import applicable_view, reason_view
from yihui.cases.benefits.own_decision_texts import Names, name_codes
from yihui.cases.benefits.own_texts import WaitingLine, application_line
from yihui.runtime.language import Language
from yihui.services.benefits.ways import WayToBenefit
from yihui.views.condition_words import render_condition
from yihui.views.remedies import AdvisedReason, Remedy, find_remedy, help_remedy

_BY_ITSELF = N_("You need do nothing: it comes to you by itself when that day comes.")
_APPLIED = N_("Who applies for it, and whose application the union approves, gets it.")
# By the beginning of the type of the event that the rule decides on: who gets it, and what the member does.
_BY_EVENT: Mapping[str, tuple[str, str]] = {
    "application.": (N_("Your union looks into it and gives it to members for whom it is meant."), N_("There is no form for it here: speak to your union.")),
    "member.joined": (N_("Who joins the union gets it when joining."), N_("If you think that you should have got it when you joined, ask your union.")),
    "member.birthday": (N_("Members get it on their birthday."), _BY_ITSELF),
    "member.anniversary": (N_("Members get it on the anniversary of joining."), _BY_ITSELF),
    "member.card_activated": (N_("Who activates the service card gets it."), N_("Activate your card.")),
    "member.skill_certified": (N_("Who receives a skill certificate gets it."), N_("The office that certifies enters it; if you have the certificate already, ask your union.")),
    "member.honoured": (N_("Who receives an honour gets it."), N_("Hand in the certificate; your union checks it.")),
    "member.retired": (N_("Members who retire get it."), _BY_ITSELF),
    "campaign.entered": (N_("Who enters the activity gets it."), N_("Enter it while it is open.")),
    "poll.completed": (N_("Who answers the poll gets it."), N_("Answer it while it is open.")),
    "course.completed": (N_("Who completes the course gets it."), N_("Complete the course: then it comes to you by itself.")),
    "session.": (N_("Who takes part in the session gets it."), N_("Enrol while there are places.")),
    "hardship.": (N_("It is for families with a hardship case on file."), N_("Speak to your union, which opens the case.")),
    "weather.heat_warned": (N_("It is given where there is a heat warning."), _BY_ITSELF),
    "calendar.festival": (N_("It is given on the festival."), _BY_ITSELF),
    "": (N_("It is given when your union records the occasion."), N_("If it has happened, ask your union whether it was entered.")),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class WayView:
    """Who gets it and for what, what stands in the way, her open application, and what she does now."""

    who: str
    condition: str
    reasons: Sequence[AdvisedReason]
    waiting: WaitingLine | None
    does: str
    until: str
    remedy: Remedy | None  # None: a reason names it already


def way_view(
    way: WayToBenefit, today: date, language: Language, names: Names, has_page: Callable[[str], bool]
) -> WayView:
    """Return how the member comes to a benefit; ``names`` are of organisations and districts."""
    definition, ask = way.rule.definition, help_remedy(way.rule.id, "undecided")
    among, values = definition.among, definition.parameter_values
    condition = render_condition(definition.on, among, values, language) if among else ""
    reasons: Sequence[AdvisedReason] = [reason_view(one, language) for one in way.reasons]
    waiting = application_line(way.application, today, language) if way.application else None
    does, until, remedy = "", "", ask
    if way.applicable is not None:
        who, form = language.translate(_APPLIED), applicable_view(way.applicable, today, language)
        reasons, until = form.reasons, form.end
        if waiting is not None:
            remedy = Remedy(N_("Look at my application"), waiting.path)
        elif way.applicable.last_day is not None and way.applicable.last_day < today:
            until = ""
            does = language.render(N_("The last day to apply was {day}."), day=way.applicable.last_day)
        elif way.applicable.audience is None:
            asked = (
                N_("Apply with the form; papers: {count}") if form.attachments else N_("Apply with the form.")
            )
            does = form.opens or ("" if reasons else language.render(asked, count=form.attachments))
            label = N_("Apply all the same") if reasons else N_("Apply")
            remedy = Remedy(label, f"/me/apply/{quote(form.id, safe='')}/hand-in")
    else:
        known = (texts for start, texts in _BY_EVENT.items() if definition.on.startswith(start))
        who, does = map(language.translate, next(known))
        if not definition.on.startswith("application."):
            remedy = find_remedy(("event.",), has_page, event_type=definition.on) or ask
    known_remedy = None if any(one.remedy == remedy for one in reasons) else remedy
    return WayView(who, name_codes(condition, names, language), reasons, waiting, does, until, known_remedy)
